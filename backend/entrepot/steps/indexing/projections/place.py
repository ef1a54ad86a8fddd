"""Where an event stands, and what the handlers share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlmodel import Session

from entrepot.store.columns import Row

R = TypeVar("R", bound=Row)

Handler = Callable[[Session, Any, "Place"], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The block, time and transaction of a log, the contract that wrote it, and its stream."""

    block_number: int
    log_index: int
    timestamp: int
    tx_hash: bytes
    address: bytes
    stream: bytes


class ProjectionBroken(Exception):
    """A log speaks of something that no earlier log made: the history has a gap. Halt (P9)."""


def need(session: Session, table: type[R], key: Any) -> R:
    """The row that an earlier event of the same stream made."""
    row = session.get(table, key)
    if row is None:
        raise ProjectionBroken(f"no {table.__name__} for {_readable(key)}")
    return row


def text(value: bytes) -> str:
    """A fixed-length code of the chain (currency, country) as text."""
    return value.rstrip(b"\0").decode("ascii")


def _readable(key: Any) -> str:
    parts = cast("tuple[Any, ...]", key if isinstance(key, tuple) else (key,))
    return ", ".join(p.hex() if isinstance(p, bytes) else str(p) for p in parts)
