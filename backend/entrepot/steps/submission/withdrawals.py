"""An attester takes its word back, and what rested on it goes with it."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.bindings.ids import EvidenceId
from entrepot.bindings.roles import Permission
from entrepot.domain.errors import NotFound
from entrepot.steps import World
from entrepot.steps.submission import checks, evidence, examinations, naming
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.intents import submit
from entrepot.store import known
from entrepot.store.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawEvidence:
    """An attester takes its word back."""

    evidence_id: EvidenceId
    reason: str


def withdraw(world: World, session: Session, caller: Caller, command: WithdrawEvidence) -> Accepted:
    """Withdraws a fact that the caller attested; an examination of that paper is void then."""
    item = known.evidence_known_to(session, caller.participant_id, command.evidence_id)
    if item is None:
        raise NotFound("evidence")
    checks.only("attester", item.attester, caller)
    checks.in_state("evidence", item.state, "RECORDED", "WITHDRAWN")
    sender = checks.sender(session, caller, Permission.ATTEST)
    steps = [evidence.withdrawal(world, item, command.reason, sender)]
    steps += examinations.void_of(world, session, item)
    result = {"evidence_ids": [naming.hexed(command.evidence_id)]}
    return submit(world, session, caller, "evidence:withdraw", steps, result)
