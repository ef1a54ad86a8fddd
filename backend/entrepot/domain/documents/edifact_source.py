"""Untrusted UN/EDIFACT (ISO 9735) to a bounded list of segments.

The service string (UNA) may name other signs; a sign behind the release character is text. What
the interchange says of itself, its counts and references in UNT and UNZ, must be so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from entrepot.domain.errors import MalformedDocument, OversizedDocument

SEGMENTS_MAX: Final = 10_000
COMPONENTS_MAX: Final = 200_000
_SERVICE_LENGTH: Final = 9  # UNA and its six signs
_ENCODINGS: Final = {"UNOA": "ascii", "UNOB": "ascii", "UNOC": "latin-1", "UNOW": "utf-8"}
_HEADER: Final = re.compile(rb"UNB[^A-Z]{0,3}(UNO[A-Z])")
_TAG: Final = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class EdiNode:
    """A component's text; `path` is segment[occurrence]/element/component, all from 1."""

    text: str
    path: str


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: its tag, which one of its tag it is, and the components of its elements."""

    tag: str
    occurrence: int
    elements: tuple[tuple[str, ...], ...]

    @property
    def path(self) -> str:
        """Tag and, from the second on, occurrence."""
        return self.tag if self.occurrence == 1 else f"{self.tag}[{self.occurrence}]"

    def find(self, element: int, component: int = 1) -> EdiNode | None:
        """The component, both counted from 1; None if it is missing or empty."""
        try:
            text = self.elements[element - 1][component - 1].strip()
        except IndexError:
            return None
        return EdiNode(text, f"{self.path}/{element}/{component}") if text else None

    def require(self, element: int, component: int = 1) -> EdiNode:
        """The component; MalformedDocument if it is missing or empty."""
        node = self.find(element, component)
        if node is None:
            raise MalformedDocument(f"{self.path}/{element}/{component}", "it is missing")
        return node


@dataclass(frozen=True, slots=True)
class _Signs:
    component: str = ":"
    element: str = "+"
    release: str = "?"
    terminator: str = "'"


def looks_like_edifact(start: bytes) -> bool:
    """Whether the content starts as an interchange does."""
    return start.startswith((b"UNA", b"UNB+"))


def parse_message(data: bytes) -> list[Segment]:
    """The segments of an interchange of one message, from UNH to UNT, both included.

    MalformedDocument or OversizedDocument if it is not sound.
    """
    text = _decode(data)
    signs = _signs(text)
    if text.startswith("UNA"):
        text = text[_SERVICE_LENGTH:]
    segments = _split(text.strip(), signs)
    _check_envelope(segments)
    return segments[1:-1]


def _decode(data: bytes) -> str:
    header = _HEADER.search(data[:64])
    name = header[1].decode() if header else ""
    encoding = _ENCODINGS.get(name)
    if encoding is None:
        raise MalformedDocument(
            "UNB/1/1", f"its character set is {name or 'not named'}", "use UNOA, UNOB, UNOC or UNOW"
        )
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise MalformedDocument(f"byte {error.start}", f"it is not {name}", "use UNOW") from None
    if "\x00" in text:
        raise MalformedDocument("UNB", "it contains a NUL byte")
    return text


def _signs(text: str) -> _Signs:
    if not text.startswith("UNA"):
        return _Signs()
    component, element, _decimal, release, _reserved, terminator = text[3:_SERVICE_LENGTH].ljust(6)
    signs = _Signs(component, element, release, terminator)
    used = {component, element, release, terminator}
    if len(used) != 4 or any(sign.isalnum() or sign.isspace() for sign in used):
        raise MalformedDocument("UNA", "its signs are not four different marks")
    return signs


def _split(text: str, signs: _Signs) -> list[Segment]:
    """One pass over the marks; what is released, also a release character, is text."""
    released = f"{re.escape(signs.release)}(.)"
    ending = f"([{re.escape(signs.component + signs.element + signs.terminator)}])"
    marks = re.compile(f"{released}|{ending}", re.DOTALL)
    segments: list[Segment] = []
    counts: dict[str, int] = {}
    elements: list[tuple[str, ...]] = []
    components: list[str] = []
    parts: list[str] = []
    position = total = 0
    for mark in marks.finditer(text):
        parts.append(text[position : mark.start()])
        position = mark.end()
        if mark[1] is not None:
            parts.append(mark[1])
            continue
        components.append("".join(parts))
        parts = []
        total += 1
        if total > COMPONENTS_MAX:
            raise OversizedDocument("components", COMPONENTS_MAX)
        if mark[2] == signs.component:
            continue
        elements.append(tuple(components))
        components = []
        if mark[2] == signs.terminator:
            segments.append(_segment(elements, counts, len(segments) + 1))
            elements = []
    if text[position:].strip() or parts or components or elements:
        raise MalformedDocument(f"segment {len(segments) + 1}", "it does not end")
    return segments


def _segment(elements: list[tuple[str, ...]], counts: dict[str, int], number: int) -> Segment:
    if number > SEGMENTS_MAX:
        raise OversizedDocument("segments", SEGMENTS_MAX)
    tag = elements[0][0].lstrip("\r\n ")
    if not _TAG.fullmatch(tag):
        raise MalformedDocument(f"segment {number}", f"{tag[:20]!r} is not the tag of a segment")
    counts[tag] = counts.get(tag, 0) + 1
    return Segment(tag, counts[tag], tuple(elements[1:]))


def _check_envelope(segments: list[Segment]) -> None:
    tags = [segment.tag for segment in segments]
    if tags.count("UNH") > 1:
        raise MalformedDocument("UNH[2]", "there are two messages here", "send one a time")
    if len(tags) < 4 or [*tags[:2], *tags[-2:]] != ["UNB", "UNH", "UNT", "UNZ"]:
        raise MalformedDocument("UNB", "it is not UNB, UNH, a message, UNT and UNZ, in this order")
    header, first, last, trailer = segments[0], segments[1], segments[-2], segments[-1]
    _same(last.require(1), str(len(segments) - 2), "segments are there")
    _same(last.require(2), first.require(1).text, "is the reference in UNH")
    _same(trailer.require(1), "1", "message is there")
    _same(trailer.require(2), header.require(5).text, "is the reference in UNB")


def _same(node: EdiNode, expected: str, what: str) -> None:
    if node.text.lstrip("0") != expected.lstrip("0"):
        raise MalformedDocument(node.path, f"it says {node.text[:35]}, but {expected[:35]} {what}")
