"""A node of the simulated chain, as JSON-RPC answers it: the same words that real nodes use.

It speaks beneath `entrepot.chain.rpc`, so that our own way to the node runs as in earnest. A method
that the engine comes to need is one function more here.
"""

from contextlib import AbstractContextManager
from typing import Any

from eth_hash.auto import keccak

from entrepot.devnet.simulator import contracts, stage
from entrepot.devnet.simulator.chain import GAS_LIMIT, Block, Chain, Json, Rejected, Tx
from entrepot.devnet.simulator.founding import Emitted, Refused
from entrepot.devnet.simulator.stage import GAS
from entrepot.kit.abi import Address

NO_TAG = Rejected(-39001, "Unknown block")
"""What Besu says of `finalized` and `safe`."""


class Endpoint:
    """blocks: the branch that this node follows, as far as it has come.

    logs_range_max: of eth_getLogs, in blocks; as Besu's --rpc-max-logs-range. has_tags: whether
    it knows what is final.
    """

    def __init__(
        self,
        chain: Chain,
        blocks: list[Block] | None = None,
        *,
        logs_range_max: int = 5000,
        has_tags: bool = False,
    ) -> None:
        self.chain, self._blocks = chain, blocks
        self._range_max, self._has_tags = logs_range_max, has_tags

    @property
    def blocks(self) -> list[Block]:
        return self.chain.blocks if self._blocks is None else self._blocks

    def answer(self, asked: Json | list[Json]) -> Json | list[Json]:
        """One question or a batch of them."""
        if isinstance(asked, list):
            return [self.reply(question) for question in asked]
        return self.reply(asked)

    def reply(self, question: Json) -> Json:
        """To one question."""
        answer: Json = {"jsonrpc": "2.0", "id": question["id"]}
        method = getattr(self, "_" + question["method"], None)
        if method is None:
            return answer | {"error": {"code": -32601, "message": "Method not found"}}
        try:
            return answer | {"result": method(*question["params"])}
        except Rejected as error:
            return answer | {"error": {"code": error.code, "message": error.message}}
        except Refused as error:
            return answer | {"error": _reverted(error)}

    def _eth_chainId(self) -> str:
        return hex(stage.CHAIN_ID)

    def _eth_blockNumber(self) -> str:
        return hex(self.blocks[-1].number)

    def _eth_getBlockByNumber(self, at: str, full: bool = False) -> Json | None:
        block = self._at(at)
        return None if block is None else _block(block, full)

    def _eth_getBlockByHash(self, block_hash: str, full: bool = False) -> Json | None:
        block = self._by_hash(block_hash)
        return None if block is None else _block(block, full)

    def _eth_getLogs(self, wanted: Json) -> list[Json]:
        addresses = wanted.get("address") or []
        addresses = {addresses} if isinstance(addresses, str) else set(addresses)
        return [
            log
            for block in self._wanted(wanted)
            for mined in block.mined
            for log in mined.logs
            if (not addresses or log["address"] in addresses)
            and _has_topics(log["topics"], wanted.get("topics") or [])
        ]

    def _wanted(self, wanted: Json) -> list[Block]:
        if "blockHash" in wanted:
            block = self._by_hash(wanted["blockHash"])
            if block is None:
                raise Rejected(-32000, "Block not found")
            return [block]
        first, last = int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16)
        if last - first >= self._range_max:
            raise Rejected(-32005, "Requested range exceeds maximum range limit")
        return self.blocks[first : last + 1]

    def _eth_sendRawTransaction(self, raw: str) -> str:
        return _hex(self.chain.submit(bytes.fromhex(raw[2:])).hash)

    def _eth_getTransactionReceipt(self, tx_hash: str) -> Json | None:
        found = self.chain.find(bytes.fromhex(tx_hash[2:]), self.blocks)
        return None if found is None else _receipt(*found)

    def _eth_getBlockReceipts(self, at: str) -> list[Json] | None:
        block = self._at(at)
        if block is None:
            return None
        return [_receipt(block, index) for index in range(len(block.mined))]

    def _eth_getTransactionByHash(self, tx_hash: str) -> Json | None:
        wanted = bytes.fromhex(tx_hash[2:])
        found = self.chain.find(wanted, self.blocks)
        if found is not None:
            block, index = found
            return {**_transaction(block.mined[index].tx), "blockNumber": hex(block.number)}
        waiting = next((tx for tx in self.chain.pool.values() if tx.hash == wanted), None)
        return None if waiting is None else {**_transaction(waiting), "blockNumber": None}

    def _eth_getTransactionCount(self, account: str, at: Any = "latest") -> str:
        sender = bytes.fromhex(account[2:])
        nonce = self.chain.nonce(sender)
        if self._blocks is not None:
            nonce = sum(m.tx.sender == sender for b in self.blocks for m in b.mined)
        while at == "pending" and (sender, nonce) in self.chain.pool:
            nonce += 1
        return hex(nonce)

    def _eth_estimateGas(self, call: Json, at: Any = "latest", *imagined: Any) -> str:
        time = self.blocks[-1].timestamp + 1
        if len(imagined) > 1:
            time = int(imagined[1]["time"], 16)
        self._try(call, at, time)
        return hex(GAS)

    def _eth_call(self, call: Json, at: Any = "latest") -> str:
        return _hex(contracts.answer(self._try(call, at, None)))

    def _eth_simulateV1(self, asked: Json, at: Any = "latest") -> list[Json]:
        """The calls of one block, one after the other; its time may be imagined."""
        (imagined,) = asked["blockStateCalls"]
        block = self._need(at)
        time = imagined.get("blockOverrides", {}).get("time")
        at_time = block.timestamp + 1 if time is None else int(time, 16)
        with self._state_at(block):
            return [{"calls": [self._played(call, at_time) for call in imagined["calls"]]}]

    def _played(self, call: Json, time: int) -> Json:
        mark = self.chain.state.mark()
        try:
            self._do(call, time)
        except Refused as error:
            self.chain.state.back_to(mark)
            data = _reverted(error)["data"]
            return {"status": "0x0", "gasUsed": hex(GAS), "returnData": data, "logs": []}
        return {"status": "0x1", "gasUsed": hex(GAS), "returnData": "0x", "logs": []}

    def _try(self, call: Json, at: Any, time: int | None) -> list[Emitted]:
        block = self._need(at)
        with self._state_at(block):
            return self._do(call, block.timestamp if time is None else time)

    def _do(self, call: Json, time: int) -> list[Emitted]:
        sender = Address(bytes.fromhex(call["from"][2:]))
        to, data = bytes.fromhex(call["to"][2:]), bytes.fromhex(call["data"][2:])
        return contracts.execute(self.chain.state, sender, to, data, time)

    def _state_at(self, block: Block) -> AbstractContextManager[None]:
        """The state after a block; after the newest one for a branch that was left."""
        stands = block.number < len(self.chain.blocks)
        stands = stands and self.chain.blocks[block.number] is block
        return self.chain.state.scratch(block.marks[1] if stands else None)

    def _need(self, at: Any) -> Block:
        block = self._at(at)
        if block is None:
            raise Rejected(-32000, "Block not found")
        return block

    def _eth_getCode(self, account: str, at: Any = "latest") -> str:
        del at
        return "0xfe" if bytes.fromhex(account[2:]) in stage.AT.values() else "0x"

    def _eth_gasPrice(self) -> str:
        return "0x0"

    def _eth_maxPriorityFeePerGas(self) -> str:
        return "0x0"

    def _at(self, at: Any) -> Block | None:
        if isinstance(at, dict):
            return self._by_hash(at["blockHash"])
        if at in ("latest", "pending"):
            return self.blocks[-1]
        if at in ("safe", "finalized"):
            if not self._has_tags:
                raise NO_TAG
            return self.blocks[min(max(self.chain.final, 0), len(self.blocks) - 1)]
        if len(at) == 66:
            return self._by_hash(at)
        number = 0 if at == "earliest" else int(at, 16)
        return self.blocks[number] if number < len(self.blocks) else None

    def _by_hash(self, block_hash: str) -> Block | None:
        block = self.chain.known.get(bytes.fromhex(block_hash[2:]))
        if block is None or block.number >= len(self.blocks):
            return None
        return block if self.blocks[block.number] is block else None


