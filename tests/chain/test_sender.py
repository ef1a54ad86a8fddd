"""From a call to bytes on their way."""

import pytest

from entrepot.bindings.access_manager import AccessManagedUnauthorized
from entrepot.bindings.participants import RenewKyc, Suspend, WrongState
from entrepot.chain import governance
from entrepot.chain.errors import CallReverted, GasCapExceeded
from entrepot.chain.node import HttpNode
from entrepot.chain.rpc import Rpc
from entrepot.chain.sender import (
    FREE,
    HEADROOM_BPS,
    Broadcast,
    FeePolicy,
    broadcast,
    bumped,
    fees_now,
    gas_for,
    prepare,
)
from entrepot.chain.signer import Fees
from entrepot.devnet.sequencer import Mode, Sequencer
from tests.chain.ledger import FOREVER, Ledger, participant_id, signer
from tests.chain.liar import lying
from tests.chain.test_node import BLOCK, empty

pytestmark = pytest.mark.anvil

GWEI = 10**9


def test_prepare_makes_a_transaction_that_is_mined(ledger: Ledger) -> None:
    who, _ = ledger.admit("renewed", [])
    call = RenewKyc(participant_id=who, kyc_expires_at=FOREVER + 1)
    members = ledger.deployment["Participants"]
    announced = governance.scheduled(members, call)
    ledger.act(ledger.governor, ledger.deployment["AccessManager"], announced)
    receipt = ledger.send(ledger.governor, members, call)
    assert receipt.succeeded
    assert receipt.gas_price_wei == 0


def test_prepare_raises_the_contracts_reason_and_sends_nothing(ledger: Ledger) -> None:
    members = ledger.deployment["Participants"]
    call = Suspend(participant_id=participant_id("unheard of"[:10].replace(" ", "")))
    with pytest.raises(CallReverted) as refused:
        prepare(ledger.node, ledger.guardian.address, members, call, chain_id=1337, nonce=0)
    assert isinstance(refused.value.revert, WrongState)
    with pytest.raises(CallReverted) as refused:
        prepare(ledger.node, signer("x").address, members, call, chain_id=1337, nonce=0)
    assert isinstance(refused.value.revert, AccessManagedUnauthorized)


def test_gas_for_adds_headroom_up_to_the_cap(ledger: Ledger) -> None:
    node, sender = ledger.node, signer("x").address
    needed = node.estimate(sender, sender, b"")
    assert gas_for(node, sender, sender, b"") == needed * (10_000 + HEADROOM_BPS) // 10_000
    assert gas_for(node, sender, sender, b"", cap=needed + 1) == needed + 1
    assert gas_for(node, sender, sender, b"", cap=needed) == needed
    with pytest.raises(GasCapExceeded, match=f"needs {needed} gas"):
        gas_for(node, sender, sender, b"", cap=needed - 1)


def test_fees_now_by_policy() -> None:
    answers = {
        "eth_gasPrice": hex(3 * GWEI),
        "eth_maxPriorityFeePerGas": hex(GWEI),
        "eth_getBlockByNumber": BLOCK | {"baseFeePerGas": hex(7 * GWEI)},
    }
    with lying(lambda asked: {"id": asked["id"], "result": answers[asked["method"]]}) as server:
        node = HttpNode(Rpc(server.url))
        assert fees_now(node, FeePolicy.LEGACY) == Fees(price_wei=3 * GWEI)
        assert fees_now(node, FeePolicy.DYNAMIC) == Fees(price_wei=15 * GWEI, tip_wei=GWEI)
        asked = len(server.asked)
        assert fees_now(node, FeePolicy.FREE) == FREE
        assert len(server.asked) == asked
        # a block from before London has no base fee
        answers["eth_getBlockByNumber"] = BLOCK
        assert fees_now(node, FeePolicy.DYNAMIC) == Fees(price_wei=GWEI, tip_wei=GWEI)
        node.rpc.close()


@pytest.mark.parametrize(
    ("old", "now", "new"),
    [
        (FREE, FREE, FREE),
        (Fees(price_wei=80), Fees(price_wei=10), Fees(price_wei=90)),
        (Fees(price_wei=81), Fees(price_wei=10), Fees(price_wei=92)),
        (Fees(price_wei=80), Fees(price_wei=100), Fees(price_wei=100)),
        (
            Fees(price_wei=80, tip_wei=8),
            Fees(price_wei=100, tip_wei=1),
            Fees(price_wei=100, tip_wei=9),
        ),
        (FREE, Fees(price_wei=10, tip_wei=1), Fees(price_wei=10)),
    ],
)
def test_bumped_pays_enough_more(old: Fees, now: Fees, new: Fees) -> None:
    assert bumped(old, now) == new


def test_broadcast_of_the_same_bytes_is_harmless() -> None:
    with Sequencer(mode=Mode.MANUAL) as chain:
        node = HttpNode(Rpc(chain.url))
        signed = signer("again").sign_transaction(empty(0))
        assert broadcast(node, signed.raw) is Broadcast.TAKEN
        assert broadcast(node, signed.raw) is Broadcast.ALREADY_KNOWN
        chain.mine()
        assert broadcast(node, signed.raw) is Broadcast.NONCE_SPENT
        assert node.nonce(signer("again").address) == 1
        node.rpc.close()


def test_bytes_dropped_by_a_fork_can_be_sent_again() -> None:
    with Sequencer(mode=Mode.MANUAL) as chain:
        node = HttpNode(Rpc(chain.url))
        signed = signer("again").sign_transaction(empty(0))
        broadcast(node, signed.raw)
        chain.mine()
        chain.reorg(1)
        assert node.receipt(signed.hash) is None
        assert broadcast(node, signed.raw) is Broadcast.TAKEN
        chain.mine()
        receipt = node.receipt(signed.hash)
        assert receipt is not None
        assert receipt.succeeded
        node.rpc.close()
