"""The API as a server of its own, on a free port."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from entrepot.api.app import create_app
from entrepot.api.serving import config_of
from entrepot.kit.processes import free_port
from entrepot.steps import World


@contextmanager
def serve(world: World, port: int = 0) -> Iterator[str]:
    """In a thread of its own, until the end."""
    port = port or free_port()
    config = config_of(create_app(world), "127.0.0.1", port)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
