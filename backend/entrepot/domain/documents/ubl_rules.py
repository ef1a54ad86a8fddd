"""The rules of EN 16931 that stop a wrong invoice: mandatory terms, sums, VAT groups.

Rule ids, tolerances and rounding are those of the official artefacts, so that an invoice refused
here is refused everywhere, and the other way round. The category families and code lists beyond
these are not checked here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import ROUND_FLOOR, Decimal, localcontext
from typing import Final

from entrepot.domain.code_lists import COUNTRIES
from entrepot.domain.documents.values import parse_decimal
from entrepot.domain.documents.xml_source import XmlNode
from entrepot.domain.errors import Violation

Rule = Callable[[XmlNode], Iterator[Violation]]

_SELLER = ("AccountingSupplierParty", "Party")
_BUYER = ("AccountingCustomerParty", "Party")
_REQUIRED: Final = (
    ("BR-01", ("CustomizationID",)),
    ("BR-02", ("ID",)),
    ("BR-03", ("IssueDate",)),
    ("BR-04", ("InvoiceTypeCode",)),
    ("BR-05", ("DocumentCurrencyCode",)),
    ("BR-06", (*_SELLER, "PartyLegalEntity", "RegistrationName")),
    ("BR-07", (*_BUYER, "PartyLegalEntity", "RegistrationName")),
    ("BR-08", (*_SELLER, "PostalAddress")),
    ("BR-09", (*_SELLER, "PostalAddress", "Country", "IdentificationCode")),
    ("BR-10", (*_BUYER, "PostalAddress")),
    ("BR-11", (*_BUYER, "PostalAddress", "Country", "IdentificationCode")),
    ("BR-12", ("LegalMonetaryTotal", "LineExtensionAmount")),
    ("BR-13", ("LegalMonetaryTotal", "TaxExclusiveAmount")),
    ("BR-14", ("LegalMonetaryTotal", "TaxInclusiveAmount")),
    ("BR-15", ("LegalMonetaryTotal", "PayableAmount")),
    ("BR-16", ("InvoiceLine",)),
    ("BR-CO-18", ("TaxTotal", "TaxSubtotal")),
)
_MAY_BE_EMPTY: Final = frozenset({"BR-08", "BR-10"})  # what must be inside has rules of its own
_REQUIRED_IN_LINE: Final = (
    ("BR-21", ("ID",)),
    ("BR-22", ("InvoicedQuantity",)),
    ("BR-24", ("LineExtensionAmount",)),
    ("BR-25", ("Item", "Name")),
    ("BR-26", ("Price", "PriceAmount")),
    ("BR-CO-04", ("Item", "ClassifiedTaxCategory", "ID")),
)
_REQUIRED_IN_VAT_GROUP: Final = (
    ("BR-45", ("TaxableAmount",)),
    ("BR-46", ("TaxAmount",)),
    ("BR-47", ("TaxCategory", "ID")),
)
_VAT_PREFIXES: Final = COUNTRIES | {"EL", "XI", "1A"}
_VAT_FAMILIES: Final = {
    "S": "S", "Z": "Z", "E": "E", "AE": "AE", "G": "G", "K": "IC", "O": "O", "L": "AF", "M": "AG",
}  # fmt: skip
_RATED_CATEGORIES: Final = frozenset("SLM")
_WITH_AMOUNTS: Final = (
    ("LegalMonetaryTotal",),
    ("AllowanceCharge",),
    ("InvoiceLine",),
    ("InvoiceLine", "Price"),
)
_CENT: Final = Decimal("0.01")


def check(invoice: XmlNode) -> tuple[Violation, ...]:
    """Every rule broken by a UBL Invoice element, in the order of the rules; () if it is sound."""
    with localcontext(prec=100):
        return tuple(violation for rule in RULES for violation in rule(invoice))


def round_half_up(amount: Decimal) -> Decimal:
    """Two decimals as XPath's round() does it: halves go towards plus infinity."""
    return (amount * 100 + Decimal("0.5")).to_integral_value(ROUND_FLOOR) * _CENT


