"""Garbage collection, kept out of the way of work that makes many objects and no cycles."""

import gc
from collections.abc import Generator
from contextlib import contextmanager


def hold_off() -> None:
    """Cycles are not looked for until `settle`: what a program loads when it starts is no garbage,
    and looking through it again and again took a fifth of that time."""
    gc.disable()


def settle() -> None:
    """All that is there stays for as long as the program runs, and is not looked through again,
    which would keep a request waiting; among what comes from here on, cycles are looked for."""
    gc.freeze()
    gc.enable()


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
