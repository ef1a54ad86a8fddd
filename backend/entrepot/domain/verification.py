"""What can be said of a file and a disclosure with nothing else at hand: no network, no key.

An answer is a list of findings, each true by itself, and never one yes: proofs may hold for a fact
that was withdrawn since. What could not be established is a finding too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from entrepot.domain.disclosure import Disclosure
from entrepot.domain.documents.fields import fields_of
from entrepot.domain.documents.reading import read
from entrepot.domain.errors import InvalidInput
from entrepot.kit.hashing import sha256


class Integrity(StrEnum):
    """INTACT and ALTERED hold against the commitment; UNKNOWN: nothing to hold it against."""

    INTACT = "INTACT"
    ALTERED = "ALTERED"
    UNKNOWN = "UNKNOWN"


WORDS: Final = {
    "proofs-hold": (
        "Every shown field belongs to the commitment.",
        "所披露的每个字段均属于该承诺。",
    ),
    "proof-broken": (
        "A shown field does not belong to the commitment: it was altered, or is another paper's.",
        "所披露的某个字段不属于该承诺：已被改动，或属于另一份单据。",
    ),
    "file-matches": (
        "The file is byte for byte the one that was committed to.",
        "该文件与承诺的文件逐字节一致。",
    ),
    "file-differs": (
        "The file is not the one that was committed to.",
        "该文件不是所承诺的文件。",
    ),
    "file-not-covered": (
        "The disclosure does not show the hash of the bytes, so of the file nothing is proven.",
        "披露中没有文件的散列值，因此无法证明该文件。",
    ),
    "fields-match": (
        "The file, read here, has every shown field with the shown value.",
        "在此读取该文件，所披露字段的值均一致。",
    ),
    "field-differs": (
        "The file, read here, has another value for a shown field.",
        "在此读取该文件，某个所披露字段的值不同。",
    ),
    "file-unreadable": (
        "No reader here knows the file, so its fields were not compared.",
        "此处无法识读该文件，因此未比较字段。",
    ),
    "commitment-matches": (
        "The commitment is the one that you gave.",
        "该承诺与您所给的一致。",
    ),
    "commitment-differs": (
        "The commitment is not the one that you gave.",
        "该承诺与您所给的不一致。",
    ),
    "nothing-to-compare": (
        "There is no commitment to hold the file against.",
        "没有可与该文件核对的承诺。",
    ),
    "ledger-not-asked": (
        "Whether the ledger has this commitment, and who attested it, was not established.",
        "账本上是否有此承诺、由谁见证，未予核实。",
    ),
    "standing-not-asked": (
        "Whether it still stands, and whether it is financed already, was not established.",
        "其是否仍然有效、是否已被融资，未予核实。",
    ),
    "unknown-here": (
        "Nothing is known here that you have shown to hold.",
        "此处没有您已证明持有的单据。",
    ),
    "not-recorded": (
        "It is kept here and was never recorded on the ledger.",
        "此处存有该单据，但从未记录在账本上。",
    ),
    "recorded": (
        "It stands recorded on the ledger.",
        "账本上的记录有效。",
    ),
    "withdrawn": (
        "Its attester has withdrawn it from the ledger.",
        "见证方已从账本撤回。",
    ),
    "replaced": (
        "A later version has replaced it.",
        "已被更新的版本取代。",
    ),
    "not-financed": (
        "Nothing is reserved or lent on its goods.",
        "其货物未被预留或融资。",
    ),
    "reserved": (
        "Financing of its goods is reserved.",
        "其货物已预留融资。",
    ),
    "financed": (
        "Its goods are financed already.",
        "其货物已被融资。",
    ),
    "goods-not-asked": (
        "Whether its goods are financed could not be established here.",
        "其货物是否已被融资，此处无法核实。",
    ),
}
"""Each finding in English and Chinese."""

AGAINST: Final = frozenset({"proof-broken", "file-differs", "field-differs", "commitment-differs"})
"""Findings that tell of something wrong with what was handed in."""


@dataclass(frozen=True, slots=True)
class Finding:
    """code: stable, a key of WORDS. about: the field meant, "" for the whole."""

    code: str
    about: str = ""

    def text(self, lang: str = "en") -> str:
        words = WORDS[self.code][lang == "zh"]
        return (
            f"{words[:-1]} ({self.about})."
            if self.about and lang != "zh"
            else (f"{words[:-1]}（{self.about}）。" if self.about else words)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """fields: what is shown and proven; {} when any proof is broken. kind: of the file as it was
    read, "" when there is none or nothing reads it."""

    integrity: Integrity
    findings: tuple[Finding, ...]
    fields: dict[str, str]
    file_sha256: bytes | None
    kind: str


def verify(
    file: bytes | None, disclosure: Disclosure | None, commitment: bytes | None = None
) -> Verification:
    """Holds a file, a disclosure, or both against one another.

    commitment: what the ledger has, as somebody who asked it says. ValueError when there is
    neither file nor disclosure.
    """
    if file is None and disclosure is None:
        raise ValueError("a file or a disclosure is needed")
    kind, fields = _read(file)
    findings = tuple(_findings(file, kind, fields, disclosure, commitment))
    codes = {finding.code for finding in findings}
    return Verification(
        integrity=_integrity(codes, file),
        findings=findings,
        fields=disclosure.fields if disclosure and "proof-broken" not in codes else {},
        file_sha256=None if file is None else sha256(file),
        kind=kind,
    )


def _read(file: bytes | None) -> tuple[str, dict[str, str]]:
    if file is None:
        return "", {}
    try:
        document = read(file)
    except InvalidInput:
        return "", {}
    return document.kind, fields_of(document)


def _findings(
    file: bytes | None,
    kind: str,
    fields: dict[str, str],
    disclosure: Disclosure | None,
    commitment: bytes | None,
) -> Iterator[Finding]:
    if disclosure is None:
        yield Finding("nothing-to-compare")
        return
    broken = disclosure.broken()
    yield from (Finding("proof-broken", name) for name in broken)
    if not broken:
        yield Finding("proofs-hold")
    if commitment is not None:
        same = commitment == disclosure.root
        yield Finding("commitment-matches" if same else "commitment-differs")
    if file is None:
        return
    if disclosure.content_sha256 is None:
        yield Finding("file-not-covered")
    else:
        same = disclosure.content_sha256 == sha256(file)
        yield Finding("file-matches" if same else "file-differs")
    if not disclosure.fields:
        return
    if not kind:
        yield Finding("file-unreadable")
        return
    differs = [name for name, value in disclosure.fields.items() if fields.get(name) != value]
    yield from (Finding("field-differs", name) for name in differs)
    if not differs:
        yield Finding("fields-match")


def _integrity(codes: set[str], file: bytes | None) -> Integrity:
    if codes & AGAINST:
        return Integrity.ALTERED
    if "proofs-hold" in codes and (file is None or "file-matches" in codes):
        return Integrity.INTACT
    return Integrity.UNKNOWN
