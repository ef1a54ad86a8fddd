"""How far the chain is ahead of what a page can show."""

import time
from threading import Lock

from entrepot.chain.errors import ChainError
from entrepot.steps import World
from entrepot.store.session import Session
from entrepot.views import chain

ASKED_AGAIN_S = 2.0
FEW_BLOCKS = 3
"""A page this far behind is as good as fresh: the worker is about to read them."""


class Ahead:
    """How far the chain is ahead of what is shown; the node is asked every other second at most."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._head: int | None = None
        self._asked_at = -ASKED_AGAIN_S
        self._lock = Lock()

    def blocks(self, session: Session) -> int | None:
        """Blocks that the page does not know yet; None when the node does not answer."""
        with self._lock:
            if time.monotonic() - self._asked_at >= ASKED_AGAIN_S:
                self._head, self._asked_at = self._ask(), time.monotonic()
            head = self._head
        seen = chain.as_of(session)
        if head is None:
            return None
        behind = head - (seen.block if seen else -1)
        return behind if behind > FEW_BLOCKS else 0

    def _ask(self) -> int | None:
        try:
            return self._world.node.block().number
        except ChainError:
            return None
