"""The console over a real database, before a trade that waits for its first signature."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from entrepot.chain.deployment import Deployment
from entrepot.chain.node import HttpNode
from entrepot.chain.rpc import Rpc
from entrepot.chain.signer import Keystore
from entrepot.console import create_console
from entrepot.kit.abi import Address
from entrepot.kit.clock import ManualClock, from_unix
from entrepot.kit.processes import free_port
from entrepot.settings import Settings
from entrepot.steps import World
from entrepot.store.embedded import EmbeddedPostgres
from entrepot.store.migrating import migrate
from entrepot.store.session import Store
from entrepot.store.vault import Vault
from tests.store.cast import BANK_A, BANK_B, REGULATOR, START, officer_key, word
from tests.store.story import Book, Story

FINANCING = Address(b"\x11" * 20)
VERIFIER = Address(b"\x22" * 20)


@contextmanager
def open_desk(folder: Path) -> Iterator[tuple[World, Story]]:
    """A world whose chain is told by the story: nothing here asks a node."""
    with EmbeddedPostgres(folder / "postgres", durable=False) as server:
        migrate(server.url)
        world = _world(Store(server.url), folder)
        story = Story(Book(world.store))
        story.book.open()
        story.members_join()
        story.order_is_agreed()
        story.financing_is_requested()
        try:
            yield world, story
        finally:
            world.store.close()


def _world(store: Store, folder: Path) -> World:
    settings = Settings(state_folder=folder, plain_tokens=True)
    signers = Keystore(folder / "keystore", "secret", rounds=1)
    for participant in (BANK_A, BANK_B):
        for number in (0, 1):
            signers.add(officer_key(participant, number))
    signers.add(officer_key(REGULATOR, 0))
    return World(
        settings=settings,
        store=store,
        node=HttpNode(Rpc("http://127.0.0.1:1")),
        signers=signers,
        deployment=Deployment(
            chain_id=1337,
            genesis_hash=word("genesis"),
            first_block=1,
            contracts={"Financing": FINANCING, "ERC7913WebAuthnVerifier": VERIFIER},
            libraries={},
            governor=Address(bytes(20)),
            guardian=Address(bytes(20)),
            delay_s=1,
        ),
        keeper=Address(bytes(20)),
        clock=ManualClock(from_unix(START)),
        vault=Vault.of(folder / "vault", b"secret" * 8),
    )


@contextmanager
def serve(world: World) -> Iterator[str]:
    """The console mounted where the whole application has it; its address."""
    app = FastAPI()
    app.mount("/console", create_console(world))
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host="127.0.0.1",
            port=port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.02)
        yield f"http://127.0.0.1:{port}/console"
    finally:
        server.should_exit = True
        thread.join()
