"""The node: real answers of a real chain, and answers that cannot be true."""

from collections.abc import Callable
from typing import Any

import pytest

from entrepot.bindings import access_manager, evidence, participants, trade_orders
from entrepot.bindings.ids import OrderId
from entrepot.bindings.participants import NotActive, ParticipantState
from entrepot.chain.codec import encode_call
from entrepot.chain.errors import (
    AlreadyKnown,
    BlockUnknown,
    CallReverted,
    NodeLied,
    NonceTooLow,
    Undecodable,
)
from entrepot.chain.node import HttpNode, Node
from entrepot.chain.rpc import Rpc
from entrepot.chain.signer import Fees, Transaction
from entrepot.devnet.sequencer import Mode, Sequencer
from entrepot.kit.abi import NO_ADDRESS, Address
from tests.chain.ledger import Ledger, await_receipt, participant_id, signer
from tests.chain.liar import lying, result

pytestmark = pytest.mark.anvil

STRANGER = participants.RequireActiveView(participant_id=participant_id("stranger"))


def test_http_node_is_a_node(node: HttpNode) -> None:
    as_protocol: Node = node
    assert as_protocol.chain_id() == 1337


def test_block_by_height_hash_and_tag(ledger: Ledger) -> None:
    node = ledger.node
    second = node.block(2)
    assert node.block(second.hash) == second
    assert second.number == 2
    assert second.base_fee_wei == 0
    assert node.block("latest").number >= 2
    assert node.genesis_hash() == node.block(0).hash == ledger.deployment.genesis_hash
    assert second.parent_hash == node.block(1).hash


def test_block_that_is_not_there(ledger: Ledger) -> None:
    with pytest.raises(BlockUnknown, match="no block 999999"):
        ledger.node.block(999_999)
    with pytest.raises(BlockUnknown, match="no block aaaa"):
        ledger.node.block(b"\xaa" * 32)


def test_blocks_in_one_question(ledger: Ledger) -> None:
    blocks = ledger.node.blocks(0, 5)
    assert [block.number for block in blocks] == [0, 1, 2, 3, 4, 5]
    head = ledger.node.block("latest").number
    with pytest.raises(BlockUnknown, match=f"no block {head + 1}"):
        ledger.node.blocks(head, head + 2)


def test_logs_by_range_address_and_topic(ledger: Ledger) -> None:
    node, at = ledger.node, ledger.deployment
    head = node.block("latest").number
    logs = node.logs(0, head)
    assert logs[0].address == at["AccessManager"]
    assert logs[0].block_number == at.first_block
    granted = node.logs(0, head, [at["AccessManager"]], [access_manager.RoleGranted.abi.topic])
    events = [log.event for log in granted]
    assert all(isinstance(event, access_manager.RoleGranted) for event in events)
    assert len(events) == 5  # twice the administration; lending, guardian and governor
    labels = [[access_manager.RoleLabel.abi.topic, access_manager.RoleGranted.abi.topic], None]
    assert len(node.logs(0, head, [at["AccessManager"]], labels)) == 8


def test_logs_of_one_block(ledger: Ledger) -> None:
    node, at = ledger.node, ledger.deployment
    block = node.block(at.first_block)
    logs = node.logs_of(block.hash)
    assert logs == node.logs(block.number, block.number)
    assert node.logs_of(block.hash, [at["Financing"]]) == []
    with pytest.raises(BlockUnknown):
        node.logs_of(b"\xaa" * 32)


def test_call_answers_in_the_views_type(ledger: Ledger) -> None:
    view = participants.ParticipantView(participant_id=participant_id("stranger"))
    answer = ledger.node.call(ledger.deployment["Participants"], view)
    assert answer.state is ParticipantState.NONE
    assert answer.account == NO_ADDRESS


def test_call_at_a_block_by_hash(ledger: Ledger) -> None:
    node, members = ledger.node, ledger.deployment["Participants"]
    before = node.block("latest").hash
    who, _ = ledger.admit("latecomer", [])
    view = participants.IsActiveView(participant_id=who)
    assert node.call(members, view) is True
    assert node.call(members, view, before) is False


def test_call_says_why_the_contract_refused(ledger: Ledger) -> None:
    with pytest.raises(CallReverted) as refused:
        ledger.node.call(ledger.deployment["Participants"], STRANGER)
    assert refused.value.revert == NotActive(
        participant_id=participant_id("stranger"), current=ParticipantState.NONE
    )


