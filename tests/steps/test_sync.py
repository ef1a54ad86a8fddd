"""However the chain is cut into batches, and whatever forks: the tables equal a replay from zero;
and a node that leaves something out is found out (P5, P9)."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from entrepot.chain.alike import Page
from entrepot.chain.answers import Block, RawLog
from entrepot.chain.errors import NodeLied, RangeTooLarge
from entrepot.chain.node import HttpNode
from entrepot.chain.questions import At
from entrepot.devnet.longchain import LongChain, Shape, open_long_chain
from entrepot.kit.abi import Address
from entrepot.steps import World
from entrepot.steps.indexing import follower, repository
from entrepot.steps.indexing import service as indexing
from entrepot.steps.indexing.projections.ahead import Ahead
from entrepot.views.digest import digest
from tests.steps.reading import open_reader

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]

SHAPE = Shape("test", 3, 70)
BIG = ("log", "trade_order", "order_attester", "evidence_item")


@pytest.fixture(scope="module")
def chain() -> Iterator[LongChain]:
    with open_long_chain(None, SHAPE, lambda *_: None) as chain:
        yield chain


@pytest.fixture(scope="module")
def world(chain: LongChain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_reader(chain, tmp_path_factory.mktemp("sync")) as world:
        yield world


@pytest.fixture(autouse=True)
def empty(world: World) -> None:
    with world.store.transaction() as session:
        repository.forget_streams(session, None)
        repository.forget_blocks(session, 0)


def catch_up(world: World, limit: int = 1_000) -> None:
    while (seen := indexing.run(world, limit)).blocks or seen.rewound_to is not None:
        pass


def digest_of(world: World) -> str:
    with world.store.reading() as session:
        return digest(session)


def from_zero(world: World) -> str:
    indexing.reread(world, lambda _, __: None)
    return digest_of(world)


def with_node(world: World, kind: type[HttpNode]) -> World:
    assert isinstance(world.node, HttpNode)
    return replace(world, node=kind(world.node.rpc))


@pytest.mark.parametrize("seed", range(6))
def test_any_split_and_any_fork_end_where_a_replay_from_zero_ends(
    seed: int, chain: LongChain, world: World
) -> None:
    chance = random.Random(seed)
    for _ in range(6):
        depth = chance.randint(1, 30)
        match chance.randrange(4):
            case 0:
                chain.sequencer.reorg(depth)
            case 1:
                chain.sequencer.rollback(depth)
                for _ in range(chance.randint(1, depth + 2)):
                    chain.add_block()
            case _:
                for _ in range(chance.randint(1, 3)):
                    chain.add_block()
        for _ in range(chance.randint(0, 3)):
            indexing.run(world, chance.choice((1, 2, 7, 40, 500)))
    chain.add_block()
    catch_up(world, chance.choice((1, 9, 1_000)))
    assert digest_of(world) == from_zero(world)
    assert indexing.rebuild(world) > 0
    assert digest_of(world) == from_zero(world)


class Small(HttpNode):
    """Gives few blocks at a time."""

    def page(self, first: int, last: int, addresses: Sequence[Address] = ()) -> Page:
        if last - first >= 5:
            raise RangeTooLarge(-32005, "query returned more than 10000 results")
        return super().page(first, last, addresses)


def test_what_a_node_does_not_give_at_once_is_asked_in_pieces(world: World) -> None:
    catch_up(with_node(world, Small))
    small = digest_of(world)
    assert small == from_zero(world)


class Forgetful(HttpNode):
    """Answers with an empty page, as one that has not indexed these blocks yet."""

    def page(self, *_: object, **__: object) -> Page:
        return Page({}, [], [])


def test_p9_an_empty_page_where_the_headers_speak_of_logs_is_a_lie(world: World) -> None:
    with pytest.raises(NodeLied, match="a page without the logs of block 2"):
        indexing.run(with_node(world, Forgetful), 10)
    catch_up(world)
    assert digest_of(world) == from_zero(world)


class Unindexed(HttpNode):
    """Has the blocks and no log of any, however it is asked for logs."""

    def _raw_logs(self, wanted: dict[str, Any], addresses: Sequence[Address]) -> list[RawLog]:
        super()._raw_logs(wanted, addresses)
        return []


def test_p9_a_node_that_says_twice_that_a_block_has_no_logs_is_found_out(world: World) -> None:
    """Found by seed 1003 of the simulator at step 1121."""
    with pytest.raises(NodeLied, match="a page without the logs of block 2"):
        indexing.run(with_node(world, Unindexed), 10)
    catch_up(world)
    assert digest_of(world) == from_zero(world)


class Lagging(HttpNode):
    """Has not heard of the last three blocks, when it is first asked what is new."""

    late = 3

    def block(self, at: At = "latest") -> Block:
        latest = super().block("latest").number - self.late
        if at == "latest":
            self.late = 0
        if isinstance(at, int) and at > latest:
            return super().block(1_000_000)
        return super().block(latest if at == "latest" else at)


def test_a_node_that_is_behind_is_no_fork(world: World) -> None:
    catch_up(world)
    before = digest_of(world)
    assert indexing.run(with_node(world, Lagging), 10) == indexing.Seen()
    assert digest_of(world) == before


class Alone(Lagging):
    """Stays where it is; another node that can be asked has all blocks."""

    @property
    def late(self) -> int:
        return 3

    @late.setter
    def late(self, _: int) -> None: ...

    def knows(self, number: int, block_hash: bytes) -> bool:
        return HttpNode(self.rpc).knows(number, block_hash)


def test_what_another_node_has_is_not_lost(world: World) -> None:
    catch_up(world)
    before = digest_of(world)
    for _ in range(3):
        assert indexing.run(with_node(world, Alone), 10) == indexing.Seen()
    assert digest_of(world) == before


def test_ranges_halve_and_grow_with_what_they_hold() -> None:
    pace = follower.Pace()
    few = follower.Batch([], 0, Ahead([], b"", {}), {})
    pace.learn(pace.blocks, [few])
    assert pace.blocks == 2 * follower.BLOCKS_FIRST
    pace.learn(pace.blocks, [few, few])
    assert pace.blocks == follower.BLOCKS_FIRST
    for _ in range(20):
        pace.learn(pace.blocks, [few])
    assert pace.blocks == follower.BLOCKS_MAX


def test_a_block_reads_no_big_table_through(chain: LongChain, world: World) -> None:
    catch_up(world)
    with world.store.transaction() as session:
        connection = session.connection()
        connection.execute(text(FILL))
        for table in BIG:
            connection.execute(text(f"ANALYZE {table}"))
    before = read_through(world)
    chain.add_block()
    assert indexing.run(world, 10).blocks == 1
    chain.sequencer.reorg(1)
    assert indexing.run(world, 10).rewound_to is not None
    assert read_through(world) == before


FILL = """
CREATE TEMPORARY TABLE many ON COMMIT DROP AS
  SELECT n, sha256(n::text::bytea) AS id FROM generate_series(1, 20000) n;
