"""A dry run: all that a command checks and writes, and what the chain would say; then undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from entrepot.chain.errors import CallReverted
from entrepot.kit.abi import Address
from entrepot.steps import World
from entrepot.steps.submission import operations
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.store.session import Session
from entrepot.store.tables import Outbox, OutboxState

C = TypeVar("C")


def tried(
    world: World, caller: Caller, verb: Callable[[World, Session, Caller, C], Accepted], command: C
) -> dict[str, Any]:
    """What would come of it. Refusals are raised as if it were done: DomainError, or CallReverted
    with the contract's own reason. NodeUnavailable when the chain can't be asked.

    gas: of each call; None where it can't be tried yet, because it waits for the chain's clock, or
    was asked for before and is under way.
    """
    with world.store.trying() as session:
        accepted = verb(world, session, caller, command)
        rows = operations.calls(session, accepted.operation_id)
    gas = dict(_played(world, [row for row in rows if _can_be_tried(row)]))
    return {
        "dry_run": True,
        "result": accepted.result,
        "transactions": [{"verb": row.verb, "gas": gas.get(row.id)} for row in rows],
    }


def _can_be_tried(row: Outbox) -> bool:
    return row.state == OutboxState.QUEUED and row.wait_s is None and row.not_before is None


def _played(world: World, rows: list[Outbox]) -> Iterator[tuple[int | None, int]]:
    """The gas of each, one after the other on the newest block."""
    sent = [(Address(row.sender), Address(row.target), row.calldata) for row in rows]
    for row, outcome in zip(rows, world.node.rehearse(sent) if sent else [], strict=True):
        if isinstance(outcome, CallReverted):
            raise outcome
        yield row.id, outcome
