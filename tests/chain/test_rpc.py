"""The line to a node: batches, broken connections, time, and errors by what they mean."""

from threading import Thread
from typing import Any

import pytest

from entrepot.bindings.settlement_token import ZeroAmount
from entrepot.chain import errors, rpc
from entrepot.chain.codec import Message, Unexplained
from entrepot.chain.rpc import Rpc
from tests.chain.liar import fault, lying, result


def test_ask_reads_the_answer_and_keeps_the_connection() -> None:
    with lying(result("0x539")) as node:
        line = Rpc(node.url, headers={"Authorization": "Bearer t"})
        assert [line.ask("eth_chainId", into=str) for _ in range(3)] == ["0x539"] * 3
        line.close()
    assert node.connections == 1
    assert node.asked[0] == {"jsonrpc": "2.0", "id": 0, "method": "eth_chainId", "params": []}
    assert node.headers[0]["Authorization"] == "Bearer t"


def test_ask_all_puts_shuffled_answers_in_order() -> None:
    def shuffled(asked: Any) -> Any:
        return [{"id": one["id"], "result": one["params"][0]} for one in reversed(asked)]

    with lying(shuffled) as node:
        line = Rpc(node.url)
        assert line.ask_all([("m", [i]) for i in range(5)], into=int) == [0, 1, 2, 3, 4]
        assert line.ask_all([], into=int) == []
        line.close()
    assert len(node.asked) == 1


def test_long_batches_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rpc, "BATCH_MAX", 2)
    with lying(result(7)) as node:
        line = Rpc(node.url)
        assert line.ask_all([("m", [])] * 5, into=int) == [7] * 5
        line.close()
    assert [len(asked) if isinstance(asked, list) else 1 for asked in node.asked] == [2, 2, 1]


def test_a_connection_closed_meanwhile_is_opened_again() -> None:
    with lying(result(1)) as node:
        node.hang_up_after = 1
        line = Rpc(node.url)
        assert [line.ask("m", into=int) for _ in range(3)] == [1, 1, 1]
        line.close()
    assert node.connections == 3


def test_threads_share_a_line() -> None:
    with lying(result(1), delay_s=0.02) as node:
        line = Rpc(node.url)
        threads = [Thread(target=line.ask, args=("m",), kwargs={"into": int}) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        line.close()
    assert len(node.asked) == 12


def test_nobody_there_is_unavailable() -> None:
    with lying(result(1)) as node:
        url = node.url
    with pytest.raises(errors.NodeUnavailable, match="ConnectionRefused"):
        Rpc(url).ask("m", into=int)


def test_silence_is_unavailable_within_the_time() -> None:
    with lying(result(1), delay_s=0.5) as node:
        line = Rpc(node.url, timeout_s=0.1)
        with pytest.raises(errors.NodeUnavailable, match=r"no answer within 0\.1 s"):
            line.ask("m", into=int)
        line.close()
    assert len(node.asked) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (429, errors.RateLimited),
        (502, errors.NodeUnavailable),
        (503, errors.NodeUnavailable),
        (401, errors.RpcRefused),
    ],
)
def test_status_says_what_is_wrong(status: int, error: type[Exception]) -> None:
    with lying(lambda _: b"<html>", status=status) as node:
        line = Rpc(node.url)
        with pytest.raises(error, match=str(status)):
            line.ask("m", into=int)
        line.close()


def test_an_error_under_a_status_of_its_own_is_still_read() -> None:
    with lying(fault(-32601, "method not found"), status=400) as node:
        line = Rpc(node.url)
        with pytest.raises(errors.MethodUnknown):
            line.ask("m", into=int)
        line.close()


@pytest.mark.parametrize(
    "answer",
    [b"", b"[]", b"{", b"\xff", b"null", b'{"id":1,"result":1}', b'{"id":0,"result":"x"}', b"[1]"],
)
def test_an_answer_that_cannot_be_one_is_a_lie(answer: bytes) -> None:
    with lying(lambda _: answer) as node:
        line = Rpc(node.url)
        with pytest.raises(errors.NodeLied):
            line.ask("m", into=int)
        line.close()


@pytest.mark.parametrize("answer", [b"[]", b'[{"id":0,"result":1}]', b'{"id":0,"result":1}'])
def test_a_batch_answered_in_part_is_a_lie(answer: bytes) -> None:
    with lying(lambda _: answer) as node:
        line = Rpc(node.url)
        with pytest.raises(errors.NodeLied):
            line.ask_all([("m", []), ("m", [])], into=int)
        line.close()


