"""Near matches in a lender's hands: looked at by a person, decided with a reason, kept.

Nothing is refused because of a match itself. A lender's officer signs nothing while one of its
order stands undecided, or decided to be the same goods; each lender decides for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from entrepot.bindings.ids import FinancingId
from entrepot.bindings.roles import Permission
from entrepot.domain.errors import NearMatchStands, NotFound
from entrepot.domain.fingerprints import told
from entrepot.steps import World
from entrepot.steps.submission import checks, naming, repository
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.facilities import as_lender
from entrepot.steps.submission.intents import submit
from entrepot.store.matches import OTHER_GOODS, decisions_of, matches_of
from entrepot.store.session import Session
from entrepot.store.tables import Facility, NearMatchDecision


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideMatch:
    """reason: in words, kept here and shown to the lender's own people only."""

    financing_id: FinancingId
    match_id: bytes
    verdict: Literal["SAME_GOODS", "OTHER_GOODS"]
    reason: str


def decide(world: World, session: Session, caller: Caller, command: DecideMatch) -> Accepted:
    """Writes down what a lender's person made of a match; the last word of a lender counts."""
    facility = checks.seen_facility(session, caller, command.financing_id)
    as_lender(session, facility, caller)
    signer = checks.sender(session, caller, Permission.DECIDE)
    found = matches_of(session, [facility.order_id])[facility.order_id]
    if command.match_id not in {match.match_id for match in found}:
        raise NotFound("near match")
    repository.lock(session, f"near-match:{command.match_id.hex()}:{caller.lei}")
    last = decisions_of(session, [command.match_id], caller.participant_id).get(command.match_id)
    if last is None or (last.verdict, last.reason) != (command.verdict, command.reason):
        session.add(
            NearMatchDecision(
                match_id=command.match_id,
                lender=caller.participant_id,
                number=last.number + 1 if last else 1,
                order_id=facility.order_id,
                verdict=command.verdict,
                reason=command.reason,
                key=signer,
                label=caller.label,
                decided_at=world.clock.now(),
            )
        )
    result = {
        "financing_id": naming.hexed(command.financing_id),
        "match_id": naming.hexed(command.match_id),
        "verdict": command.verdict,
    }
    return submit(world, session, caller, "near-matches:decide", [], result)


def check(session: Session, facility: Facility, caller: Caller) -> None:
    """NearMatchStands unless the caller's people have decided every match to be other goods."""
    found = matches_of(session, [facility.order_id])[facility.order_id]
    decided = decisions_of(session, [m.match_id for m in found], caller.participant_id)
    verdicts = [decided[m.match_id].verdict if m.match_id in decided else None for m in found]
    if all(verdict == OTHER_GOODS for verdict in verdicts):
        return
    kinds = told({kind for match in found for kind in match.kinds})
    raise NearMatchStands(
        "papers of this order look like those of other goods that money was asked on: "
        f"{', '.join(kinds)}",
        "look at the near matches of the facility; decide each, with a reason",
    )
