"""The chain's journal: what a crash may do to it, and what a fork makes of it."""

import json
from pathlib import Path

import pytest

from entrepot.devnet.journal import (
    Block,
    Chain,
    Header,
    JournalError,
    open_journal,
    read_chain,
)

HEADER = Header(chain_id=1337, genesis_time=1_772_366_400)
FIRST = Block(1, 1_772_366_401, ("0xaa", "0xbb"))
SECOND = Block(2, 1_772_366_409, (), offset_s=86_400)
THIRD = Block(3, 1_772_366_410, ("0xcc",))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.jsonl"


def reopened(path: Path) -> Chain:
    journal, chain = open_journal(path, Header(1, 1))
    journal.close()
    return chain


def write(path: Path, *blocks: Block) -> None:
    journal, _ = open_journal(path, HEADER)
    with journal:
        for block in blocks:
            journal.append_block(block)


def test_open_a_new_journal_keeps_its_header(path: Path) -> None:
    write(path)
    assert reopened(path) == Chain(HEADER)
    assert path.stat().st_mode & 0o777 == 0o600


def test_blocks_come_back_in_order_with_their_hashes(path: Path) -> None:
    journal, _ = open_journal(path, HEADER)
    with journal:
        journal.append_hash(0, "0x00")
        journal.append_block(FIRST)
        journal.append_hash(1, "0x01")
        journal.append_block(SECOND)
    chain = reopened(path)
    assert chain.genesis_hash == "0x00"
    assert chain.blocks == [Block(1, FIRST.timestamp, FIRST.transactions, 0, "0x01"), SECOND]


def test_journal_torn_at_any_byte_keeps_every_whole_line(path: Path) -> None:
    write(path, FIRST, SECOND)
    content = path.read_bytes()
    ends = [i + 1 for i, byte in enumerate(content) if byte == ord("\n")]
    for length in range(len(content) + 1):
        path.write_bytes(content[:length])
        whole = sum(end <= length for end in ends)
        chain = reopened(path)
        if whole == 0:
            assert chain == Chain(Header(1, 1)), "a journal without a header begins anew"
        else:
            assert chain == Chain(HEADER, None, [FIRST, SECOND][: whole - 1])
            assert path.read_bytes() == content[: ends[whole - 1]]


def test_journal_goes_on_after_a_torn_end(path: Path) -> None:
    write(path, FIRST, SECOND)
    path.write_bytes(path.read_bytes()[:-5])
    write(path, SECOND)
    assert reopened(path).blocks == [FIRST, SECOND]


def test_damage_before_the_end_is_refused_with_its_line(path: Path) -> None:
    write(path, FIRST, SECOND)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b'{"n": 1, "t"\n' + lines[2])
    with pytest.raises(JournalError, match="line 2"):
        reopened(path)


@pytest.mark.parametrize(
    "entry",
    [
        {"n": 3, "t": 5, "txs": []},
        {"n": 1, "t": 5, "txs": []},
        {"n": 9, "h": "0x01"},
        {"n": -1, "h": "0x01"},
        {"back_to": 7, "blocks": []},
        {"back_to": -1, "blocks": []},
        {"n": 2, "t": "soon", "txs": []},
        {"n": 2},
        [],
    ],
)
def test_line_that_does_not_fit_is_refused(path: Path, entry: object) -> None:
    write(path, FIRST)
    with path.open("a") as file:
        file.write(json.dumps(entry) + "\n")
    with pytest.raises(JournalError, match="line 3"):
        reopened(path)


def test_another_format_is_refused() -> None:
    with pytest.raises(JournalError, match="line 1"):
        read_chain([b'{"format": "other", "chain_id": 1, "genesis_time": 1}'])


def test_fork_replaces_the_blocks_above_and_empties_the_pool_once(path: Path) -> None:
    journal, _ = open_journal(path, HEADER)
    replacement = Block(2, 1_772_366_411, ("0xdd",))
    with journal:
        for block in (FIRST, SECOND, THIRD):
            journal.append_block(block)
        journal.append_hash(3, "0x03")
        journal.append_fork(2, [THIRD])
        journal.append_fork(1, [replacement, THIRD])
    chain = reopened(path)
    assert chain.blocks == [FIRST, replacement, THIRD]
    assert chain.emptied_after == {1}


def test_rollback_to_the_genesis_leaves_no_block(path: Path) -> None:
    journal, _ = open_journal(path, HEADER)
    with journal:
        journal.append_block(FIRST)
        journal.append_fork(0, [])
        journal.append_block(FIRST)
    chain = reopened(path)
    assert (chain.blocks, chain.emptied_after) == ([FIRST], {0})
