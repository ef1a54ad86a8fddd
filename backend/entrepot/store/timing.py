"""How long the database's own part of something takes; for measuring, never used in earnest."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from entrepot.store.session import Store


@contextmanager
def statements_timed(store: Store) -> Generator[list[float]]:
    """Milliseconds of each statement of this process from here on, as they end; on any thread."""
    took = list[float]()

    def before(*given: Any) -> None:
        given[4].began_at = time.perf_counter()

    def after(*given: Any) -> None:
        took.append((time.perf_counter() - given[4].began_at) * 1000)

    event.listen(store.engine, "before_cursor_execute", before)
    event.listen(store.engine, "after_cursor_execute", after)
    try:
        yield took
    finally:
        event.remove(store.engine, "before_cursor_execute", before)
        event.remove(store.engine, "after_cursor_execute", after)
