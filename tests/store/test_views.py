"""The read models: what they tell of a trade, and to whom."""

import dataclasses
import json
from collections.abc import Iterator

import pytest
from sqlmodel import delete, select

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.chain.ids import key_id
from entrepot.cli.stopping import stops_in_words
from entrepot.cli.words import Words
from entrepot.kit.clock import from_unix
from entrepot.store.embedded import EmbeddedPostgres
from entrepot.store.session import Store
from entrepot.store.tables import (
    Breach,
    Decision,
    Document,
    Log,
    Outbox,
    Progress,
    ReleaseHold,
    ReleaseRequest,
)
from entrepot.store.visibility import logs_seen
from entrepot.views import (
    approvals,
    chain,
    conditions,
    decisions,
    deposits,
    documents,
    events,
    evidence,
    exposure,
    facilities,
    orders,
    participants,
    payments,
    releases,
    stops,
    timeline,
    titles,
)
from entrepot.views.cursors import BadCursor
from entrepot.views.events import Wanted
from entrepot.views.paging import Asked
from entrepot.views.values import hexed, lei
from tests.store.cast import (
    BANK_A,
    BANK_B,
    CARRIER,
    CUSTOMS_CN,
    CUSTOMS_NL,
    EXPORTER,
    FINTECH,
    IMPORTER,
    REGULATOR,
    START,
    STRANGER,
    account_of,
    officer_of,
    word,
)
from tests.store.deal import outcome
from tests.store.story import Book, Story

pytestmark = pytest.mark.postgres

