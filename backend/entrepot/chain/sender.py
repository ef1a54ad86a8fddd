"""From a call to bytes on their way: fees, gas, the transaction, and handing it over.

No database and no memory: whoever calls keeps the nonce and the signed bytes, and sends those same
bytes again when in doubt. Sending twice is harmless, signing twice is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from entrepot.chain.codec import encode_call
from entrepot.chain.errors import AlreadyKnown, CallReverted, GasCapExceeded, NonceTooLow
from entrepot.chain.node import Node, Sent
from entrepot.chain.signer import Fees, Transaction
from entrepot.kit.abi import Address, Call

GAS_CAP = 2**24
"""The most that one transaction may use since Osaka (EIP-7825)."""

HEADROOM_BPS = 2_000
"""What is added to an estimate: the state may have moved by the time it is mined."""

REHEARSED_BPS = 5_000
"""What is added to the gas that a rehearsal used. Up to a quarter of it again may have been needed
and given back (EIP-3529), and each call deeper is given 63/64 only; unused gas costs nothing."""

REHEARSED_SPARE = 60_000
"""And this: what came before it in the rehearsal may not come, and leave it slots to fill."""

BUMP_BPS = 1_250
"""What a replacement pays more; nodes ask for 10 %."""

FREE = Fees(price_wei=0)
"""A permissioned network without fees."""


class FeePolicy(Enum):
    """How the network wants to be paid."""

    FREE = "free"
    LEGACY = "legacy"
    DYNAMIC = "dynamic"


class Broadcast(Enum):
    """What became of bytes handed to a node."""

    TAKEN = "taken"
    ALREADY_KNOWN = "already known"
    NONCE_SPENT = "nonce spent"
    """Mined already, as these bytes or as others: the receipt says which."""


def fees_now(node: Node, policy: FeePolicy) -> Fees:
    """What to offer now: twice the base fee leaves room for six full blocks."""
    if policy is FeePolicy.FREE:
        return FREE
    if policy is FeePolicy.LEGACY:
        return Fees(price_wei=node.gas_price())
    tip = node.tip()
    return Fees(price_wei=2 * (node.block("latest").base_fee_wei or 0) + tip, tip_wei=tip)


def bumped(old: Fees, now: Fees) -> Fees:
    """For the same nonce again: enough more than `old` to replace it, and not less than `now`.

    Where gas is free the same price replaces.
    """
    if old.tip_wei is None or now.tip_wei is None:
        return Fees(price_wei=max(_more(old.price_wei), now.price_wei))
    return Fees(
        price_wei=max(_more(old.price_wei), now.price_wei),
        tip_wei=max(_more(old.tip_wei), now.tip_wei),
    )


def _more(wei: int) -> int:
    return -(-wei * (10_000 + BUMP_BPS) // 10_000)


def gas_for(
    node: Node,
    sender: Address,
    to: Address | None,
    data: bytes,
    *,
    cap: int = GAS_CAP,
    time: int | None = None,
) -> int:
    """A gas limit: the node's estimate with headroom, never above `cap`.

    time: of the block it is meant for, unix seconds, where the call depends on that.
    CallReverted with the reason when it would fail now, GasCapExceeded when it cannot fit.
    """
    needed = node.estimate(sender, to, data, time=time)
    if needed > cap:
        raise GasCapExceeded(needed, cap)
    return min(needed * (10_000 + HEADROOM_BPS) // 10_000, cap)


def gas_for_all(
    node: Node, calls: Sequence[Sent], *, cap: int = GAS_CAP, time: int | None = None
) -> list[int | CallReverted | GasCapExceeded]:
    """A gas limit for each of these calls, mined in this order in a block of that time; or why it
    would fail there."""
    return [
        _limited(used, cap) if isinstance(used, int) else used
        for used in node.rehearse(calls, time=time)
    ]


def _limited(used: int, cap: int) -> int | GasCapExceeded:
    if used > cap:
        return GasCapExceeded(used, cap)
    return min(used * (10_000 + REHEARSED_BPS) // 10_000 + REHEARSED_SPARE, cap)


def taker(node: Node, sender: Address, nonce: int, upto: int) -> bytes | None:
    """The hash of the transaction that took this nonce in block `upto` or before it: seen in its
    block, not concluded from anything that is missing. None when it is not there.

    BlockUnknown when the node doesn't remember the state of so old a block.
    """
    if node.nonce(sender, upto) <= nonce:
        return None
    back = 1
    while upto - back >= 0 and node.nonce(sender, upto - back) > nonce:
        back *= 2
    low, high = max(upto - back, -1), upto - back // 2
    while high - low > 1:
        middle = (low + high) // 2
        if node.nonce(sender, middle) > nonce:
            high = middle
        else:
            low = middle
    mined = {(by, number): tx_hash for by, number, tx_hash in node.senders(high)}
    return mined.get((sender, nonce))


def prepare(
    node: Node,
    sender: Address,
    to: Address,
    call: Call,
    *,
    chain_id: int,
    nonce: int,
    policy: FeePolicy = FeePolicy.FREE,
    cap: int = GAS_CAP,
) -> Transaction:
    """The transaction that a Signer is to sign. CallReverted when it would fail now."""
    data = encode_call(call)
    return Transaction(
        chain_id=chain_id,
        nonce=nonce,
        to=to,
        data=data,
        gas=gas_for(node, sender, to, data, cap=cap),
        fees=fees_now(node, policy),
    )


def broadcast(node: Node, raw: bytes) -> Broadcast:
    """Hands signed bytes to the node; the two refusals of a repetition are answers, not errors."""
    try:
        node.send_raw(raw)
    except AlreadyKnown:
        return Broadcast.ALREADY_KNOWN
    except NonceTooLow:
        return Broadcast.NONCE_SPENT
    return Broadcast.TAKEN
