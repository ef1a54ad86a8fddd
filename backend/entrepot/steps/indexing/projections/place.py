"""Where an event stands, and what the handlers share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from entrepot.steps.indexing.projections.rows import Rows
from entrepot.store.columns import Row

R = TypeVar("R", bound=Row)

Handler = Callable[[Rows, Any, "Place"], None]


@dataclass(frozen=True, slots=True)
class Plain:
    """A handler that only adds rows, and tells one event from another by nothing but its values: so
    that it may be given columns. fits: from an event of columns, which of the events it is for,
    (n,). The tables that it adds to belong to its own projection alone."""

    handler: Handler
    fits: Callable[[Any], NDArray[np.bool]]


class Place(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The block, time and transaction of a log, the contract that wrote it, and its stream."""

    block_number: int
    log_index: int
    timestamp: int
    tx_hash: bytes
    address: bytes
    stream: bytes


class ProjectionBroken(Exception):
    """A log speaks of something that no earlier log made: the history has a gap. Halt (P9)."""


def need(rows: Rows, table: type[R], *key: Any) -> R:
    """The row that an earlier event of the same stream made."""
    row = rows.get(table, *key)
    if row is None:
        named = ", ".join(part.hex() if isinstance(part, bytes) else str(part) for part in key)
        raise ProjectionBroken(f"no {table.__name__} for {named}")
    return row


def text(value: bytes) -> str:
    """A fixed-length code of the chain (currency, country) as text."""
    return value.rstrip(b"\0").decode("ascii")


__all__ = ["Handler", "Place", "Plain", "ProjectionBroken", "Rows", "need", "text"]