def test_call_where_no_contract_is(ledger: Ledger) -> None:
    with pytest.raises(Undecodable):
        ledger.node.call(NO_ADDRESS, evidence.KindsView(order_id=OrderId(bytes(32))))


def test_call_all_keeps_the_order(ledger: Ledger) -> None:
    members = ledger.deployment["Participants"]
    who, key = ledger.admit("bulk", [])
    asks = [
        (members, participants.ParticipantOfView(caller=key.address)),
        (members, participants.IsActiveView(participant_id=who)),
    ]
    assert ledger.node.call_all(asks) == [who, True]


def test_simulate_and_estimate_change_nothing(ledger: Ledger) -> None:
    node, members = ledger.node, ledger.deployment["Participants"]
    data = encode_call(participants.Suspend(participant_id=participant_id("stranger")))
    head = node.block("latest")
    for ask in (node.simulate, node.estimate):
        with pytest.raises(CallReverted) as refused:
            ask(signer("nobody").address, members, data)
        assert refused.value.revert == access_manager.AccessManagedUnauthorized(
            caller=signer("nobody").address
        )
    assert node.block("latest") == head


def test_send_raw_again_is_known_and_later_too_low() -> None:
    with Sequencer(mode=Mode.MANUAL) as chain:
        node = HttpNode(Rpc(chain.url))
        key = signer("sender")
        signed = key.sign_transaction(empty(0))
        assert node.send_raw(signed.raw) == signed.hash
        with pytest.raises(AlreadyKnown):
            node.send_raw(signed.raw)
        assert node.receipt(signed.hash) is None
        assert (node.nonce(key.address), node.nonce(key.address, "pending")) == (0, 1)
        chain.mine()
        receipt = await_receipt(node, signed.hash)
        assert receipt.succeeded
        assert (receipt.block_number, receipt.gas_price_wei, receipt.contract) == (1, 0, None)
        assert receipt.block_hash == node.block(1).hash
        assert node.nonce(key.address) == 1
        with pytest.raises(NonceTooLow):
            node.send_raw(signed.raw)
        assert node.receipts([signed.hash, bytes(32)]) == [receipt, None]
        node.rpc.close()


def empty(nonce: int) -> Transaction:
    return Transaction(
        chain_id=1337,
        nonce=nonce,
        to=Address(b"\x01" * 20),
        data=b"",
        gas=50_000,
        fees=Fees(price_wei=0),
    )


def test_code_and_prices(ledger: Ledger) -> None:
    node = ledger.node
    assert node.code_at(NO_ADDRESS) == b""
    assert len(node.code_at(ledger.deployment["Financing"])) > 1_000
    assert node.code_at(ledger.deployment["Financing"], 0) == b""
    assert node.gas_price() == 0
    assert node.tip() >= 0


BLOCK = {
    "number": "0x2",
    "hash": "0x" + "22" * 32,
    "parentHash": "0x" + "11" * 32,
    "timestamp": "0x5",
    "gasLimit": "0x1",
    "logsBloom": "0x" + "00" * 256,
}
LOG = {
    "address": "0x" + "aa" * 20,
    "topics": [],
    "data": "0x",
    "blockNumber": "0x2",
    "blockHash": "0x" + "22" * 32,
    "transactionHash": "0x" + "33" * 32,
    "logIndex": "0x0",
}
RECEIPT = {
    "transactionHash": "0x" + "33" * 32,
    "blockNumber": "0x2",
    "blockHash": "0x" + "22" * 32,
    "status": "0x1",
    "gasUsed": "0x1",
    "logs": [],
}
OURS = Address(b"\xaa" * 20)


