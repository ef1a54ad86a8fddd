"""The commercial invoice (article 18) and which documents there are (articles 14(a), 14(g))."""

from __future__ import annotations

from entrepot.domain.documents.trade_json import TradeParty
from entrepot.domain.documents.ubl_invoice import InvoiceParty
from entrepot.domain.examination.case import KIND_OF, Case, Pairs, rule
from entrepot.domain.examination.findings import Said, Severity, said
from entrepot.domain.examination.wording import corresponds, same_name
from entrepot.domain.identifiers import Lei


@rule(
    "MISSING_DOCUMENT",
    "UCP 600 14(a)",
    Severity.DISCREPANCY,
    en="{asked} is required and was not presented",
    zh="缺少信用证要求的 {asked}",
    guard="not while a corrupted record of that kind is asked for anew (eUCP e12)",
)
def missing_document(case: Case) -> Pairs:
    there = {KIND_OF[type(document)] for document in case.presentation.documents}
    there |= {record.kind for record in case.presentation.corrupted}
    for kind in sorted(case.required - there):
        yield case.asked("required", kind), Said("presentation", "none")


@rule(
    "CORRUPTED_RECORD",
    "eUCP 2.1 e12",
    Severity.NOTE,
    en="{asked} cannot be read: {found}. It is asked for anew; until it comes, the days to examine "
    "do not count, and after 30 days it was never presented",
    zh="{asked} 无法读取：{found}。已要求重新提交；在此之前审单期限中止，逾 30 日视为未提交",
    guard="never a ground to refuse by itself",
)
def corrupted_record(case: Case) -> Pairs:
    for record in case.presentation.corrupted:
        yield case.asked("required", record.kind), Said("presentation", record.why)


@rule(
    "NOT_REQUIRED",
    "UCP 600 14(g)",
    Severity.NOTE,
    en="the credit does not ask for this {found}: it is disregarded",
    zh="信用证未要求 {found}：不予理会",
    guard="nothing in it is a discrepancy",
)
def not_required(case: Case) -> Pairs:
    for document in case.disregarded:
        kind = KIND_OF[type(document)]
        yield case.asked("required", ", ".join(case.credit.required)), said(document, "kind", kind)


@rule(
    "INVOICE_ISSUER",
    "UCP 600 18(a)(i)",
    Severity.DISCREPANCY,
    en="the invoice is issued by {found}, not by the beneficiary {asked}",
    zh="发票由 {found} 出具，而非受益人 {asked}",
    guard="by LEI where there is one, else by name however abbreviated; addresses are not "
    "compared within a country, telephone and mail never (14(j)); no signature is asked for",
)
def invoice_issuer(case: Case) -> Pairs:
    for one in case.invoices:
        if not _is(case.credit.beneficiary, one.seller):
            asked = case.asked("beneficiary", case.credit.beneficiary.name)
            yield asked, said(one, "seller", one.seller.name)


@rule(
    "INVOICE_APPLICANT",
    "UCP 600 18(a)(ii)",
    Severity.DISCREPANCY,
    en="the invoice is made out to {found}, not to the applicant {asked}",
    zh="发票抬头为 {found}，而非申请人 {asked}",
    guard="as for the issuer",
)
def invoice_applicant(case: Case) -> Pairs:
    for one in case.invoices:
        if not _is(case.credit.applicant, one.buyer):
            asked = case.asked("applicant", case.credit.applicant.name)
            yield asked, said(one, "buyer", one.buyer.name)


@rule(
    "INVOICE_GOODS",
    "UCP 600 18(c)",
    Severity.DISCREPANCY,
    en="the invoice describes {found}; the credit asks for {asked}",
    zh="发票货物描述为 {found}；信用证要求 {asked}",
    guard="order, case, plural, units and further text do not matter",
)
def invoice_goods(case: Case) -> Pairs:
    for one in case.invoices:
        parts = (p for line in one.lines for p in (line.description, line.details, line.note) if p)
        text = "; ".join((*parts, *one.notes))
        if not corresponds(case.credit.description, text):
            asked = case.asked("description", case.credit.description)
            yield asked, said(one, "lines[0].description", text)


@rule(
    "INVOICE_TRADE_TERM",
    "UCP 600 14(d)",
    Severity.DISCREPANCY,
    en="the invoice is {found}, the credit {asked}",
    zh="发票贸易术语为 {found}，信用证为 {asked}",
    guard="an invoice that names no trade term does not conflict",
)
def invoice_trade_term(case: Case) -> Pairs:
    for one in case.invoices:
        term = (one.delivery_terms or "").strip().upper()[:3]
        if term and term != case.credit.incoterm:
            yield (
                case.asked("incoterm", case.credit.incoterm),
                said(one, "delivery_terms", one.delivery_terms),
            )


def _is(party: TradeParty, named: InvoiceParty) -> bool:
    lei: Lei | None = named.lei
    return lei == party.lei if lei is not None else same_name(party.name, named.name)


RULES = (
    missing_document,
    corrupted_record,
    not_required,
    invoice_issuer,
    invoice_applicant,
    invoice_goods,
    invoice_trade_term,
)
