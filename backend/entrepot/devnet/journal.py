"""The chain's journal: what must be mined again to have the same chain, hash for hash.

One JSON object a line, only ever appended:

    {"format": "..", "chain_id": .., "genesis_time": ..}                     the first line
    {"n": 7, "t": 1772366400, "txs": ["0x.."]}      block 7: its time, and the raw transactions
                                                    that came in since block 6, in their order
    {"n": 7, "h": "0x.."}                           block 7 was mined with this hash
    {"back_to": 5, "blocks": [{"t":.., "txs":..}]}  a fork: blocks above 5 are void, the pool is
                                                    emptied, these come in their place

A block's line is on the disk before the block is mined. After a crash in between, mining it again
is what would have happened. A line without its end was never acted upon: it is cut off.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from entrepot.kit.logs import Log

FORMAT = "entrepot-chain-journal-1"

log = Log(__name__)


class JournalError(Exception):
    """The journal cannot be read, or is another chain's."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the genesis block depends on."""

    chain_id: int
    genesis_time: int


@dataclass(frozen=True, slots=True)
class Block:
    """One block to mine; ``offset_s`` is how far the chain's time was ahead of the clock's."""

    number: int
    timestamp: int
    transactions: tuple[str, ...] = ()
    offset_s: int = 0
    block_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """What a journal says: the surviving blocks, and after which of them the pool was emptied."""

    header: Header
    genesis_hash: str | None = None
    blocks: list[Block] = field(default_factory=list[Block])
    emptied_after: set[int] = field(default_factory=set[int])


class Journal:
    """An open journal at its end; every append is one write."""

    def __init__(self, path: Path) -> None:
        """Go on at the end of that file; ``open_journal`` makes sure that it has one."""
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND)

    def append_block(self, block: Block) -> None:
        """Put a block that is about to be mined on the disk."""
        self._append({"n": block.number, **_body(block)}, durable=True)

    def append_hash(self, number: int, block_hash: str) -> None:
        """Note a mined block's hash; losing it loses a check, not the block."""
        self._append({"n": number, "h": block_hash}, durable=False)

    def append_fork(self, back_to: int, blocks: Iterable[Block]) -> None:
        """Put a fork that is about to happen on the disk, as one line: wholly or not at all."""
        self._append({"back_to": back_to, "blocks": list(map(_body, blocks))}, durable=True)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _append(self, entry: dict[str, Any], *, durable: bool) -> None:
        _write(self._file, entry)
        if durable:
            os.fsync(self._file)


def open_journal(path: Path, new: Header) -> tuple[Journal, Chain]:
    """Open a journal, or begin one with that header; cut a torn end off."""
    lines = _whole_lines(path)
    if not lines:
        _begin(path, new)
        return Journal(path), Chain(new)
    chain = read_chain(lines)
    return Journal(path), chain


def read_chain(lines: Iterable[bytes]) -> Chain:
    """Fold a journal's lines; raise JournalError with the number of a bad one."""
    chain: Chain | None = None
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line)
            chain = _header(entry) if chain is None else _folded(chain, entry)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise JournalError(f"line {number} of the chain's journal is not readable") from error
    if chain is None:
        raise JournalError("the chain's journal is empty")
    return chain


def _header(entry: dict[str, Any]) -> Chain:
    if entry["format"] != FORMAT:
        raise ValueError("another format")
    return Chain(Header(entry["chain_id"], entry["genesis_time"]))


def _folded(chain: Chain, entry: dict[str, Any]) -> Chain:
    """The chain after one more line."""
    blocks = chain.blocks
    if "back_to" in entry:
        back_to = int(entry["back_to"])
        if not 0 <= back_to <= len(blocks):
            raise ValueError("a fork above the head")
        del blocks[back_to:]
        chain.emptied_after.intersection_update(range(back_to))
        chain.emptied_after.add(back_to)
        blocks += [_block(back_to + 1 + i, body) for i, body in enumerate(entry["blocks"])]
    elif "h" in entry and entry["n"] == 0:
        return replace(chain, genesis_hash=entry["h"])
    elif "h" in entry:
        index = int(entry["n"]) - 1
        if not 0 <= index < len(blocks):
            raise ValueError("a hash of no block")
        blocks[index] = replace(blocks[index], block_hash=entry["h"])
    elif entry["n"] != len(blocks) + 1:
        raise ValueError("a block out of order")
    else:
        blocks.append(_block(entry["n"], entry))
    return chain


def _block(number: int, body: dict[str, Any]) -> Block:
    return Block(number, int(body["t"]), tuple(body["txs"]), int(body.get("offset", 0)))


def _body(block: Block) -> dict[str, Any]:
    body: dict[str, Any] = {"t": block.timestamp, "txs": block.transactions}
    return body | {"offset": block.offset_s} if block.offset_s else body


def _whole_lines(path: Path) -> list[bytes]:
    """The lines that have their end; what follows the last one is cut off the file."""
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        log.warning("journal_end_cut", bytes=len(content) - whole)
        os.truncate(path, whole)
    return content[:whole].splitlines()


def _begin(path: Path, header: Header) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        _write(file, {"format": FORMAT, **asdict(header)})
        os.fsync(file)
        os.fsync(folder)
    finally:
        os.close(file)
        os.close(folder)


def _write(file: int, entry: dict[str, Any]) -> None:
    rest = memoryview(json.dumps(entry, separators=(",", ":")).encode() + b"\n")
    while rest:
        rest = rest[os.write(file, rest) :]
