"""The business rules of EN 16931-1 for a UBL 2.1 Invoice or CreditNote.

Rule ids, severities, tolerances and rounding are those of the official artefacts 1.3.16, so that an
invoice refused here is refused everywhere, and the other way round. Find a rule by its id:

| ids | module |
|---|---|
| BR-01 to BR-65; BR-CO-03, -04, -18 to -26 | `terms` |
| BR-CO-10 to -17 | `sums` |
| BR-S, -Z, -E, -AE, -IC, -G, -O, -AF, -AG, -B | `vat` |
| BR-DEC, UBL-DT-01 | `decimals` |
| BR-CL, BR-CO-09 | `codes` |
| UBL-SR, UBL-DT-06, -07, UBL-CR-666, -673 | `syntax` |
| UBL-CR and UBL-DT as warnings | `restrictions` |
| one currency (PEPPOL-EN16931-R051) | `currency` |
"""

from __future__ import annotations

from decimal import localcontext
from typing import Final

from entrepot.domain.documents.en16931 import (
    codes,
    currency,
    decimals,
    restrictions,
    sums,
    syntax,
    terms,
    vat,
)
from entrepot.domain.documents.en16931.source import InvoiceSource
from entrepot.domain.documents.xml_source import XmlNode
from entrepot.domain.errors import Violation

_MODULES: Final = (terms, sums, vat, decimals, codes, syntax, currency, restrictions)
_DIGITS: Final = 100
NOT_CHECKED: Final = dict.fromkeys(
    ("BR-CO-05", "BR-CO-06", "BR-CO-07", "BR-CO-08"),
    "whether a reason and its code mean the same no program can tell; the official test is true()",
)
"""Rules of the norm without a check, with the reason."""


def rules() -> frozenset[str]:
    """Ids of all rules that are checked."""
    checked = (terms, sums, vat, decimals, codes, syntax, currency)
    ids = {rule for module in checked for rule in module.RULES}
    return frozenset(ids) | restrictions.rules()


def findings(root: XmlNode) -> tuple[Violation, ...]:
    """Every rule broken by an Invoice or CreditNote element, errors and warnings.

    MalformedDocument if an amount or a rate is no number.
    """
    with localcontext(prec=_DIGITS):
        source = InvoiceSource(root)
        return tuple(broken for module in _MODULES for broken in module.check(source))


def check(root: XmlNode) -> tuple[Violation, ...]:
    """The errors alone: with one of them the document is refused; () if it is sound."""
    return tuple(broken for broken in findings(root) if broken.severity == "error")
