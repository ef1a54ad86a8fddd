"""What governance may only do after a delay: announced first, then done (AccessManager)."""

from __future__ import annotations

from dataclasses import replace

from entrepot.chain import governance
from entrepot.chain.codec import encode_call
from entrepot.steps import World
from entrepot.steps.submission import naming
from entrepot.steps.submission.intents import Step, in_force, lost
from entrepot.store.session import Session

VOID = ("AccessManagerNotScheduled", "AccessManagerExpired")
"""What the chain says when an announcement was cancelled, or nobody came back to it for a week."""


def announced(world: World, session: Session, step: Step) -> list[Step]:
    """The governor's call after the one that schedules it; anybody else's as it is.

    A call that failed for another reason is still announced, and is only made once more.
    """
    if in_force(session, step.key) or step.sender != world.deployment.governor:
        return [step]
    operation = governance.operation_id(step.sender, step.target, encode_call(step.call))
    voided = sum(row.error.get("name") in VOID for row in lost(session, step.key))
    first = Step(
        key=f"schedule:{operation.hex()}:{voided}",
        call=governance.scheduled(step.target, step.call),
        target=naming.contract(world, "AccessManager"),
        sender=step.sender,
    )
    if in_force(session, first.key):
        return [replace(step, not_before=0)]
    return [first, replace(step, wait_s=world.deployment.delay_s)]