def _required(invoice: XmlNode) -> Iterator[Violation]:
    yield from _missing(invoice, _REQUIRED)
    for line in invoice.all("InvoiceLine"):
        yield from _missing(line, _REQUIRED_IN_LINE)
        for quantity in line.all("InvoicedQuantity"):
            if not quantity.attributes.get("unitCode"):
                yield Violation("BR-23", quantity.path, "unitCode is missing", "a unit", "none")
    for group in invoice.all("TaxTotal", "TaxSubtotal"):
        yield from _missing(group, _REQUIRED_IN_VAT_GROUP)
        if not group.all("TaxCategory", "Percent") and _category(group, "TaxCategory") != "O":
            yield Violation("BR-48", group.path, "the VAT rate is missing", "a rate", "none")


def _missing(
    node: XmlNode, required: tuple[tuple[str, tuple[str, ...]], ...]
) -> Iterator[Violation]:
    for rule, names in required:
        found = node.all(*names)
        if not any(each.text or each.children or rule in _MAY_BE_EMPTY for each in found):
            place = f"{node.path}/{'/'.join(names)}"
            yield Violation(rule, place, f"{names[-1]} is missing", "a value", "none")


def _line_sum(invoice: XmlNode) -> Iterator[Violation]:
    lines = round_half_up(_sum(invoice, "InvoiceLine", "LineExtensionAmount"))
    yield from _compare(
        "BR-CO-10", "sum of the lines", _total(invoice, "LineExtensionAmount"), lines
    )


def _allowance_sums(invoice: XmlNode) -> Iterator[Violation]:
    for rule, name, indicator in (
        ("BR-CO-11", "AllowanceTotalAmount", "false"),
        ("BR-CO-12", "ChargeTotalAmount", "true"),
    ):
        parts = [part for part in invoice.all("AllowanceCharge") if _indicator(part) == indicator]
        total = _total(invoice, name)
        expected = round_half_up(sum((_sum(part, "Amount") for part in parts), Decimal(0)))
        if total is None and parts and invoice.all("LegalMonetaryTotal"):
            place = f"{invoice.path}/LegalMonetaryTotal/{name}"
            yield Violation(rule, place, f"{name} is missing", str(expected), "none")
        yield from _compare(rule, name, total, expected)


def _net_total(invoice: XmlNode) -> Iterator[Violation]:
    lines = _total(invoice, "LineExtensionAmount")
    if lines is not None:
        allowances = _amount_or_zero(_total(invoice, "AllowanceTotalAmount"))
        charges = _amount_or_zero(_total(invoice, "ChargeTotalAmount"))
        expected = round_half_up(_amount(lines) - allowances + charges)
        what = "lines - allowances + charges"
        yield from _compare("BR-CO-13", what, _total(invoice, "TaxExclusiveAmount"), expected)


def _vat_sum(invoice: XmlNode) -> Iterator[Violation]:
    for total in invoice.all("TaxTotal"):
        if total.all("TaxSubtotal"):
            expected = round_half_up(_sum(total, "TaxSubtotal", "TaxAmount"))
            yield from _compare(
                "BR-CO-14", "sum of the VAT groups", total.find("TaxAmount"), expected
            )


def _gross_total(invoice: XmlNode) -> Iterator[Violation]:
    currency = invoice.find_text("DocumentCurrencyCode")
    vat = [
        amount
        for amount in invoice.all("TaxTotal", "TaxAmount")
        if amount.attributes.get("currencyID") == currency
    ]
    if len(vat) != 1:
        why = f"there must be exactly one VAT total in {currency}"
        yield Violation("BR-CO-15", f"{invoice.path}/TaxTotal", why, "1", str(len(vat)))
        return
    net = _total(invoice, "TaxExclusiveAmount")
    if net is not None:
        expected = round_half_up(_amount(net) + _amount(vat[0]))
        yield from _compare(
            "BR-CO-15", "net + VAT", _total(invoice, "TaxInclusiveAmount"), expected
        )


