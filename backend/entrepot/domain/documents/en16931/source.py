"""One invoice as the rules look at it: an index over its elements, and exact numbers.

The official artefacts ask `//cac:X` again and again. Here one pass gathers the elements of each
path, of which an invoice has some eighty however many lines it has; a rule picks among the paths.
Names are compared without their namespace: the reader refuses foreign vocabularies first, and
extensions (UBLExtensions) are not looked into.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_FLOOR, Decimal
from functools import lru_cache
from typing import Final

from entrepot.domain.documents.values import parse_decimal
from entrepot.domain.documents.xml_source import XmlNode
from entrepot.domain.errors import Severity, Violation

CENT: Final = Decimal("0.01")
_HALF: Final = Decimal("0.5")
_HUNDRED: Final = Decimal(100)
LINES: Final = frozenset({"InvoiceLine", "CreditNoteLine"})
LINE: Final = "*Line"
"""Either of them in the paths here; rules write "Line". No element can be named so, but some are
named Line."""


class InvoiceSource:
    """A UBL Invoice or CreditNote element with its elements by path and by name.

    Elements of one path stand in the order of the document.
    """

    def __init__(self, root: XmlNode) -> None:
        self.root = root
        self.is_credit_note = root.name == "CreditNote"
        self.by_path: dict[str, list[XmlNode]] = {}
        self.by_attribute: dict[str, list[XmlNode]] = {}
        self._index(root)
        paths = tuple(self.by_path)
        self._shape = _known_shape(paths) if len(paths) <= _SHAPE_MAX else _Shape(paths)
        self._at: dict[str, list[XmlNode]] = {"/": [root]}
        self.lines = self.below(LINE)
        self.charges = self.below("AllowanceCharge")
        """Allowances and charges on the document's level (BG-20, BG-21)."""

    def _index(self, root: XmlNode) -> None:
        """Notes which elements stand at which path; all those at one path at a time."""
        self._note_attributes(root)
        ahead: list[tuple[str, list[XmlNode]]] = [("", [root])]
        for above, nodes in ahead:  # which grows meanwhile
            for name, found in _below(nodes).items():
                path = above + (LINE if name in LINES else name)
                if path in self.by_path:
                    found = self.by_path[path] + found
                self.by_path[path] = found
                has_more = False
                for node in found:
                    if node.attributes:
                        self._note_attributes(node)
                    if node.children:
                        has_more = True
                if has_more and name != "UBLExtensions":
                    ahead.append((path + "/", found))

    def _note_attributes(self, node: XmlNode) -> None:
        for attribute in node.attributes:
            self.by_attribute.setdefault(attribute, []).append(node)

    def names(self) -> Iterable[str]:
        """The names of all elements below the root."""
        return self._shape.by_last

    def named(self, name: str) -> list[XmlNode]:
        """Every element of this name below the root, path by path."""
        return self.at(name)

    def below(self, path: str) -> list[XmlNode]:
        """Every element at exactly this path below the root ("PaymentMeans/PaymentID")."""
        return self.by_path.get(path, [])

    def at(self, path: str) -> list[XmlNode]:
        """Every element whose own and parents' names end like `path` ("Delivery/Address").

        "/" is the root, "Line" a line of either kind; alternatives stand between bars.
        """
        found = self._at.get(path)
        if found is None:
            paths = self._shape.ending(path)
            if len(paths) == 1:
                found = self.by_path[paths[0]]
            else:
                found = [node for each in paths for node in self.by_path[each]]
            self._at[path] = found
        return found


def _below(nodes: list[XmlNode]) -> dict[str, list[XmlNode]]:
    """The children of all the nodes by their names."""
    if len(nodes) == 1:
        return nodes[0].by_name
    groups: dict[str, list[list[XmlNode]]] = {}
    for node in nodes:
        for name, children in node.by_name.items():
            groups.setdefault(name, []).append(children)
    return {name: [each for part in parts for each in part] for name, parts in groups.items()}


class _Shape:
    """The paths of an invoice. Few senders have more than one, so it is looked at only once."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        self.by_last: dict[str, list[str]] = {}
        """Last name -> the paths that end so."""
        for path in paths:
            self.by_last.setdefault(path.rpartition("/")[2], []).append(path)
        self._ending: dict[str, tuple[str, ...]] = {}

    def ending(self, path: str) -> tuple[str, ...]:
        """The paths that end like one of the alternatives."""
        if path not in self._ending:
            wholes = [path_of(each) for each in path.split(" | ")]
            self._ending[path] = tuple(
                there
                for whole in wholes
                for there in self.by_last.get(whole.rpartition("/")[2], ())
                if there == whole or there.endswith(f"/{whole}")
            )
        return self._ending[path]


_known_shape = lru_cache(64)(_Shape)
_SHAPE_MAX: Final = 500
"""Of more paths no invoice consists, and none is remembered."""


def path_of(path: str) -> str:
    """A path of a rule, where a line is "Line", as a path of the index."""
    first, *rest = path.split("/")
    return "/".join((LINE if first == "Line" else first, *rest))


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
    return parse_decimal(node.text, node) if node.text else None


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
    for scheme in node.all("TaxScheme", "ID"):  # noqa: SIM110 - asked a lot, and this is quicker
        if scheme.text.upper() == "VAT":
            return True
    return False
