"""What WCO Data Model 3.6 messages share: their wrapper and their way to write a moment."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from entrepot.domain.documents.values import parse_datetime
from entrepot.domain.documents.xml_source import XmlNode
from entrepot.domain.errors import MalformedDocument

_NAMESPACE: Final = "urn:wco:datamodel:WCO:"
_SUBJECTS: Final = frozenset({"Declaration", "Response"})
_VERSION = re.compile(r"3\.[0-9]+")
_MOMENT = re.compile(r"([0-9]{14})(Z|[+-][0-9]{2}(?::?[0-9]{2})?)")


def find_subject(root: XmlNode) -> XmlNode | None:
    """The Declaration or Response of a WCO message, through whatever envelopes are around it.

    Notifications come without a namespace; where there is one, it is the WCO's. None if the
    document holds no such element, MalformedDocument if it holds several side by side.
    """
    found = _outermost(root)
    if len(found) > 1:
        raise MalformedDocument(found[1].path, "there are two WCO messages here", "send one a time")
    return found[0] if found else None


def check_metadata(subject: XmlNode, type_name: str) -> None:
    """The wrapper, where there is one, must say version 3 and this type (DEC or RES)."""
    wrapper = subject.parent
    if wrapper is None or wrapper.name != "MetaData":
        return
    version, kind = wrapper.find("WCODataModelVersionCode"), wrapper.find("WCOTypeName")
    if version is not None and version.text and not _VERSION.fullmatch(version.text):
        raise MalformedDocument(
            version.path, f"{version.text[:20]!r} is not version 3 of the model"
        )
    if kind is not None and kind.text and kind.text != type_name:
        raise MalformedDocument(kind.path, f"{kind.text[:20]!r} is not {type_name}")


def read_moment(node: XmlNode) -> datetime:
    """A DateTimeString of format 304 (CCYYMMDDHHMMSSZZZ), or ISO 8601, in UTC."""
    text = node.require("DateTimeString")
    if "T" in text.text:
        return parse_datetime(text.text, text.path)
    match = _MOMENT.fullmatch(text.text)
    if match is None:
        why = f"{text.text[:40]!r} is not a moment with its zone"
        raise MalformedDocument(text.path, why, "write 20261110093000+08")
    zone = "+0000" if match[2] == "Z" else match[2].replace(":", "").ljust(5, "0")
    try:
        return datetime.strptime(match[1] + zone, "%Y%m%d%H%M%S%z").astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedDocument(text.path, f"{text.text!r} does not exist: {error}") from None


def _outermost(node: XmlNode) -> list[XmlNode]:
    if node.name in _SUBJECTS and (not node.namespace or node.namespace.startswith(_NAMESPACE)):
        return [node]
    return [found for child in node.children for found in _outermost(child)]