def _payable(invoice: XmlNode) -> Iterator[Violation]:
    gross = _total(invoice, "TaxInclusiveAmount")
    if gross is not None:
        prepaid = _amount_or_zero(_total(invoice, "PrepaidAmount"))
        rounding = _amount_or_zero(_total(invoice, "PayableRoundingAmount"))
        expected = round_half_up(_amount(gross) - prepaid + rounding)
        what = "gross - prepaid + rounding"
        yield from _compare("BR-CO-16", what, _total(invoice, "PayableAmount"), expected)


def _vat_of_group(invoice: XmlNode) -> Iterator[Violation]:
    # The official artefacts accept less than one unit of difference, for VAT added up line by line.
    for group in invoice.all("TaxTotal", "TaxSubtotal"):
        base, tax = group.find("TaxableAmount"), group.find("TaxAmount")
        if base is None or tax is None:
            continue
        rate = _amount_or_zero(group.find("TaxCategory", "Percent"))
        expected = round_half_up(abs(_amount(base)) * rate / 100)
        found = abs(_amount(tax))
        tolerated = abs(found - expected) < 1 if _is_rate(rate) else abs(found) < Decimal("0.5")
        if not tolerated:
            why = f"{_amount(base)} at {rate} % is not this"
            yield Violation("BR-CO-17", tax.path, why, str(expected), str(_amount(tax)))


def _is_rate(rate: Decimal) -> bool:
    return (rate + Decimal("0.5")).to_integral_value(ROUND_FLOOR) != 0


def _base_of_group(invoice: XmlNode) -> Iterator[Violation]:
    for group in invoice.all("TaxTotal", "TaxSubtotal"):
        category, base = _category(group, "TaxCategory"), group.find("TaxableAmount")
        if category not in _VAT_FAMILIES or base is None:
            continue
        rated = category in _RATED_CATEGORIES
        rate = _amount_or_zero(group.find("TaxCategory", "Percent")) if rated else None
        expected = _taxed(invoice, category, rate)
        difference = abs(_amount(base) - expected)
        if difference >= 1 if rated else difference != 0:
            rule = f"BR-{_VAT_FAMILIES[category]}-08"
            why = f"the lines, allowances and charges of category {category} do not add up to this"
            yield Violation(rule, base.path, why, str(expected), str(_amount(base)))


def _taxed(invoice: XmlNode, category: str, rate: Decimal | None) -> Decimal:
    taxed = Decimal(0)
    for line in invoice.all("InvoiceLine"):
        item = line.find("Item")
        if item is not None and _is_taxed_as(item, "ClassifiedTaxCategory", category, rate):
            taxed += _sum(line, "LineExtensionAmount")
    for part in invoice.all("AllowanceCharge"):
        if _is_taxed_as(part, "TaxCategory", category, rate):
            taxed += _sum(part, "Amount") * (1 if _indicator(part) == "true" else -1)
    return taxed


def _is_taxed_as(node: XmlNode, element: str, category: str, rate: Decimal | None) -> bool:
    return any(
        taxed.find_text("ID") == category
        and (rate is None or _amount_or_zero(taxed.find("Percent")) == rate)
        for taxed in node.all(element)
    )


def _price(invoice: XmlNode) -> Iterator[Violation]:
    for price in invoice.all("InvoiceLine", "Price", "PriceAmount"):
        if price.text and _amount(price) < 0:
            yield Violation("BR-27", price.path, "a net price is negative", "0 or more", price.text)


