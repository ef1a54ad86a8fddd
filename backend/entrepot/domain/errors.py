"""Every way in which the business refuses, as one tree.

    DomainError
    ├── InvalidInput            what was sent cannot be used as it is
    │   ├── InvalidMoney
    │   │   └── CurrencyMismatch
    │   ├── InvalidIdentifier
    │   ├── UnknownDocument
    │   ├── OversizedDocument
    │   ├── MalformedDocument
    │   ├── NonconformingDocument
    │   └── Contradiction       it disagrees with what the parties have agreed
    │       ├── WrongCurrency
    │       ├── WrongParty
    │       ├── OtherOrder
    │       ├── OtherVoyage
    │       └── Uncorrelated
    ├── NotFound                there is no such thing, or it is not the caller's to know
    ├── NotPermitted            the caller knows it, but may not do this
    │   └── NotNamed
    └── Conflict                it could be done, but not as things stand
        ├── WrongState
        ├── DocumentUsed
        ├── AlreadyAsked
        ├── AssetKeysDiffer
        ├── NearMatchStands
        ├── QuoteEnded
        ├── TwoPersonsNeeded
        ├── PolicyOvertaken
        └── BasisChanged

`code` is stable and meant for programs; `str(error)` is meant for people and names the facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias


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


_TOLD_MAX = 50
Severity: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule of a standard: its id there, where it broke, both values and a remedy."""

    rule: str
    location: str
    why: str
    expected: str
    found: str
    severity: Severity = "error"
    """A warning does not stand in a document's way."""
    mend: str = ""

    def __str__(self) -> str:
        facts = f"expected {self.expected}, found {self.found}"
        return f"{self.rule} at {self.location}: {self.why} ({facts})"


class NonconformingDocument(InvalidInput):
    """A readable document that breaks rules of its own standard.

    `violations` has all of them; the message tells the first fifty.
    """

    code: ClassVar[str] = "nonconforming-document"

    def __init__(self, kind: str, violations: tuple[Violation, ...]) -> None:
        told = "; ".join(map(str, violations[:_TOLD_MAX]))
        more = f"; and {len(violations) - _TOLD_MAX} more" if len(violations) > _TOLD_MAX else ""
        super().__init__(f"the {kind} breaks {len(violations)} rule(s): {told}{more}")
        self.kind = kind
        self.violations = violations


class Contradiction(InvalidInput):
    """A paper or a command that disagrees with what is already agreed: both values are named."""

    code: ClassVar[str] = "contradiction"

    def __init__(self, what: str, agreed: str, found: str, mend: str = "") -> None:
        super().__init__(f"{what}: agreed is {agreed}, found is {found[:80]}")
        self.what = what
        self.agreed = agreed
        self.found = found
        self.mend = mend


class WrongCurrency(Contradiction):
    """Money in another currency than the order's; nothing is converted here."""

    code: ClassVar[str] = "wrong-currency"


class WrongParty(Contradiction):
    """A paper that names another company in the place of one of the order's parties."""

    code: ClassVar[str] = "wrong-party"


class OtherOrder(Contradiction):
    """A paper or an event that speaks of another order."""

    code: ClassVar[str] = "other-order"


class OtherVoyage(Contradiction):
    """An event of another vessel or voyage."""

    code: ClassVar[str] = "other-voyage"


class Uncorrelated(Contradiction):
    """A customs response that answers no declaration known here."""

    code: ClassVar[str] = "uncorrelated-response"


class NotFound(DomainError):
    """There is no such thing, or it is none of the caller's business: the two look the same."""

    code: ClassVar[str] = "not-found"

    def __init__(self, thing: str) -> None:
        super().__init__(f"there is no such {thing}, or you are no party to it")
        self.thing = thing


class NotPermitted(DomainError):
    """The caller may know the thing, but this act on it belongs to somebody else."""

    code: ClassVar[str] = "not-permitted"

    def __init__(self, why: str, mend: str = "") -> None:
        super().__init__(why)
        self.mend = mend


class NotNamed(NotPermitted):
    """An attester that the order does not name for this kind of evidence."""

    code: ClassVar[str] = "attester-not-named"

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"the order does not name you as an attester of {kind}",
            "the parties name attesters when the order is placed or amended",
        )
        self.kind = kind


class Conflict(DomainError):
    """It could be done, but not as things stand."""

    code: ClassVar[str] = "conflict"

    def __init__(self, why: str, mend: str = "") -> None:
        super().__init__(why)
        self.mend = mend


class WrongState(Conflict):
    """The thing is not in the state that the act needs."""

    code: ClassVar[str] = "wrong-state"

    def __init__(self, thing: str, current: str, needed: str) -> None:
        super().__init__(f"the {thing} is {current}, and this needs it to be {needed}")
        self.current = current
        self.needed = needed


class DocumentUsed(Conflict):
    """The paper, or another copy of it, already serves another order (P2)."""

    code: ClassVar[str] = "document-already-used"


class AlreadyAsked(Conflict):
    """The very thing is under way or done, asked for by somebody else or in other words."""

    code: ClassVar[str] = "already-asked"


class AssetKeysDiffer(Conflict):
    """The terms register other goods than the order's own documents speak of: do not sign."""

    code: ClassVar[str] = "asset-keys-differ"


class NearMatchStands(Conflict):
    """Papers look like those of other financed goods, and no person has decided otherwise yet."""

    code: ClassVar[str] = "near-match-stands"


class QuoteEnded(Conflict):
    """A quote that can't be accepted any more: its time is over, or it would be another one now."""

    code: ClassVar[str] = "quote-ended"

    def __init__(self, why: str) -> None:
        super().__init__(why, "ask for a new quote with POST /v1/quotes")


class TwoPersonsNeeded(Conflict):
    """A policy that stands is changed by two persons: one proposes it, another confirms it."""

    code: ClassVar[str] = "two-persons-needed"

    def __init__(self, thing: str) -> None:
        super().__init__(
            f"this {thing} stands, and one person alone doesn't change it",
            "propose the change with POST /v1/policy-proposals; a colleague confirms it",
        )


class PolicyOvertaken(Conflict):
    """The policy is another one by now than when the change to it was proposed."""

    code: ClassVar[str] = "policy-overtaken"

    def __init__(self) -> None:
        super().__init__(
            "the policy has changed since this was proposed, so it is not what was compared",
            "look at what stands now, and propose anew",
        )


class BasisChanged(Conflict):
    """Evidence that the terms rest on was withdrawn or superseded: do not sign."""

    code: ClassVar[str] = "basis-changed"
