"""Server-sent events that are resumed exactly: each carries its cursor as its id.

A stream holds one page at a time: the next one is read when the client has taken the last. It ends
by itself after a while, so that a token that was revoked or has ended is looked at again; whoever
comes back with Last-Event-ID misses nothing, from this process or from another.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Final

import anyio
import orjson
from fastapi.sse import format_sse_event
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from entrepot.api.problems import TOO_MANY_STREAMS, respond
from entrepot.domain.cloudevents import CloudEvent
from entrepot.kit.logs import Log
from entrepot.store.session import StoreUnavailable
from entrepot.views.values import Page

log = Log(__name__)

PER_MEMBER_MAX: Final = 20
IN_ALL_MAX: Final = 200
AGAIN_MS: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """look_s: between two looks when nothing has come; beat_s: of silence at most; life_s: of a
    stream."""

    look_s: float = 0.25
    beat_s: float = 15.0
    life_s: float = 300.0


Look = Callable[[str | None], Page[CloudEvent] | None]
"""The page after a cursor; None when the caller may be told nothing any more."""


async def follow(look: Look, after: str | None, pace: Pace) -> AsyncIterator[bytes]:
    """What comes after a cursor, as it comes. The cursor is told at once and with every beat, so
    that whoever is cut off before the first event, or waits for a rare one, goes on from there."""
    started = beaten = time.monotonic()
    yield _frame(after, retry=AGAIN_MS)
    while time.monotonic() - started < pace.life_s:
        try:
            page = await run_in_threadpool(look, after)
        except StoreUnavailable as error:
            log.warning("database_unavailable", reason=str(error))
            return
        if page is None:
            return
        for event in page.items:
            yield _frame(event.cursor, event)
            beaten = time.monotonic()
        moved, after = page.next != after, page.next
        if time.monotonic() - beaten >= pace.beat_s:
            yield _frame(after, comment="beat")
            beaten = time.monotonic()
        if not moved:
            await anyio.sleep(pace.look_s)


def _frame(
    cursor: str | None,
    event: CloudEvent | None = None,
    *,
    retry: int | None = None,
    comment: str | None = None,
) -> bytes:
    data = orjson.dumps(asdict(event)).decode() if event is not None else None
    return format_sse_event(data_str=data, id=cursor, retry=retry, comment=comment)


class Streams:
    """How many are open in this process, by member."""

    def __init__(self) -> None:
        self._open: Counter[bytes] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def place(self, member: bytes) -> Iterator[bool]:
        """One of the member's places, while it is held; False when there is none left."""
        with self._lock:
            free = self._open[member] < PER_MEMBER_MAX and self._open.total() < IN_ALL_MAX
            self._open[member] += free
        try:
            yield free
        finally:
            with self._lock:
                self._open[member] -= free
                if not self._open[member]:
                    del self._open[member]


class EventStream(StreamingResponse):
    """A stream that takes one of its member's places, or is refused with 429."""

    media_type = "text/event-stream"

    def __init__(self, streams: Streams, member: bytes, body: AsyncIterator[bytes]) -> None:
        super().__init__(body, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._streams, self._member = streams, member

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._streams.place(self._member) as free:
            if free:
                await super().__call__(scope, receive, send)
                return
            scope["state"]["code"] = TOO_MANY_STREAMS.code
            headers = {"Retry-After": "30"}
            refusal = respond(
                TOO_MANY_STREAMS, scope["path"], scope["state"]["request_id"], headers
            )
            await refusal(scope, receive, send)
