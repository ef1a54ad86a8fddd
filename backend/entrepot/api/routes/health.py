"""For whoever keeps the service running; needs no token and tells nothing."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from entrepot.api.auth import world_of
from entrepot.api.deps import answer
from entrepot.api.problems import UNAVAILABLE, Refused
from entrepot.api.schemas.answers import Health
from entrepot.chain.errors import ChainError
from entrepot.views import chain

api = APIRouter(tags=["health"])


@api.get("/healthz", summary="The process runs", response_model=Health)
def healthz() -> Response:
    """200 as long as it answers at all."""
    return answer({"status": "ok"}, 200, {})


@api.get("/readyz", summary="Database and chain answer", response_model=Health)
def readyz(request: Request) -> Response:
    """503 until requests can be served."""
    world = world_of(request)
    with world.store.reading() as session:
        chain.as_of(session, world.settings.finality)
    try:
        world.node.chain_id()
    except ChainError as error:
        raise Refused(UNAVAILABLE) from error
    return answer({"status": "ok"}, 200, {})
