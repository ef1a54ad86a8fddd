"""Events out: what happened, as CloudEvents 1.0."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Query, Response

from entrepot.api.deps import Reader
from entrepot.api.routes.paths import After, Limit, lists, router
from entrepot.domain.cloudevents import CloudEvent
from entrepot.views import events
from entrepot.views.events import Wanted

api = router("events")

TYPES_MAX = 50
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


@api.get("/events", summary="What happened", **lists(CloudEvent))
def list_events(window: Reader, asks: Asks, limit: Limit = 100, after: After = None) -> Response:
    """Oldest first, those that the caller may know. `next` is where to go on, also at the end; a
    page may be short though more follows, and nothing follows when `next` stays the same."""
    world = window.world
    asked = Wanted(after=after, finality=asks.finality, types=asks.types, order=asks.order)
    return window.page(
        lambda session, caller: events.list_events(
            session,
            caller,
            asked,
            limit=limit,
            policy=world.settings.finality,
            chain_id=world.deployment.chain_id,
        )
    )
