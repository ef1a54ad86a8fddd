"""From a decision to the outbox: one operation, its calls, and never the same call twice (P6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from entrepot.chain.codec import encode_call
from entrepot.domain.errors import AlreadyAsked, InvalidInput
from entrepot.kit.abi import Address, Call
from entrepot.steps import World
from entrepot.steps.submission import own_key, repository
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.store.outbox import Intent, enqueue
from entrepot.store.session import Session
from entrepot.store.tables import Outbox, OutboxState

ENDED_WITHOUT_EFFECT = (OutboxState.FAILED, OutboxState.REVERTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call of an operation.

    key: names the effect, "order:<id>:accept"; while one call of this key is under way or done,
    another is never written. After it failed, the next attempt is a new row.
    varies: the call carries a fresh signature or amount, so that two of the same effect differ.
    wait_s, not_before: how long it waits on the chain, see store.outbox.Intent.
    """

    key: str
    call: Call
    target: Address
    sender: Address
    varies: bool = False
    wait_s: int | None = None
    not_before: int | None = None


def submit(
    world: World,
    session: Session,
    caller: Caller,
    verb: str,
    steps: Sequence[Step],
    result: dict[str, Any],
) -> Accepted:
    """Writes the operation and those of its calls that nobody has asked for yet.

    When all of them have been asked for by this participant, in the same words, the answer is the
    operation that did. AlreadyAsked when by another, or in other words.
    """
    repository.lock(session, *(step.key for step in steps))
    found = [(step, *_in_force(session, step.key)) for step in steps]
    for step, _, row in found:
        if row is not None and not _is_same(row, step, caller):
            why = f"{step.call.abi.path} is under way or done for this already"
            raise AlreadyAsked(why, "look at its state; to ask in other words is to ask anew")
    if caller.signatures and len(caller.signatures) != len(steps):
        raise InvalidInput(
            f"{len(caller.signatures)} signatures for {len(steps)} calls: prepare the command again"
        )
    if steps and all(row is not None for _, _, row in found):
        return _answer_again(session, found[-1][2], result)
    operation_id = f"op_{uuid4().hex}"
    repository.add_operation(
        session, operation_id, caller.participant_id, verb, result, world.clock.now()
    )
    for place, (step, key, row) in enumerate(found):
        if row is None:
            intent = _intent(world, step, key, operation_id, caller, place)
            if not enqueue(session, intent, world.clock.now()):
                raise AlreadyAsked(f"{step.call.abi.path} was asked for at the same moment")
    return Accepted(operation_id=operation_id, result=result)


def in_force(session: Session, key: str) -> bool:
    """Whether a call of this key is under way or done."""
    return _in_force(session, key)[1] is not None


def lost(session: Session, key: str) -> list[Outbox]:
    """The calls of this key that ended without effect, in their order."""
    return _attempts(session, key)[0]


def _in_force(session: Session, key: str) -> tuple[str, Outbox | None]:
    """The row that stands for the effect, or the key under which to ask for it next."""
    return _attempts(session, key)[1:]


def _attempts(session: Session, key: str) -> tuple[list[Outbox], str, Outbox | None]:
    ended: list[Outbox] = []
    name = key
    while (row := repository.outbox_row(session, name)) and row.state in ENDED_WITHOUT_EFFECT:
        ended.append(row)
        name = f"{key}#{len(ended) + 1}"
    return ended, name, row


def _is_same(row: Outbox, step: Step, caller: Caller) -> bool:
    if row.participant_id != caller.participant_id:
        return False
    return step.varies or own_key.wording(row) == (step.target, encode_call(step.call))


def _answer_again(session: Session, row: Outbox | None, result: dict[str, Any]) -> Accepted:
    if row is None:
        raise AssertionError("an operation is answered again only for a row that stands")
    operation = repository.operation(session, row.operation_id)
    return Accepted(operation_id=row.operation_id, result=operation.result if operation else result)


def _intent(
    world: World, step: Step, key: str, operation_id: str, caller: Caller, place: int
) -> Intent:
    sender, target, calldata = step.sender, step.target, encode_call(step.call)
    if caller.signatures:
        around = own_key.signed(world, caller, target, calldata, caller.signatures[place])
        sender, target, calldata = around.sender, around.target, encode_call(around.call)
    return Intent(
        key=key,
        operation_id=operation_id,
        participant_id=caller.participant_id,
        verb=step.call.abi.path,
        sender=sender,
        target=target,
        calldata=calldata,
        wait_s=step.wait_s,
        not_before=step.not_before,
    )
