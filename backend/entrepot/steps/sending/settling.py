"""What the chain has taken is told by receipts, and nothing else."""

from collections.abc import Mapping, Sequence, Set

from entrepot.chain.answers import Receipt
from entrepot.chain.errors import BlockUnknown, CallReverted
from entrepot.chain.sender import taker
from entrepot.chain.signer import read_transaction
from entrepot.kit.abi import Address
from entrepot.steps import World
from entrepot.steps.sending import repository
from entrepot.steps.sending.handing import is_nothing
from entrepot.steps.sending.signing import told
from entrepot.store.session import Session
from entrepot.store.spans import note
from entrepot.store.tables import Outbox, OutboxState, Replaced


def settle(world: World, limit: int) -> int:
    """Looks up the rows whose nonce is spent, and those that may be final by now; answers how many
    of them have come further."""
    with world.store.transaction() as session:
        head, final = world.node.block("latest").number, final_block(world)
        rows = repository.unsettled(session, _spent(world, session), final, head, limit)
        if not rows:
            return 0
        others = repository.replaced(session, rows)
        receipts = _receipts(world, rows, others)
        indexed = repository.indexed(session, receipts.values())
        moved: list[Outbox] = []
        for row in rows:
            before = (row.state, row.block_number)
            mined = _choose(session, world, row, others.get(row.id or 0, []), receipts)
            _apply(world, row, mined, final, indexed)
            if mined is None:
                _let_go_if_taken(world, session, row, final)
            if before != (row.state, row.block_number):
                moved.append(row)
            if before[1] is None and row.block_number is not None and row.sent_at is not None:
                note(session, "mine", row, int(row.sent_at.timestamp() * 1_000_000_000))
        lost = [row for row in moved if row.state in repository.LOST]
        repository.abandon_after(session, lost)
        _let_wait(world, session, moved)
        repository.move(session, [row.sender for row in moved], world.clock.now())
        return len(moved)


def final_block(world: World) -> int:
    """The newest block that the finality policy calls final, -1 when none is yet."""
    policy = world.settings.finality
    if policy == "tag":
        return world.node.block("finalized").number
    depth = 0 if policy == "instant" else int(policy.removeprefix("depth:"))
    return world.node.block("latest").number - depth


def _spent(world: World, session: Session) -> dict[bytes, int]:
    senders = repository.sent_by(session)
    if not senders:
        return {}
    asked = [Address(sender) for sender in senders]
    return dict(zip(senders, world.node.nonces(asked), strict=True))


def _receipts(
    world: World, rows: Sequence[Outbox], others: Mapping[int, Sequence[Replaced]]
) -> dict[bytes, Receipt]:
    hashes = [row.tx_hash or b"" for row in rows]
    hashes += [one.tx_hash for found in others.values() for one in found]
    found = zip(hashes, world.node.receipts(hashes), strict=True)
    return {tx_hash: receipt for tx_hash, receipt in found if receipt is not None}


def _choose(
    session: Session,
    world: World,
    row: Outbox,
    others: Sequence[Replaced],
    receipts: Mapping[bytes, Receipt],
) -> Receipt | None:
    """The receipt of whichever bytes of the row's nonce were mined: at most one of them can be. If
    they are older ones, they become the row's again."""
    if (receipt := receipts.get(row.tx_hash or b"")) is not None:
        return receipt
    for other in others:
        if (receipt := receipts.get(other.tx_hash)) is not None:
            repository.add_replaced(session, row, other.why, world.clock.now())
            row.raw, row.tx_hash = other.raw, other.tx_hash
            return receipt
    return None


def _apply(
    world: World, row: Outbox, receipt: Receipt | None, final: int, indexed: Set[bytes]
) -> None:
    """What has failed has failed once its block is indexed: a fork then finds it by its block."""
    if receipt is None:
        row.state, row.block_number = OutboxState.SENT, None
        return
    cancelled = is_nothing(read_transaction(row.raw or b""), row)
    if (cancelled or not receipt.succeeded) and receipt.block_hash not in indexed:
        return
    row.block_number = receipt.block_number
    if cancelled:
        row.state, row.error = OutboxState.REVERTED, {"name": "Cancelled"}
    elif not receipt.succeeded:
        row.state = OutboxState.REVERTED
        row.error = _why(world, row, receipt)
    else:
        row.state = OutboxState.FINAL if receipt.block_number <= final else OutboxState.MINED


def _why(world: World, row: Outbox, receipt: Receipt) -> dict[str, object]:
    """The reason of a mined failure, by asking again at the block before it."""
    try:
        world.node.simulate(
            Address(row.sender), Address(row.target), row.calldata, receipt.block_number - 1
        )
    except CallReverted as error:
        return told(error.revert)
    return {"name": "Reverted", "detail": "refused in its block for what came before it there"}


def _let_go_if_taken(world: World, session: Session, row: Outbox, final: int) -> None:
    """Another program has used the key: its transaction of this nonce is seen in a final block, so
    ours can never be mined, and the call is signed anew. What is only missing proves nothing."""
    if row.nonce is None or final < 0:
        return
    try:
        by = taker(world.node, Address(row.sender), row.nonce, final)
    except BlockUnknown:
        by = None
    if by is None or by in _hashes(session, row):
        return
    repository.add_replaced(session, row, "NONCE_TAKEN", world.clock.now())
    row.state, row.nonce, row.raw, row.tx_hash = OutboxState.QUEUED, None, None, None
    row.attempts, row.sent_at = 0, None
    row.error = {"name": "NonceTaken", "by": "0x" + by.hex()}


def _hashes(session: Session, row: Outbox) -> set[bytes]:
    found = repository.replaced(session, [row])
    return {row.tx_hash or b"", *(one.tx_hash for one in found.get(row.id or 0, []))}


def _let_wait(world: World, session: Session, settled: Sequence[Outbox]) -> None:
    """What is to wait after these learns until when; another time after a fork."""
    mined = [row for row in settled if row.block_number is not None]
    for waiting, earlier in repository.waiting_after(session, mined):
        if earlier.block_number is not None and waiting.wait_s is not None:
            mined_at = world.node.block(earlier.block_number).timestamp
            waiting.not_before = mined_at + waiting.wait_s
