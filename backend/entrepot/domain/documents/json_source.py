"""Untrusted JSON to a bounded tree of cursors: no float, no NaN, no key twice, no hidden NUL."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from decimal import Decimal
from typing import Final, NoReturn, TypeAlias, cast

from entrepot.domain.documents.values import DIGITS_MAX, parse_reference
from entrepot.domain.errors import MalformedDocument, OversizedDocument

DEPTH_MAX: Final = 32
VALUES_MAX: Final = 200_000

# One mark a match and no backtracking, so that the scan is linear also over garbage.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{},]', re.DOTALL)
_MISSING: Final = "it is missing"


class _Number(str):
    """The digits of a number as they were written, apart from text."""

    __slots__ = ()


class _Members(list[tuple[str, object]]):
    """An object's members as they were written, so that a key given twice is still seen."""


class JsonNode:
    """A value and its JSON pointer (RFC 6901). null reads as if the member were not there."""

    __slots__ = ("_asked", "_value", "pointer")

    def __init__(self, value: _Value, pointer: str) -> None:
        self._value = value
        self.pointer = pointer
        self._asked: set[str] | None = None

    @property
    def path(self) -> str:
        """The pointer, by the name that every kind of node has."""
        return self.pointer

    def fail(self, why: str, mend: str = "") -> NoReturn:
        """Refuse the document because of this value."""
        raise MalformedDocument(self.pointer, why, mend)

    @property
    def is_object(self) -> bool:
        return isinstance(self._value, dict)

    @property
    def is_array(self) -> bool:
        return isinstance(self._value, list)

    def find(self, *names: str) -> JsonNode | None:
        """The value reached by the member names, or None."""
        node = self
        for name in names:
            members = node._object()
            if node._asked is None:
                node._asked = set()
            node._asked.add(name)
            if name not in members:
                return None
            node = members[name]
        return node

    def require(self, *names: str) -> JsonNode:
        """The value reached by the member names; MalformedDocument if it is not there."""
        node = self.find(*names)
        if node is None:
            raise MalformedDocument("/".join((self.pointer, *names)), _MISSING, f"add {names[-1]}")
        return node

    def items(self, *names: str, least: int = 0) -> list[JsonNode]:
        """The elements of the array at the member names; [] if it is not there and `least` is 0."""
        node = self.require(*names) if least else self.find(*names)
        if node is None:
            return []
        if not isinstance(node._value, list):
            node.fail("it is not an array")
        if len(node._value) < least:
            node.fail(f"it needs at least {least} element(s)")
        return node._value

    def text(self, max_length: int = 1000) -> str:
        """A string, neither empty nor with white space around it, at most `max_length` long."""
        if not isinstance(self._value, str) or isinstance(self._value, _Number):
            self.fail("it is not a string", "put it in quotes")
        if not self._value or self._value != self._value.strip():
            self.fail("it is empty or has white space around it")
        if len(self._value) > max_length:
            self.fail(f"it has more than {max_length} characters")
        return self._value

    def reference(self, max_length: int = 35) -> str:
        """A document's number: a string that can't be told from another one by no eye."""
        return parse_reference(self.text(max_length), self)

    def refuse_unread(self) -> None:
        """Refuse the document if it has a member here or below that no reader has asked for.

        For formats of our own: a member with a slip in its name would else be no member at all.
        """
        if isinstance(self._value, dict):
            for name, node in self._value.items():
                if name not in (self._asked or ()):
                    node.fail("there is no such member", "leave it out, or mend its name")
                node.refuse_unread()
        elif isinstance(self._value, list):
            for node in self._value:
                node.refuse_unread()

    def code(self, allowed: Collection[str]) -> str:
        """A string of a closed list."""
        value = self.text()
        if value not in allowed:
            self.fail(
                f"{value[:40]!r} is not in the code list",
                f"use one of {', '.join(sorted(allowed))}",
            )
        return value

    def boolean(self) -> bool:
        """true or false; a string or a number is neither."""
        if not isinstance(self._value, bool):
            self.fail("it is not true or false")
        return self._value

    def decimal(self) -> Decimal:
        """A number, exactly as it was written."""
        if not isinstance(self._value, _Number):
            self.fail("it is not a number", "write it without quotes")
        if len(self._value) > DIGITS_MAX or "e" in self._value.lower():
            self.fail(f"{self._value[:40]} is too long a number", "write plain digits")
        return Decimal(self._value)

    def count(self, least: int = 0) -> int:
        """A whole number, `least` or more."""
        number = self.decimal()
        if number < least or number != number.to_integral_value():
            self.fail(f"{number} is not a whole number of at least {least}")
        return int(number)

    def _object(self) -> dict[str, JsonNode]:
        if not isinstance(self._value, dict):
            self.fail("it is not an object")
        return self._value


_Value: TypeAlias = dict[str, JsonNode] | list[JsonNode] | str | bool | None


def parse_json(data: bytes) -> JsonNode:
    """Read a UTF-8 JSON document. MalformedDocument or OversizedDocument if it is not sound."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedDocument(
            f"byte {error.start}", "it is not UTF-8", "send it as UTF-8"
        ) from None
    if text.startswith("\ufeff"):
        raise MalformedDocument("byte 0", "it starts with a byte order mark", "save it without one")
    _measure(text)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_Members,
            parse_float=_Number,
            parse_int=_Number,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise MalformedDocument(place, f"it is not JSON: {error.msg}") from None
    return _wrap(value, "")


def _measure(text: str) -> None:
    depth = values = 0
    for match in _TOKEN.finditer(text):
        mark = match[0]
        if mark in "[{":
            depth += 1
            if depth > DEPTH_MAX:
                raise OversizedDocument("levels of arrays and objects", DEPTH_MAX)
        elif mark in "]}":
            depth -= 1
        if mark in "[{,":
            values += 1
            if values > VALUES_MAX:
                raise OversizedDocument("values", VALUES_MAX)


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedDocument("/", f"{name} is not a JSON number", "leave the member out")


def _wrap(value: object, pointer: str) -> JsonNode:
    if isinstance(value, _Members):
        return JsonNode(_wrap_members(value, pointer), pointer)
    if isinstance(value, list):
        elements = cast("list[object]", value)
        return JsonNode([_wrap(each, f"{pointer}/{i}") for i, each in enumerate(elements)], pointer)
    if value is None or isinstance(value, bool):
        return JsonNode(value, pointer)
    text = cast("str", value)  # json knows no other type: its numbers come as _Number
    _check_text(text, pointer)
    return JsonNode(text, pointer)


def _wrap_members(members: _Members, pointer: str) -> dict[str, JsonNode]:
    wrapped: dict[str, JsonNode] = {}
    seen: set[str] = set()
    for name, value in members:
        place = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
        _check_text(name, pointer)
        if name in seen:
            raise MalformedDocument(place, "the member is there twice", "keep one of them")
        seen.add(name)
        if value is not None:
            wrapped[name] = _wrap(value, place)
    return wrapped


def _check_text(text: str, pointer: str) -> None:
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise MalformedDocument(pointer, "it contains a NUL or half a character", "send plain text")
