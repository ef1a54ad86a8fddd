"""PEPPOL-EN16931-R051: every amount is in the invoice's currency.

Not a rule of the norm itself but of its users: another currency would be added up unseen.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from entrepot.domain.documents.en16931.source import InvoiceSource, violation
from entrepot.domain.errors import Violation

RULES: Final = frozenset({"PEPPOL-EN16931-R051"})
"""Ids of the rules checked here."""


def check(source: InvoiceSource) -> Iterator[Violation]:
    """Every amount in another currency; a VAT total for the tax office may have its own."""
    currency = source.root.find_text("DocumentCurrencyCode")
    totals = [
        total
        for total in source.root.all("TaxTotal")
        if any(each.attributes.get("currencyID") == currency for each in total.all("TaxAmount"))
    ]
    nodes = [
        *source.root.all("LegalMonetaryTotal"),
        *source.charges,
        *source.lines,
        *(price for line in source.lines for price in line.all("Price")),
        *(group for total in totals for group in total.all("TaxSubtotal")),
    ]
    for amount in (child for node in nodes for child in node.children):
        found = amount.attributes.get("currencyID")
        if currency is not None and found is not None and found != currency:
            why = "the amount is in another currency than the invoice"
            mend = f"state it in {currency}"
            yield violation("PEPPOL-EN16931-R051", amount, why, currency, found, mend)