def test_a_batch_refused_as_a_whole_says_why() -> None:
    refused = b'{"id":null,"error":{"code":-32600,"message":"batch too large"}}'
    with lying(lambda _: refused) as node:
        line = Rpc(node.url)
        with pytest.raises(errors.RpcRefused, match="batch too large"):
            line.ask_all([("m", []), ("m", [])], into=int)
        line.close()


def test_an_answer_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rpc, "ANSWER_BYTES_MAX", 1_000)
    with lying(result("x" * 2_000)) as node:
        line = Rpc(node.url)
        with pytest.raises(errors.RangeTooLarge):
            line.ask("eth_getLogs", into=str)
        line.close()


@pytest.mark.parametrize("url", ["ws://localhost:1", "localhost:8545", "http://", "file:///etc"])
def test_only_http_addresses_are_taken(url: str) -> None:
    with pytest.raises(ValueError, match="http"):
        Rpc(url)


ZERO = "0x" + ZeroAmount.abi.selector.hex()


@pytest.mark.parametrize(
    ("code", "message", "data", "revert"),
    [
        (3, "execution reverted: custom error", ZERO, ZeroAmount()),  # geth, anvil
        (-32000, "Execution reverted", ZERO, ZeroAmount()),  # Besu
        (-32015, "VM execution error.", f"Reverted {ZERO}", ZeroAmount()),  # Nethermind of old
        (-32603, "reverted", {"data": ZERO}, ZeroAmount()),
        (3, "execution reverted", None, Unexplained(data=b"")),
        (3, "execution reverted", "zz", Unexplained(data=b"")),
        (
            3,
            "execution reverted: no",
            "0x08c379a0" + f"{32:064x}" + f"{2:064x}" + b"no".hex().ljust(64, "0"),
            Message(message="no"),
        ),
    ],
)
def test_a_contracts_refusal_comes_with_its_reason(
    code: int, message: str, data: Any, revert: Any
) -> None:
    with lying(fault(code, message, data)) as node:
        line = Rpc(node.url)
        with pytest.raises(errors.CallReverted) as refused:
            line.ask("eth_call", into=str)
        line.close()
    assert refused.value.revert == revert


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        (-32000, "already known", errors.AlreadyKnown),  # geth
        (-32000, "Known transaction", errors.AlreadyKnown),  # Besu
        (-32003, "transaction already imported", errors.AlreadyKnown),  # anvil
        (-32010, "AlreadyKnown", errors.AlreadyKnown),  # Nethermind
        (-32000, "nonce too low: next nonce 4, tx nonce 3", errors.NonceTooLow),
        (-32001, "Nonce too low", errors.NonceTooLow),
        (-32010, "OldNonce", errors.NonceTooLow),
        (-32006, "Nonce too high", errors.NonceTooHigh),
        (-32006, "Transaction nonce is too distant from current sender", errors.NonceTooHigh),
        (-32000, "replacement transaction underpriced", errors.ReplacementUnderpriced),
        (-32000, "transaction underpriced", errors.Underpriced),
        (-32009, "Gas price below configured minimum gas price", errors.Underpriced),
        (-32000, "max fee per gas less than block base fee", errors.Underpriced),
        (-32007, "Sender account not authorized to send transactions", errors.SenderNotAuthorised),
        (-32003, "Insufficient funds for gas * price + value", errors.InsufficientFunds),
        (-32004, "Upfront cost exceeds account balance", errors.InsufficientFunds),
        (-32005, "Transaction gas limit exceeds block gas limit", errors.GasLimitRefused),
        (-32000, "intrinsic gas too low", errors.GasLimitRefused),
        (-32005, "Requested range exceeds maximum RPC range limit", errors.RangeTooLarge),
        (-32005, "query returned more than 10000 results", errors.RangeTooLarge),
        (-32602, "block range is too wide", errors.RangeTooLarge),
        (-39001, "Unknown block", errors.BlockUnknown),
        (-32000, "header not found", errors.BlockUnknown),
        (-32603, "BlockOutOfRangeError: block height is 5", errors.BlockUnknown),
        (-32601, "Method not found", errors.MethodUnknown),
        (-32601, "the method eth_x does not exist/is not available", errors.MethodUnknown),
        (-32000, "txpool is full", errors.PoolFull),
        (-32005, "rate limit exceeded", errors.RateLimited),
        (429, "Too Many Requests", errors.RateLimited),
        (-32603, "internal error", errors.RpcRefused),
    ],
)
def test_errors_are_told_by_code_and_text(code: int, message: str, kind: type) -> None:
    assert type(errors.refusal(code, message)) is kind
