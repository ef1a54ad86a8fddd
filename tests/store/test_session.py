"""The unit of work: all of it or nothing; and one leader a role."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from entrepot.store.embedded import EmbeddedPostgres
from entrepot.store.migrating import migrate
from entrepot.store.outbox import Intent, enqueue, of_operation
from entrepot.store.session import Store, StoreUnavailable, lead
from entrepot.store.tables import Lane, Outbox

pytestmark = pytest.mark.postgres

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("session"), durable=False) as server:
        migrate(server.url)
        store = Store(server.url)
        yield store
        store.close()


def intent(key: str, operation: str = "op") -> Intent:
    return Intent(
        key=key,
        operation_id=operation,
        verb="TradeOrders.accept",
        sender=b"\1" * 20,
        target=b"\2" * 20,
        calldata=b"\3\4",
    )


def lanes(store: Store) -> int:
    with store.reading() as session:
        return len(list(session.exec(select(Lane))))


def test_what_is_raised_inside_leaves_nothing_behind(store: Store) -> None:
    before = lanes(store)

    def fail_halfway() -> None:
        with store.transaction() as session:
            session.add(Lane(sender=b"\5" * 20, next_nonce=0))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert lanes(store) == before


def test_no_statement_is_compiled_for_longer_than_it_would_run(store: Store) -> None:
    """On whatever server: under the policies a plan looks dear enough for PostgreSQL to compile
    it, which takes a tenth of a second, for every plan anew."""
    with store.reading() as session:
        assert session.connection().exec_driver_sql("SHOW jit").scalar() == "off"


def test_a_reading_session_cannot_write(store: Store) -> None:
    with store.reading() as session:
        session.add(Lane(sender=b"\6" * 20, next_nonce=0))
        with pytest.raises(DBAPIError, match="read-only"):
            session.flush()


def test_a_reading_session_sees_one_moment(store: Store) -> None:
    with store.reading() as reader:
        before = len(list(reader.exec(select(Lane))))
        with store.transaction() as writer:
            writer.add(Lane(sender=b"\7" * 20, next_nonce=0))
        assert len(list(reader.exec(select(Lane)))) == before


def test_one_leader_at_a_time_and_the_next_when_it_is_gone(store: Store) -> None:
    with store.transaction() as first:
        assert lead(first, "indexing")
        with store.transaction() as second:
            assert not lead(second, "indexing")
            assert lead(second, "release")
    with store.transaction() as third:
        assert lead(third, "indexing")


def test_an_intent_is_kept_once_by_its_key(store: Store) -> None:
    with store.transaction() as session:
        assert enqueue(session, intent("once"), NOW)
        assert not enqueue(session, intent("once"), NOW)
    with store.reading() as session:
        assert len(list(session.exec(select(Outbox).where(Outbox.key == "once")))) == 1


def test_calls_of_an_operation_keep_their_order(store: Store) -> None:
    with store.transaction() as session:
        for key in ("b", "a", "c"):
            enqueue(session, intent(key, "ordered"), NOW)
    with store.reading() as session:
        assert [row.key for row in of_operation(session, "ordered")] == ["b", "a", "c"]


def test_a_database_that_is_away_is_said_to_be_so() -> None:
    nowhere = Store("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(StoreUnavailable), nowhere.transaction() as session:
        session.exec(select(Lane)).first()
    nowhere.close()
