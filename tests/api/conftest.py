"""One database for all tests of the API; each test begins with the same rows in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from entrepot.store.embedded import EmbeddedPostgres
from entrepot.store.migrating import migrate
from entrepot.store.session import Store
from tests.api.stage import Stage, world_on


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder: Path = tmp_path_factory.mktemp("api")
    with EmbeddedPostgres(folder / "postgres", durable=False) as server:
        migrate(server.url)
        store = Store(server.url)
        try:
            yield Stage(world_on(store, folder))
        finally:
            store.close()


@pytest.fixture
def stage(running: Stage) -> Stage:
    running.reset()
    return running
