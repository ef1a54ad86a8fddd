"""The insurance document (article 28)."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import Final

from entrepot.domain.examination.case import Case, Pairs, rule
from entrepot.domain.examination.findings import Said, Severity, said
from entrepot.domain.money import Money, exponent_of

INSURED_TERMS: Final = frozenset({"CIF", "CIP"})


@rule(
    "INSURED_TOO_LITTLE",
    "UCP 600 28(f)(ii)",
    Severity.DISCREPANCY,
    en="insured for {found}, less than the {asked} asked for",
    zh="保险金额 {found} 低于要求的 {asked}",
    guard="where the CIF or CIP value is not known: of what is drawn or of the invoice's gross "
    "value, whichever is more; all insurance documents of a presentation together",
)
def insured_too_little(case: Case) -> Pairs:
    least = _least(case)
    covers = [c for c in case.insurances if c.amount.currency == case.credit.amount.currency]
    if least is None or not covers:
        return
    total = sum((c.amount for c in covers[1:]), covers[0].amount)
    if total < least:
        yield case.asked("insured_percent", least), said(covers[0], "amount", total)


def _least(case: Case) -> Money | None:
    currency = case.credit.amount.currency
    invoices = [one for one in case.invoices if one.currency == currency]
    if not invoices:
        return None
    scale = 10 ** exponent_of(currency)
    drawn = sum(one.payable.amount_minor for one in invoices)
    gross = sum((one.totals.lines * scale for one in invoices), Decimal(0))
    least = max(Decimal(drawn), gross) * case.credit.insured_percent / 100
    return Money(int(least.to_integral_value(ROUND_CEILING)), currency)


@rule(
    "INSURED_CURRENCY",
    "UCP 600 28(f)(i)",
    Severity.DISCREPANCY,
    en="insured in {found}; the credit is in {asked}",
    zh="保险币种为 {found}；信用证币种为 {asked}",
)
def insured_currency(case: Case) -> Pairs:
    currency = case.credit.amount.currency
    for cover in case.insurances:
        if cover.amount.currency != currency:
            yield case.asked("amount", currency), said(cover, "amount", cover.amount.currency)


@rule(
    "INSURED_LATE",
    "UCP 600 28(e)",
    Severity.DISCREPANCY,
    en="the cover begins on {found}, after the shipment on {asked}",
    zh="保险自 {found} 起生效，晚于装运日 {asked}",
    guard="a later date is fine where the cover takes effect on the day of shipment or before",
)
def insured_late(case: Case) -> Pairs:
    for cover in case.insurances:
        begins = min(cover.covered_from or cover.issued_on, cover.issued_on)
        name = "covered_from" if begins == cover.covered_from else "issued_on"
        for shipped, bill in case.shipments[:1]:
            if begins > shipped:
                place = said(bill, "shipped_on_board_on", shipped)
                yield place, said(cover, name, begins)


@rule(
    "INSURED_JOURNEY",
    "UCP 600 28(f)(iii)",
    Severity.DISCREPANCY,
    en="the cover runs {found}; it has to reach at least {asked}",
    zh="承保区间为 {found}；至少须为 {asked}",
    guard="from and to other places of the same countries: cover may begin and end inland",
)
def insured_journey(case: Case) -> Pairs:
    credit = case.credit
    for cover in case.insurances:
        same_start = cover.origin[:2] == credit.port_of_loading[:2]
        same_end = cover.destination[:2] == credit.port_of_discharge[:2]
        if not (same_start and same_end):
            asked = f"{credit.port_of_loading} to {credit.port_of_discharge}"
            name = "destination" if same_start else "origin"
            found = said(cover, name, f"{cover.origin} to {cover.destination}")
            yield case.asked("port_of_loading", asked), found


@rule(
    "UNINSURED",
    "Incoterms 2020",
    Severity.NOTE,
    en="under {asked} the seller insures the goods, but the credit asks for no insurance document",
    zh="按 {asked} 由卖方投保，但信用证未要求保险单据",
    guard="no ground to refuse: the credit decides which documents there are",
)
def uninsured(case: Case) -> Pairs:
    if case.credit.incoterm in INSURED_TERMS and "INSURANCE_CERTIFICATE" not in case.required:
        yield case.asked("incoterm", case.credit.incoterm), Said("presentation", "none")


RULES = (insured_too_little, insured_currency, insured_late, insured_journey, uninsured)
