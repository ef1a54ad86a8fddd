"""What WCO Data Model 3.6 messages share: their wrapper and their way to write a moment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from entrepot.domain.documents.values import parse_datetime
from entrepot.domain.documents.xml_source import XmlNode
from entrepot.domain.errors import MalformedDocument

_NAMESPACE: Final = "urn:wco:datamodel:WCO:"
_SUBJECTS: Final = {"Declaration": "DEC", "Response": "RES"}
"""A message's element, and the type that its wrapper says."""
_VERSION = re.compile(r"3\.[0-9]+")
_MOMENT = re.compile(r"([0-9]{14})(Z|[+-][0-9]{2}(?::?[0-9]{2})?)")


def find_subject(root: XmlNode) -> XmlNode | None:
    """The Declaration or Response of a WCO message, through whatever envelopes are around it.

    Notifications come without a namespace; where there is one, it is the WCO's. None if the
    document holds no such element, MalformedDocument if it holds several side by side, or if the
    wrapper says another version than 3 or another type of message.
    """
    found = list(_outermost(root, None))
    if len(found) > 1:
        place = found[1][0].path
        raise MalformedDocument(place, "there are two WCO messages here", "send one a time")
    for subject, wrapper in found:
        if wrapper is not None and wrapper.name == "MetaData":
            _check_metadata(wrapper, _SUBJECTS[subject.name])
        return subject
    return None


def _check_metadata(wrapper: XmlNode, type_name: str) -> None:
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
        return parse_datetime(text.text, text)
    match = _MOMENT.fullmatch(text.text)
    if match is None:
        why = f"{text.text[:40]!r} is not a moment with its zone"
        raise MalformedDocument(text.path, why, "write 20261110093000+08")
    zone = "+0000" if match[2] == "Z" else match[2].replace(":", "").ljust(5, "0")
    try:
        return datetime.strptime(match[1] + zone, "%Y%m%d%H%M%S%z").astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedDocument(text.path, f"{text.text!r} does not exist: {error}") from None


def _outermost(node: XmlNode, above: XmlNode | None) -> Iterator[tuple[XmlNode, XmlNode | None]]:
    """The messages that are in no other, each with the element around it."""
    if node.name in _SUBJECTS and (not node.namespace or node.namespace.startswith(_NAMESPACE)):
        yield node, above
    else:
        for child in node.children:
            yield from _outermost(child, node)
