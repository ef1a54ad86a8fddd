"""A world that reads a long chain into a database of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from entrepot.chain.node import HttpNode
from entrepot.chain.rpc import Rpc
from entrepot.devnet.catchup import world_over
from entrepot.devnet.longchain import LongChain
from entrepot.steps import World
from entrepot.steps.indexing import service as indexing
from entrepot.store.embedded import EmbeddedPostgres
from entrepot.store.migrating import migrate
from entrepot.store.session import Store


@contextmanager
def open_reader(chain: LongChain, folder: Path) -> Iterator[World]:
    """Tied to that chain, with nothing read yet."""
    with EmbeddedPostgres(folder / "postgres", durable=False) as server:
        migrate(server.url)
        rpc, store = Rpc(chain.sequencer.url), Store(server.url)
        world = world_over(HttpNode(rpc), store, folder, chain.deployment)
        indexing.pin(world)
        yield world
        store.close()
        rpc.close()