PARTIES = (EXPORTER, IMPORTER, BANK_A, BANK_B, FINTECH, REGULATOR, None)
ATTESTERS = (CARRIER, CUSTOMS_CN, CUSTOMS_NL)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The trade up to the first release and a part of its repayment."""
    with EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), durable=False) as server:
        store = Store(server.url)
        _tell(Story(Book(store)))
        yield store
        store.close()


def _tell(story: Story) -> None:
    story.book.open()
    story.members_join()
    story.order_is_agreed()
    story.financing_is_requested()
    for lender in (BANK_A, BANK_B):
        for number in (0, 1):
            story.sign(lender, number)
    story.is_funded()
    invoice = hexed(word("evidence INVOICE"))
    story.decide(0, outcome(proofs={"INVOICE": (invoice,)}), [(invoice, "INVOICE")])
    story.tranche_is_released(0)
    story.book.add(Progress(step="conditions", block_number=1_000))
    story.goods_leave()
    board = hexed(word("evidence SHIPPED_ON_BOARD"))
    hold = hexed(story.record(CUSTOMS_CN, EvidenceKind.CUSTOMS_HOLD))
    held = outcome(
        met=False,
        unmet=("EVIDENCE", "BLOCKED", "TITLE"),
        missing=("EXPORT_RELEASED",),
        blocking=("CUSTOMS_HOLD",),
        proofs={"SHIPPED_ON_BOARD": (board,)},
    )
    story.decide(1, held, [(board, "SHIPPED_ON_BOARD"), (hold, "CUSTOMS_HOLD")])
    story.is_repaid(1_000_000, 29_816_000)
    story.book.add(_document(story), _request(story, 1, "FAILED"), _request(story, 2, "SENT"))
    story.book.add(_asked(story, 1), _asked(story, 2))


def _document(story: Story) -> Document:
    return Document(
        document_id=word("document"),
        order_id=story.order_id,
        owner=EXPORTER,
        kind="INVOICE",
        format="UBL-2.1",
        reference="INV-77",
        sha256=word("content"),
        size_bytes=9_000,
        commitment=word("content INVOICE"),
        evidence_id=word("evidence INVOICE"),
        summary={"lines": 3},
        stored_at=from_unix(story.book.at),
    )


def _request(story: Story, number: int, state: str) -> Outbox:
    """One of our own requests to release the second tranche."""
    return Outbox(
        id=number,
        key=f"release:{story.financing_id.hex()}:1@{number}",
        operation_id=f"release:{story.financing_id.hex()}:1@{number}",
        verb="Financing.release",
        sender=bytes(20),
        target=bytes(20),
        calldata=b"",
        state=state,
        attempts=1,
        created_at=from_unix(story.book.at),
    )


def _asked(story: Story, number: int) -> ReleaseRequest:
    return ReleaseRequest(financing_id=story.financing_id, tranche=1, outbox_id=number)


def test_as_of_is_the_highest_block_and_final_by_the_rule(store: Store) -> None:
    with store.reading() as session:
        instant, deep = chain.as_of(session, "instant"), chain.as_of(session, "depth:6")
        tagged = chain.as_of(session, "tag")
    assert instant is not None
    assert deep is not None
    assert tagged is not None
    assert (instant.finality, instant.final_block) == ("final", instant.block)
    assert (deep.finality, deep.final_block) == ("head", deep.block - 6)
    assert tagged.final_block == -1, "no transaction of ours is final yet"


@pytest.mark.parametrize("caller", [*PARTIES, *ATTESTERS], ids=str)
def test_order_is_seen_by_each_of_its_parties(store: Store, caller: bytes | None) -> None:
    with store.reading() as session:
        view = orders.get_order(session, caller, Story.order_id)
        listed = orders.list_orders(session, caller)
    assert view is not None
    assert view.reference == "EXP-2026-1187"
    assert view.amount.amount == "1284000.00"
    assert view.exporter.name_zh == "宁波海曙家电"
    assert view.attesters[1].kinds == ("SHIPPED_ON_BOARD", "VESSEL_DEPARTED")
    assert [item.order_id for item in listed.items] == [view.order_id]


def test_stranger_sees_nothing_of_the_trade(store: Store) -> None:
    order, facility = Story.order_id, Story.financing_id
    with store.reading() as session:
        seen = (
            orders.get_order(session, STRANGER, order),
            timeline.of_order(session, STRANGER, order),
            evidence.of_order(session, STRANGER, order),
            evidence.get_evidence(session, STRANGER, word("evidence INVOICE")),
            evidence.get_evidence(session, STRANGER, word("departure")),
            titles.of_order(session, STRANGER, order),
            titles.get_title(session, STRANGER, Story.title_id),
            documents.of_order(session, STRANGER, order),
            documents.get_document(session, STRANGER, word("document")),
            facilities.get_facility(session, STRANGER, facility),
            conditions.of_facility(session, STRANGER, facility),
            decisions.of_facility(session, STRANGER, facility),
            payments.of_facility(session, STRANGER, facility),
        )
        lists = (
            orders.list_orders(session, STRANGER).items,
            facilities.list_facilities(session, STRANGER).items,
            releases.list_releases(session, STRANGER).items,
            approvals.queue(session, STRANGER, show="all").items,
            exposure.limits(session, STRANGER),
            exposure.approval_bands(session, STRANGER),
            deposits.balances(session, STRANGER),
            deposits.balances(session, STRANGER, BANK_A),
        )
        feed = events.list_events(session, STRANGER, limit=500).items
    assert all(one is None for one in seen)
    assert not any(lists)
    assert {item.type.split(".")[1] for item in feed} == {"participant", "policy"}
    assert {item.ledgerevent for item in feed if item.type.startswith("entrepot.policy.")} == {
        "Financing.SandboxCapSet"
    }


@pytest.mark.parametrize("caller", ATTESTERS, ids=str)
def test_attester_sees_the_goods_and_nothing_of_the_money(store: Store, caller: bytes) -> None:
    with store.reading() as session:
        entries = timeline.of_order(session, caller, Story.order_id)
        facility = facilities.get_facility(session, caller, Story.financing_id)
        papers = documents.of_order(session, caller, Story.order_id)
        feed = events.list_events(session, caller, limit=500).items
    assert entries
    assert {entry.flow for entry in entries} == {"order", "goods"}
    assert facility is None
    assert papers == ()
    told = {item.ledgerevent or item.type for item in feed}
    money = {one for one in told if one.startswith(("Financing", "Encumbrances", "entrepot.fac"))}
    assert money == {"Financing.SandboxCapSet"}


def test_timeline_tells_every_event_once_in_the_chain_s_order(store: Store) -> None:
    with store.reading() as session:
        entries = timeline.of_order(session, BANK_A, Story.order_id, finality="depth:2")
    assert entries is not None
    words = [entry.words for entry in entries]
    assert words[:3] == ["Order placed", "Order accepted", "Invoice"]
    assert words.count("Sign-off recorded") == 4
    assert "Vessel departed" in words, "facts of the voyage count for the order aboard"
    places = [(entry.block, entry.log_index) for entry in entries]
    assert places == sorted(set(places))
    release = next(entry for entry in entries if entry.event == "TrancheReleased")
    assert release.amount is not None
    assert (release.flow, release.tranche, release.amount.amount) == ("money", 0, "308160.00")
    requested = next(entry for entry in entries if entry.event == "FinancingRequested")
    assert requested.amount is not None
    assert requested.amount.amount == "1027200.00"
    assert requested.actor is not None
    assert requested.actor.name == "Ningbo Haishu Appliance"
    assert [entry.final for entry in entries][-1] is False
    assert all(entry.final for entry in entries[:-3])


def test_timeline_tells_a_breach_and_its_end_to_who_sees_the_facility(store: Store) -> None:
    with store.reading() as session:
        before = timeline.of_order(session, BANK_A, Story.order_id)
    assert before
    block = next(entry.block for entry in before if entry.event == "TrancheReleased")
    last = before[-1].block
    cause = {"kind": "SHIPPED_ON_BOARD", "cause": "WITHDRAWN", "evidence_ids": ["0x" + "11" * 32]}
    of = {"financing_id": Story.financing_id, "tranche": 0}
    with store.transaction() as session:
        session.add(Breach(**of, block_number=block, causes=[cause]))
        session.add(Breach(**of, block_number=last, causes=[]))
    try:
        with store.reading() as session:
            entries = timeline.of_order(session, BANK_A, Story.order_id) or ()
            others = timeline.of_order(session, ATTESTERS[0], Story.order_id) or ()
    finally:
        with store.transaction() as session:
            session.exec(delete(Breach))
    found = [entry for entry in entries if entry.tx_hash is None]
    assert [(entry.event, entry.block, entry.kind) for entry in found] == [
        ("ReleaseBreached", block, "SHIPPED_ON_BOARD"),
        ("BreachMended", last, None),
    ]
    places = [(entry.block, entry.log_index) for entry in entries]
    assert places == sorted(set(places)), "behind all that the block's transactions did"
    assert all(entry.tx_hash for entry in others), "a matter of the lenders"


def test_facility_gathers_terms_shares_signatures_and_tranches(store: Store) -> None:
    with store.reading() as session:
        view = facilities.get_facility(session, BANK_A, Story.financing_id)
        other = facilities.get_facility(session, BANK_B, Story.financing_id)
    assert view is not None
    assert other is not None
    assert view.state == "RELEASED"
    assert view.amount.amount == "1027200.00"
    assert [x.share.amount for x in view.lenders] == ["616320.00", "410880.00"]
    assert [(x.approvals_given, x.approvals_needed) for x in view.lenders] == [(2, 2), (2, 2)]
    assert [x.outstanding.amount for x in view.lenders] == ["178896.00", "119264.00"]
    assert view.tranches[1].required == ("SHIPPED_ON_BOARD", "EXPORT_RELEASED")
    assert view.tranches[0].state == "RELEASED"
    assert view.terms.platform is not None
    assert view.terms.platform.name == "Jinqiao Platform"
    mine = [x.officer for x in view.approvals]
    assert mine == ["Relationship manager", "Credit officer", None, None]
    assert [x.officer for x in other.approvals] == [None, None, "Duty officer", "Risk officer"]


def test_conditions_name_what_is_missing_and_prove_what_is_met(store: Store) -> None:
    with store.reading() as session:
        tranches = conditions.of_facility(session, BANK_A, Story.financing_id)
    assert tranches is not None
    first, second, third = tranches
    assert first.met
    invoice = first.items[0]
    assert (invoice.words, invoice.met) == ("Invoice", True)
    assert invoice.proofs[0].attester.name == "Ningbo Haishu Appliance"
    unmet = {(item.condition, item.kind) for item in second.items if not item.met}
    assert unmet == {("EVIDENCE", "EXPORT_RELEASED"), ("BLOCKED", "CUSTOMS_HOLD"), ("TITLE", None)}
    hold = next(item for item in second.items if item.condition == "BLOCKED")
    assert hold.words == "Held by customs"
    assert hold.proofs[0].attester.lei == lei(CUSTOMS_CN)
    assert third.decided_block is None
    assert {item.condition for item in third.items} == {"EVIDENCE", "TITLE", "BLOCKED", "STATE"}
    assert [item.condition for item in third.items if item.met] == ["STATE"]


def test_decision_of_a_block_that_is_gone_is_not_told(store: Store) -> None:
    with store.reading() as session:
        before = conditions.of_facility(session, BANK_A, Story.financing_id)
    story = Story(Book(store, number=1))
    story.decide(2, outcome(), [])
    with store.transaction() as session:
        row = session.get(Decision, (Story.financing_id, 2, 1))
        assert row is not None
        row.block_hash = word("another fork")
    with store.reading() as session:
        after = conditions.of_facility(session, BANK_A, Story.financing_id)
    assert after == before


def test_releases_are_what_was_paid_and_what_was_asked(store: Store) -> None:
    with store.reading() as session:
        page = releases.list_releases(session, EXPORTER, limit=1)
        assert page.next is not None
        rest = releases.list_releases(session, EXPORTER, limit=1, after=page.next)
        one = releases.of_facility(session, EXPORTER, Story.financing_id)
    shown = (*page.items, *rest.items)
    assert [(x.tranche, x.state, x.request) for x in shown] == [
        (1, "PENDING", "SENT"),
        (0, "RELEASED", None),
    ]
    assert rest.next is None
    assert one == shown[::-1]


def test_hold_of_a_lender_is_told_wherever_it_is_told_why_money_waits(store: Store) -> None:
    with store.trying() as session:
        session.add_all(
            ReleaseHold(
                financing_id=Story.financing_id,
                tranche=tranche,
                number=1,
                participant=BANK_A,
                label="Duty officer",
                reason="called back",
                held_at=from_unix(START),
            )
            for tranche in (0, 1, 2)
        )
        session.flush()
        listed = releases.of_facility(session, EXPORTER, Story.financing_id)
        waiting = stops.of_facility(session, BANK_A, Story.financing_id) or ()
        told = conditions.of_facility(session, EXPORTER, Story.financing_id)
    assert told is not None
    assert [(x.tranche, len(x.holds)) for x in listed] == [(0, 0), (1, 1), (2, 1)]
    assert [len(x.holds) for x in told] == [0, 1, 1]
    assert told[1].holds[0].reason is None
    lines = [*stops_in_words(waiting, Words("en"))]
    held = "     ✗ held before it is signed: Bank of Yongjiang, 2026-11-18T02:14:09Z: called back"
    assert held in lines


def test_payments_say_where_each_repayment_went(store: Store) -> None:
    with store.reading() as session:
        paid = payments.of_facility(session, IMPORTER, Story.financing_id)
    assert paid is not None
    assert [(p.to.name, p.kind, p.amount.amount) for p in paid[0].payouts] == [
        ("Bank of Yongjiang", "PRINCIPAL", "6000.00"),
        ("Sihai Online Bank", "PRINCIPAL", "4000.00"),
    ]
    assert paid[0].outstanding.amount == "298160.00"


def test_limits_count_what_is_outstanding_with_the_exporter(store: Store) -> None:
    with store.reading() as session:
        own = exposure.limits(session, BANK_A)
        seen = exposure.sandbox(session, REGULATOR)
        hidden = exposure.sandbox(session, BANK_A)
    assert [(x.lender.lei, x.limit.amount, x.used.amount) for x in own] == [
        (lei(BANK_A), "8000000.00", "178896.00")
    ]
    assert seen[0].used is not None
    assert seen[0].used.amount == "298160.00"
    assert hidden[0].cap.amount == "50000000.00"
    assert hidden[0].used is None, "what others have outstanding is not a member's to know"


def test_deposits_are_sums_of_postings(store: Store) -> None:
    with store.reading() as session:
        own = deposits.balances(session, EXPORTER)
        everybody = deposits.balances(session, None)
    assert [(x.account, x.balance.amount) for x in own] == [
        (hexed(account_of(EXPORTER)), "308160.00")
    ]
    assert {x.balance.amount for x in everybody} == {"308160.00", "-308160.00"}


def test_keys_are_shown_to_their_participant_and_the_regulator(store: Store) -> None:
    with store.reading() as session:
        own = participants.get_participant(session, BANK_A, BANK_A)
        others = participants.get_participant(session, BANK_B, BANK_A)
        page = participants.list_participants(session, REGULATOR, limit=3)
        rest = participants.list_participants(session, REGULATOR, after=page.next)
    assert own is not None
    assert own.keys is not None
    assert [key.permissions for key in own.keys] == [("DECIDE",), ("DECIDE",)]
    assert others is not None
    assert others.keys is None
    assert len(page.items) + len(rest.items) == 10
    assert all(item.keys is not None for item in page.items)


def test_documents_are_for_owner_traders_and_lenders(store: Store) -> None:
    with store.reading() as session:
        for caller in (EXPORTER, IMPORTER, BANK_B, REGULATOR, None):
            view = documents.get_document(session, caller, word("document"))
            assert view is not None, caller
            assert view.reference == "INV-77"
        for caller in (*ATTESTERS, FINTECH):
            assert documents.get_document(session, caller, word("document")) is None


def test_events_continue_after_the_cursor_without_gap_or_repeat(store: Store) -> None:
    with store.reading() as session:
        whole = events.list_events(session, None, limit=500).items
        pages, cursor = [], None
        while items := (
            page := events.list_events(session, None, Wanted(after=cursor), limit=7)
        ).items:
            pages += items
            cursor = page.next
    assert tuple(pages) == whole
    assert whole[-1].data["payer"] == IMPORTER.decode()


def test_what_a_member_may_know_is_asked_without_a_list_of_what_it_has(store: Store) -> None:
    """A statement has room for 65,535 parameters: a lender of more facilities got no answer."""
    with store.reading() as session:
        asked = select(Log).where(logs_seen(session, BANK_A)).compile().params.values()
    told = [each for value in asked for each in (value if isinstance(value, list) else [value])]
    assert BANK_A in told
    assert Story.financing_id not in told


@pytest.mark.parametrize("cursor", ["", "1", "1.x", "-1.2", "1.0x", "1.0xabc", "9" * 40 + ".1"])
def test_cursor_of_somebody_else_s_making_is_refused(store: Store, cursor: str) -> None:
    with store.reading() as session:
        with pytest.raises(BadCursor):
            releases.list_releases(session, None, after=cursor)
        with pytest.raises(BadCursor):
            orders.list_orders(session, None, asked=Asked(after=cursor))
        with pytest.raises(BadCursor):
            events.list_events(session, None, Wanted(after=cursor))


def test_queue_shows_each_officer_what_is_still_to_sign(store: Store) -> None:
    with store.reading() as session:
        mine = approvals.queue(session, BANK_A, key_id=key_id(officer_of(BANK_A, 0))).items
        pending = approvals.queue(session, BANK_A, show="pending", search="haishu").items
        chinese = approvals.queue(session, BANK_A, show="all", search="范德").items
        nothing = approvals.queue(session, BANK_A, show="all", search="100%").items
    assert mine == ()
    assert [(x.reference, x.approvals_given, x.approvals_needed) for x in pending] == [
        ("EXP-2026-1187", 2, 2)
    ]
    assert pending == chinese
    assert nothing == (), "a sign of the search language is only a sign"
    assert 0 < pending[0].conditions_met < pending[0].conditions_needed


def test_views_are_plain_json(store: Store) -> None:
    with store.reading() as session:
        view = facilities.get_facility(session, None, Story.financing_id)
        entries = timeline.of_order(session, None, Story.order_id)
    assert view is not None
    assert entries is not None
    json.dumps([dataclasses.asdict(view), *map(dataclasses.asdict, entries)])
