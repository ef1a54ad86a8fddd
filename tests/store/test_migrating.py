"""A migrated database has exactly the tables that the code speaks of."""

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from entrepot.store import tables
from entrepot.store.embedded import EmbeddedPostgres
from entrepot.store.migrating import migrate, version

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("migrating"), durable=False) as server:
        yield server.url


def test_the_tables_are_those_of_the_code(url: str) -> None:
    migrate(url)
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.PROJECTIONS[0].metadata) == []
    engine.dispose()


def test_migrating_again_does_nothing(url: str) -> None:
    migrate(url)
    migrate(url)
    has, wants = version(url)
    assert has == wants is not None
