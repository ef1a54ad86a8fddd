"""Attesters that contradict each other, and disputes with a deadline, as the tables have them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from entrepot.bindings import evidence, trade_orders
from entrepot.bindings.evidence import EvidenceRecorded
from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.ids import EvidenceId, ParticipantId
from entrepot.domain.terms import Outcome, evaluate
from entrepot.store.embedded import EmbeddedPostgres
from entrepot.store.facts import gather
from entrepot.store.session import Store
from entrepot.store.tables import Block, EvidenceConflict, Facility, TradeOrder, Tranche
from entrepot.views import conditions, timeline
from entrepot.views.values import hexed
from tests.store.cast import BANK_A, CARRIER, EXPORTER, HOUR, IMPORTER, kind_set, word
from tests.store.deal import fact, order_placed
from tests.store.story import Book, Story

pytestmark = pytest.mark.postgres

KIND = EvidenceKind.INVOICE
OTHER = EvidenceId(word("evidence INVOICE of the importer"))


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """A facility asked for on the exporter's invoice; the importer is named for it as well."""
    with EmbeddedPostgres(tmp_path, durable=False) as server:
        store = Store(server.url)
        story = Story(Book(store))
        story.book.open()
        story.members_join()
        story.order_is_agreed()
        story.financing_is_requested()
        _name(story, IMPORTER)
        yield story
        store.close()


def _name(story: Story, second: ParticipantId) -> None:
    placed = order_placed(story.order_id, story.amount_minor)
    assert isinstance(placed, trade_orders.OrderPlaced)
    named = trade_orders.Attester(participant=second, kinds=kind_set(KIND))
    story.book.write(
        trade_orders.OrderAmended(
            order_id=story.order_id,
            actor=IMPORTER,
            version=2,
            terms=placed.terms,
            attesters=(*placed.attesters, named),
        )
    )


def _contradict(story: Story) -> None:
    """The importer sends another text of the exporter's invoice."""
    said = fact(KIND, story.book.at)
    other = evidence.Fact(
        kind=KIND,
        source_key=said.source_key,
        commitment=word("another content"),
        occurred_at=said.occurred_at,
        supersedes=bytes(32),
    )
    story.book.write(
        EvidenceRecorded(order_id=story.order_id, evidence_id=OTHER, attester=IMPORTER, fact=other),
        evidence.ConflictRaised(
            order_id=story.order_id,
            evidence_id=OTHER,
            attester=IMPORTER,
            kind=KIND,
            source_key=said.source_key,
            place=0,
        ),
    )


def _judged(session: Session, story: Story) -> Outcome:
    facility = session.get_one(Facility, story.financing_id)
    tranche = session.get_one(Tranche, (story.financing_id, 0))
    block = session.exec(select(Block).order_by(col(Block.number).desc())).first()
    assert block is not None
    return evaluate(gather(session, facility, tranche, block, bytes(20)))


def _shown(session: Session, story: Story) -> set[tuple[str, str, bool, int]]:
    tranches = conditions.of_facility(session, BANK_A, story.financing_id)
    assert tranches is not None
    items = tranches[0].items
    return {(i.condition, i.kind, i.met, len(i.proofs)) for i in items if i.kind is not None}


def test_p3_contradiction_is_judged_and_shown_alike(story: Story) -> None:
    _contradict(story)
    with story.book.store.reading() as session:
        outcome = _judged(session, story)
        assert outcome.missing == ("INVOICE",)
        assert outcome.blocking == ("EVIDENCE_CONFLICT",)
        assert set(outcome.contested) == {hexed(word("evidence INVOICE")), hexed(OTHER)}
        assert _shown(session, story) == {
            ("EVIDENCE", "INVOICE", False, 0),
            ("BLOCKED", "EVIDENCE_CONFLICT", False, 2),
        }
        entries = timeline.of_order(session, BANK_A, story.order_id)
    assert entries is not None
    assert entries[-1].words == "Attesters contradict each other"


def test_contradiction_is_settled_by_a_withdrawal_or_an_amendment(story: Story) -> None:
    _contradict(story)
    _name(story, CARRIER)
    with story.book.store.reading() as session:
        assert _judged(session, story).blocking == ()
        assert _shown(session, story) == {("EVIDENCE", "INVOICE", True, 1)}
    _name(story, IMPORTER)
    story.book.write(
        evidence.EvidenceWithdrawn(
            order_id=story.order_id,
            evidence_id=OTHER,
            attester=IMPORTER,
            kind=KIND,
            reason=word("a slip"),
        )
    )
    with story.book.store.reading() as session:
        assert session.exec(select(EvidenceConflict)).one().kind == "INVOICE"
        assert _judged(session, story).blocking == ()
        assert _shown(session, story) == {("EVIDENCE", "INVOICE", True, 1)}


def test_settled_conflict_gives_its_place_to_the_next(story: Story) -> None:
    _contradict(story)
    story.book.write(
        evidence.ConflictRaised(
            order_id=story.order_id,
            evidence_id=OTHER,
            attester=IMPORTER,
            kind=EvidenceKind.LOADED,
            source_key=word("another source"),
            place=0,
        )
    )
    with story.book.store.reading() as session:
        assert session.exec(select(EvidenceConflict)).one().kind == "LOADED"


@pytest.mark.parametrize("closed", [True, False])
def test_dispute_that_fails_is_remembered_for_its_party_and_version(
    story: Story, closed: bool
) -> None:
    order_id, until = story.order_id, story.book.at + 720 * HOUR
    story.book.write(
        trade_orders.OrderDisputed(
            order_id=order_id, actor=EXPORTER, reason=word("reason"), until=until
        )
    )
    with story.book.store.reading() as session:
        order = session.get_one(TradeOrder, order_id)
        assert (order.state, order.disputed_by, order.disputed_until) == (
            "DISPUTED",
            EXPORTER,
            until,
        )
    story.book.write(
        trade_orders.DisputeClosed(order_id=order_id, actor=ParticipantId(bytes(20)))
        if closed
        else trade_orders.DisputeResolved(order_id=order_id, arbiter=CARRIER, upheld=False)
    )
    with story.book.store.reading() as session:
        order = session.get_one(TradeOrder, order_id)
        assert (order.state, order.disputed_by, order.disputed_until) == ("ACCEPTED", None, None)
        assert (order.exporter_failed, order.importer_failed) == (2, 0)
