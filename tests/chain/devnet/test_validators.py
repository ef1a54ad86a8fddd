"""Several real nodes keep one chain, lag, fail, fork, and come back."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from entrepot.devnet.peer import CLIENT
from entrepot.devnet.sequencer import Mode
from entrepot.devnet.validators import Validators
from entrepot.kit.clock import ManualClock

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(not CLIENT.exists(), reason="needs scripts/install --nodes"),
]


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Validators]:
    clock = ManualClock(datetime(2027, 3, 1, tzinfo=UTC))
    with Validators(tmp_path, count=3, mode=Mode.MANUAL, clock=clock) as chain:
        yield chain


def heads(chain: Validators) -> list[str]:
    return [peer.block("latest")["hash"] for peer in chain.peers]


def test_all_nodes_have_each_block(chain: Validators) -> None:
    for _ in range(4):
        mined = chain.mine()
        assert heads(chain) == [mined] * 3


def test_a_node_left_behind_stays_until_it_is_told(chain: Validators) -> None:
    before = chain.mine()
    chain.leave_behind(1)
    after = [chain.mine() for _ in range(2)][-1]
    assert heads(chain) == [after, before, after]
    chain.catch_up(1)
    assert heads(chain) == [after] * 3


def test_a_fork_takes_blocks_back_on_all_nodes(chain: Validators) -> None:
    kept, *gone = [chain.mine() for _ in range(3)]
    head = chain.fork(2)
    assert heads(chain) == [head.block_hash] * 3
    assert head.number == 4
    assert chain.peers[2].block(hex(1))["hash"] == kept
    assert chain.peers[2].block(hex(3))["hash"] not in gone


def test_nothing_final_is_forked(chain: Validators) -> None:
    chain.mine()
    with pytest.raises(ValueError, match="a fork is of 1 to 3 blocks"):
        chain.fork(4)


def test_the_others_go_on_when_a_node_dies(chain: Validators) -> None:
    chain.mine()
    chain.peers[0].kill()
    chain.mine()
    chain.peers[0].start()
    chain.catch_up(0)
    mined = chain.mine()
    assert heads(chain) == [mined] * 3


def test_the_same_folder_brings_the_chain_back(tmp_path: Path) -> None:
    with Validators(tmp_path, count=2, mode=Mode.MANUAL) as chain:
        first = chain.mine()
    with Validators(tmp_path, count=2, mode=Mode.MANUAL) as chain:
        assert chain.head().block_hash == first
        mined = chain.mine()
        assert heads(chain) == [mined] * 2
