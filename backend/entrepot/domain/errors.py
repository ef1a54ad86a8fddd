"""Every way in which the business refuses, as one tree.

    DomainError
    └── InvalidInput            what was sent cannot be used as it is
        ├── InvalidMoney
        │   └── CurrencyMismatch
        ├── InvalidIdentifier
        ├── UnknownDocument
        ├── OversizedDocument
        ├── MalformedDocument
        └── NonconformingDocument

`code` is stable and meant for programs; `str(error)` is meant for people and names the facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


class DomainError(Exception):
    """The business refuses; the message says why."""

    code: ClassVar[str] = "domain-error"


class InvalidInput(DomainError):
    """What was sent cannot be used as it is; sending it again will not help."""

    code: ClassVar[str] = "invalid-input"


class InvalidMoney(InvalidInput):
    """An amount or a currency that is not exactly representable money."""

    code: ClassVar[str] = "invalid-money"


class CurrencyMismatch(InvalidMoney):
    """Two amounts of different currencies were added, subtracted or compared."""

    code: ClassVar[str] = "currency-mismatch"

    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"{left} and {right} are different currencies; convert one first")
        self.left = left
        self.right = right


class InvalidIdentifier(InvalidInput):
    """A code that its standard does not allow: wrong shape, wrong check digit, not in the list."""

    code: ClassVar[str] = "invalid-identifier"

    def __init__(self, kind: str, value: str, why: str) -> None:
        super().__init__(f"{value[:40]!r} is not a valid {kind}: {why}")
        self.kind = kind
        self.value = value
        self.why = why


class UnknownDocument(InvalidInput):
    """No reader knows this content."""

    code: ClassVar[str] = "unknown-document"


class OversizedDocument(InvalidInput):
    """A document beyond a limit: `measure` names it (bytes, depth, nodes)."""

    code: ClassVar[str] = "oversized-document"

    def __init__(self, measure: str, limit: int) -> None:
        super().__init__(f"the document has more than {limit} {measure}; send a smaller one")
        self.measure = measure
        self.limit = limit


class MalformedDocument(InvalidInput):
    """A document that cannot be read: where (XPath or JSON pointer), why, and how to mend it."""

    code: ClassVar[str] = "malformed-document"

    def __init__(self, location: str, why: str, mend: str = "") -> None:
        super().__init__(f"{location or '/'}: {why}" + (f"; {mend}" if mend else ""))
        self.location = location
        self.why = why
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule of a standard: its id there, where it broke, and both values."""

    rule: str
    location: str
    why: str
    expected: str
    found: str

    def __str__(self) -> str:
        facts = f"expected {self.expected}, found {self.found}"
        return f"{self.rule} at {self.location}: {self.why} ({facts})"


class NonconformingDocument(InvalidInput):
    """A readable document that breaks rules of its own standard; all of them are listed."""

    code: ClassVar[str] = "nonconforming-document"

    def __init__(self, kind: str, violations: tuple[Violation, ...]) -> None:
        super().__init__(
            f"the {kind} breaks {len(violations)} rule(s): " + "; ".join(map(str, violations))
        )
        self.kind = kind
        self.violations = violations
