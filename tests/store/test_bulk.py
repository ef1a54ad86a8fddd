"""Rows written by COPY are the rows that the ORM would have written."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel, select

from entrepot.store import bulk
from entrepot.store.columns import Row
from entrepot.store.embedded import EmbeddedPostgres
from entrepot.store.session import Store
from entrepot.store.tables import ApprovalBands, EvidenceItem, Log, TradeOrder

pytestmark = pytest.mark.postgres

octets = st.binary(max_size=40)
wholes = st.integers(0, 2**256 - 1)
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=9)
integers = st.integers(-(2**31), 2**31 - 1)
longs = st.integers(-(2**63), 2**63 - 1)

ROWS = st.one_of(
    st.builds(
        Log,
        block_number=longs,
        log_index=integers,
        tx_hash=octets,
        address=octets,
        contract=texts,
        event=texts,
        stream=octets,
        topics=st.lists(octets, max_size=6),
        data=st.binary(max_size=5_000),
    ),
    st.builds(
        EvidenceItem,
        evidence_id=octets,
        stream=octets,
        on_voyage=st.booleans(),
        attester=octets,
        kind=texts,
        state=texts,
        source_key=octets,
        commitment=octets,
        occurred_at=wholes,
        recorded_at=wholes,
        recorded_block=longs,
        supersedes=octets,
        voyage_key=st.none() | octets,
        withdrawn_block=st.none() | longs,
    ),
    st.builds(
        TradeOrder,
        order_id=octets,
        stream=octets,
        state=texts,
        version=integers,
        exporter=octets,
        importer=octets,
        currency=texts,
        amount_minor=wholes,
        origin=texts,
        destination=texts,
        commitment=octets,
        accept_by=wholes,
        ship_by=wholes,
        placed_block=longs,
        disputed_until=st.none() | wholes,
    ),
    st.builds(
        ApprovalBands,
        lender=octets,
        currency=texts,
        stream=octets,
        bands=st.lists(st.lists(texts, max_size=2), max_size=3),
    ),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("bulk"), durable=False) as server:
        store = Store(server.url)
        SQLModel.metadata.create_all(store.engine)
        yield store
        store.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=ROWS)
def test_a_row_comes_back_as_it_was_and_goes_by_its_key(store: Store, row: Row) -> None:
    table, of = type(row), bulk.layout(type(row))
    values = tuple(getattr(row, name) for name in of.columns)
    stream = values[of.columns.index("stream")]
    with store.transaction() as session:
        bulk.add(session, table, [values])
        assert list(bulk.read(session, table, [stream])) == [values]
        stored = session.exec(select(table)).one()
        assert tuple(getattr(stored, name) for name in of.columns) == values
        session.expunge(stored)
        bulk.remove(session, table, [tuple(getattr(row, name) for name in of.key)])
        assert session.exec(select(table)).all() == []


def test_a_row_that_is_there_is_not_written_again(store: Store) -> None:
    values = (b"lender", "USD", b"stream", [])
    with pytest.raises(bulk.RowExists, match="approval_bands"), store.transaction() as session:
        bulk.add(session, ApprovalBands, [values, values])
    with store.reading() as session:
        assert session.exec(select(ApprovalBands)).all() == []
