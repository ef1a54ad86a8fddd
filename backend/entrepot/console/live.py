"""What changed, as it changes: the pieces of a page that differ from those last sent.

The stream compares whole rendered pieces rather than following events, so it is right after a
reconnect and after a fork too: what a fork took back leaves the page.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

from fastapi.sse import ServerSentEvent
from starlette.concurrency import run_in_threadpool

PERIOD_S = 0.25

Pieces = Mapping[str, str]
"""HTML by the id of the element that it takes the place of."""


async def follow(
    pulse: Callable[[], str | None], render: Callable[[], Pieces | None]
) -> AsyncIterator[ServerSentEvent]:
    """Sends each piece at first, since the page may be older than the stream, and then again when
    it differs from what was sent.

    pulse: a word that changes whenever the pieces may; None ends the stream.
    render: all pieces as they are now; None ends the stream.
    """
    sent: dict[str, str] = {}
    last = ""
    while (beat := await run_in_threadpool(pulse)) is not None:
        if beat != last:
            pieces = await run_in_threadpool(render)
            if pieces is None:
                return
            changed = {name: html for name, html in pieces.items() if sent.get(name) != html}
            if changed:
                yield ServerSentEvent(raw_data=_message(changed))
            sent.update(pieces)
            last = beat
        await asyncio.sleep(PERIOD_S)


def _message(pieces: Pieces) -> str:
    return "".join(
        f'<hx-partial hx-target="#{name}" hx-swap="outerMorph">{html}</hx-partial>'
        for name, html in pieces.items()
    )
