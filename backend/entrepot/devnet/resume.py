"""Bring a fresh node to where the journal ends, and prove that it is the same chain."""

from bisect import bisect_left
from collections.abc import Callable

from entrepot.devnet.journal import Block, Chain, JournalError
from entrepot.devnet.rpc import Connection, encode_call

CHUNK_BLOCKS = 50

Progress = Callable[[int, int], None]


class OtherChainError(JournalError):
    """The node does not make the journal's hashes: it is another version, or a line is wrong."""

    def __init__(self, number: int, recorded: str, mined: str) -> None:
        """Say which block is the first to differ."""
        super().__init__(
            f"block {number} was {recorded} and is now {mined}: the journal was written by "
            "another version of the node, or was changed; start with a new state folder to go on"
        )


def mine_again(line: Connection, chain: Chain, progress: Progress | None = None) -> None:
    """Mine every block of the chain in a node at its genesis; raise OtherChainError.

    ``progress`` is told the blocks done and the blocks in all.
    """
    blocks = chain.blocks
    if 0 in chain.emptied_after:
        line.call("anvil_dropAllTransactions")
    for start in range(0, len(blocks), CHUNK_BLOCKS):
        chunk = blocks[start : start + CHUNK_BLOCKS]
        line.exchange([call for block in chunk for call in _calls(block, chain)])
        if progress is not None:
            progress(start + len(chunk), len(blocks))
    verify(line, chain)


def verify(line: Connection, chain: Chain) -> None:
    """Compare the node's hashes with the recorded ones.

    A hash covers all before it, so the last one stands for all; only if that one differs is the
    first to differ looked for.
    """
    recorded = [(block.number, block.block_hash) for block in chain.blocks if block.block_hash]
    if chain.genesis_hash is not None:
        recorded.insert(0, (0, chain.genesis_hash))
    if recorded and _differs(line, recorded[-1]):
        first = bisect_left(recorded, True, key=lambda entry: _differs(line, entry))
        number, block_hash = recorded[first]
        raise OtherChainError(number, block_hash, _hash_at(line, number))
    if (mined := int(line.call("eth_blockNumber"), 16)) != len(chain.blocks):
        raise JournalError(f"the journal has {len(chain.blocks)} blocks, the node mined {mined}")


def mining_calls(block: Block) -> list[bytes]:
    """The calls that send a block's transactions and mine it; the last one mines."""
    sends = [encode_call("eth_sendRawTransaction", raw) for raw in block.transactions]
    return [*sends, encode_call("evm_mine", {"timestamp": hex(block.timestamp)})]


def _calls(block: Block, chain: Chain) -> list[bytes]:
    calls = mining_calls(block)
    if block.number in chain.emptied_after:
        calls.append(encode_call("anvil_dropAllTransactions"))
    return calls


def _differs(line: Connection, entry: tuple[int, str]) -> bool:
    number, block_hash = entry
    return _hash_at(line, number) != block_hash


def _hash_at(line: Connection, number: int) -> str:
    block = line.call("eth_getBlockByNumber", hex(number), False)
    return "no block" if block is None else block["hash"]
