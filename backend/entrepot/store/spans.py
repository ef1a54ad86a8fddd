"""Spans of a unit of work: noted while it runs, told once it is kept, forgotten when it is not."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from sqlmodel import Session

from entrepot.kit import tracing
from entrepot.kit.tracing import Attribute, Span

_NOTED = "spans"


class Traced(Protocol):
    """A row of the outbox, or what becomes one."""

    @property
    def operation_id(self) -> str: ...


@contextmanager
def during(
    session: Session, name: str, things: Sequence[Traced], *, is_root: bool = False
) -> Iterator[None]:
    """Whatever is done for these inside took so long for each of them."""
    if not tracing.is_on():
        yield
        return
    began = tracing.now()
    yield
    ended = tracing.now()
    for thing in things:
        note(session, name, thing, began, ended, is_root=is_root)


def note(
    session: Session,
    name: str,
    thing: Traced,
    began: int,
    ended: int | None = None,
    *,
    is_root: bool = False,
) -> None:
    """began, ended: unix nanoseconds; None is now."""
    if not tracing.is_on():
        return
    span = Span(
        operation_id=thing.operation_id,
        name=name,
        began=began,
        ended=ended or tracing.now(),
        is_root=is_root,
        attributes=_told(thing),
    )
    session.info.setdefault(_NOTED, []).append(span)


def tell(session: Session) -> None:
    """Called when the unit of work is kept."""
    for span in session.info.pop(_NOTED, ()):
        tracing.record(span)


def _told(thing: Traced) -> dict[str, Attribute]:
    names = {"outbox_id": "id", "verb": "verb", "nonce": "nonce", "block": "block_number"}
    found = {name: getattr(thing, column, None) for name, column in names.items()}
    return {name: value for name, value in found.items() if value is not None}
