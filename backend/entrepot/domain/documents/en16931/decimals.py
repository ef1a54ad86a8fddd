"""No more than two decimals: BR-DEC-01 to BR-DEC-28 and UBL-DT-01.

BR-DEC-13 and BR-DEC-15 are read from the norm: the official test of both compares with an element
that is not there and so can never fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from entrepot.domain.documents.en16931.source import InvoiceSource, indicator, texts, violation
from entrepot.domain.documents.xml_source import XmlNode
from entrepot.domain.errors import Violation

_DECIMALS_MAX: Final = 2
_PLACES: Final = (
    ("BR-DEC-09", "LegalMonetaryTotal", "LineExtensionAmount"),
    ("BR-DEC-10", "LegalMonetaryTotal", "AllowanceTotalAmount"),
    ("BR-DEC-11", "LegalMonetaryTotal", "ChargeTotalAmount"),
    ("BR-DEC-12", "LegalMonetaryTotal", "TaxExclusiveAmount"),
    ("BR-DEC-14", "LegalMonetaryTotal", "TaxInclusiveAmount"),
    ("BR-DEC-16", "LegalMonetaryTotal", "PrepaidAmount"),
    ("BR-DEC-17", "LegalMonetaryTotal", "PayableRoundingAmount"),
    ("BR-DEC-18", "LegalMonetaryTotal", "PayableAmount"),
    ("BR-DEC-19", "TaxTotal/TaxSubtotal", "TaxableAmount"),
    ("BR-DEC-20", "TaxTotal/TaxSubtotal", "TaxAmount"),
    ("BR-DEC-23", "Line", "LineExtensionAmount"),
)
_OF_DOCUMENT: Final = {
    (False, "Amount"): "BR-DEC-01",
    (False, "BaseAmount"): "BR-DEC-02",
    (True, "Amount"): "BR-DEC-05",
    (True, "BaseAmount"): "BR-DEC-06",
}
_OF_LINE: Final = {
    (False, "Amount"): "BR-DEC-24",
    (False, "BaseAmount"): "BR-DEC-25",
    (True, "Amount"): "BR-DEC-27",
    (True, "BaseAmount"): "BR-DEC-28",
}
_OF_TAX: Final = (("BR-DEC-13", "DocumentCurrencyCode"), ("BR-DEC-15", "TaxCurrencyCode"))
RULES: Final = frozenset(
    {rule for rule, _, _ in _PLACES}
    | set(_OF_DOCUMENT.values())
    | set(_OF_LINE.values())
    | {rule for rule, _ in _OF_TAX}
    | {"UBL-DT-01"}
)
"""Ids of the rules checked here."""


def check(source: InvoiceSource) -> Iterator[Violation]:
    """Every amount with three decimals or more."""
    long = [node for name in source.names() for node in _too_long(source, name)]
    if not long:  # nearly always
        return
    of_prices = {each for charge in source.at("Price/AllowanceCharge") for each in charge.walk()}
    for node in long:
        if node not in of_prices:
            yield _violation("UBL-DT-01", node)
    for rule, where, name in _PLACES:
        for node in source.at(f"{where}/{name}"):
            if node in long:
                yield _violation(rule, node)
    for parts, rules in (
        (source.charges, _OF_DOCUMENT),
        (source.at("Line/AllowanceCharge"), _OF_LINE),
    ):
        for part in parts:
            for node in (child for child in part.children if child in long):
                rule = rules.get((indicator(part) is True, node.name))
                if rule is not None and indicator(part) is not None:
                    yield _violation(rule, node)
    for rule, name in _OF_TAX:
        currencies = texts(source.root.all(name))
        for node in source.at("TaxTotal/TaxAmount"):
            if node in long and node.attributes.get("currencyID") in currencies:
                yield _violation(rule, node)


def _too_long(source: InvoiceSource, name: str) -> list[XmlNode]:
    if not name.endswith("Amount") or name.endswith("PriceAmount"):
        return []
    nodes = source.named(name)
    return [node for node in nodes if len(node.text.partition(".")[2]) > _DECIMALS_MAX]


def _violation(rule: str, node: XmlNode) -> Violation:
    why = "an amount has two decimals at most"
    found = len(node.text.partition(".")[2])
    return violation(rule, node, why, "2 or fewer", found, "round it to two decimals")
