"""UN/EDIFACT CUSRES: customs' answer, in the same terms as the WCO's.

The processing indicator (DE 7365, in GIS) says what becomes of the goods. References are found by
their qualifier (DE 1153), wherever the directory in use puts them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from entrepot.domain.documents.edifact_source import EdiNode, Segment
from entrepot.domain.documents.places import Places
from entrepot.domain.documents.values import parse_count, parse_identifier, parse_reference
from entrepot.domain.documents.wco_response import ResponseFunction, WcoResponse
from entrepot.domain.errors import MalformedDocument, UnknownDocument
from entrepot.domain.identifiers import parse_mrn

_FUNCTIONS: Final = {
    "1": ResponseFunction.ACCEPTED,
    "2": ResponseFunction.REJECTED,
    "3": ResponseFunction.REJECTED,
    "4": ResponseFunction.RELEASED,
    "5": ResponseFunction.UNDER_CONTROL,
    "6": ResponseFunction.DOCUMENTS_REQUIRED,
    "7": ResponseFunction.DETAINED,
    "8": ResponseFunction.TRANSFER_PERMITTED,
    "9": ResponseFunction.ACCEPTED,
    "14": ResponseFunction.MESSAGE_IN_ERROR,
    "15": ResponseFunction.REQUEST_ANSWERED,
    "16": ResponseFunction.REQUEST_ANSWERED,
    "17": ResponseFunction.RECEIVED,
    "18": ResponseFunction.CLEARANCE_REQUESTED,
}
"""DE 7365 -> what it means for the goods. 9 is accepted awaiting the goods; 15 and 16 answer a
correction, which changes nothing until the declaration does."""

_DECLARATION: Final = ("MRN", "ABT", "AAE")  # DE 1153: the declaration's number at customs
_TRADER: Final = ("ABE", "LRN")  # DE 1153: the declarant's own reference
_ISSUED: Final = ("137", "9", "148", "58")  # DE 2005: message, processing, clearance
_MOMENT: Final = re.compile(r"([0-9]{12})([0-9]{2})?(UTC|GMT|Z|[+-][0-9]{2}(?:[0-9]{2})?)")
_ZONED: Final = frozenset({"303", "304", "205"})


def read_cusres(segments: Sequence[Segment]) -> WcoResponse:
    """Read the segments of one message, UNH to UNT. MalformedDocument says which component."""
    kind = segments[0].require(2)
    if kind.text != "CUSRES":
        raise UnknownDocument(f"this is a UN/EDIFACT {kind.text[:10]}; only CUSRES is read")
    indicators = _with_tag(segments, "GIS")
    if len(indicators) != 1:
        raise MalformedDocument(
            "GIS", f"there are {len(indicators)} processing indicators; it must be one"
        )
    at = Places(segments[0])
    number = at("reference", _one(segments, "BGM").require(2))
    mrn = at("mrn", _reference(segments, _DECLARATION))
    if mrn is None:
        raise MalformedDocument("RFF", "no declaration is named", "add RFF with MRN, ABT or AAE")
    trader = at("declaration_reference", _reference(segments, _TRADER))
    version = at("version", _version(segments))
    return WcoResponse(
        function=_function(at("function", indicators[0].require(1))),
        reference=parse_reference(number.text, number),
        issued_at=_moment(at("issued_at", _issued(segments))),
        mrn=parse_identifier(parse_mrn, mrn.text, mrn),
        declaration_reference=trader.text if trader is not None else None,
        version=parse_count(version.text, version) if version is not None else None,
        errors=_texts(segments, "ERC", 1),
        statements=_texts(segments, "FTX", 4),
        kind="edifact-cusres",
        indicator=at("indicator", indicators[0].require(1)).text,
        places=at,
    )


def _function(node: EdiNode) -> ResponseFunction:
    function = _FUNCTIONS.get(node.text)
    if function is None:
        raise MalformedDocument(
            node.path,
            f"{node.text[:10]!r} is no processing indicator that customs answer with",
            f"use one of {', '.join(_FUNCTIONS)}",
        )
    return function


def _with_tag(segments: Sequence[Segment], tag: str) -> list[Segment]:
    return [segment for segment in segments if segment.tag == tag]


def _one(segments: Sequence[Segment], tag: str) -> Segment:
    found = _with_tag(segments, tag)
    if len(found) != 1:
        raise MalformedDocument(tag, f"there are {len(found)} of them; it must be one")
    return found[0]


def _references(segments: Sequence[Segment], qualifiers: Sequence[str]) -> list[Segment]:
    """RFF with the first of the qualifiers that is there at all."""
    named = [(segment, segment.find(1)) for segment in _with_tag(segments, "RFF")]
    for qualifier in qualifiers:
        found = [s for s, node in named if node is not None and node.text == qualifier]
        if found:
            return found
    return []


def _reference(segments: Sequence[Segment], qualifiers: Sequence[str]) -> EdiNode | None:
    found = _references(segments, qualifiers)
    if len({segment.require(1, 2).text for segment in found}) > 1:
        raise MalformedDocument(found[1].path, "it names a second number under the same qualifier")
    return found[0].require(1, 2) if found else None


def _version(segments: Sequence[Segment]) -> EdiNode | None:
    """Version of the declaration (DE 1056), behind its number."""
    found = _references(segments, _DECLARATION)
    return found[0].find(1, 4) if found else None


def _issued(segments: Sequence[Segment]) -> Segment:
    moments = {
        node.text: segment
        for segment in reversed(_with_tag(segments, "DTM"))
        if (node := segment.find(1)) is not None
    }
    for qualifier in _ISSUED:
        if qualifier in moments:
            return moments[qualifier]
    raise MalformedDocument("DTM", "it is not said when it was issued", "add DTM+137")


def _moment(segment: Segment) -> datetime:
    """Formats 303, 304 and 205, which have a zone: a moment without one is none."""
    node, style = segment.require(1, 2), segment.require(1, 3)
    if style.text not in _ZONED:
        raise MalformedDocument(
            style.path, f"format {style.text[:5]} has no time zone", "use 303 or 304"
        )
    match = _MOMENT.fullmatch(node.text)
    if match is None:
        raise MalformedDocument(node.path, f"{node.text[:40]!r} is not a moment with its zone")
    try:
        digits = match[1] + (match[2] or "00")
        moment = datetime.strptime(f"{digits}{_zone(match[3])}", "%Y%m%d%H%M%S%z")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedDocument(node.path, f"{node.text!r} does not exist: {error}") from None


def _zone(text: str) -> str:
    """As strptime has it."""
    return text.ljust(5, "0") if text.startswith(("+", "-")) else "+0000"


def _texts(segments: Sequence[Segment], tag: str, element: int) -> tuple[str, ...]:
    """The components of one element, joined, of every such segment."""
    joined = (
        "".join(segment.elements[element - 1])
        for segment in _with_tag(segments, tag)
        if len(segment.elements) >= element
    )
    return tuple(text for text in joined if text)
