"""Queued rows get gas, a nonce and a signature, many at once; nobody has seen the bytes yet."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from entrepot.bindings.access_manager import AccessManagerNotReady
from entrepot.chain.errors import CallReverted, GasCapExceeded
from entrepot.chain.sender import GAS_CAP, FeePolicy, fees_now, gas_for_all
from entrepot.chain.signer import Fees, Transaction
from entrepot.kit.abi import Address, Revert, to_plain
from entrepot.steps import World
from entrepot.steps.sending import repository
from entrepot.steps.sending.repository import Flight
from entrepot.store.session import Session
from entrepot.store.spans import during
from entrepot.store.tables import Lane, Outbox, OutboxState

STUCK_ATTEMPTS = 3
STUCK_AFTER = timedelta(seconds=15)
"""A lane whose calls were sent that often in vain, and of which none was mined for so long, takes
no more of them."""


def sign(world: World, next_time: int, limit: int, *, in_flight: bool = True) -> tuple[int, int]:
    """Takes the lanes' next nonces and stores the bytes before anybody sees them; answers how many
    rows were signed, and how many refused, which take no nonce.

    next_time: the least that the next block's time can be. in_flight: whether any lane has
    something on its way.
    """
    with world.store.transaction() as session:
        flights = repository.flights(session) if in_flight else {}
        shut = _shut(world, flights)
        waiting = repository.ready(session, next_time, shut, limit)
        lanes = _lead(world, session, {sender for _, sender in waiting})
        ours = [number for number, sender in waiting if sender in lanes]
        if not ours:
            return 0, 0
        rows = _room(world, repository.take(session, ours), flights)
        refused = _refuse_cancelled(rows)
        rows = [row for row in rows if row.state == OutboxState.QUEUED]
        fees = offer(world)
        with during(session, "rehearse", rows):
            limits = _gas(world, rows, next_time)
        with during(session, "sign", rows):
            for row, gas in zip(rows, limits, strict=True):
                if isinstance(gas, int):
                    _sign(world, row, lanes[row.sender], gas, fees)
                elif _is_refused(row, gas):
                    refused.append(row)
        repository.abandon_after(session, refused)
        signed = sum(row.state == OutboxState.SIGNED for row in rows)
        return signed, len(refused)


def offer(world: World) -> Fees:
    """What we offer now for a unit of gas, never above the cap."""
    fees = fees_now(world.node, FeePolicy(world.settings.fee_policy))
    return capped(fees, world.settings.fee_cap_wei)


def capped(fees: Fees, cap_wei: int) -> Fees:
    """The same, or as much of it as the cap allows."""
    tip = None if fees.tip_wei is None else min(fees.tip_wei, cap_wei)
    return Fees(price_wei=min(fees.price_wei, cap_wei), tip_wei=tip)


def _shut(world: World, flights: Mapping[bytes, Flight]) -> list[bytes]:
    """Lanes that are full, or stuck: what comes after waits there, and keeps its order."""
    depth, now = world.settings.lane_depth_max, world.clock.now()
    return [
        sender
        for sender, flight in flights.items()
        if flight.count >= depth or _is_stuck(flight, now)
    ]


def _is_stuck(flight: Flight, now: datetime) -> bool:
    moves = flight.moved_at is not None and flight.moved_at > now - STUCK_AFTER
    return flight.attempts >= STUCK_ATTEMPTS and not moves


def _lead(world: World, session: Session, senders: set[bytes]) -> dict[bytes, Lane]:
    """The lanes of these senders that nobody else leads, none of them behind the chain: what was
    sent with one of our keys by another program has taken its nonces."""
    if not senders:
        return {}
    lanes = repository.lead(session, sorted(senders))
    spent = _spent(world, senders)
    if new := senders - lanes.keys():
        repository.open_lanes(session, {sender: spent[sender] for sender in sorted(new)})
        lanes |= repository.lead(session, sorted(new))
    for sender, lane in lanes.items():
        lane.next_nonce = max(lane.next_nonce, spent[sender])
    return lanes


def _spent(world: World, senders: set[bytes]) -> dict[bytes, int]:
    asked = [Address(sender) for sender in senders]
    return dict(zip(asked, world.node.nonces(asked), strict=True))


def _room(world: World, rows: Sequence[Outbox], flights: Mapping[bytes, Flight]) -> list[Outbox]:
    """As many of each lane as have a place on their way."""
    room = {s: world.settings.lane_depth_max - flight.count for s, flight in flights.items()}
    taken: list[Outbox] = []
    for row in rows:
        left = room.get(row.sender, world.settings.lane_depth_max)
        if left > 0:
            taken.append(row)
            room[row.sender] = left - 1
    return taken


def _gas(
    world: World, rows: Sequence[Outbox], next_time: int
) -> list[int | CallReverted | GasCapExceeded]:
    calls = [(Address(row.sender), Address(row.target), row.calldata) for row in rows]
    return gas_for_all(world.node, calls, time=next_time) if calls else []


def _is_refused(row: Outbox, why: CallReverted | GasCapExceeded) -> bool:
    if isinstance(why, GasCapExceeded):
        refuse(row, {"name": "GasCapExceeded", "gas": why.gas, "cap": GAS_CAP})
        return True
    # A node that can't imagine the next block is asked again when it has that block.
    if isinstance(why.revert, AccessManagerNotReady):
        return False
    refuse(row, told(why.revert))
    return True


def _refuse_cancelled(rows: Sequence[Outbox]) -> list[Outbox]:
    cancelled = [row for row in rows if row.cancel]
    for row in cancelled:
        refuse(row, {"name": "Cancelled"})
    return cancelled


def _sign(world: World, row: Outbox, lane: Lane, gas: int, fees: Fees) -> None:
    transaction = Transaction(
        chain_id=world.deployment.chain_id,
        nonce=lane.next_nonce,
        to=Address(row.target),
        data=row.calldata,
        gas=gas,
        fees=fees,
    )
    store(world, row, transaction)
    lane.next_nonce += 1


def store(world: World, row: Outbox, transaction: Transaction) -> None:
    """Signs, and puts the bytes into the row, to be sent once this is committed."""
    signed = world.signers.signer(Address(row.sender)).sign_transaction(transaction)
    row.nonce, row.raw, row.tx_hash = transaction.nonce, signed.raw, signed.hash
    row.state, row.attempts = OutboxState.SIGNED, 0


def refuse(row: Outbox, error: dict[str, object]) -> None:
    """The row is lost, for this reason."""
    row.state, row.error = OutboxState.FAILED, error


def told(revert: Revert) -> dict[str, object]:
    """A refusal as the outbox keeps it and the API tells it."""
    return {
        "contract": revert.abi.contract,
        "name": revert.abi.name,
        "arguments": to_plain(revert),
    }
