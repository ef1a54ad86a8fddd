"""Signed bytes go to the node, and again when nobody mines them; or others take their place."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from entrepot.chain.errors import AlreadyKnown, RpcRefused
from entrepot.chain.sender import FeePolicy, bumped
from entrepot.chain.signer import Fees, Transaction, read_transaction
from entrepot.kit.abi import Address
from entrepot.steps import World
from entrepot.steps.sending import repository
from entrepot.steps.sending.signing import capped, offer, store
from entrepot.store.outbox import RELEASE_PRIORITY, Intent, write
from entrepot.store.session import Session
from entrepot.store.spans import during
from entrepot.store.tables import Outbox, OutboxState

RESEND_AFTER = timedelta(seconds=5)
BUMP_ATTEMPTS = 2
"""Sent that often in vain, the same bytes are taken for too cheap."""

NEVER = 2**31 - 1
GAP_ATTEMPTS = 2
"""Sent that often in vain, something may be missing before them."""

GAS_OF_NOTHING = 21_000


def renew(world: World, limit: int) -> None:
    """Puts others in the place of bytes that are too cheap, or that are not wanted any more: of the
    same nonce, so that at most one of them can ever be mined. They are sent once this is kept."""
    free = FeePolicy(world.settings.fee_policy) is FeePolicy.FREE
    attempts = NEVER if free else BUMP_ATTEMPTS
    with world.store.transaction() as session:
        rows = repository.stale(session, attempts, limit)
        rows = [row for row in rows if not free or row.cancel]
        if not rows:
            return
        now_offered = offer(world)
        for row in rows:
            old = read_transaction(row.raw or b"")
            new = _replacement(world, row, old, now_offered)
            if new != old:
                why = "CANCELLED" if new.data != old.data else "BUMPED"
                repository.add_replaced(session, row, why, world.clock.now())
                store(world, row, new)


def _replacement(world: World, row: Outbox, old: Transaction, now_offered: Fees) -> Transaction:
    """The same at a better price; or, instead of it, nothing sent to nobody but itself."""
    fees = capped(bumped(old.fees, now_offered), world.settings.fee_cap_wei)
    if not row.cancel:
        return replace(old, fees=fees)
    if is_nothing(old, row):
        return old if row.attempts < BUMP_ATTEMPTS else replace(old, fees=fees)
    return replace(old, to=Address(row.sender), data=b"", gas=GAS_OF_NOTHING, fees=fees)


def is_nothing(transaction: Transaction, row: Outbox) -> bool:
    """Whether it is what a cancelled call is replaced with."""
    return transaction.to == row.sender and not transaction.data and bool(row.calldata)


def hand_over(world: World, next_time: int, limit: int) -> int:
    """Sends up to `limit` rows, in the order of their nonces; answers how many.

    When the node doesn't answer, nothing is written down, and all are sent again.
    """
    now = world.clock.now()
    with world.store.transaction() as session:
        lanes = repository.lead_flying(session)
        if not lanes:
            return 0
        rows = _ordered(repository.to_send(session, lanes, now, RESEND_AFTER, next_time, limit))
        with during(session, "send", rows):
            answers = world.node.send_all([row.raw or b"" for row in rows])
        for row, refusal in zip(rows, answers, strict=True):
            row.attempts += 1
            row.sent_at, row.state, row.error = now, OutboxState.SENT, _told(refusal)
        if in_vain := {row.sender for row in rows if row.attempts >= GAP_ATTEMPTS}:
            _fill_gaps(world, session, sorted(in_vain))
        return len(rows)


def _ordered(rows: Sequence[Outbox]) -> list[Outbox]:
    """Each lane by its nonces, the lane with the most urgent call first."""
    urgent: dict[bytes, int] = {}
    for row in rows:
        urgent[row.sender] = min(row.priority, urgent.get(row.sender, row.priority))
    return sorted(rows, key=lambda row: (urgent[row.sender], row.sender, row.nonce or 0))


def _told(refusal: RpcRefused | None) -> dict[str, object]:
    """A node that has the bytes already has taken them. One that refuses them for now (full pool,
    say) is asked again later; whether the nonce is spent by these bytes, their receipt says."""
    if refusal is None or isinstance(refusal, AlreadyKnown):
        return {}
    return {"name": type(refusal).__name__, "detail": str(refusal)}


def _fill_gaps(world: World, session: Session, senders: Sequence[bytes]) -> None:
    """Fills nonces before ours that nobody uses: a fork took away what another program had sent
    with the key, and without them nothing of ours can be mined."""
    lowest = repository.lowest_in_flight(session, senders)
    asked = [Address(sender) for sender in lowest]
    spent, pending = world.node.nonces(asked), world.node.nonces(asked, "pending")
    for sender, first, next_known in zip(asked, spent, pending, strict=True):
        ours = repository.nonces_of_ours(session, sender, first, lowest[sender])
        for nonce in range(max(first, next_known), lowest[sender]):
            if nonce not in ours:
                _fill(world, session, sender, nonce)


def _fill(world: World, session: Session, sender: Address, nonce: int) -> None:
    name = f"gap:{sender.hex()}:{nonce}"
    intent = Intent(
        key=name,
        operation_id=name,
        verb="nothing",
        sender=sender,
        target=sender,
        calldata=b"",
        priority=RELEASE_PRIORITY,
    )
    row = write(session, intent, world.clock.now())
    if row is not None:
        store(
            world,
            row,
            Transaction(
                chain_id=world.deployment.chain_id,
                nonce=nonce,
                to=sender,
                data=b"",
                gas=GAS_OF_NOTHING,
                fees=offer(world),
            ),
        )
