"""One invoice as the rules look at it: an index over its elements, and exact numbers.

The official artefacts ask `//cac:X` again and again. Here one pass notes every element by its name,
so that a rule costs only the elements it is about. Names are compared without their namespace: the
reader refuses foreign vocabularies first, and extensions (UBLExtensions) are not looked into.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from functools import cache
from typing import Final

from entrepot.domain.documents.values import parse_decimal
from entrepot.domain.documents.xml_source import XmlNode
from entrepot.domain.errors import MalformedDocument, Severity, Violation

CENT: Final = Decimal("0.01")
_HALF: Final = Decimal("0.5")
_HUNDRED: Final = Decimal(100)
LINES: Final = ("InvoiceLine", "CreditNoteLine")


class InvoiceSource:
    """A UBL Invoice or CreditNote element with its elements by name and by path."""

    def __init__(self, root: XmlNode) -> None:
        self.root = root
        self.is_credit_note = root.name == "CreditNote"
        self.by_name: dict[str, list[XmlNode]] = {}
        self.by_attribute: dict[str, list[XmlNode]] = {}
        self._by_path: dict[str, list[XmlNode]] = {}
        self._at: dict[str, list[XmlNode]] = {"/": [root]}
        self._index(root, "")
        self.lines = [node for node in root.children if node.name in LINES]
        self.charges = self.below("AllowanceCharge")
        """Allowances and charges on the document's level (BG-20, BG-21)."""

    def _index(self, node: XmlNode, path: str) -> None:
        self.by_name.setdefault(node.name, []).append(node)
        for name in node.attributes:
            self.by_attribute.setdefault(name, []).append(node)
        for child in node.children:
            if child.name != "UBLExtensions":
                below = f"{path}/{child.name}" if path else child.name
                self._by_path.setdefault(below, []).append(child)
                self._index(child, below)

    def named(self, name: str) -> list[XmlNode]:
        """Every element of this name, in document order."""
        return self.by_name.get(name, [])

    def below(self, path: str) -> list[XmlNode]:
        """Every element at exactly this path below the root ("PaymentMeans/PaymentID")."""
        return self._by_path.get(path, [])

    def at(self, path: str) -> list[XmlNode]:
        """Every element whose own and parents' names end like `path` ("Delivery/Address").

        "/" is the root; "Line" in a path is InvoiceLine or CreditNoteLine; alternatives stand
        between bars.
        """
        found = self._at.get(path)
        if found is None:
            found = [node for each in _steps(path) for node in self._ending(*each)]
            self._at[path] = found
        return found

    def _ending(self, name: str, parents: tuple[str, ...]) -> list[XmlNode]:
        last = self.lines if name == "Line" else self.by_name.get(name, [])
        if not parents or not last:
            return last
        if len(parents) == 1 and parents[0] != "Line":
            name = parents[0]
            return [node for node in last if node.parent is not None and node.parent.name == name]
        return [node for node in last if _is_below(node, parents)]


@cache
def _steps(path: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The alternatives of a path: last name, and the names above from below."""
    alternatives = (each.split("/") for each in path.split(" | "))
    return tuple((names[-1], tuple(reversed(names[:-1]))) for names in alternatives)


def _is_below(node: XmlNode, parents: tuple[str, ...]) -> bool:
    for name in parents:
        if node.parent is None:
            return False
        node = node.parent
        if node.name != name and not (name == "Line" and node.name in LINES):
            return False
    return True


def violation(
    rule: str,
    place: XmlNode | str,
    why: str,
    expected: object,
    found: object,
    mend: str,
    severity: Severity = "error",
) -> Violation:
    """A broken rule; the XPath of an element is only worked out here, where one is needed."""
    location = place if isinstance(place, str) else place.path
    return Violation(rule, location, why, str(expected), str(found), severity, mend)


def number(node: XmlNode) -> Decimal | None:
    """An xs:decimal; None if the element is empty. MalformedDocument if it is no number."""
    text = node.text
    if not text:
        return None
    try:
        return parse_decimal(text, "")
    except MalformedDocument:
        return parse_decimal(text, node.path)  # again, with the place, which costs more


def first_number(node: XmlNode, *names: str) -> Decimal | None:
    """The number of the first element there, or None."""
    found = node.all(*names)
    return number(found[0]) if found else None


def total(nodes: list[XmlNode]) -> Decimal:
    """Sum of the numbers; an empty element counts nothing."""
    return sum((number(node) or Decimal(0) for node in nodes), Decimal(0))


def round_half_up(amount: Decimal) -> Decimal:
    """Two decimals as XPath's round() does it: halves go towards plus infinity."""
    return (amount * _HUNDRED + _HALF).to_integral_value(ROUND_FLOOR) * CENT


def round_to_unit(amount: Decimal) -> Decimal:
    """Whole units as XPath's round() does it."""
    return (amount + _HALF).to_integral_value(ROUND_FLOOR)


def indicator(charge: XmlNode) -> bool | None:
    """ChargeIndicator as xs:boolean: True is a charge, False an allowance."""
    found = charge.all("ChargeIndicator")
    return {"true": True, "1": True, "false": False, "0": False}.get(found[0].text if found else "")


def texts(nodes: list[XmlNode]) -> set[str]:
    """What the elements say."""
    return {node.text for node in nodes}


def is_vat(node: XmlNode) -> bool:
    """Whether a tax category or a party's tax registration is of the scheme VAT."""
    return any(scheme.text.upper() == "VAT" for scheme in node.all("TaxScheme", "ID"))
