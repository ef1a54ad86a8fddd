"""What changed, as it changes: the pieces of a page that differ from those last sent.

The stream compares whole rendered pieces rather than following events, so it is right after a
reconnect and after a fork too: what a fork took back leaves the page.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

from fastapi.sse import ServerSentEvent
from starlette.concurrency import run_in_threadpool

PERIOD_S = 0.25
STREAM = "/events"
"""How the address ends of what follows a page."""

Pieces = Mapping[str, str]
"""HTML by the id of the element that it takes the place of."""


@dataclass(frozen=True, slots=True)
class Glance:
    """pulse: a word that changes whenever the pieces may. pieces: all of them, as they are at the
    very moment that the pulse is of: with those of another, a page could show what a fork has taken
    back since, and never hear of it. Empty when the pulse is the one that was known."""

    pulse: str
    pieces: Pieces


async def follow(look: Callable[[str], Glance | None]) -> AsyncIterator[ServerSentEvent]:
    """Sends each piece at first, since the page may be older than the stream, and then again when
    it differs from what was sent.

    look: is given the pulse last known; None ends the stream.
    """
    sent: dict[str, str] = {}
    known = ""
    while (glance := await run_in_threadpool(look, known)) is not None:
        changed = {name: html for name, html in glance.pieces.items() if sent.get(name) != html}
        if changed:
            yield ServerSentEvent(raw_data=_message(changed))
        sent.update(changed)
        known = glance.pulse
        await asyncio.sleep(PERIOD_S)


def _message(pieces: Pieces) -> str:
    return "".join(
        f'<hx-partial hx-target="#{name}" hx-swap="outerMorph">{html}</hx-partial>'
        for name, html in pieces.items()
    )
