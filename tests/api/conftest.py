"""One database for all tests of the API; each test begins with the same rows in it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from entrepot.steps import World
from entrepot.store.embedded import EmbeddedPostgres
from entrepot.store.migrating import migrate
from entrepot.store.session import Store
from tests.api.hooks import world_of
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


@pytest.fixture
def world(stage: Stage) -> Iterator[World]:
    """The stage's world with a clock of its own, for what is sent to this machine; the API knows
    that it may be."""
    found = world_of(stage)
    api: Any = stage.client.app
    api.state.world = replace(found, clock=stage.world.clock)
    yield found
    api.state.world = stage.world
