"""Signs what is queued, sends what is signed, and settles what the chain has taken.

Three transactions, each safe to run again: a crash between any two of them leaves rows that the
next run picks up where they are.
"""

from dataclasses import dataclass
from datetime import timedelta

from entrepot.bindings.access_manager import AccessManagerNotReady
from entrepot.chain.answers import Receipt
from entrepot.chain.errors import CallReverted, GasCapExceeded, RpcRefused
from entrepot.chain.sender import FREE, GAS_CAP, broadcast, gas_for
from entrepot.chain.signer import Transaction
from entrepot.kit.abi import Address, Revert, to_plain
from entrepot.steps import Halt, World
from entrepot.steps.sending import repository
from entrepot.store.session import Session
from entrepot.store.tables import Outbox, OutboxState

RESEND_AFTER = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Sent:
    """How many rows were signed or refused, handed to the node, and settled by a receipt."""

    signed: int = 0
    refused: int = 0
    sent: int = 0
    settled: int = 0


def run(world: World, limit: int) -> Sent:
    """Moves up to `limit` rows along each stretch of the way."""
    next_time = world.node.block("latest").timestamp + 1
    signed, refused = _sign(world, next_time, limit)
    return Sent(signed, refused, _send(world, next_time, limit), _settle(world, limit))


def _sign(world: World, next_time: int, limit: int) -> tuple[int, int]:
    """next_time: the least that the next block's time can be."""
    signed = refused = 0
    with world.store.transaction() as session:
        for row in repository.abandoned(session, limit):
            _refuse(row, {"name": "EarlierCallFailed"})
        rows = repository.ready(session, next_time, limit)
        if rows:
            _know_the_chain(world)
        for row in rows:
            try:
                gas = _gas(world, row, next_time)
            except CallReverted as error:
                # A node that can't imagine the next block is asked again when it has that block.
                if isinstance(error.revert, AccessManagerNotReady):
                    continue
                _refuse(row, told(error.revert))
                refused += 1
            except GasCapExceeded as error:
                _refuse(row, {"name": "GasCapExceeded", "gas": error.gas, "cap": GAS_CAP})
                refused += 1
            else:
                _sign_row(world, session, row, gas)
                signed += 1
    return signed, refused


def _gas(world: World, row: Outbox, next_time: int) -> int:
    """What has waited for a time is tried at that of the next block, which may be the first ever
    that is late enough."""
    time = None if row.not_before is None else next_time
    return gas_for(world.node, Address(row.sender), Address(row.target), row.calldata, time=time)


def _sign_row(world: World, session: Session, row: Outbox, gas: int) -> None:
    """Takes the lane's next nonce and stores the bytes before anybody sees them."""
    sender = Address(row.sender)
    lane = repository.lane(session, sender) or repository.open_lane(
        session, sender, world.node.nonce(sender)
    )
    transaction = Transaction(
        chain_id=world.deployment.chain_id,
        nonce=lane.next_nonce,
        to=Address(row.target),
        data=row.calldata,
        gas=gas,
        fees=FREE,
    )
    signed = world.signers.signer(sender).sign_transaction(transaction)
    row.nonce, row.raw, row.tx_hash = lane.next_nonce, signed.raw, signed.hash
    row.state = OutboxState.SIGNED
    lane.next_nonce += 1
    session.flush()


def _send(world: World, next_time: int, limit: int) -> int:
    now = world.clock.now()
    with world.store.transaction() as session:
        rows = repository.to_send(session, now - RESEND_AFTER, now, next_time, limit)
        if rows:
            _know_the_chain(world)
        for row in rows:
            if row.raw is not None:
                row.attempts += 1
                row.sent_at = now
                row.state = OutboxState.SENT
                _broadcast(world, row, row.raw)
        return len(rows)


def _know_the_chain(world: World) -> None:
    """Nothing of ours is handed to a node of another chain; the ids of the two may be the same."""
    genesis = world.node.genesis_hash()
    if genesis != world.deployment.genesis_hash:
        raise Halt(f"the node follows another chain, with genesis 0x{genesis.hex()}: nothing sent")


def _broadcast(world: World, row: Outbox, raw: bytes) -> None:
    """A node that refuses the bytes for now (full pool, say) is asked again later."""
    try:
        broadcast(world.node, raw)
        row.error = {}
    except RpcRefused as error:
        row.error = {"name": type(error).__name__, "detail": str(error)}


def _settle(world: World, limit: int) -> int:
    settled: list[Outbox] = []
    with world.store.transaction() as session:
        final = final_block(world)
        rows = repository.unsettled(session, final, limit)
        receipts = world.node.receipts([row.tx_hash or b"" for row in rows])
        for row, receipt in zip(rows, receipts, strict=True):
            before = (row.state, row.block_number)
            _apply(world, row, receipt, final)
            if before != (row.state, row.block_number):
                settled.append(row)
        _let_wait(world, session, settled)
    return len(settled)


def _let_wait(world: World, session: Session, settled: list[Outbox]) -> None:
    """What is to wait after these learns until when; another time after a fork."""
    mined = [row for row in settled if row.block_number is not None]
    for waiting, earlier in repository.waiting_after(session, mined):
        if earlier.block_number is not None and waiting.wait_s is not None:
            mined_at = world.node.block(earlier.block_number).timestamp
            waiting.not_before = mined_at + waiting.wait_s


def _apply(world: World, row: Outbox, receipt: Receipt | None, final: int) -> None:
    if receipt is None:
        row.state, row.block_number = OutboxState.SENT, None
        return
    row.block_number = receipt.block_number
    if not receipt.succeeded:
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


def final_block(world: World) -> int:
    """The newest block that the finality policy calls final, -1 when none is yet."""
    policy = world.settings.finality
    if policy == "tag":
        return world.node.block("finalized").number
    depth = 0 if policy == "instant" else int(policy.removeprefix("depth:"))
    return world.node.block("latest").number - depth


def _refuse(row: Outbox, error: dict[str, object]) -> None:
    row.state, row.error = OutboxState.FAILED, error


def told(revert: Revert) -> dict[str, object]:
    """A refusal as the outbox keeps it and the API tells it."""
    return {
        "contract": revert.abi.contract,
        "name": revert.abi.name,
        "arguments": to_plain(revert),
    }
