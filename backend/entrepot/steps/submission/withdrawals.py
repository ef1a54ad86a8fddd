"""An attester takes its word back, and what rested on it goes with it."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.bindings.ids import EvidenceId
from entrepot.bindings.roles import Permission
from entrepot.domain.errors import NotFound
from entrepot.steps import World
from entrepot.steps.submission import checks, evidence, examinations, naming, repository
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.intents import submit
from entrepot.store.session import Session
from entrepot.store.tables import EvidenceItem


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawEvidence:
    """An attester takes its word back."""

    evidence_id: EvidenceId
    reason: str


def withdraw(world: World, session: Session, caller: Caller, command: WithdrawEvidence) -> Accepted:
    """Withdraws a fact that the caller attested; an examination of that paper is void then."""
    item = repository.evidence(session, command.evidence_id)
    if item is None or not (item.attester == caller.participant_id or _seen(session, caller, item)):
        raise NotFound("evidence")
    checks.only("attester", item.attester, caller)
    checks.in_state("evidence", item.state, "RECORDED", "WITHDRAWN")
    sender = checks.sender(session, caller, Permission.ATTEST)
    steps = [evidence.withdrawal(world, item, command.reason, sender)]
    steps += examinations.void_of(world, session, item)
    result = {"evidence_ids": [naming.hexed(command.evidence_id)]}
    return submit(world, session, caller, "evidence:withdraw", steps, result)


def _seen(session: Session, caller: Caller, item: EvidenceItem) -> bool:
    if item.on_voyage:
        return False
    return repository.order_known_to(session, caller.participant_id, item.stream) is not None
