"""Text to value, strictly, with the place of the text in every refusal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final, TypeAlias, TypeVar

from entrepot.domain.documents.places import Located
from entrepot.domain.errors import InvalidIdentifier, MalformedDocument

Parsed = TypeVar("Parsed")

Place: TypeAlias = str | Located
"""Where a text stands, or the node it was taken from: a path is only worked out for a refusal."""

DIGITS_MAX: Final = 30
"""Longer numbers exist in no trade document, and would make exact arithmetic a weapon."""

REFERENCE_MAX: Final = 200
TEXT_MAX: Final = 20_000
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
_LOOKALIKE: Final = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})
_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_DATE_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}.*")


def parse_decimal(text: str, place: Place) -> Decimal:
    """A number in plain digits (xs:decimal): no exponent, no separators."""
    number = _decimal(text) if len(text) <= DIGITS_MAX else None
    if number is None:
        raise _refused(place, f"{text[:40]!r} is not a decimal number", "write 1234.50")
    return number


@lru_cache(4096)
def _decimal(text: str) -> Decimal | None:
    """Kept for a while: in one invoice, one amount is asked for again and again."""
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


def parse_count(text: str, place: Place) -> int:
    """A whole number, zero or more; "3.00" is 3."""
    number = parse_decimal(text, place)
    if number < 0 or number != number.to_integral_value():
        raise _refused(place, f"{text!r} is not a whole number")
    return int(number)


def parse_date(text: str, place: Place) -> date:
    """An ISO 8601 calendar date, "2026-11-05"."""
    match = _DATE.fullmatch(text)
    try:
        if match is None:
            raise ValueError("not YYYY-MM-DD")
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError as error:
        raise _refused(place, f"{text[:40]!r} is not a date: {error}", "write 2026-11-05") from None


def parse_datetime(text: str, place: Place) -> datetime:
    """An ISO 8601 date and time with its zone, given back in UTC."""
    try:
        if not _DATE_TIME.fullmatch(text):
            raise ValueError("not YYYY-MM-DDThh:mm:ss")
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError("it has no time zone")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        why = f"{text[:40]!r} is not a moment in time: {error}"
        raise _refused(place, why, "write 2026-11-12T18:40:00+08:00") from None


def parse_text(text: str, place: Place, max_length: int = TEXT_MAX) -> str:
    """Words, no more of them than anybody reads."""
    if len(text) > max_length:
        raise _refused(place, f"it has more than {max_length} characters")
    return text


def parse_reference(text: str, place: Place) -> str:
    """A document's number, free in form, but one that people can tell from any other.

    Invisible signs are refused, and letters of Latin next to those of Cyrillic or Greek, which look
    the same: of two such numbers one would be financed as if it were another.
    """
    parse_text(text, place, REFERENCE_MAX)
    if text.isascii() and text.isprintable():  # nearly always, and nothing can be amiss
        return text
    scripts: set[str] = set()
    for position, sign in enumerate(text, 1):
        if unicodedata.category(sign) in _INVISIBLE:
            why = f"its sign {position} (U+{ord(sign):04X}) is invisible"
            raise _refused(place, why, "write it anew by hand")
        script = unicodedata.name(sign, "").partition(" ")[0]
        if script in _LOOKALIKE:
            scripts.add(script)
        if len(scripts) > 1:
            why = f"its sign {position}, {unicodedata.name(sign).lower()}, is of another script"
            raise _refused(place, why, "write all letters in one script")
    return text


def parse_code(text: str, allowed: Collection[str], place: Place) -> str:
    """One code of a closed list."""
    if text not in allowed:
        raise _refused(
            place,
            f"{text[:40]!r} is not in the code list",
            f"use one of {', '.join(sorted(allowed))}",
        )
    return text


def parse_identifier(parse: Callable[[str], Parsed], text: str, place: Place) -> Parsed:
    """One of `domain.identifiers`, with the place added to its refusal."""
    try:
        return parse(text)
    except InvalidIdentifier as error:
        raise _refused(place, str(error)) from error


def _refused(place: Place, why: str, mend: str = "") -> MalformedDocument:
    return MalformedDocument(place if isinstance(place, str) else place.path, why, mend)
