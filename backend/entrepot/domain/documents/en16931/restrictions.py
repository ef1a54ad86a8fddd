"""Warnings: what UBL 2.1 can say and EN 16931 does not use (UBL-CR-*, UBL-DT-08 to -28).

An invoice with such an element is sound; whoever reads only the norm will not see it. Each rule
warns once, at the first place.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from entrepot.domain.documents.en16931.source import LINES, InvoiceSource, violation
from entrepot.domain.documents.xml_source import XmlNode
from entrepot.domain.errors import Violation

_ATTRIBUTES: Final = {
    "schemeName": "UBL-DT-08",
    "schemeAgencyName": "UBL-DT-09",
    "schemeDataURI": "UBL-DT-10",
    "schemeURI": "UBL-DT-11",
    "format": "UBL-DT-12",
    "unitCodeListIdentifier": "UBL-DT-13",
    "unitCodeListAgencyIdentifier": "UBL-DT-14",
    "unitCodeListAgencyName": "UBL-DT-15",
    "listAgencyName": "UBL-DT-16",
    "listName": "UBL-DT-17",
    "name": "UBL-DT-18",
    "languageID": "UBL-DT-19",
    "listURI": "UBL-DT-20",
    "listSchemeURI": "UBL-DT-21",
    "languageLocaleID": "UBL-DT-22",
    "uri": "UBL-DT-23",
    "currencyCodeListVersionID": "UBL-DT-24",
    "characterSetCode": "UBL-DT-25",
    "encodingCode": "UBL-DT-26",
    "schemeAgencyID": "UBL-DT-27",
    "listAgencyID": "UBL-DT-28",
}
_VERSION: Final = "2.1"
_OBJECT_REFERENCE: Final = "130"


class _Step:
    """A node of the tree of paths: what is below, and the rule that ends here."""

    __slots__ = ("attributes", "below", "rule")

    def __init__(self) -> None:
        self.rule = ""
        self.attributes: dict[str, str] = {}
        self.below: dict[str, _Step] = {}


class _Anywhere(NamedTuple):
    rule: str
    path: str
    attribute: str


@cache
def _restrictions() -> tuple[_Step, tuple[_Anywhere, ...], frozenset[str]]:
    """The file of paths as a tree from the root, paths that may be anywhere, and all rule ids."""
    text = (
        files("entrepot.domain.documents.en16931")
        .joinpath("data", "ubl_restrictions.txt")
        .read_text("utf-8")
    )
    rows = [row.split() for row in text.splitlines() if not row.startswith("#")]
    root, anywhere = _Step(), list[_Anywhere]()
    for rule, path in rows:
        *names, last = path.removeprefix("//").split("/")
        attribute = last[1:] if last.startswith("@") else ""
        names = names if attribute else [*names, last]
        if path.startswith("//"):
            anywhere.append(_Anywhere(rule, "/".join(names), attribute))
            continue
        step = root
        for name in names:
            step = step.below.setdefault(name, _Step())
        if attribute:
            step.attributes[attribute] = rule
        else:
            step.rule = rule
    return root, tuple(anywhere), frozenset(rule for rule, _ in rows)


def rules() -> frozenset[str]:
    """Ids of the rules checked here; BR-51 is a warning too, and checked with the terms."""
    return _restrictions()[2] | frozenset(_ATTRIBUTES.values()) | {"UBL-CR-002", "UBL-CR-665"}


def check(source: InvoiceSource) -> Iterator[Violation]:
    """One warning for each rule that is broken."""
    found: dict[str, XmlNode] = {}
    root, anywhere, _ = _restrictions()
    for child in source.root.children:
        _walk(child, root, found)
    if source.is_credit_note:
        found.pop("UBL-CR-412", None)  # the one place where a credit note has its due date
    for each in anywhere:
        if each.attribute and each.attribute not in source.by_attribute:
            continue
        if each.path:
            nodes = [
                node
                for node in source.at(each.path)
                if not each.attribute or each.attribute in node.attributes
            ]
        else:
            nodes = source.by_attribute.get(each.attribute, [])
        if nodes:
            found.setdefault(each.rule, nodes[0])
    for attribute, rule in _ATTRIBUTES.items():
        for node in source.by_attribute.get(attribute, ()):
            if rule != "UBL-DT-18" or node.name != "PaymentMeansCode":
                found.setdefault(rule, node)
    _add_conditional(source, found)
    for rule in sorted(found):
        why, mend = "EN 16931 does not use this", "leave it out, or expect it to be unread"
        yield violation(rule, found[rule], why, "nothing", found[rule].name, mend, "warning")


def _walk(node: XmlNode, above: _Step, found: dict[str, XmlNode]) -> None:
    step = above.below.get("Line" if node.name in LINES else node.name)
    if step is None:
        return
    if step.rule:
        found.setdefault(step.rule, node)
    for attribute, rule in step.attributes.items():
        if attribute in node.attributes:
            found.setdefault(rule, node)
    if step.below:
        for child in node.children:
            _walk(child, step, found)


def _add_conditional(source: InvoiceSource, found: dict[str, XmlNode]) -> None:
    """UBL-CR-002: UBL 2.1 says so or says nothing. UBL-CR-665: a scheme is for type 130 only."""
    for version in source.root.all("UBLVersionID"):
        if version.text != _VERSION:
            found.setdefault("UBL-CR-002", version)
    for node in source.named("AdditionalDocumentReference"):
        types = [each.text for each in node.all("DocumentTypeCode")]
        if not types or any(each != _OBJECT_REFERENCE for each in types):
            for identifier in node.all("ID"):
                if "schemeID" in identifier.attributes:
                    found.setdefault("UBL-CR-665", identifier)
