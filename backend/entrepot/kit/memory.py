"""Garbage collection, kept out of the way of work that makes many objects and no cycles."""

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def no_collection() -> Generator[None]:
    """Cycles are not looked for meanwhile: a third of the time of a long sync went into that. What
    nothing refers to is freed at once, as ever."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