class Mirror(Endpoint):
    """A node for looking back: it answers all, and what it is sent goes nowhere."""

    def _eth_sendRawTransaction(self, raw: str) -> str:
        return _hex(keccak(bytes.fromhex(raw[2:])))


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _block(block: Block, full: bool) -> Json:
    return {
        "number": hex(block.number),
        "hash": _hex(block.hash),
        "parentHash": _hex(block.parent_hash),
        "timestamp": hex(block.timestamp),
        "gasLimit": hex(GAS_LIMIT),
        "gasUsed": hex(GAS * len(block.mined)),
        "baseFeePerGas": "0x0",
        "logsBloom": _hex(block.bloom),
        "transactions": [
            _transaction(mined.tx) if full else _hex(mined.tx.hash) for mined in block.mined
        ],
    }


def _transaction(tx: Tx) -> Json:
    at = tx.envelope
    return {
        "hash": _hex(tx.hash),
        "from": _hex(at.sender),
        "nonce": hex(at.nonce),
        "to": _hex(at.to),
        "input": _hex(at.data),
    }


def _receipt(block: Block, index: int) -> Json:
    mined = block.mined[index]
    return {
        "transactionHash": _hex(mined.tx.hash),
        "transactionIndex": hex(index),
        "blockNumber": hex(block.number),
        "blockHash": _hex(block.hash),
        "status": hex(mined.succeeded),
        "gasUsed": hex(GAS),
        "effectiveGasPrice": "0x0",
        "contractAddress": None,
        "logs": mined.logs,
    }


def _has_topics(topics: list[str], wanted: list[Any]) -> bool:
    for topic, one in zip(topics, wanted, strict=False):
        if one is not None and topic not in ([one] if isinstance(one, str) else one):
            return False
    return len(topics) >= len(wanted)


def _reverted(error: Refused) -> Json:
    return {"code": 3, "message": "execution reverted", "data": _hex(error.data)}
