"""A page of logs with like ones side by side: of one contract, event and length, so that what each
of them has at one place is a column, and is read for all of them at once.

Here nothing is refused but what no page may have. A run that is odd in any way is left to be read
log by log, which says what is wrong.
"""

from __future__ import annotations

from binascii import unhexlify
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from entrepot.bindings.registry import EVENTS_BY_TOPIC
from entrepot.chain.answers import Log, RawLog, Standing, octets, read_logs, standing, within
from entrepot.kit.abi import Address, Event

Octets = NDArray[np.uint8]
"""The last axis counts bytes."""

Wholes = NDArray[np.int64]

RUN_MIN = 32
"""Fewer like logs are read sooner one by one."""

WORD = 32
INDEX_MAX = 2**31 - 1
_PREFIX = np.frombuffer(b"0x", np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """n like logs, in the order of the chain.

    numbers, indexes: of their blocks and places in them, (n,). transactions: (n, 32). topics,
    data: (n, words, 32); topic 0 is the event's and left out.
    """

    event: type[Event]
    address: Address
    raws: list[RawLog]
    numbers: Wholes
    indexes: Wholes
    transactions: Octets
    topics: Octets
    data: Octets

    def __len__(self) -> int:
        return len(self.raws)

    @property
    def logs(self) -> list[Log]:
        return read_logs(self.raws)

    @property
    def streams(self) -> Octets:
        """(n, 32): topic 1 of each, which names what its event is about; zeros without one."""
        return self.topics[:, 0] if self.topics.shape[1] else np.zeros((len(self), WORD), np.uint8)

    def only(self, wanted: NDArray[np.bool]) -> Run:
        """Those of the logs for which `wanted`, (n,), says so."""
        if wanted.all():
            return self
        return Run(
            event=self.event,
            address=self.address,
            raws=[raw for raw, is_wanted in zip(self.raws, wanted, strict=True) if is_wanted],
            numbers=self.numbers[wanted],
            indexes=self.indexes[wanted],
            transactions=self.transactions[wanted],
            topics=self.topics[wanted],
            data=self.data[wanted],
        )


@dataclass(frozen=True, slots=True)
class Page:
    """The logs of some blocks: in runs, and the rest one by one. hashes: of the blocks that have
    logs, by number."""

    hashes: dict[int, bytes]
    runs: list[Run]
    rest: list[Log]

    def __len__(self) -> int:
        return sum(len(run) for run in self.runs) + len(self.rest)

    def mined(self) -> dict[bytes, int]:
        """The numbers of the blocks by the hashes of the transactions that the logs came of."""
        blocks = {log.transaction_hash: log.block_number for log in self.rest}
        for run in self.runs:
            hashes = [one.tobytes() for one in run.transactions]
            blocks.update(zip(hashes, run.numbers.tolist(), strict=True))
        return blocks


def page_of(raws: list[RawLog], first: int, last: int, addresses: Sequence[Address]) -> Page:
    """The logs of blocks `first` to `last`; NodeLied as `standing` has it."""
    stands = standing(raws, addresses)
    if not raws:
        return Page({}, [], [])
    within(first, last, stands.numbers[0], stands.numbers[-1])
    runs: list[Run] = []
    alone: list[int] = []
    for places in _alike(raws) if max(stands.indexes) <= INDEX_MAX else [list(range(len(raws)))]:
        run = _run(raws, places, stands) if len(places) >= RUN_MIN else None
        if run is None:
            alone += places
        else:
            runs.append(run)
    return Page(stands.hashes, runs, read_logs([raws[at] for at in sorted(alone)]))


def _alike(raws: Sequence[RawLog]) -> list[list[int]]:
    """The places of logs that are alike, as far as their spelling tells."""
    groups: defaultdict[tuple[str, str, int, int], list[int]] = defaultdict(list)
    for at, raw in enumerate(raws):
        topics = raw.topics
        groups[raw.address, topics[0] if topics else "", len(topics), len(raw.data)].append(at)
    return list(groups.values())


def _run(raws: list[RawLog], places: list[int], stands: Standing) -> Run | None:
    own = [raws[at] for at in places]
    try:
        event = EVENTS_BY_TOPIC[octets(own[0].topics[0])]
        topics = [_column([raw.topics[n] for raw in own], 1) for n in range(1, len(own[0].topics))]
        return Run(
            event=event,
            address=Address(octets(own[0].address)),
            raws=own,
            numbers=np.array([stands.numbers[at] for at in places], np.int64),
            indexes=np.array([stands.indexes[at] for at in places], np.int64),
            transactions=_column([raw.transaction_hash for raw in own], 1)[:, 0],
            topics=np.concatenate([np.empty((len(own), 0, WORD), np.uint8), *topics], axis=1),
            data=_column([raw.data for raw in own]),
        )
    except (LookupError, ValueError):
        return None


def _column(texts: Sequence[str], words: int | None = None) -> Octets:
    """(n, words, 32); ValueError unless each is spelled with 0x and the digits of as many words."""
    size = len(texts[0])
    count, rest = divmod(size - 2, 2 * WORD)
    if rest or words not in (None, count) or set(map(len, texts)) != {size}:
        raise ValueError
    spelled = np.frombuffer("".join(texts).encode("ascii"), np.uint8).reshape(len(texts), size)
    if (spelled[:, :2] != _PREFIX).any():
        raise ValueError
    found = np.frombuffer(unhexlify(spelled[:, 2:].tobytes()), np.uint8)
    return found.reshape(len(texts), count, WORD)
