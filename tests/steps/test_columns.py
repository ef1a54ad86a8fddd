"""The same chain, folded event by event and from columns, comes to the same rows (P5)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from entrepot.bindings.evidence import EvidenceRecorded, EvidenceWithdrawn, Fact, VoyageFactRecorded
from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.ids import EvidenceId, OrderId, VoyageId
from entrepot.bindings.settlement_token import Approval
from entrepot.chain import alike
from entrepot.chain.answers import Block, RawLog
from entrepot.chain.codec import encode_event
from entrepot.devnet import longchain
from entrepot.devnet.longchain import FORWARDER, LongChain, Shape, open_long_chain
from entrepot.kit.abi import Address, Event
from entrepot.kit.hashing import sha256
from entrepot.steps import World
from entrepot.steps.indexing import follower, projections, repository
from entrepot.steps.indexing import service as indexing
from entrepot.steps.indexing.projections import evidence
from entrepot.steps.indexing.projections.ahead import ahead
from entrepot.store.bulk import RowExists
from entrepot.views.digest import digest
from tests.steps.reading import open_reader

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]

ORDER, OTHER = OrderId(sha256(b"order")), OrderId(sha256(b"other"))
VOYAGE = VoyageId(sha256(b"voyage"))


@pytest.fixture(scope="module")
def chain() -> Iterator[LongChain]:
    with open_long_chain(None, Shape("columns", 4, 12), lambda *_: None) as chain:
        tell(chain, [recorded(ORDER, n) for n in range(30)])
        tell(chain, [recorded(OTHER, n) for n in range(40)])
        tell(
            chain,
            [
                *[recorded(ORDER, n) for n in range(40, 60)],
                recorded(ORDER, 70, supersedes=50),
                EvidenceWithdrawn(
                    order_id=ORDER,
                    evidence_id=evidence_id(ORDER, 50),
                    attester=FORWARDER,
                    kind=EvidenceKind(3),
                    reason=evidence_id(ORDER, 70),
                ),
                *[recorded(OTHER, n) for n in range(40, 80)],
                *[said_of_a_voyage(n) for n in range(35)],
            ],
        )
        yield chain


@pytest.fixture(scope="module")
def world(chain: LongChain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_reader(chain, tmp_path_factory.mktemp("columns")) as world:
        yield world


def fact(number: int, supersedes: int | None) -> Fact:
    return Fact(
        kind=EvidenceKind(3),
        source_key=sha256(f"fact {number}".encode()),
        commitment=sha256(f"commitment {number}".encode()),
        occurred_at=1_800_000_000 + number,
        supersedes=bytes(32) if supersedes is None else sha256(f"fact {supersedes}".encode()),
    )


def evidence_id(stream: bytes, number: int) -> EvidenceId:
    return EvidenceId(sha256(stream + bytes([number])))


def recorded(order: OrderId, number: int, supersedes: int | None = None) -> EvidenceRecorded:
    return EvidenceRecorded(
        order_id=order,
        evidence_id=evidence_id(order, number),
        attester=FORWARDER,
        fact=fact(number, supersedes),
    )


def said_of_a_voyage(number: int) -> VoyageFactRecorded:
    return VoyageFactRecorded(
        voyage_id=VOYAGE,
        evidence_id=evidence_id(VOYAGE, number),
        attester=FORWARDER,
        voyage_key=sha256(f"key {number}".encode()),
        fact=fact(number, None),
    )


def tell(chain: LongChain, events: list[Event]) -> None:
    """A block with these events."""
    with longchain._hand(chain.sequencer) as hand:  # pyright: ignore[reportPrivateUsage]
        hand.proclaim(chain.deployment, events)


def read(world: World, run_min: int, limit: int, patch: pytest.MonkeyPatch) -> str:
    """The digest of all tables, read from zero."""
    patch.setattr(alike, "RUN_MIN", run_min)
    with world.store.transaction() as session:
        repository.forget_streams(session, None)
        repository.forget_blocks(session, 0)
    while indexing.run(world, limit).blocks:
        pass
    with world.store.reading() as session:
        return digest(session)


@pytest.mark.parametrize("limit", [3, 1_000])
@pytest.mark.parametrize("run_min", [1, alike.RUN_MIN])
def test_columns_come_to_the_rows_that_events_come_to(
    run_min: int, limit: int, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_by_one = read(world, 1_000_000, 1_000, monkeypatch)
    assert read(world, run_min, limit, monkeypatch) == one_by_one
    assert indexing.rebuild(world) > 0
    with world.store.reading() as session:
        assert digest(session) == one_by_one


def test_a_stream_with_more_than_plain_events_is_folded_in_order(
    chain: LongChain, world: World
) -> None:
    """What a fact replaces is found though it was recorded on the same page."""
    last = chain.last
    batch = follower.fetch(world.node, last, last, list(world.deployment.addresses()))
    assert {place.stream for _, place in batch.ahead.happened} == {ORDER}
    assert len(batch.ahead.happened) == 22
    places = [place.log_index for _, place in batch.ahead.happened]
    assert places == sorted(places)
    assert batch.logs == 22 + 40 + 35


def test_many_like_events_that_no_projection_folds_are_no_ones_rows() -> None:
    approval = Approval(owner=Address(FORWARDER), spender=Address(bytes(20)), value=1)
    topics, data = encode_event(approval)
    raws = [
        RawLog(
            address="0x" + "aa" * 20,
            topics=["0x" + topic.hex() for topic in topics],
            data="0x" + data.hex(),
            block_number="0x1",
            block_hash="0x" + "11" * 32,
            transaction_hash=f"0x{at:064x}",
            log_index=hex(at),
        )
        for at in range(alike.RUN_MIN)
    ]
    block = Block(1, b"\x11" * 32, bytes(32), 1_800_000_000, 30_000_000, None)
    made = ahead(alike.page_of(raws, 1, 1, ()), [block])
    assert [event for event, _ in made.happened] == [approval] * alike.RUN_MIN
    assert not made.ready


def test_a_row_that_is_there_is_not_made_again_from_columns(
    chain: LongChain, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(world, alike.RUN_MIN, 1_000, monkeypatch)
    last = chain.last
    batch = follower.fetch(world.node, last, last, list(world.deployment.addresses()))
    with pytest.raises(RowExists), world.store.transaction() as session:
        projections.fold(session, [], batch.ahead.ready)


def test_no_other_projection_sees_the_tables_of_plain_events() -> None:
    """Else what it sees would depend on where a page ends."""
    folder = Path(evidence.__file__).parent
    for module in folder.glob("*.py"):
        named = {
            alias.name
            for node in ast.walk(ast.parse(module.read_text()))
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        assert ("EvidenceItem" in named) == (module.name == "evidence.py")
    assert set(projections.PLAIN) == {EvidenceRecorded, VoyageFactRecorded}
