"""The devnet that runs over a state folder, for the commands that look at it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from entrepot.cli.finding import whereabouts
from entrepot.devnet import cast
from entrepot.settings import Settings
from entrepot.steps import World
from entrepot.store.embedded import running_url
from entrepot.wiring import open_world


def settings_of(state: Path) -> Settings:
    """The settings under which it runs; without a devnet there, those of the environment."""
    if "ENTREPOT_DATABASE_URL" in os.environ:
        return Settings()
    found = whereabouts(state)
    return Settings(
        state_folder=state.absolute(),
        database_url=running_url(state / "postgres"),
        rpc_url=found.rpc_url,
        keeper_address="0x" + cast.address_of(cast.KEEPER).hex(),
        plain_tokens=True,
    )


@contextmanager
def world_of(state: Path) -> Iterator[World]:
    """A world over it, beside the worker and the API that have theirs."""
    with open_world(settings_of(state)) as world:
        yield world
