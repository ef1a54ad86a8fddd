"""Row-level security: what a plain SELECT gives to whoever acts for a participant (P7).

The rule of each table is told here once more, over its rows in Python, and compared with what
PostgreSQL lets each participant see when a query has no condition at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlmodel import Session, SQLModel, select

from entrepot.kit.clock import from_unix
from entrepot.store import policies, tables
from entrepot.store.embedded import EmbeddedPostgres
from entrepot.store.migrating import migrate
from entrepot.store.session import Store
from entrepot.store.tables import (
    AccessRecord,
    ApprovalBands,
    AuditEntry,
    Breach,
    Client,
    Consent,
    ConsentResource,
    Credit,
    EvidenceConflict,
    Examination,
    FacilityNote,
    Log,
    NearMatchDecision,
    Offer,
    OfferWithdrawal,
    Operation,
    Outbox,
    PolicyProposal,
    Quote,
    ReleaseHold,
    TradeOrder,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookNotice,
)
from entrepot.store.tenancy import Acting, act, beyond
from entrepot.store.visibility import logs_seen
from entrepot.views.orders import get_order
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
    STRANGER,
    account_of,
    word,
)
from tests.store.story import Book, Story
from tests.store.test_views import _tell

pytestmark = pytest.mark.postgres

WHO = (
    EXPORTER,
    IMPORTER,
    BANK_A,
    BANK_B,
    FINTECH,
    CARRIER,
    CUSTOMS_CN,
    CUSTOMS_NL,
    STRANGER,
)
READS = 8  # the driver prepares what it has sent five times
PREPARED = """
SELECT substring(statement from '^SELECT (\\w+)') AS name, generic_plans, custom_plans
FROM pg_prepared_statements WHERE statement ~ '^SELECT (trade_order|order_|profile)'
"""
ABOUT_AN_ORDER = {"trade_order", "order_attester", "order_reference", "profile"}
BY_NAME = {
    str(table.__tablename__): table
    for table in (getattr(tables, n) for n in tables.__all__)
    if isinstance(table, type) and issubclass(table, SQLModel)
}


@dataclass
class Known:
    """All rows there are, and who has which part in what."""

    rows: dict[str, list[Any]] = field(default_factory=dict[str, list[Any]])

    def of(self, table: str, **where: Any) -> list[Any]:
        return [r for r in self.rows[table] if all(getattr(r, k) == v for k, v in where.items())]

    def trades(self, who: bytes, order_id: bytes) -> bool:
        return any(
            who in (o.exporter, o.importer) for o in self.of("trade_order", order_id=order_id)
        )

    def lends(self, who: bytes, financing_id: bytes) -> bool:
        return bool(self.of("facility_lender", financing_id=financing_id, lender=who))

    def arranges(self, who: bytes, facility: Any) -> bool:
        return facility.terms["platform"] == "0x" + who.hex()

    def order(self, who: bytes, order_id: bytes) -> bool:
        return (
            self.trades(who, order_id)
            or bool(self.of("order_attester", order_id=order_id, participant_id=who))
            or any(
                self.lends(who, f.financing_id) or self.arranges(who, f)
                for f in self.of("facility", order_id=order_id)
            )
        )

    def facility(self, who: bytes, financing_id: bytes) -> bool:
        return any(
            self.trades(who, f.order_id) or self.lends(who, f.financing_id) or self.arranges(who, f)
            for f in self.of("facility", financing_id=financing_id)
        )

    def subject(self, who: bytes, stream: bytes) -> bool:
        """An order, or a voyage of one."""
        links = self.of("voyage_link", voyage_id=stream)
        return self.order(who, stream) or any(self.order(who, link.order_id) for link in links)


Rule = Callable[[Known, Any, bytes], bool]


def of_order(known: Known, row: Any, who: bytes) -> bool:
    return known.order(who, row.order_id)


def of_facility(known: Known, row: Any, who: bytes) -> bool:
    return known.facility(who, row.financing_id)


RULES: dict[str, Rule] = {
    "trade_order": of_order,
    "order_attester": of_order,
    "order_reference": of_order,
    "evidence_conflict": of_order,
    "voyage_link": lambda k, r, w: r.carrier == w or of_order(k, r, w),
    "title": lambda k, r, w: (
        w in (r.possessor, r.endorsee, r.carrier, r.surrendered_by) or of_order(k, r, w)
    ),
    "evidence_item": lambda k, r, w: r.attester == w or k.subject(w, r.stream),
    "examination": lambda k, r, w: r.bank == w or k.trades(w, r.order_id),
    "document": lambda k, r, w: (
        r.owner == w
        or k.trades(w, r.order_id)
        or any(k.lends(w, f.financing_id) for f in k.of("facility", order_id=r.order_id))
    ),
    "facility": of_facility,
    "approval": of_facility,
    "breach": of_facility,
    "credit": of_facility,
    "decision": of_facility,
    "facility_lender": of_facility,
    "holding": of_facility,
    "payment": of_facility,
    "release_request": of_facility,
    "tranche": of_facility,
    "access_record": lambda _, r, w: w in (r.owner, r.reader),
    "consent": lambda _, r, w: w in (r.owner, r.third_party),
    "consent_resource": lambda k, r, w: any(
        w in (c.owner, c.third_party) for c in k.of("consent", consent_id=r.consent_id)
    ),
    "approval_bands": lambda k, r, w: (
        r.lender == w
        or any(
            k.facility(w, beside.financing_id)
            for beside in k.of("facility_lender", lender=r.lender)
        )
    ),
    "lender_limit": lambda _, r, w: w in (r.lender, r.exporter),
    "audit_entry": lambda _, r, w: r.participant_id == w,
    "facility_note": lambda _, r, w: w in (r.author, r.recipient),
    "near_match_decision": lambda _, r, w: r.lender == w,
    "offer": lambda _, r, w: w in (r.bank, *r.lenders, *r.partners) or not r.partners,
    "offer_withdrawal": lambda k, r, w: any(
        w in (o.bank, *o.lenders, *o.partners) for o in k.of("offer", offer_id=r.offer_id)
    ),
    "policy_proposal": lambda _, r, w: r.participant_id == w,
    "quote": lambda k, r, w: w == r.exporter or (w == r.partner and k.facility(w, r.financing_id)),
    "operation": lambda _, r, w: r.participant_id == w,
    "release_hold": lambda _, r, w: r.participant == w,
    "outbox": lambda k, r, w: (
        r.participant_id == w
        or any(
            k.facility(w, asked.financing_id) for asked in k.of("release_request", outbox_id=r.id)
        )
    ),
    "participant_key": lambda _, r, w: r.participant_id == w,
    "client": lambda _, r, w: r.participant_id == w,
    "token": lambda _, r, w: r.participant_id == w,
    "webhook_delivery": lambda k, r, w: any(
        end.participant_id == w for end in k.of("webhook_endpoint", webhook_id=r.webhook_id)
    ),
    "webhook_endpoint": lambda _, r, w: r.participant_id == w,
    "webhook_notice": lambda _, r, w: r.participant_id == w,
    "posting": lambda _, r, w: r.account.split("/")[2] == account_of(w).hex(),  # pyright: ignore[reportArgumentType]
}
"""By table: whether the participant may see the row. The log's stands in the module's own words."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), durable=False) as server:
        migrate(server.url)
        store = Store(server.url)
        story = Story(Book(store))
        _tell(story)
        story.book.add(*_rest(story))
        story.book.add(
            ConsentResource(consent_id="con_1", position=0, kind="orders"),
            WebhookDelivery(
                id=7,
                webhook_id="w_1",
                round=0,
                event_id="one",
                cursor="1.0",
                type="entrepot.order.placed",
                body=b"{}",
                next_at=from_unix(story.book.at),
            ),
        )
        yield store
        store.close()