def _seller_identity(invoice: XmlNode) -> Iterator[Violation]:
    for seller in invoice.all(*_SELLER):
        named = (
            seller.all("PartyIdentification", "ID")
            or seller.all("PartyLegalEntity", "CompanyID")
            or [
                tax for tax in seller.all("PartyTaxScheme") if _is_vat(tax) and tax.all("CompanyID")
            ]
        )
        if not named:
            why = "the seller has no identifier, registration number or VAT number"
            yield Violation("BR-CO-26", seller.path, why, "one of them", "none")


def _vat_prefix(invoice: XmlNode) -> Iterator[Violation]:
    parties = (
        *invoice.all(*_SELLER),
        *invoice.all(*_BUYER),
        *invoice.all("TaxRepresentativeParty"),
    )
    for tax in (scheme for party in parties for scheme in party.all("PartyTaxScheme")):
        for number in tax.all("CompanyID") if _is_vat(tax) else ():
            if number.text[:2] not in _VAT_PREFIXES:
                why = "a VAT number begins with the country's code"
                yield Violation("BR-CO-09", number.path, why, "ISO 3166-1 or EL", number.text[:2])


def _due(invoice: XmlNode) -> Iterator[Violation]:
    payable = _total(invoice, "PayableAmount")
    terms = invoice.all("DueDate") or invoice.all("PaymentTerms", "Note")
    if payable is not None and payable.text and _amount(payable) > 0 and not terms:
        why = "something is due, but not when"
        yield Violation("BR-CO-25", payable.path, why, "DueDate or PaymentTerms/Note", "none")


def _one_currency(invoice: XmlNode) -> Iterator[Violation]:
    # A rule not of the norm itself but of its users: another currency would be added up unseen.
    currency = invoice.find_text("DocumentCurrencyCode")
    totals = [
        total
        for total in invoice.all("TaxTotal")
        if any(each.attributes.get("currencyID") == currency for each in total.all("TaxAmount"))
    ]
    nodes = [
        *(node for names in _WITH_AMOUNTS for node in invoice.all(*names)),
        *(group for total in totals for group in total.all("TaxSubtotal")),
    ]
    for amount in (child for node in nodes for child in node.children):
        found = amount.attributes.get("currencyID")
        if currency is not None and found is not None and found != currency:
            why = "the amount is in another currency than the invoice"
            yield Violation("PEPPOL-EN16931-R051", amount.path, why, currency, found)


RULES: Final[tuple[Rule, ...]] = (
    _required,
    _price,
    _seller_identity,
    _vat_prefix,
    _line_sum,
    _allowance_sums,
    _net_total,
    _vat_sum,
    _gross_total,
    _payable,
    _vat_of_group,
    _base_of_group,
    _due,
    _one_currency,
)


def _compare(
    rule: str, what: str, amount: XmlNode | None, expected: Decimal
) -> Iterator[Violation]:
    if amount is not None and amount.text and _amount(amount) != expected:
        yield Violation(rule, amount.path, f"it is not {what}", str(expected), amount.text)


def _total(invoice: XmlNode, name: str) -> XmlNode | None:
    return invoice.find("LegalMonetaryTotal", name)


def _amount(node: XmlNode) -> Decimal:
    return parse_decimal(node.text, node.path)


def _amount_or_zero(node: XmlNode | None) -> Decimal:
    return _amount(node) if node is not None and node.text else Decimal(0)


def _sum(node: XmlNode, *names: str) -> Decimal:
    return sum((_amount(part) for part in node.all(*names)), Decimal(0))


def _indicator(part: XmlNode) -> str:
    text = part.find_text("ChargeIndicator") or ""
    return {"1": "true", "0": "false"}.get(text, text)


def _category(node: XmlNode, element: str) -> str | None:
    """VAT category code of a group, an item or an allowance, in the VAT scheme only."""
    for category in node.all(element):
        if _is_vat(category):
            return category.find_text("ID")
    return None


def _is_vat(node: XmlNode) -> bool:
    return (node.find_text("TaxScheme", "ID") or "").upper() == "VAT"
