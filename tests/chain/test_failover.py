"""Several nodes as one: the next when one is away, none of another chain, none that is behind."""

from collections.abc import Callable, Iterator

import pytest

from entrepot.chain.errors import NodeUnavailable, WrongChain
from entrepot.chain.failover import Failover, FailoverNode
from entrepot.chain.node import HttpNode
from entrepot.chain.rpc import Rpc
from entrepot.devnet.sequencer import Mode, Sequencer

pytestmark = pytest.mark.anvil

GENESIS_TIME = 1_800_000_000
NOBODY = "http://127.0.0.1:9"


Over = Callable[..., FailoverNode]


@pytest.fixture
def pair() -> Iterator[tuple[Sequencer, Sequencer]]:
    """Two nodes that begin with the same block and mine the same ones."""
    with (
        Sequencer(mode=Mode.MANUAL, genesis_time=GENESIS_TIME) as one,
        Sequencer(mode=Mode.MANUAL, genesis_time=GENESIS_TIME) as two,
    ):
        for chain in (one, two):
            chain.mine()
            chain.mine()
        assert one.head() == two.head()
        yield one, two


@pytest.fixture
def over(pair: tuple[Sequencer, Sequencer]) -> Iterator[Over]:
    """Nodes at some addresses as one, pinned to the chain of the pair."""
    opened: list[Failover] = []
    rpc = Rpc(pair[1].url)
    genesis = HttpNode(rpc).genesis_hash()
    rpc.close()

    def make(*urls: str) -> FailoverNode:
        opened.append(Failover([Rpc(url, timeout_s=2) for url in urls], 1337, genesis))
        return FailoverNode(opened[-1])

    yield make
    for several in opened:
        several.close()


def leave(node: FailoverNode, chain: Sequencer) -> None:
    """The node behind `chain` goes away."""
    node.rpc.close()
    chain.stop()


def test_the_next_node_answers_when_the_first_is_away(
    pair: tuple[Sequencer, Sequencer], over: Over
) -> None:
    node = over(NOBODY, pair[1].url)
    assert node.block("latest").number == 2


def test_a_node_that_goes_away_is_replaced_in_the_middle(
    pair: tuple[Sequencer, Sequencer], over: Over
) -> None:
    node = over(pair[0].url, pair[1].url)
    assert node.block("latest").number == 2
    leave(node, pair[0])
    pair[1].mine()
    assert node.block("latest").number == 3
    pair[0].start()


def test_a_node_that_is_behind_is_passed_over_until_it_has_caught_up(
    pair: tuple[Sequencer, Sequencer], over: Over
) -> None:
    node = over(pair[0].url, pair[1].url)
    pair[0].mine()
    assert node.block("latest").number == 3
    leave(node, pair[0])
    with pytest.raises(NodeUnavailable, match="at 2, not yet at 3"):
        node.block("latest")
    pair[1].mine()
    assert node.block("latest").number == 3
    pair[0].start()


def test_a_node_of_another_chain_is_never_asked(
    pair: tuple[Sequencer, Sequencer], over: Over
) -> None:
    with Sequencer(mode=Mode.MANUAL, genesis_time=GENESIS_TIME + 1) as other:
        node = over(other.url, pair[1].url)
        assert node.block(2).hash.hex() == pair[1].head().block_hash[2:]
        with pytest.raises(WrongChain, match="genesis"):
            over(other.url).chain_id()


def test_none_left_is_said_with_the_reason_of_each(over: Over) -> None:
    with pytest.raises(NodeUnavailable, match=r"refused.*refused"):
        over(NOBODY, "http://127.0.0.1:11").chain_id()


def test_a_block_is_known_as_long_as_any_node_has_it(
    pair: tuple[Sequencer, Sequencer], over: Over
) -> None:
    one, two = pair
    node = over(one.url, NOBODY, two.url)
    gone = node.block("latest")
    one.rollback(1)
    assert node.knows(gone.number, gone.hash)
    two.rollback(1)
    assert not node.knows(gone.number, gone.hash)


def test_what_no_node_has_any_more_is_not_waited_for(
    pair: tuple[Sequencer, Sequencer], over: Over
) -> None:
    one, two = pair
    node = over(one.url, two.url)
    gone = node.block("latest")
    for chain in pair:
        chain.rollback(1)
    leave(node, one)
    with pytest.raises(NodeUnavailable, match="a node that is behind"):
        node.block("latest")
    assert not node.knows(gone.number, gone.hash)
    assert node.block("latest").number == gone.number - 1