def logs(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    return [LOG | change for change in changes]


def many(last: dict[str, Any]) -> list[dict[str, Any]]:
    """A hundred like logs, and one more that is like them but for this."""
    told = {"topics": ["0x" + trade_orders.OrderAccepted.abi.topic.hex(), *3 * ["0x" + 64 * "0"]]}
    return logs(
        *[told | {"logIndex": hex(n)} for n in range(100)], {"logIndex": "0x64"} | told | last
    )


@pytest.mark.parametrize(
    ("answer", "ask", "told"),
    [
        (BLOCK, lambda node: node.block(3), "another block"),
        (BLOCK, lambda node: node.block(b"\x23" * 32), "another block"),
        (BLOCK | {"hash": "0x22"}, lambda node: node.block(2), "1 bytes where 32"),
        (BLOCK | {"timestamp": "5"}, lambda node: node.block(2), "no quantity"),
        (BLOCK | {"timestamp": hex(2**63)}, lambda node: node.block(2), "no time"),
        (BLOCK | {"timestamp": "0xg"}, lambda node: node.block(2), "no quantity"),
        (BLOCK | {"hash": "0xgg"}, lambda node: node.block(2), "no data"),
        (BLOCK | {"hash": None}, lambda node: node.block(2), "another shape"),
        (logs({}), lambda node: node.logs(3, 4), "outside of blocks 3 to 4"),
        (logs({}), lambda node: node.logs(0, 1), "outside of blocks 0 to 1"),
        (logs({"removed": True}), lambda node: node.logs(0, 2), "removed"),
        (logs({}, {}), lambda node: node.logs(0, 2), "out of order"),
        (logs({"logIndex": "0x1"}, {}), lambda node: node.logs(0, 2), "out of order"),
        (
            logs({}, {"logIndex": "0x1", "blockHash": "0x" + "44" * 32}),
            lambda node: node.logs(0, 2),
            "two blocks 2",
        ),
        (logs({}), lambda node: node.logs(0, 2, [NO_ADDRESS]), "not asked for"),
        ([RECEIPT | {"logs": logs({})}], lambda node: node.logs_of(b"\x44" * 32), "another block"),
        (RECEIPT, lambda node: node.receipt(b"\x34" * 32), "another transaction"),
        ("0x" + "00" * 32, lambda node: node.send_raw(b"\x01"), "another transaction"),
    ],
)
def test_what_cannot_be_true_is_a_lie(
    answer: Any, ask: Callable[[HttpNode], Any], told: str
) -> None:
    with lying(result(answer)) as server:
        node = HttpNode(Rpc(server.url))
        with pytest.raises(NodeLied, match=told):
            ask(node)
        node.rpc.close()


@pytest.mark.parametrize(
    ("answer", "addresses", "told"),
    [
        (many({}), [], "outside of blocks 0 to 1"),
        (many({"removed": True}), [OURS], "removed"),
        (many({"logIndex": "0x0"}), [OURS], "out of order"),
        (many({"blockHash": "0x" + "44" * 32}), [OURS], "two blocks 2"),
        (many({"address": "0x" + "bb" * 20}), [OURS], "not asked for"),
        (many({"transactionHash": "0x33"}), [OURS], "1 bytes where 32"),
        (many({"data": "0xgg"}), [OURS], "no data"),
        (many({"topics": ["0x11"]}), [OURS], "1 bytes where 32"),
        (many({"logIndex": "ff"}), [OURS], "no quantity"),
    ],
)
def test_what_cannot_be_true_is_a_lie_among_many_like_ones_too(
    answer: Any, addresses: list[Address], told: str
) -> None:
    with lying(result(answer)) as server:
        node = HttpNode(Rpc(server.url))
        with pytest.raises(NodeLied, match=told):
            node.page(0, 2 if addresses else 1, addresses)
        node.rpc.close()


def test_blocks_that_do_not_follow_one_another_are_a_lie() -> None:
    def reply(asked: Any) -> Any:
        return [{"id": one["id"], "result": BLOCK | {"number": one["params"][0]}} for one in asked]

    with lying(reply) as server:
        node = HttpNode(Rpc(server.url))
        with pytest.raises(NodeLied, match="block 2 does not follow"):
            node.blocks(1, 2)
        node.rpc.close()


def test_honest_answers_of_the_same_shape_pass() -> None:
    with lying(result(logs({}, {"logIndex": "0x1"}))) as server:
        node = HttpNode(Rpc(server.url))
        assert [log.log_index for log in node.logs(0, 2, [OURS])] == [0, 1]
        node.rpc.close()
    told = [RECEIPT | {"logs": logs({})}, RECEIPT | {"logs": logs({"logIndex": "0x1"})}]
    with lying(result(told)) as server:
        node = HttpNode(Rpc(server.url))
        assert [log.log_index for log in node.logs_of(b"\x22" * 32, [OURS])] == [0, 1]
        assert node.logs_of(b"\x22" * 32, [NO_ADDRESS]) == []
        node.rpc.close()


def test_a_node_that_gives_no_receipts_of_a_block_is_asked_for_its_logs() -> None:
    def reply(asked: Any) -> Any:
        if asked["method"] == "eth_getBlockReceipts":
            return {"id": asked["id"], "error": {"code": -32601, "message": "Method not found"}}
        return {"id": asked["id"], "result": logs({})}

    with lying(reply) as server:
        node = HttpNode(Rpc(server.url))
        assert len(node.logs_of(b"\x22" * 32, [OURS])) == 1
        node.rpc.close()
