"""When two wordings say the same (UCP 600 14(d)): data need not be identical, must not conflict."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Final

_WORDS = re.compile(r"[0-9]+(?:[.,][0-9]+)*|[^\W\d_]+")

_INITIALS = re.compile(r"(?<=\b[^\W\d_])\.(?=[^\W\d_](?:\.|\b))")
"""The dots inside B.V. and S.p.A."""

_LEGAL_FORMS: Final = {
    "LTD": "LIMITED", "CO": "COMPANY", "CORP": "CORPORATION", "INC": "INCORPORATED",
    "INTL": "INTERNATIONAL", "MFG": "MANUFACTURING", "IND": "INDUSTRIAL", "BROS": "BROTHERS",
    "PTE": "PRIVATE", "PVT": "PRIVATE",
}  # fmt: skip
_ABBREVIATIONS: Final = {
    "KGS": "KG", "KGM": "KG", "KILOGRAM": "KG", "KILOGRAMS": "KG", "KILO": "KG", "KILOS": "KG",
    "PCS": "PIECE", "PC": "PIECE", "PIECES": "PIECE", "H87": "PIECE", "C62": "PIECE", "EA": "PIECE",
    "UNIT": "PIECE", "UNITS": "PIECE", "SETS": "SET", "CTN": "CARTON", "CTNS": "CARTON",
    "CARTONS": "CARTON", "MT": "TONNE", "TNE": "TONNE", "TON": "TONNE", "TONS": "TONNE",
    "TONNES": "TONNE", "MTR": "METRE", "M": "METRE", "METRES": "METRE", "METER": "METRE",
    "METERS": "METRE", "PKG": "PACKAGE", "PKGS": "PACKAGE", "PACKAGES": "PACKAGE",
}  # fmt: skip
_FILLERS: Final = frozenset({"AND", "OF", "THE", "FOR", "WITH", "IN", "A", "AN", "AS", "PER", "TO"})
_KILOGRAMS: Final = {"KG": Decimal(1), "TONNE": Decimal(1000)}
_SHORT_STEM: Final = 4


def words(text: str) -> tuple[str, ...]:
    """The words of a text without case, width, accents or punctuation."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return tuple(_WORDS.findall(plain.upper()))


def same_name(one: str, other: str) -> bool:
    """Whether two spellings are of one party: Ltd and Limited, commas, case, an ampersand."""
    return _name(one) == _name(other)


def _name(text: str) -> tuple[str, ...]:
    plain = _INITIALS.sub("", text.replace("&", " and "))
    spelled = (_LEGAL_FORMS.get(word, word) for word in words(plain))
    return tuple(word for word in spelled if word not in _FILLERS)


def unit(text: str) -> str:
    """One name of each unit of measure, however it is abbreviated: "KGM" and "kgs" are "KG"."""
    spelled = "".join(words(text))
    return _ABBREVIATIONS.get(spelled, spelled)


def in_kilograms(mass: Decimal, of: str) -> Decimal | None:
    """The mass in kilograms; None where the unit is none of mass."""
    factor = _KILOGRAMS.get(unit(of))
    return None if factor is None else mass * factor


def corresponds(asked: str, found: str) -> bool:
    """Whether a description has everything that is asked for; it may have more (18(c))."""
    there = set(_stems(found))
    return all(word in there for word in _stems(asked))


def in_general_terms(asked: str, found: str) -> bool:
    """Whether a description shares a word with the one asked for (14(e))."""
    return not _stems(asked) or not set(_stems(asked)).isdisjoint(_stems(found))


def _stems(text: str) -> tuple[str, ...]:
    spelled = (_ABBREVIATIONS.get(word, word) for word in words(text))
    return tuple(_stem(word) for word in spelled if word not in _FILLERS)


def _stem(word: str) -> str:
    """Singular and plural are one word."""
    return word.removesuffix("S") if len(word) > _SHORT_STEM and not word.endswith("SS") else word
