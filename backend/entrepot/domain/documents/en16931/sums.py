"""What must add up: BR-CO-10 to BR-CO-17.

Each side is rounded as the official artefacts round it, `round(x * 100) div 100` with halves
upwards, and nowhere else. A total that is missing breaks its sum as well, as it does there.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from entrepot.domain.documents.en16931.source import (
    InvoiceSource,
    first_number,
    indicator,
    is_vat,
    number,
    round_half_up,
    round_to_unit,
    total,
    violation,
)
from entrepot.domain.documents.xml_source import XmlNode
from entrepot.domain.errors import Violation

RULES: Final = frozenset({f"BR-CO-{number}" for number in range(10, 18)})
"""Ids of the rules checked here."""


def check(source: InvoiceSource) -> Iterator[Violation]:
    """Every sum that does not hold."""
    for totals in source.named("LegalMonetaryTotal"):
        yield from _line_sum(source, totals)
        yield from _charge_sum(source, totals, "BR-CO-11", "AllowanceTotalAmount", False)
        yield from _charge_sum(source, totals, "BR-CO-12", "ChargeTotalAmount", True)
        yield from _net(totals)
        yield from _payable(totals)
    for tax in source.root.all("TaxTotal"):
        yield from _vat_sum(tax)
    yield from _gross(source)
    for group in source.at("TaxTotal/TaxSubtotal"):
        yield from _vat_of_group(group)


def _line_sum(source: InvoiceSource, totals: XmlNode) -> Iterator[Violation]:
    lines = total([amount for line in source.lines for amount in line.all("LineExtensionAmount")])
    expected = round_half_up(lines)
    yield from _equal("BR-CO-10", totals, "LineExtensionAmount", "the sum of the lines", expected)


def _charge_sum(
    source: InvoiceSource, totals: XmlNode, rule: str, name: str, charged: bool
) -> Iterator[Violation]:
    parts = [part for part in source.charges if indicator(part) is charged]
    if parts or totals.all(name):
        expected = round_half_up(total([each for part in parts for each in part.all("Amount")]))
        what = f"the sum of the document's {'charges' if charged else 'allowances'}"
        yield from _equal(rule, totals, name, what, expected)


def _net(totals: XmlNode) -> Iterator[Violation]:
    lines = first_number(totals, "LineExtensionAmount")
    allowances = first_number(totals, "AllowanceTotalAmount")
    charges = first_number(totals, "ChargeTotalAmount")
    expected = lines
    if lines is not None and not (allowances is None and charges is None):
        expected = round_half_up(lines - (allowances or 0) + (charges or 0))
    what = "lines - allowances + charges"
    yield from _equal("BR-CO-13", totals, "TaxExclusiveAmount", what, expected)


def _payable(totals: XmlNode) -> Iterator[Violation]:
    gross = first_number(totals, "TaxInclusiveAmount")
    prepaid = first_number(totals, "PrepaidAmount")
    rounding = first_number(totals, "PayableRoundingAmount")
    payable = first_number(totals, "PayableAmount")
    expected = gross
    if gross is not None and prepaid is not None:
        expected = round_half_up(gross - prepaid)
    found = payable
    if payable is not None and rounding is not None:
        found = round_half_up(payable - rounding)
    if expected is None or found != expected:
        due = "none" if expected is None else expected + (rounding or 0)
        yield _unequal("BR-CO-16", totals, "PayableAmount", "gross - prepaid + rounding", due)


def _vat_sum(tax: XmlNode) -> Iterator[Violation]:
    if tax.all("TaxSubtotal"):
        expected = round_half_up(total(tax.all("TaxSubtotal", "TaxAmount")))
        yield from _equal("BR-CO-14", tax, "TaxAmount", "the sum of the VAT groups", expected)


def _gross(source: InvoiceSource) -> Iterator[Violation]:
    for currency in (each.text for each in source.root.all("DocumentCurrencyCode")):
        taxes = [
            amount
            for amount in source.root.all("TaxTotal", "TaxAmount")
            if amount.attributes.get("currencyID") == currency
        ]
        if len(taxes) != 1:
            place, why = (
                f"{source.root.path}/TaxTotal",
                f"there must be one VAT total in {currency}",
            )
            mend = f"give one TaxTotal/TaxAmount in {currency}"
            yield violation("BR-CO-15", place, why, "1", len(taxes), mend)
            continue
        vat = number(taxes[0])
        for totals in source.root.all("LegalMonetaryTotal") or [source.root]:
            net = first_number(totals, "TaxExclusiveAmount")
            expected = None if net is None or vat is None else round_half_up(net + vat)
            yield from _equal("BR-CO-15", totals, "TaxInclusiveAmount", "net + VAT", expected)


def _vat_of_group(group: XmlNode) -> Iterator[Violation]:
    """BR-CO-17. Less than one unit of difference passes, for VAT that was added up line by line."""
    base, tax = first_number(group, "TaxableAmount"), first_number(group, "TaxAmount")
    rates = [
        rate for each in group.all("TaxCategory") if is_vat(each) for rate in each.all("Percent")
    ]
    rate = number(rates[0]) if rates else None
    place = f"{group.path}/TaxAmount"
    if rate is None or round_to_unit(rate) == 0:
        if tax is None or round_to_unit(tax) != 0:
            why = "there is a tax, but no rate"
            mend = "give the rate or take the tax away"
            found = "none" if tax is None else tax
            yield violation("BR-CO-17", place, why, "0", found, mend)
    elif not is_taxed_at(base, tax, rate):
        expected = "none" if base is None else tax_at(base, rate)
        why = f"{'nothing' if base is None else base} at {rate} % is not this"
        found = "none" if tax is None else tax
        yield violation("BR-CO-17", place, why, expected, found, f"write {expected}")


def tax_at(base: Decimal, rate: Decimal) -> Decimal:
    """The tax on `base` at `rate` percent, without its sign, to the cent."""
    return round_half_up(abs(base) * (rate / 100))


def is_taxed_at(base: Decimal | None, tax: Decimal | None, rate: Decimal) -> bool:
    """Whether the tax is less than one unit away from what the rate makes of the base."""
    return base is not None and tax is not None and abs(abs(tax) - tax_at(base, rate)) < 1


def _equal(
    rule: str, node: XmlNode, name: str, what: str, expected: Decimal | None
) -> Iterator[Violation]:
    if expected is None or first_number(node, name) != expected:
        yield _unequal(rule, node, name, what, "none" if expected is None else expected)


def _unequal(rule: str, node: XmlNode, name: str, what: str, expected: Decimal | str) -> Violation:
    there = node.all(name)
    found = (there[0].text or "nothing") if there else "none"
    mend = f"write {expected}" if isinstance(expected, Decimal) else "add what is added up"
    place = there[0] if there else f"{node.path}/{name}"
    return violation(rule, place, f"it is not {what}", expected, found, mend)