INSERT INTO log SELECT -n, log_index, tx_hash, address, contract, event, id, topics, data
  FROM (SELECT * FROM log LIMIT 1) one, many;
INSERT INTO trade_order SELECT id, id, state, version, exporter, importer, currency, amount_minor,
  origin, destination, commitment, accept_by, ship_by, placed_block, disputed_by, disputed_until,
  exporter_failed, importer_failed FROM (SELECT * FROM trade_order LIMIT 1) one, many;
INSERT INTO order_attester SELECT id, 0, id, participant_id, kinds
  FROM (SELECT * FROM order_attester LIMIT 1) one, many;
INSERT INTO evidence_item SELECT id, id, on_voyage, attester, kind, state, source_key, commitment,
  occurred_at, recorded_at, recorded_block, supersedes, voyage_key, withdrawn_block
  FROM (SELECT * FROM evidence_item LIMIT 1) one, many;
"""


def read_through(world: World) -> dict[str, int]:
    """How often each big table has been read from its first row to its last."""
    world.store.engine.dispose()  # a connection tells its counts when it ends
    query = "SELECT relname, seq_scan FROM pg_stat_user_tables WHERE relname = ANY(:big)"
    with world.store.reading() as session:
        rows = session.connection().execute(text(query), {"big": list(BIG)})
        return {name: int(count) for name, count in rows}
