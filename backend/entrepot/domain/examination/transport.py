"""The bill of lading (articles 20, 26, 27, 31) and the freight that the trade term asks for."""

from __future__ import annotations

from typing import Final

from entrepot.domain.documents.dcsa_transport_document import TransportDocument
from entrepot.domain.examination.case import Case, Pairs, journey, rule
from entrepot.domain.examination.findings import Severity, said
from entrepot.domain.examination.wording import words

PREPAID: Final = frozenset({"CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP"})
COLLECT: Final = frozenset({"FOB", "FCA", "FAS", "EXW"})
SEA_ONLY: Final = frozenset({"FAS", "FOB", "CFR", "CIF"})
_DEFECTS: Final = frozenset(
    {
        *("DAMAGED", "BROKEN", "TORN", "LEAKING", "STAINED", "WET", "RUSTY", "RUSTED", "DENTED"),
        *("CRUSHED", "DEFECTIVE", "MOULDY", "INFESTED", "PUNCTURED", "SHORTLANDED"),
    }
)
_SOFTENED: Final = frozenset({"MAY", "NOT", "RESPONSIBLE", "LIABLE", "IF"})
"""A clause with one of these says what might be, or whose risk it is: no defect (27, 26)."""


@rule(
    "BILL_NOT_ISSUED",
    "UCP 600 20(a)(i)",
    Severity.DISCREPANCY,
    en="the bill of lading is {found}; it has to be issued by the carrier, its agent or the master",
    zh="提单状态为 {found}；须由承运人、其代理人或船长签发",
    guard="a surrendered or voided bill was issued once: the title's own rules look at it",
)
def bill_not_issued(case: Case) -> Pairs:
    for bill in case.bills:
        if bill.status in ("DRAFT", "APPROVED"):
            yield case.asked("required", "ISSUED"), said(bill, "status", bill.status)


@rule(
    "NOT_ON_BOARD",
    "UCP 600 20(a)(ii)",
    Severity.DISCREPANCY,
    en="the bill of lading is received for shipment, not on board",
    zh="提单为收妥待运，而非已装船",
)
def not_on_board(case: Case) -> Pairs:
    for bill in case.bills:
        if bill.status not in ("DRAFT", "APPROVED") and not bill.is_shipped_on_board:
            asked = case.asked("required", "shipped on board")
            yield asked, said(bill, "is_shipped_on_board", "received for shipment")


@rule(
    "PORT_OF_LOADING",
    "UCP 600 20(a)(iii)",
    Severity.DISCREPANCY,
    en="loaded at {found}; the credit asks for {asked}",
    zh="装货港为 {found}；信用证要求 {asked}",
)
def port_of_loading(case: Case) -> Pairs:
    yield from _ports(case, "port_of_loading")


@rule(
    "PORT_OF_DISCHARGE",
    "UCP 600 20(a)(iii)",
    Severity.DISCREPANCY,
    en="bound for {found}; the credit asks for {asked}",
    zh="卸货港为 {found}；信用证要求 {asked}",
)
def port_of_discharge(case: Case) -> Pairs:
    yield from _ports(case, "port_of_discharge")


def _ports(case: Case, name: str) -> Pairs:
    asked = getattr(case.credit, name)
    for bill in case.bills:
        if (found := getattr(bill, name)) != asked:
            yield case.asked(name, asked), said(bill, name, found)


@rule(
    "NOT_CLEAN",
    "UCP 600 27",
    Severity.DISCREPANCY,
    en="the carrier's clause “{found}” declares a defect",
    zh="承运人批注“{found}”声明货物或包装有缺陷",
    guard='the word "clean" is not asked for; "said to contain" and "shipper\'s load and count" '
    "are no defect (26(b)), nor is what may be or whose risk it is",
)
def not_clean(case: Case) -> Pairs:
    for bill in case.bills:
        for number, clause in enumerate(bill.carrier_clauses):
            spoken = set(words(clause))
            if spoken & _DEFECTS and not spoken & _SOFTENED:
                yield (
                    case.asked("required", "a clean transport document"),
                    said(bill, f"carrier_clauses[{number}]", clause),
                )


@rule(
    "FREIGHT",
    "UCP 600 14(d)",
    Severity.DISCREPANCY,
    en="freight is {found}; under the credit's trade term it is {asked}",
    zh="运费为 {found}；按信用证贸易术语应为 {asked}",
    guard="a bill that says nothing of freight does not conflict",
)
def freight(case: Case) -> Pairs:
    term = case.credit.incoterm
    asked = "prepaid" if term in PREPAID else "collect"
    for bill in case.bills:
        found = {"PRE": "prepaid", "COL": "collect"}.get(bill.freight_term or "")
        if found is not None and found != asked and term in PREPAID | COLLECT:
            yield case.asked("incoterm", f"{asked} ({term})"), said(bill, "freight_term", found)


@rule(
    "PARTIAL_SHIPMENT",
    "UCP 600 31",
    Severity.DISCREPANCY,
    en="the goods went on more than one journey ({found}), though partial shipments are not "
    "allowed",
    zh="货物分多程装运（{found}），而信用证不允许分批装运",
    guard="several bills of one vessel, voyage and destination are one shipment (31(b))",
)
def partial_shipment(case: Case) -> Pairs:
    if case.credit.partial_shipments or len(case.shipments) < 2:
        return
    journeys = ", ".join(_told(bill) for _, bill in case.shipments)
    second = case.shipments[1][1]
    yield case.asked("partial_shipments", "one shipment"), said(second, "voyages[0]", journeys)


def _told(bill: TransportDocument) -> str:
    vessel, voyage, port = journey(bill)
    return f"{vessel} {voyage} to {port}"


@rule(
    "SEA_TERM",
    "Incoterms 2020",
    Severity.NOTE,
    en="{asked} is for goods handed over on board or alongside; containers are handed over before: "
    "its in-land neighbour (FCA, CPT, CIP) would fit",
    zh="{asked} 适用于船上或船边交货；集装箱在此之前交付，宜用 FCA、CPT 或 CIP",
    guard="never a ground to refuse: the parties have agreed it",
)
def sea_term(case: Case) -> Pairs:
    if case.credit.incoterm in SEA_ONLY and case.bills:
        bill = case.bills[0]
        yield (
            case.asked("incoterm", case.credit.incoterm),
            said(bill, "equipment[0].container", bill.equipment[0].container),
        )


RULES = (
    bill_not_issued,
    not_on_board,
    port_of_loading,
    port_of_discharge,
    not_clean,
    freight,
    partial_shipment,
    sea_term,
)
