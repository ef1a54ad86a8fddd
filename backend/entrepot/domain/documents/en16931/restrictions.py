"""Warnings: what UBL 2.1 can say and EN 16931 does not use (UBL-CR-*, UBL-DT-08 to -28).

An invoice with such an element is sound; whoever reads only the norm will not see it. Each rule
warns once, at the first place.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from entrepot.domain.documents.en16931.source import InvoiceSource, path_of, violation
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


class _Anywhere(NamedTuple):
    rule: str
    path: str
    attribute: str


class _Restrictions(NamedTuple):
    elements: dict[str, str]
    """Path -> rule."""
    attributes: dict[str, dict[str, str]]
    """Path -> attribute -> rule."""
    anywhere: tuple[_Anywhere, ...]
    rules: frozenset[str]


@cache
def _restrictions() -> _Restrictions:
    """The file of paths, by what they end with."""
    text = (
        files("entrepot.domain.documents.en16931")
        .joinpath("data", "ubl_restrictions.txt")
        .read_text("utf-8")
    )
    rows = [row.split() for row in text.splitlines() if not row.startswith("#")]
    elements: dict[str, str] = {}
    attributes: dict[str, dict[str, str]] = {}
    anywhere: list[_Anywhere] = []
    for rule, path in rows:
        element, _, attribute = path.removeprefix("//").partition("@")
        element = path_of(element.rstrip("/"))
        if path.startswith("//"):
            anywhere.append(_Anywhere(rule, element, attribute))
        elif attribute:
            attributes.setdefault(element, {})[attribute] = rule
        else:
            elements[element] = rule
    ids = frozenset(rule for rule, _ in rows)
    return _Restrictions(elements, attributes, tuple(anywhere), ids)


def rules() -> frozenset[str]:
    """Ids of the rules checked here; BR-51 is a warning too, and checked with the terms."""
    return _restrictions().rules | frozenset(_ATTRIBUTES.values()) | {"UBL-CR-002", "UBL-CR-665"}


def check(source: InvoiceSource) -> Iterator[Violation]:
    """One warning for each rule that is broken."""
    found: dict[str, XmlNode] = {}
    _at_their_paths(source, found)
    if source.is_credit_note:
        found.pop("UBL-CR-412", None)  # the one place where a credit note has its due date
    for each in _restrictions().anywhere:
        if not each.attribute or each.attribute in source.by_attribute:
            for node in _anywhere(source, each)[:1]:
                found.setdefault(each.rule, node)
    for attribute, rule in _ATTRIBUTES.items():
        for node in source.by_attribute.get(attribute, ()):
            if rule != "UBL-DT-18" or node.name != "PaymentMeansCode":
                found.setdefault(rule, node)
    _add_conditional(source, found)
    for rule in sorted(found):
        why, mend = "EN 16931 does not use this", "leave it out, or expect it to be unread"
        yield violation(rule, found[rule], why, "nothing", found[rule].name, mend, "warning")


def _at_their_paths(source: InvoiceSource, found: dict[str, XmlNode]) -> None:
    known = _restrictions()
    for path in known.elements.keys() & source.by_path.keys():
        found[known.elements[path]] = source.by_path[path][0]
    for path in known.attributes.keys() & source.by_path.keys():
        for attribute, rule in known.attributes[path].items():
            for node in source.by_path[path]:
                if attribute in node.attributes:
                    found.setdefault(rule, node)


def _anywhere(source: InvoiceSource, each: _Anywhere) -> list[XmlNode]:
    if not each.path:
        return source.by_attribute.get(each.attribute, [])
    nodes = source.at(each.path)
    return [node for node in nodes if not each.attribute or each.attribute in node.attributes]


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