@pytest.fixture(scope="module")
def known(store: Store) -> Known:
    with store.reading() as session:
        return Known({name: list(session.exec(select(t))) for name, t in BY_NAME.items()})


def test_every_table_is_open_or_cut_or_closed() -> None:
    told = [*policies.OPEN, *policies.POLICIES, *policies.CLOSED]
    assert sorted(told) == sorted(SQLModel.metadata.tables)
    assert {*RULES, "log"} == set(policies.POLICIES)


@pytest.mark.parametrize("table", RULES)
def test_p7_a_plain_select_gives_what_the_participant_may_see(
    store: Store, known: Known, table: str
) -> None:
    rule, rows = RULES[table], known.rows[table]
    seen = {who: [r for r in rows if rule(known, r, who)] for who in WHO}
    assert any(seen.values()), "nobody sees a row of it: this proves nothing"
    assert not seen[STRANGER], "a stranger has a part in it: this proves nothing"
    for who, expected in seen.items():
        assert _ids(_plain(store, who, table)) == _ids(expected), who
    assert _ids(_plain(store, REGULATOR, table)) == _ids(rows)


@pytest.mark.parametrize("who", WHO, ids=str)
def test_p7_a_plain_select_of_the_log_gives_the_participants_feed(store: Store, who: bytes) -> None:
    with store.reading() as session:
        feed = list(session.exec(select(Log).where(logs_seen(session, who))))
        everything = list(session.exec(select(Log)))
    assert _ids(_plain(store, who, "log")) == _ids(feed)
    assert len(feed) < len(everything)


