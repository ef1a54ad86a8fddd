"""Events out: what happened, as CloudEvents 1.0."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from entrepot.api.deps import Reader, Window
from entrepot.api.problems import MEDIA_TYPE, REASON_MISSING, Refused
from entrepot.api.routes.paths import After, Limit, lists, router
from entrepot.api.streaming import EventStream, Pace, follow
from entrepot.domain.cloudevents import CloudEvent
from entrepot.domain.errors import InvalidInput
from entrepot.steps import World
from entrepot.store.session import Session
from entrepot.views import events, masks
from entrepot.views.events import Wanted
from entrepot.views.values import Page

api = router("events")

TYPES_MAX: Final = 50
PAGE: Final = 100
"""Events of a stream that are held at a time."""

Types = Annotated[
    list[Annotated[str, Query(max_length=100)]],
    Query(
        alias="type",
        max_length=TYPES_MAX,
        description="Only these types, each by its name or as entrepot.customs.*; may be repeated.",
    ),
]
Order = Annotated[
    str | None,
    Query(
        pattern=r"^0x[0-9a-fA-F]{64}$",
        description="Only what concerns this order, its voyages and its facilities.",
    ),
]
Finality = Annotated[
    Literal["final", "head"],
    Query(description="head: also what a fork may still take back, as it stands now."),
]


def wanted(
    types: Types = [],  # noqa: B006 (FastAPI copies it)
    order: Order = None,
    finality: Finality = "final",
) -> Wanted:
    return Wanted(types=tuple(types), order=order, finality=finality)


Asks = Annotated[Wanted, Depends(wanted)]


@dataclass(slots=True)
class Follows:
    """Looks at what comes after a cursor, for one caller. seen: up to which block all was read;
    until there are more, looking costs next to nothing."""

    window: Window
    asks: Wanted
    seen: int | None = None

    def __call__(self, after: str | None) -> Page[CloudEvent] | None:
        world, caller = self.window.world, self.window.caller.participant_id
        with self.window.followed() as look:
            session = look.session
            if not events.is_heard(session, caller):
                return None
            upto = events.upto(session, self.asks, world.settings.finality)
            if upto == self.seen:
                return Page((), after)
            page = page_after(world, session, caller, self.asks, after, PAGE)
            look.note(page.items, masks.shape_of(CloudEvent), {})
        if page.next == after:
            self.seen = upto
        return page

    def check(self, after: str) -> None:
        """Raises InvalidInput when that is no cursor, or a type is none."""
        try:
            self(after)
        except ValueError as error:
            raise InvalidInput(str(error)) from error


def page_after(
    world: World, session: Session, caller: bytes, asks: Wanted, after: str | None, limit: int
) -> Page[CloudEvent]:
    return events.list_events(
        session,
        caller,
        replace(asks, after=after),
        limit=limit,
        policy=world.settings.finality,
        chain_id=world.deployment.chain_id,
    )


@api.get("/events", summary="What happened", **lists(CloudEvent))
def list_events(window: Reader, asks: Asks, limit: Limit = 100, after: After = None) -> Response:
    """Oldest first, those that the caller may know. `next` is where to go on, also at the end; a
    page may be short though more follows, and nothing follows when `next` stays the same."""
    return window.page(
        lambda session, caller: page_after(window.world, session, caller, asks, after, limit)
    )


LastEventId = Annotated[
    str | None, Header(max_length=200, description="The id of the last event that came.")
]
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events: the id is a cursor, the data a CloudEvent",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    },
    429: {
        "description": "Too many streams are open",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    },
}


@api.get(
    "/events/stream",
    summary="What happens, as it happens",
    status_code=200,
    response_class=StreamingResponse,
    responses=STREAM,
)
def stream_events(
    request: Request,
    window: Reader,
    asks: Asks,
    after: After = None,
    last_event_id: LastEventId = None,
) -> Response:
    """Goes on after Last-Event-ID, or after `after`, or from now on; `after=0.0` is from the
    beginning. A comment or an event comes every 15 seconds; the stream ends after some minutes, and
    is to be opened again with the last id."""
    world, caller = window.world, window.caller.participant_id
    window.whole()
    if window.caller.regulates and world.settings.supervision_reason and not window.reason:
        raise Refused(REASON_MISSING)
    follows = Follows(window, asks)
    start = last_event_id or after
    if start is None:
        with world.store.reading() as session:
            start = events.now(session, asks, world.settings.finality)
    else:
        follows.check(start)
    body = follow(follows, start, Pace())
    return EventStream(request.app.state.streams, caller, body)
