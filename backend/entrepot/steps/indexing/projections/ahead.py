"""What becomes of a page of logs before its turn has come, without the database: events that are to
be folded one after the other, and rows that are ready to be written.

Ready are the rows of the logs themselves, and those of plain events: their handler only adds rows,
and is given columns where it would be given values. An event is folded by itself all the same when
the page has something else about its stream that the same projection folds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ParamSpec, cast

import numpy as np
from numpy.typing import NDArray

from entrepot.chain.abreast import abreast
from entrepot.chain.alike import Page, Run
from entrepot.chain.answers import Block, Log
from entrepot.kit.abi import Event
from entrepot.steps.indexing import repository
from entrepot.steps.indexing.projections import FAMILIES, PLAIN
from entrepot.steps.indexing.projections.place import Place
from entrepot.steps.indexing.projections.rows import Table, record_of
from entrepot.store import bulk

P = ParamSpec("P")

Happened = list[tuple[Event, Place]]
Times = Mapping[int, int]
"""Unix seconds by number of block."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """happened: in the order of the chain. logs, ready: rows as `bulk.copy` takes them, of the logs
    and of the projections."""

    happened: Happened
    logs: bytes
    ready: Mapping[Table, bytes]


class Sheet:
    """Stands in for `Rows` before a plain handler: what it adds is a row for each of n events."""

    def __init__(self, count: int) -> None:
        self.rows: list[tuple[Table, bytes]] = []
        self._count = count

    def add(self, table: Callable[P, Any], *_: P.args, **values: P.kwargs) -> None:
        of = cast("Table", table)
        columns = {**record_of(of).defaults(), **values}
        self.rows.append((of, bulk.packed_columns(of, columns, self._count)))


def ahead(page: Page, blocks: Sequence[Block]) -> Ahead:
    """Of a page of these blocks; UnknownEvent or Undecodable when a log is none of ours."""
    times = {block.number: block.timestamp for block in blocks}
    happened, events = _told(page.rest, times)
    logs = [repository.packed_logs(page.rest, events)]
    plain: list[Run] = []
    for run in page.runs:
        fits = _fits(run)
        if fits.any():
            plain.append(run.only(fits))
        happened += _told(run.only(~fits).logs, times)[0]
        logs.append(repository.packed_run(run))
    busy = _streams(happened)
    ready: defaultdict[Table, list[bytes]] = defaultdict(list)
    for run in plain:
        free = _free(run, busy[FAMILIES[run.event]])
        happened += _told(run.only(~free).logs, times)[0]
        for table, rows in _made(run.only(free), times):
            ready[table].append(rows)
    happened.sort(key=lambda one: (one[1].block_number, one[1].log_index))
    return Ahead(happened, b"".join(logs), {table: b"".join(rows) for table, rows in ready.items()})


def _told(logs: Sequence[Log], times: Times) -> tuple[Happened, list[Event]]:
    """The logs' events with their places, and by themselves."""
    events = [log.event for log in logs]
    places = [
        Place(
            block_number=log.block_number,
            log_index=log.log_index,
            timestamp=times[log.block_number],
            tx_hash=log.transaction_hash,
            address=log.address,
            stream=repository.stream_of(log.topics),
        )
        for log in logs
    ]
    return list(zip(events, places, strict=True)), events


def _fits(run: Run) -> NDArray[np.bool]:
    """(n,): which of the run's events are plain."""
    plain = PLAIN.get(run.event)
    event = abreast(run) if plain else None
    return plain.fits(event) if plain and event else np.zeros(len(run), np.bool)


def _streams(happened: Happened) -> defaultdict[str, set[bytes]]:
    """By projection, what it folds one after the other."""
    streams: defaultdict[str, set[bytes]] = defaultdict(set)
    for event, place in happened:
        if family := FAMILIES.get(type(event)):
            streams[family].add(place.stream)
    return streams


def _free(run: Run, busy: set[bytes]) -> NDArray[np.bool]:
    """(n,): which of the run's streams are not among the busy ones."""
    if not busy:
        return np.ones(len(run), np.bool)
    return np.array([stream.tobytes() not in busy for stream in run.streams], np.bool)


def _made(run: Run, times: Times) -> list[tuple[Table, bytes]]:
    """The rows that the handler of a run of plain events adds."""
    if not len(run):
        return []
    place: Any = Place
    at = place(
        block_number=run.numbers,
        log_index=run.indexes,
        timestamp=np.array([times[number] for number in run.numbers.tolist()], np.int64),
        tx_hash=run.transactions,
        address=run.address,
        stream=run.streams,
    )
    sheet: Any = Sheet(len(run))
    PLAIN[run.event].handler(sheet, abreast(run), at)
    return sheet.rows