@pytest.mark.parametrize("table", policies.CLOSED)
def test_p7_nobody_reads_what_is_closed(store: Store, table: str) -> None:
    with (
        store.reading(Acting(participant_id=REGULATOR)) as session,
        pytest.raises(ProgrammingError, match="permission denied"),
    ):
        session.execute(text(f'SELECT * FROM "{table}"'))


def test_p7_who_acts_for_nobody_known_sees_nothing(store: Store) -> None:
    for table in policies.POLICIES:
        if table != "log":
            assert _plain(store, b"nobody", table) == []


def test_p7_nothing_is_written_as_a_participant(store: Store) -> None:
    with store.transaction() as session:
        act(session, Acting(participant_id=EXPORTER))
        with pytest.raises(ProgrammingError, match="permission denied"):
            session.execute(text("UPDATE trade_order SET state = 'ACCEPTED'"))
        session.rollback()


def test_what_was_acted_for_ends_with_the_transaction(store: Store) -> None:
    """Also when it is the very same connection."""
    with store.reading(Acting(participant_id=STRANGER)) as session:
        pid = session.scalar(text("SELECT pg_backend_pid()"))
        assert session.exec(select(TradeOrder)).all() == []
    with store.reading() as session:
        assert session.scalar(text("SELECT pg_backend_pid()")) == pid
        assert session.exec(select(TradeOrder)).all() != []


def test_a_look_beyond_within_another_does_not_end_it(store: Store) -> None:
    with store.reading(Acting(participant_id=STRANGER)) as session:
        with beyond(session):
            with beyond(session):
                assert session.exec(select(TradeOrder)).all()
            assert session.exec(select(TradeOrder)).all()
        assert not session.exec(select(TradeOrder)).all()


def test_a_look_beyond_ends_where_it_began(store: Store) -> None:
    with store.reading(Acting(participant_id=STRANGER)) as session:
        with beyond(session):
            assert session.exec(select(TradeOrder)).all() != []
        assert session.exec(select(TradeOrder)).all() == []


def test_policies_are_laid_once_and_again_when_they_differ(store: Store) -> None:
    def stand(session: Session) -> Any:
        return session.scalar(text("SELECT min(oid::bigint) FROM pg_policy"))

    with store.reading() as session:
        before = stand(session)
    migrate(store.url)
    with store.reading() as session:
        assert stand(session) == before
    with store.transaction() as session:
        session.execute(text("COMMENT ON VIEW traded_order IS 'of another version'"))
    migrate(store.url)
    with store.reading() as session:
        assert stand(session) > before
    assert len(_plain(store, EXPORTER, "trade_order")) == 1


def test_what_is_asked_for_a_participant_again_and_again_is_planned_once(store: Store) -> None:
    for _ in range(READS):
        with store.reading(Acting(participant_id=EXPORTER)) as session:
            assert get_order(session, EXPORTER, Story.order_id)
    with store.reading() as session:
        rows = session.execute(text(PREPARED)).all()
    assert {row.name for row in rows} == ABOUT_AN_ORDER
    assert all(row.generic_plans > 0 == row.custom_plans for row in rows)


def _plain(store: Store, who: bytes, table: str) -> list[Any]:
    """Every row that a query without any condition gives."""
    with store.reading(Acting(participant_id=who)) as session:
        return list(session.exec(select(BY_NAME[table])))


def _ids(rows: list[Any]) -> list[str]:
    return sorted(repr(row) for row in rows)


