"""Who calls: from a bearer token to a participant, its key and its scopes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from entrepot.api.problems import UNAUTHENTICATED, Refused, missing_scope
from entrepot.bindings.ids import ParticipantId
from entrepot.kit.abi import Address
from entrepot.steps import World
from entrepot.steps.submission.caller import Caller
from entrepot.store import tokens

SCOPES = ("read", "submit", "attest", "decide", "admin", "govern")
TOKEN_LENGTH_MAX = 256

bearer = HTTPBearer(auto_error=False, description="A token speaks for one key of one participant.")


def world_of(request: Request) -> World:
    world: World = request.app.state.world
    return world


def caller_of(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Caller:
    """The caller. A token is looked up by its SHA-256, so that how long that takes tells nothing.

    401 when it is missing, unknown, ended, revoked, or its participant is suspended.
    """
    world = world_of(request)
    token = credentials.credentials if credentials else ""
    if not 0 < len(token) <= TOKEN_LENGTH_MAX:
        raise Refused(UNAUTHENTICATED, {"WWW-Authenticate": "Bearer"})
    with world.store.reading() as session:
        row = tokens.find(session, token, world.clock.now())
    if row is None:
        raise Refused(UNAUTHENTICATED, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
    request.state.participant_id = row.participant_id.decode("ascii", "replace")
    return Caller(
        participant_id=ParticipantId(row.participant_id),
        key=None if row.key_address is None else Address(row.key_address),
        scopes=frozenset(row.scopes),
        label=row.label,
    )


def require(caller: Caller, scopes: tuple[str, ...]) -> None:
    """403 unless the token has one of the scopes."""
    if not caller.scopes.intersection(scopes):
        raise Refused(missing_scope(scopes))
