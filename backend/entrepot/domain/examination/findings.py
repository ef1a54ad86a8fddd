"""What an examination finds: each with its article, both values and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Severity(StrEnum):
    """What follows from a finding."""

    DISCREPANCY = "DISCREPANCY"
    """A ground to refuse (UCP 600 article 16)."""
    CHOICE = "CHOICE"
    """The bank may accept it or not, by an article that says so: 18(b)."""
    NOTE = "NOTE"
    """No ground to refuse; somebody should know it."""


@dataclass(frozen=True, slots=True)
class Said:
    """A value and where it stands: which document (or the credit), and the path in it."""

    by: str
    value: str
    place: str = ""

    def __str__(self) -> str:
        return f"{self.value} ({self.by}{' ' + self.place if self.place else ''})"


@dataclass(frozen=True, slots=True)
class Finding:
    """asked: what the credit, the rules or the other document ask for; found: what there is."""

    rule: str
    article: str
    severity: Severity
    asked: Said
    found: Said
    en: str
    zh: str

    def in_words(self, lang: str) -> str:
        """The sentence for a notice, in "en" or "zh"."""
        return self.zh if lang == "zh" else self.en


class Source(Protocol):
    """A document that knows where its fields stand."""

    @property
    def kind(self) -> str: ...

    def where(self, name: str) -> str: ...


def said(document: Source, name: str, value: object) -> Said:
    """A field of a document, as a finding shows it."""
    return Said(document.kind, str(value), document.where(name))
