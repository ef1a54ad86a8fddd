"""Members of the ledger, and their keys."""

from __future__ import annotations

from typing import Annotated

from fastapi import Response

from entrepot.api.deps import Desk, Reader, hands_in
from entrepot.api.routes.paths import COMMAND, After, LeiInPath, Limit, lists, router, shows
from entrepot.api.schemas import words
from entrepot.api.schemas.participants import KeyIn, RegisterIn
from entrepot.steps.submission import membership
from entrepot.views import participants
from entrepot.views.participants import ParticipantView

api = router("participants")
Governs = Annotated[Desk, hands_in("govern")]
Administers = Annotated[Desk, hands_in("admin")]


@api.post("/participants", summary="Admit a member", **COMMAND)
def register_participant(body: RegisterIn, desk: Governs) -> Response:
    """For the consortium's governance."""
    return desk.submit(membership.register, body.to_command())


@api.post("/participants/{lei}/keys", summary="Add a key", **COMMAND)
def grant_key(lei: LeiInPath, body: KeyIn, desk: Administers) -> Response:
    """To the caller's own participant, with an ADMIN key of it."""
    return desk.submit(membership.grant_key, body.to_command(lei))


@api.get("/participants", summary="Members, by LEI", **lists(ParticipantView))
def list_participants(window: Reader, limit: Limit = 100, after: After = None) -> Response:
    """Membership is known to all members; keys to their participant only."""
    return window.page(
        lambda session, caller: participants.list_participants(
            session, caller, limit=limit, after=after
        )
    )


@api.get("/participants/{lei}", summary="One member", **shows(ParticipantView))
def get_participant(lei: LeiInPath, window: Reader) -> Response:
    """Roles, state, KYC."""
    return window.one(
        "participant",
        lambda session, caller: participants.get_participant(
            session, caller, words.participant(lei)
        ),
    )
