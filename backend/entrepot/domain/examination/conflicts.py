"""Data that conflict between the documents themselves (article 14(d)), or with the credit in
general terms (14(e))."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from entrepot.domain.examination.case import Case, Examined, Pairs, rule
from entrepot.domain.examination.findings import Severity, said
from entrepot.domain.examination.wording import in_general_terms, words
from entrepot.kit.hashing import normalise

ROUNDED_KG: Final = Decimal(1)
"""Carriers round to the whole kilogram."""


@rule(
    "OTHER_INVOICE",
    "UCP 600 14(d)",
    Severity.DISCREPANCY,
    en="it speaks of invoice {found}; the invoice presented is {asked}",
    zh="单据所列发票号为 {found}；提交的发票为 {asked}",
    guard="case, width and white space in numbers do not matter; not without an invoice",
)
def other_invoice(case: Case) -> Pairs:
    known = {normalise(invoice.number) for invoice in case.invoices}
    for document in (*case.packing_lists, *case.insurances, *case.origins):
        if known and normalise(document.invoice_number) not in known:
            first = case.invoices[0]
            numbers = ", ".join(invoice.number for invoice in case.invoices)
            found = said(document, "invoice_number", document.invoice_number)
            yield said(first, "number", numbers), found


@rule(
    "OTHER_ORDER",
    "UCP 600 14(d)",
    Severity.DISCREPANCY,
    en="it speaks of order {found}; the invoice of {asked}",
    zh="单据所列订单号为 {found}；发票为 {asked}",
    guard="a document that names no order does not conflict",
)
def other_order(case: Case) -> Pairs:
    known = {normalise(i.order_reference) for i in case.invoices if i.order_reference}
    for document in (*case.packing_lists, *case.insurances, *case.origins):
        number = document.order_number
        if known and number and normalise(number) not in known:
            first = next(i for i in case.invoices if i.order_reference)
            yield (
                said(first, "order_reference", first.order_reference),
                said(document, "order_number", number),
            )


@rule(
    "CONTAINERS",
    "UCP 600 14(d)",
    Severity.DISCREPANCY,
    en="the packing list has containers {found}, the transport document {asked}",
    zh="装箱单所列集装箱为 {found}，运输单据为 {asked}",
    guard="in any order, over all lists and all bills together",
)
def containers(case: Case) -> Pairs:
    aboard = {each.container for bill in case.bills for each in bill.equipment}
    packed = {row.container for one in case.packing_lists for row in one.goods}
    if aboard and packed and aboard != packed:
        yield (
            said(case.bills[0], "equipment[0].container", ", ".join(sorted(aboard))),
            said(case.packing_lists[0], "goods[0].container", ", ".join(sorted(packed))),
        )


@rule(
    "PACKAGES",
    "UCP 600 14(d)",
    Severity.DISCREPANCY,
    en="the packing list has {found} packages, the transport document {asked}",
    zh="装箱单件数为 {found}，运输单据为 {asked}",
)
def packages(case: Case) -> Pairs:
    aboard = sum(bill.packages for bill in case.bills)
    packed = sum(one.packages for one in case.packing_lists)
    if aboard and packed and aboard != packed:
        yield (
            said(case.bills[0], "items[0].cargo[0].packages", aboard),
            said(case.packing_lists[0], "packages", packed),
        )


@rule(
    "GROSS_MASS",
    "UCP 600 14(d)",
    Severity.DISCREPANCY,
    en="the packing list has {found} kg gross, the transport document {asked} kg",
    zh="装箱单毛重为 {found} 千克，运输单据为 {asked} 千克",
    guard="in whichever unit; a difference of less than a kilogram is rounding",
)
def gross_mass(case: Case) -> Pairs:
    aboard = sum((bill.gross_kg for bill in case.bills), Decimal(0))
    packed = sum((one.gross_kg for one in case.packing_lists), Decimal(0))
    if case.bills and case.packing_lists and abs(aboard - packed) >= ROUNDED_KG:
        yield (
            said(case.bills[0], "items[0].cargo[0].gross_kg", aboard.normalize()),
            said(case.packing_lists[0], "gross_kg", packed.normalize()),
        )


@rule(
    "INSURED_VESSEL",
    "UCP 600 14(d)",
    Severity.DISCREPANCY,
    en="insured on {found}; the goods went on {asked}",
    zh="保险单所列船名航次为 {found}；实际为 {asked}",
    guard='only what the insurance names: neither a vessel nor a voyage is asked for; "M/V" and '
    "case do not matter",
)
def insured_vessel(case: Case) -> Pairs:
    sailed = [voyage for bill in case.bills for voyage in bill.voyages]
    for cover in case.insurances:
        if not sailed or (cover.vessel_name is None and cover.voyage is None):
            continue
        fits = any(
            (cover.vessel_name is None or _vessel(cover.vessel_name) == _vessel(one.vessel_name))
            and (cover.voyage is None or normalise(cover.voyage) == normalise(one.export_voyage))
            for one in sailed
        )
        if not fits:
            first = sailed[0]
            name = "vessel_name" if cover.vessel_name is not None else "voyage"
            told = " ".join(part for part in (cover.vessel_name, cover.voyage) if part)
            aboard = f"{first.vessel_name} {first.export_voyage}"
            yield said(case.bills[0], "voyages[0].vessel_name", aboard), said(cover, name, told)


def _vessel(name: str) -> tuple[str, ...]:
    return tuple(w for w in words(name) if w not in ("MV", "M", "V", "SS", "MS"))


@rule(
    "INSURED_BILL",
    "UCP 600 14(d)",
    Severity.DISCREPANCY,
    en="insured under bill of lading {found}; presented is {asked}",
    zh="保险单所列提单号为 {found}；提交的为 {asked}",
    guard="an insurance that names no bill does not conflict",
)
def insured_bill(case: Case) -> Pairs:
    known = {normalise(bill.reference) for bill in case.bills}
    for cover in case.insurances:
        number = cover.transport_document
        if known and number and normalise(number) not in known:
            yield (
                said(case.bills[0], "reference", case.bills[0].reference),
                said(cover, "transport_document", number),
            )


@rule(
    "GOODS_ORIGIN",
    "UCP 600 14(d)",
    Severity.DISCREPANCY,
    en="the certificate has origin {found} for goods that the invoice says are of {asked}",
    zh="原产地证所列原产国为 {found}，发票为 {asked}",
    guard="goods are matched by their first six HS digits; an invoice without origins does not "
    "conflict, nor does another exporter or consignee than the credit's",
)
def goods_origin(case: Case) -> Pairs:
    for certificate in case.origins:
        for number, row in enumerate(certificate.goods):
            for invoice in case.invoices:
                for place, line in enumerate(invoice.lines):
                    same = line.hs_code is not None and line.hs_code[:6] == row.hs_code[:6]
                    if same and line.origin is not None and line.origin != row.origin:
                        yield (
                            said(invoice, f"lines[{place}].origin", line.origin),
                            said(certificate, f"goods[{number}].origin", row.origin),
                        )


@rule(
    "GOODS_CODE",
    "UCP 600 14(d)",
    Severity.DISCREPANCY,
    en="HS {found} is of other goods than the invoice's {asked}",
    zh="HS 编码 {found} 与发票的 {asked} 不是同类货物",
    guard="the first six digits, and only where a document shares none with the invoice",
)
def goods_code(case: Case) -> Pairs:
    coded = [
        (invoice, number, line.hs_code[:6])
        for invoice in case.invoices
        for number, line in enumerate(invoice.lines)
        if line.hs_code is not None
    ]
    for document, field, codes in _coded(case):
        if coded and not {code for _, _, code in coded} & codes:
            invoice, number, _ = coded[0]
            known = ", ".join(sorted({code for _, _, code in coded}))
            asked = said(invoice, f"lines[{number}].hs_code", known)
            yield asked, said(document, field, ", ".join(sorted(codes)))


def _coded(case: Case) -> Iterator[tuple[Examined, str, set[str]]]:
    for bill in case.bills:
        yield bill, "items[0].hs_codes[0]", {c[:6] for item in bill.items for c in item.hs_codes}
    for one in case.packing_lists:
        yield one, "goods[0].hs_code", {row.hs_code[:6] for row in one.goods}
    for certificate in case.origins:
        yield certificate, "goods[0].hs_code", {row.hs_code[:6] for row in certificate.goods}


@rule(
    "OTHER_GOODS",
    "UCP 600 14(e)",
    Severity.NOTE,
    en="it describes {found}, in no word the credit's {asked}: somebody should look whether these "
    "are its goods in general terms",
    zh="所列货物 {found} 与信用证的 {asked} 无一词相同：请人工核对是否为同一货物的统称",
    guard="general terms may use other words, so it is never a ground by itself; other HS codes "
    "are (GOODS_CODE)",
)
def other_goods(case: Case) -> Pairs:
    for document, field, text in _described(case):
        if not in_general_terms(case.credit.description, text):
            asked = case.asked("description", case.credit.description)
            yield asked, said(document, field, text)


def _described(case: Case) -> Iterator[tuple[Examined, str, str]]:
    for bill in case.bills:
        yield bill, "items[0].description", "; ".join(item.description for item in bill.items)
    for one in case.packing_lists:
        yield one, "goods[0].description", "; ".join(row.description for row in one.goods)
    for certificate in case.origins:
        text = "; ".join(row.description for row in certificate.goods)
        yield certificate, "goods[0].description", text
    for cover in case.insurances:
        yield cover, "description", cover.description


@rule(
    "PACKING_PARTY",
    "UCP 600 14(d)",
    Severity.DISCREPANCY,
    en="the packing list is of {found}, not of {asked}",
    zh="装箱单当事方为 {found}，而非 {asked}",
    guard="by LEI; the shipper on the bill and the exporter on a certificate of origin may be "
    "somebody else (14(k))",
)
def packing_party(case: Case) -> Pairs:
    for one in case.packing_lists:
        for name, party in (("seller", case.credit.beneficiary), ("buyer", case.credit.applicant)):
            found = getattr(one, name)
            if found.lei != party.lei:
                term = "beneficiary" if name == "seller" else "applicant"
                yield case.asked(term, party.name), said(one, name, found.name)


RULES = (
    other_invoice,
    other_order,
    containers,
    packages,
    gross_mass,
    insured_vessel,
    insured_bill,
    goods_origin,
    goods_code,
    other_goods,
    packing_party,
)
