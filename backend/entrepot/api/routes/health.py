"""For whoever keeps the service running; needs no token and tells nothing of anybody's."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from entrepot.api.auth import world_of
from entrepot.api.deps import answer
from entrepot.api.metrics import lag, oldest_wait_s
from entrepot.api.problems import UNAVAILABLE, Refused
from entrepot.api.schemas.answers import Health, Ready
from entrepot.chain.errors import ChainError
from entrepot.views.machinery import machinery

api = APIRouter(tags=["health"])


@api.get("/healthz", summary="The process runs", response_model=Health)
def healthz() -> Response:
    """200 as long as it answers at all."""
    return answer({"status": "ok"}, 200, {})


@api.get(
    "/readyz", summary="Database and chain answer, and how far behind we are", response_model=Ready
)
def readyz(request: Request) -> Response:
    """503 until requests can be served. How far the chain is ahead of what is known here, and how
    long the oldest call waits to be mined, are told for whoever balances or watches."""
    world = world_of(request)
    with world.store.reading() as session:
        seen = machinery(session, world.settings.finality)
    try:
        head = world.node.block().number
    except ChainError as error:
        raise Refused(UNAVAILABLE) from error
    waits = oldest_wait_s(seen, world.clock.now())
    told = {"status": "ok", "lag_blocks": lag(seen, head), "oldest_call_s": round(waits, 1)}
    return answer(told, 200, {})
