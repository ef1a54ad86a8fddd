"""What every page of the console is given."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from entrepot.console.ahead import Ahead
from entrepot.console.oidc import Oidc
from entrepot.console.passkeys import Passkeys
from entrepot.console.rendering import Renderer
from entrepot.console.sessions import Officer, Sessions
from entrepot.steps import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    world: World
    sessions: Sessions
    passkeys: Passkeys
    oidc: Oidc
    renderer: Renderer
    ahead: Ahead


def console_of(request: Request) -> Console:
    return request.app.state.console


def officer_of(request: Request) -> Officer:
    """Who is logged in. Raises LoginNeeded when nobody is, or no longer."""
    return console_of(request).sessions.officer(request)


TheConsole = Annotated[Console, Depends(console_of)]
TheOfficer = Annotated[Officer, Depends(officer_of)]