def _rest(story: Story) -> list[SQLModel]:
    """Rows of the tables that the story has none in."""
    at, order_id, financing_id = from_unix(story.book.at), story.order_id, story.financing_id
    return [
        ApprovalBands(lender=BANK_A, currency="USD", stream=BANK_A),
        Breach(financing_id=financing_id, tranche=0, block_number=story.book.number),
        AccessRecord(
            at=at,
            owner=EXPORTER,
            reader=BANK_B,
            consent_id="con_1",
            purpose="AUDIT",
            request_id="req_1",
            read="GET /v1/orders",
        ),
        Consent(
            consent_id="con_1",
            owner=EXPORTER,
            third_party=BANK_B,
            purpose="AUDIT",
            recurring=True,
            frequency_per_day=1,
            valid_until=at.date(),
            status="valid",
            created_at=at,
            changed_at=at,
        ),
        Credit(financing_id=financing_id, participant_id=BANK_A, stream=order_id, amount_minor=1),
        EvidenceConflict(
            order_id=order_id, place=0, stream=order_id, kind="LOADED", source_key=word("key")
        ),
        Examination(
            examination_id=word("examination"),
            order_id=order_id,
            bank=BANK_B,
            number=1,
            state="COMPLIES",
            presented_on="2026-11-20",
            answer_by="2026-11-27",
            rules_hash=word("rules"),
            examined_at=at,
        ),
        AuditEntry(
            participant_id=BANK_A,
            number=1,
            at=1,
            actor="Credit officer",
            act="SIGNED_IN",
            subject="",
            reason="",
            sha256=word("entry"),
        ),
        FacilityNote(
            financing_id=word("facility 1"),
            number=1,
            kind="QUESTION",
            author=BANK_A,
            recipient=EXPORTER,
            label="Credit officer",
            text="Which vessel?",
            written_at=at,
        ),
        ReleaseHold(
            financing_id=word("facility 1"),
            tranche=0,
            number=1,
            participant=BANK_A,
            label="Credit officer",
            reason="a call from the customer",
            held_at=at,
        ),
        NearMatchDecision(
            match_id=word("match"),
            lender=BANK_A,
            number=1,
            order_id=order_id,
            verdict="OTHER_GOODS",
            reason="other machines",
            label="Credit officer",
            decided_at=at,
        ),
        Offer(
            offer_id="off_1",
            version=1,
            bank=BANK_A,
            reference="ORDER-90",
            lenders=[BANK_A, BANK_B],
            partners=[FINTECH],
            valid_from=1,
            valid_until=2,
            published_by="Credit officer",
            created_at=at,
        ),
        OfferWithdrawal(offer_id="off_1", withdrawn_by="Credit officer", withdrawn_at=at),
        PolicyProposal(
            proposal_id="pol_1",
            participant_id=BANK_A,
            number=1,
            kind="APPROVAL_BANDS",
            subject="USD",
            effective_at=1,
            reason="More than before",
            proposed_by="Credit officer",
            proposed_signer=word("signer"),
            proposed_at=at,
        ),
        *(_quote(story, partner) for partner in (FINTECH, CARRIER)),
        Client(client_id="client_1", participant_id=EXPORTER, label="ERP", created_at=at),
        WebhookEndpoint(
            webhook_id="w_1",
            participant_id=EXPORTER,
            url="https://erp.example/in",
            cursor="0.0",
            wake_at=at,
            created_at=at,
        ),
        WebhookNotice(
            block_number=1,
            webhook_id="w_1",
            participant_id=EXPORTER,
            reason="GONE",
            url="https://erp.example/in",
        ),
        Operation(operation_id="op_1", participant_id=IMPORTER, verb="x", created_at=at),
        Outbox(
            id=77,
            key="x",
            operation_id="op_1",
            participant_id=IMPORTER,
            verb="x",
            sender=bytes(20),
            target=bytes(20),
            calldata=b"",
            created_at=at,
        ),
    ]


def _quote(story: Story, partner: bytes) -> Quote:
    """What became a facility that the one partner arranges, and the other has no part in."""
    return Quote(
        quote_id=f"quo_{partner.hex()}",
        partner=partner,
        exporter=EXPORTER,
        consent_id="con_1",
        order_id=story.order_id,
        order_version=1,
        matures_at=2,
        financing_id=story.financing_id,
        hash=word("hash"),
        at=1,
        expires_at=2,
        as_of_block=1,
        created_at=from_unix(story.book.at),
    )
