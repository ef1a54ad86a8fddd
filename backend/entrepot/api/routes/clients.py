"""Machines: who of a participant may ask for tokens, with which keys."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Path, Request, Response

from entrepot.api.auth import Credentials, caller_of
from entrepot.api.deps import Desk, Fields, Window, hands_in, window
from entrepot.api.routes.paths import ACT, COMMAND, lists, router, shows
from entrepot.api.schemas.clients import ClientIn, KeysIn
from entrepot.steps.submission import clients
from entrepot.steps.submission.clients import DisableClient
from entrepot.views import clients as client_views
from entrepot.views.clients import ClientView

api = router("clients")
Administers = Annotated[Desk, hands_in("admin")]
ClientInPath = Annotated[
    str, Path(pattern=r"^client_[0-9a-f]{32}$", examples=["client_" + "5a" * 16])
]


def _looks(request: Request, credentials: Credentials, fields: Fields = None) -> Window:
    """A window for whoever administers."""
    looks = window(request, caller_of(request, credentials, "reads"), scope="admin")
    return replace(looks, fields=fields)


Looks = Annotated[Window, Depends(_looks)]


@api.post("/clients", summary="Register a machine", **COMMAND)
def register_client(body: ClientIn, desk: Administers) -> Response:
    """Of the caller's own participant. `result.client_id` is what it asks for tokens as."""
    return desk.submit(clients.register, body.to_command())


@api.post("/clients/{client_id:plain}:rotate", summary="Change a machine's keys", **COMMAND)
def rotate_client(client_id: ClientInPath, body: KeysIn, desk: Administers) -> Response:
    """Takes the place of all keys it has; tokens asked for with another key have ended."""
    return desk.submit(clients.rotate, body.to_rotation(client_id))


@api.post("/clients/{client_id:plain}:disable", summary="Lock a machine out", **ACT)
def disable_client(client_id: ClientInPath, desk: Administers) -> Response:
    """At once and for good, with every token that it has."""
    return desk.submit(clients.disable, DisableClient(client_id=client_id))


@api.get("/clients", summary="Machines, oldest first", **lists(ClientView))
def list_clients(window: Looks) -> Response:
    """Those of the caller's own participant."""
    return window.page(client_views.list_clients)


@api.get("/clients/{client_id:plain}", summary="One machine", **shows(ClientView))
def get_client(client_id: ClientInPath, window: Looks) -> Response:
    """Its scopes, and the thumbprints of its keys."""
    return window.one(
        "client", lambda session, caller: client_views.get_client(session, caller, client_id)
    )
