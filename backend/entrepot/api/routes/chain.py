"""The ledger itself: how far it is known, and what became of commands."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import Path, Response

from entrepot.api.deps import Reader, answer, told
from entrepot.api.routes.paths import router, shows
from entrepot.api.schemas.answers import OperationOut
from entrepot.domain.errors import NotFound
from entrepot.steps.submission import operations
from entrepot.store.session import Session
from entrepot.views import chain
from entrepot.views.chain import ChainStatus
from entrepot.views.values import hexed

api = router("chain")


@api.get("/chain", summary="Which chain, and how far it is known", **shows(ChainStatus))
def get_chain(window: Reader) -> Response:
    """404 before the first block has been read."""
    world = window.world
    contracts: dict[str, object] = {
        name: hexed(address) for name, address in world.deployment.contracts.items()
    }

    def status(session: Session, _: bytes) -> ChainStatus | None:
        found = chain.status(session, world.settings.finality)
        return None if found is None else replace(found, contracts=contracts)

    return window.one("chain yet", status)


@api.get(
    "/operations/{operation_id}",
    summary="What became of a command",
    tags=["operations"],
    response_model=OperationOut,
)
def get_operation(
    operation_id: Annotated[str, Path(pattern=r"^op_[0-9a-f]{32}$")], window: Reader
) -> Response:
    """The caller's own commands only."""
    window.whole()
    with window.opened() as look:
        view = operations.get(look.session, window.caller.participant_id, operation_id)
        look.found_nothing()
    if view is None:
        raise NotFound("operation")
    return answer(told(view, window.request), 200, {})
