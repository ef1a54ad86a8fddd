"""From what holds now to what the ledger has to be told: facts recorded, facts withdrawn.

A report is folded with all that was told before; what follows from it is held against what was
asked of the ledger so far. So a message that comes twice, late or out of order leads to the same
facts, and one that takes something back leads to its withdrawal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from entrepot.bindings.ids import EvidenceId, OrderId, VoyageId
from entrepot.kit.abi import Address
from entrepot.steps import World
from entrepot.steps.submission import evidence, repository
from entrepot.steps.submission.intents import Step, in_force
from entrepot.store.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A fact that may be on the ledger, or on its way: about an order, or (`voyage_key`) a voyage.

    source: the sender's own name of what it rests on.
    """

    subject: OrderId | VoyageId
    recording: evidence.Recording
    source: str
    voyage_key: bytes | None = None

    @property
    def id(self) -> EvidenceId:
        return self.recording.evidence_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One thing to be said: by `chosen`, unless one of `known` that still holds says it already.

    known: every claim that may have been made of it. holding: ids of those that still hold.
    """

    chosen: Claim | None
    known: tuple[Claim, ...]
    holding: frozenset[bytes]


@dataclass(slots=True)
class Settled:
    """What follows for the ledger. spent: claims that were withdrawn before and cannot be made
    again; their sender tells them anew, as a later version."""

    steps: list[Step] = field(default_factory=list[Step])
    standing: list[Claim] = field(default_factory=list[Claim])
    withdrawn: list[Claim] = field(default_factory=list[Claim])
    spent: list[Claim] = field(default_factory=list[Claim])


def settle(
    world: World, session: Session, sender: Address, slots: Iterable[Slot], reason: str
) -> Settled:
    """The calls that bring the ledger from what it was told to what holds."""
    settled = Settled()
    for slot in slots:
        stands = [claim for claim in slot.known if _state(session, claim) in ("ASKED", "RECORDED")]
        for claim in stands:
            if claim.id not in slot.holding:
                settled.withdrawn.append(claim)
                settled.steps.append(_withdrawal(world, claim, reason, sender))
        kept = [claim for claim in stands if claim.id in slot.holding]
        settled.standing += kept
        if slot.chosen is not None and not kept:
            _say(world, session, sender, slot.chosen, settled)
    return settled


def _say(world: World, session: Session, sender: Address, claim: Claim, settled: Settled) -> None:
    if _state(session, claim) == "WITHDRAWN":
        settled.spent.append(claim)
        return
    settled.standing.append(claim)
    settled.steps.append(_record(world, claim, sender))


def _state(session: Session, claim: Claim) -> str:
    """NONE, ASKED (on its way to the ledger), RECORDED, or WITHDRAWN (or on its way to be)."""
    name = claim.id.hex()
    if in_force(session, f"evidence:{name}:withdraw"):
        return "WITHDRAWN"
    item = repository.evidence(session, claim.id)
    if item is not None:
        return item.state
    return "ASKED" if in_force(session, f"evidence:{name}:record") else "NONE"


def _record(world: World, claim: Claim, sender: Address) -> Step:
    if claim.voyage_key is not None:
        return evidence.on_voyage(world, claim.voyage_key, claim.recording, sender)
    return evidence.on_order(world, OrderId(claim.subject), claim.recording, sender)


def _withdrawal(world: World, claim: Claim, reason: str, sender: Address) -> Step:
    return evidence.withdrawal_of(
        world,
        evidence.Standing(
            evidence_id=claim.id,
            subject=claim.subject,
            voyage_key=claim.voyage_key,
            kind=claim.recording.fact.kind,
            source_key=claim.recording.fact.source_key,
        ),
        reason,
        sender,
    )
