"""The small changes that a mutation test makes to a Solidity source, and where.

Comments, NatSpec, imports, pragmas and the words of an interface are left alone: to change them
changes nothing. So are strings, except that none is looked into.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

SWAPS = (
    # comparisons, also by one step
    (r"(?<![<>=!])<=(?!=)", ("<", ">")),
    (r"(?<![<>=!])>=(?!=)", (">", "<")),
    (r"(?<= )<(?= )", ("<=", ">=")),
    (r"(?<= )>(?= )", (">=", "<=")),
    (r"(?<= )==(?= )", ("!=",)),
    (r"(?<= )!=(?= )", ("==",)),
    # arithmetic and bits
    (r"(?<= )\+(?= )", ("-",)),
    (r"(?<= )-(?= )", ("+",)),
    (r"(?<= )\*(?= )", ("/",)),
    (r"(?<= )/(?= )", ("*",)),
    (r"\+=", ("-=",)),
    (r"-=", ("+=",)),
    (r"\|=", ("&=", "=")),
    (r"(?<= )\|(?= )", ("&",)),
    (r"(?<= )&(?= )", ("|",)),
    (r"(?<= )<<(?= )", (">>",)),
    # logic
    (r"&&", ("||",)),
    (r"\|\|", ("&&",)),
    (r"!(?=[\w(])(?!=)", ("",)),
    (r"\btrue\b", ("false",)),
    (r"\bfalse\b", ("true",)),
    # branches that are always, or never, taken
    (r"\bif \((?=.)", ("if (true || ", "if (false && ")),
    (r" \? ", (" || true ? ", " && false ? ")),
)

NUMBER = re.compile(r"(?<![\w.])(\d[\d_]*)(?![\w.])")
MODIFIER = re.compile(r"\b(restricted|nonReentrant|whenNotPaused)\b(?=[^;{]*\{)")
STATE = re.compile(r"State\.([A-Z_]+)\b")
STATEMENT = re.compile(
    r"(?:^|(?<=[;{}]))\s*("
    r"(?:require\(|emit |delete |[\w.\[\]]+\(|[\w.\[\]()]+ [|+\-]?= |(?:\+\+|--)\w)[^;{}]*;)",
    re.MULTILINE,
)
MASKED = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"[^\"\n]*\"|'[^'\n]*'"
    r"|^import\b[^;]*;|^pragma\b[^;]*;|^using\b[^;]*;"
    r"|^\s*(?:event|error)\b[^;]*;",
    re.DOTALL | re.MULTILINE,
)
DECLARING = re.compile(r"^[ \t]*(?:struct|enum)\b[^{]*\{[^}]*\}", re.MULTILINE)
NOT_CODE = re.compile(r"^[ \t]*(?:mapping\b|assembly\b)[^;]*;", re.MULTILINE)


@dataclass(frozen=True)
class Mutant:
    """One change: at `start` of the file, `old` becomes `new`."""

    path: str
    line: int
    start: int
    old: str
    new: str

    @property
    def key(self) -> str:
        """The same for the same change of the same file."""
        said = f"{self.path}\0{self.start}\0{self.old}\0{self.new}"
        return hashlib.sha256(said.encode()).hexdigest()[:20]

    def applied(self, source: str) -> str:
        """The file with the change made; ValueError when it is not the file it was made for."""
        end = self.start + len(self.old)
        if source[self.start : end] != self.old:
            raise ValueError(f"{self.path} has changed since {self}")
        return source[: self.start] + self.new + source[end:]

    def __str__(self) -> str:
        old, new = (" ".join(text.split()) or "nothing" for text in (self.old, self.new))
        return f"{self.path}:{self.line}  {old}  ->  {new}"


def masked(source: str) -> str:
    """The source with everything that is no code blanked out, at the same places."""

    def blank(match: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", match.group())

    for rule in (MASKED, DECLARING, NOT_CODE):
        source = rule.sub(blank, source)
    return source


def mutants_of(path: str, source: str) -> Iterator[Mutant]:
    """Every change that is tried on this file, in the order of the rules."""
    code = masked(source)
    seen: set[tuple[int, str, str]] = set()
    for start, old, new in _changes(code):
        text = source[start : start + len(old)]
        if (start, text, new) not in seen:
            seen.add((start, text, new))
            yield Mutant(path, source.count("\n", 0, start) + 1, start, text, new)


def _changes(code: str) -> Iterator[tuple[int, str, str]]:
    for pattern, others in SWAPS:
        for match in re.finditer(pattern, code):
            yield from ((match.start(), match.group(), other) for other in others)
    for match in NUMBER.finditer(code):
        value = int(match.group().replace("_", ""))
        yield match.start(), match.group(), str(value + 1)
        if value:
            yield match.start(), match.group(), str(value - 1)
    for match in MODIFIER.finditer(code):
        yield match.start(), match.group(), ""
    states = sorted({match.group() for match in STATE.finditer(code)})
    for match in STATE.finditer(code):
        other = states[(states.index(match.group()) + 1) % len(states)]
        if other != match.group():
            yield match.start(), match.group(), other
    for match in STATEMENT.finditer(code):
        statement = match.group(1)
        if statement.count("(") == statement.count(")"):  # else it is the head of a loop
            yield match.start(1), statement, ""
