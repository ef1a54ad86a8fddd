"""Which JSON-RPC method goes where: to the node as it is, to the miner, or nowhere.

Whatever only reads is the node's own affair. Whatever changes the chain is the miner's, for the
journal must know of it. What no journal could repeat is for a devnet in memory only.
"""

import json
from collections.abc import Callable
from itertools import groupby
from types import TracebackType
from typing import Any, Self

from entrepot.devnet.miner import Miner
from entrepot.devnet.rpc import (
    HALTED,
    INVALID_PARAMS,
    INVALID_REQUEST,
    REFUSED,
    Connection,
    RpcError,
    WireError,
    encode_error,
    encode_result,
)

SEND = "eth_sendRawTransaction"
READING = ("eth_", "net_", "web3_", "debug_", "trace_", "txpool_", "ots_")
SENDING = "eth_send"
REPEATABLE_BY_NOBODY = ("anvil_", "evm_", "hardhat_")
ROUND_THE_MINER = frozenset({"evm_setAutomine", "evm_setIntervalMining"})
BLOCKS_MAX = 1000
PARSE_ERROR = -32700

Call = dict[str, Any]
Verb = Callable[[Miner, list[Any]], object]


class Session:
    """One client's calls, over a line to the node that is only its own."""

    def __init__(self, miner: Miner, node_port: int) -> None:
        """Answer for that miner and that node."""
        self._miner = miner
        self._node = Connection(node_port)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._node.close()

    def __call__(self, body: bytes) -> bytes:
        """The answer to one request or to a batch, as JSON."""
        try:
            request = json.loads(body)
        except ValueError:
            return encode_error(None, RpcError(PARSE_ERROR, "not JSON"))
        if not isinstance(request, list):
            return self._answer(request, body)
        if all(_reads(call) for call in request):
            return self._guarded(None, lambda: self._node.exchange([body])[0])
        return b"[" + b",".join(self._answer_each(request)) + b"]"

    def _answer_each(self, batch: list[Any]) -> list[bytes]:
        answers: list[bytes] = []
        for sending, calls in groupby(batch, key=_sends):
            run = list(calls)
            if sending:
                answers += self._submit([(call, _encode(call)) for call in run])
            else:
                answers += [self._answer(call, _encode(call)) for call in run]
        return answers

    def _answer(self, call: Any, body: bytes) -> bytes:
        if _sends(call):
            return self._submit([(call, body)])[0]
        identity = call.get("id") if isinstance(call, dict) else None
        return self._guarded(identity, lambda: self._dispatch(call, body))

    def _dispatch(self, call: Any, body: bytes) -> bytes:
        if _reads(call):
            return self._node.exchange([body])[0]
        method, params = _method(call), call.get("params") or []
        if (verb := VERBS.get(method)) is not None:
            return encode_result(call.get("id"), _apply(verb, self._miner, params))
        if method == SEND:
            raise RpcError(INVALID_PARAMS, "one raw transaction, as 0x..")
        if not method.startswith(REPEATABLE_BY_NOBODY) or method in ROUND_THE_MINER:
            raise RpcError(REFUSED, f"the devnet has no {method}")
        if not self._miner.in_memory:
            message = f"{method} would not survive a restart: only a devnet in memory does it"
            raise RpcError(REFUSED, message)
        return self._miner.forward(body)

    def _submit(self, calls: list[tuple[Call, bytes]]) -> list[bytes]:
        try:
            return self._miner.submit([(call["params"][0], body) for call, body in calls])
        except RpcError as error:
            return [encode_error(call.get("id"), error) for call, _ in calls]

    @staticmethod
    def _guarded(identity: object, act: Callable[[], bytes]) -> bytes:
        try:
            return act()
        except RpcError as error:
            return encode_error(identity, error)
        except WireError as error:
            return encode_error(identity, RpcError(HALTED, str(error)))


def _method(call: Any) -> str:
    if not isinstance(call, dict) or not isinstance(call.get("method"), str):
        raise RpcError(INVALID_REQUEST, "a call needs a method")
    return call["method"]


def _reads(call: Any) -> bool:
    method = _method_or_none(call)
    return method is not None and method.startswith(READING) and not method.startswith(SENDING)


def _sends(call: Any) -> bool:
    """Whether that is a raw transaction in its right shape."""
    if _method_or_none(call) != SEND:
        return False
    params = call.get("params")
    return isinstance(params, list) and len(params) == 1 and isinstance(params[0], str)


def _method_or_none(call: Any) -> str | None:
    method = call.get("method") if isinstance(call, dict) else None
    return method if isinstance(method, str) else None


def _encode(call: Any) -> bytes:
    return json.dumps(call, separators=(",", ":")).encode()


def _apply(verb: Verb, miner: Miner, params: Any) -> object:
    try:
        return verb(miner, params)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise RpcError(INVALID_PARAMS, "parameters of another shape") from error


def _quantity(value: object) -> int:
    """A number as JSON has it, decimal or as 0x..; clients differ."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("not a number")
    return int(value, 0) if isinstance(value, str) else value


def _mine(miner: Miner, params: list[Any]) -> str:
    """evm_mine: nothing, a timestamp, or ``{"timestamp": ..}``."""
    wanted = params[0] if params else None
    if isinstance(wanted, dict):
        wanted = wanted.get("timestamp")
    miner.mine(None if wanted is None else _quantity(wanted))
    return "0x0"


def _mine_many(miner: Miner, params: list[Any]) -> None:
    """anvil_mine: a number of blocks, and the seconds between two of them."""
    count = _quantity(params[0]) if params else 1
    gap_s = _quantity(params[1]) if len(params) > 1 and params[1] is not None else None
    if not 0 < count <= BLOCKS_MAX:
        raise RpcError(INVALID_PARAMS, f"1 to {BLOCKS_MAX} blocks")
    for index in range(count):
        step = index and gap_s
        miner.mine(miner.head.timestamp + step if step else None)


def _increase_time(miner: Miner, params: list[Any]) -> int:
    return miner.increase_time(_quantity(params[0]))


def _set_next_timestamp(miner: Miner, params: list[Any]) -> None:
    miner.set_next_timestamp(_quantity(params[0]))


def _rollback(miner: Miner, params: list[Any]) -> None:
    miner.fork(_quantity(params[0]) if params else 1, [])


def _reorg(miner: Miner, params: list[Any]) -> None:
    """anvil_reorg: a depth, and pairs of a raw transaction and the new block it goes into."""
    depth = _quantity(params[0])
    if not 0 < depth <= BLOCKS_MAX:
        raise RpcError(INVALID_PARAMS, f"a depth of 1 to {BLOCKS_MAX}")
    blocks: list[list[str]] = [[] for _ in range(depth)]
    for raw, index in params[1] if len(params) > 1 else []:
        if not isinstance(raw, str) or _quantity(index) < 0:
            raise RpcError(INVALID_PARAMS, "pairs of a raw transaction and a block's index")
        blocks[_quantity(index)].append(raw)
    miner.fork(depth, blocks)


VERBS: dict[str, Verb] = {
    "evm_mine": _mine,
    "anvil_mine": _mine_many,
    "hardhat_mine": _mine_many,
    "evm_increaseTime": _increase_time,
    "evm_setNextBlockTimestamp": _set_next_timestamp,
    "anvil_rollback": _rollback,
    "anvil_reorg": _reorg,
}
