"""How much: what is drawn, and how many goods, beside what the credit allows (articles 18, 30)."""

from __future__ import annotations

from decimal import Decimal

from entrepot.domain.examination.case import Case, Pairs, rule
from entrepot.domain.examination.findings import Said, Severity, said
from entrepot.domain.examination.wording import in_kilograms, unit
from entrepot.domain.money import Money

ABOUT = Decimal("0.10")
LOOSE_QUANTITY = Decimal("0.05")
SHORT_AMOUNT = Decimal("0.05")
COUNTED = frozenset({"PIECE", "SET", "CARTON", "PACKAGE", "PALLET", "BOX", "BAG", "DRUM", "ROLL"})
"""Units that count packages or single items: for these 30(b) gives no tolerance."""


def drawn(case: Case) -> Money | None:
    """What the invoices in the credit's currency ask for together; None without one."""
    amounts = [i.payable for i in case.invoices if i.currency == case.credit.amount.currency]
    return sum(amounts[1:], amounts[0]) if amounts else None


def _most(case: Case) -> Money:
    about = ABOUT if case.credit.about_amount else Decimal(0)
    amount = case.credit.amount
    return Money(int(amount.amount_minor * (1 + about)), amount.currency)


@rule(
    "OTHER_CURRENCY",
    "UCP 600 18(a)(iii)",
    Severity.DISCREPANCY,
    en="the invoice is in {found}, the credit in {asked}",
    zh="发票币种为 {found}，信用证币种为 {asked}",
)
def other_currency(case: Case) -> Pairs:
    currency = case.credit.amount.currency
    for invoice in case.invoices:
        if invoice.currency != currency:
            yield case.asked("amount", currency), said(invoice, "currency", invoice.currency)


@rule(
    "OVERDRAWN",
    "UCP 600 18(b)",
    Severity.CHOICE,
    en="{found} is invoiced, more than the credit's {asked}: a bank may accept the invoice, and "
    "pays no more than the credit",
    zh="发票金额 {found} 超过信用证金额 {asked}：银行可以接受该发票，但付款不得超过信用证金额",
    guard='10 % more where the credit says "about" (30(a)); all invoices together',
)
def overdrawn(case: Case) -> Pairs:
    total = drawn(case)
    if total is not None and total > _most(case):
        yield case.asked("amount", _most(case)), said(case.invoices[0], "payable", total)


@rule(
    "UNDERDRAWN",
    "UCP 600 30(c)",
    Severity.DISCREPANCY,
    en="{found} is drawn, less than {asked}, though partial shipments are not allowed",
    zh="支取金额 {found} 低于 {asked}，而信用证不允许分批装运",
    guard='not where partial shipments are allowed; 5 % less are, 10 % where it says "about"',
)
def underdrawn(case: Case) -> Pairs:
    total = drawn(case)
    short = ABOUT if case.credit.about_amount else SHORT_AMOUNT
    amount = case.credit.amount
    least = Money(-int(-amount.amount_minor * (1 - short) // 1), amount.currency)
    if total is not None and not case.credit.partial_shipments and total < least:
        yield case.asked("amount", least), said(case.invoices[0], "payable", total)


@rule(
    "QUANTITY",
    "UCP 600 30(a), 30(b)",
    Severity.DISCREPANCY,
    en="{found} are invoiced; the credit allows {asked}",
    zh="发票数量为 {found}；信用证允许 {asked}",
    guard='10 % either way where it says "about"; 5 % where the unit does not count packages or '
    "items and the amount is not exceeded; less is fine where partial shipments are",
)
def quantity(case: Case) -> Pairs:
    credit, total = case.credit, _quantity(case)
    if credit.quantity is None or total is None:
        return
    loose = _tolerance(case)
    least = Decimal(0) if credit.partial_shipments else credit.quantity * (1 - loose)
    most = credit.quantity * (1 + loose)
    if not least <= total <= most:
        asked = f"{least.normalize():f} to {most.normalize():f} {credit.unit}"
        found = Said(
            case.invoices[0].kind,
            f"{total.normalize():f} {credit.unit}",
            case.invoices[0].where("lines[0].quantity"),
        )
        yield case.asked("quantity", asked), found


def _tolerance(case: Case) -> Decimal:
    if case.credit.about_quantity:
        return ABOUT
    total = drawn(case)
    within = total is not None and total <= case.credit.amount
    return LOOSE_QUANTITY if within and unit(case.credit.unit or "") not in COUNTED else Decimal(0)


def _quantity(case: Case) -> Decimal | None:
    """What is invoiced in the credit's unit, or in another of mass; None when nothing is."""
    asked = case.credit.unit or ""
    found: list[Decimal] = []
    for line in (line for invoice in case.invoices for line in invoice.lines):
        if unit(line.unit) == unit(asked):
            found.append(line.quantity)
        elif (mass := in_kilograms(line.quantity, line.unit)) is not None:
            one = in_kilograms(Decimal(1), asked)
            if one is not None:
                found.append(mass / one)
    return sum(found, Decimal(0)) if found else None


RULES = (other_currency, overdrawn, underdrawn, quantity)
