"""Rows packed from columns are those packed value by value."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel

from entrepot.store import bulk
from entrepot.store.columns import Row
from entrepot.store.embedded import EmbeddedPostgres
from entrepot.store.session import Store
from entrepot.store.tables import EvidenceItem, Log

pytestmark = pytest.mark.postgres

wholes = st.integers(0, 2**63 - 1)
longs = st.integers(-(2**63), 2**63 - 1)
integers = st.integers(-(2**31), 2**31 - 1)
names = st.text("ABC_", max_size=9)


def octets(size: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size)


def columns_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Arrays where values differ, and otherwise the one value."""
    found: dict[str, Any] = {}
    for name in rows[0]:
        values = [row[name] for row in rows]
        found[name] = values[0] if all(v == values[0] for v in values) else column(values)
    return found


def column(values: list[Any]) -> Any:
    match values[0]:
        case bytes():
            return np.frombuffer(b"".join(values), np.uint8).reshape(len(values), -1)
        case list():
            joined = b"".join(part for value in values for part in value)
            return np.frombuffer(joined, np.uint8).reshape(len(values), len(values[0]), -1)
        case str():
            return np.array([value.encode() for value in values], np.bytes_)
        case _:
            return np.array(values)


EVIDENCE = st.fixed_dictionaries(
    {
        "evidence_id": octets(32),
        "stream": octets(32),
        "on_voyage": st.booleans(),
        "attester": octets(20),
        "kind": names,
        "state": names,
        "source_key": octets(32),
        "commitment": octets(32),
        "occurred_at": wholes,
        "recorded_at": wholes,
        "recorded_block": longs,
        "supersedes": octets(32),
        "voyage_key": st.none(),
        "withdrawn_block": st.none(),
    }
)
LOGS = st.fixed_dictionaries(
    {
        "block_number": longs,
        "log_index": integers,
        "tx_hash": octets(32),
        "address": octets(20),
        "contract": names,
        "event": names,
        "stream": octets(32),
        "topics": st.lists(octets(32), min_size=2, max_size=2),
        "data": octets(96),
    }
)
ROWS = st.one_of(
    st.tuples(
        st.just(EvidenceItem), st.lists(EVIDENCE, min_size=1, unique_by=lambda r: r["evidence_id"])
    ),
    st.tuples(
        st.just(Log), st.lists(LOGS, min_size=1, unique_by=lambda r: repr(r["block_number"]))
    ),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("cells"), durable=False) as server:
        store = Store(server.url)
        SQLModel.metadata.create_all(store.engine)
        yield store
        store.close()


@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(drawn=ROWS)
def test_columns_come_back_as_the_rows_that_they_are(
    store: Store, drawn: tuple[type[Row], list[dict[str, Any]]]
) -> None:
    table, rows = drawn
    of = bulk.layout(table)
    values = [tuple(row[name] for name in of.columns) for row in rows]
    streams = [row["stream"] for row in rows]
    with store.transaction() as session:
        bulk.copy(session, table, bulk.packed_columns(table, columns_of(rows), len(rows)))
        assert sorted(bulk.read(session, table, streams)) == sorted(values)
        bulk.remove_streams(session, table, streams)


@pytest.mark.parametrize(
    ("name", "values"),
    [("log_index", [2**31, 1]), ("block_number", [1, 2**63])],
)
def test_a_number_that_is_too_large_is_not_cut(name: str, values: list[int]) -> None:
    row = {
        "block_number": 1,
        "log_index": 1,
        "tx_hash": b"",
        "address": b"",
        "contract": "",
        "event": "",
        "stream": b"",
        "topics": [],
        "data": b"",
    }
    columns = row | {name: np.array(values, np.uint64)}
    with pytest.raises(OverflowError):
        bulk.packed_columns(Log, columns, 2)
