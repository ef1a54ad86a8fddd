"""Reading commands over the API of a running devnet, or of any other."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from entrepot.cli.options import json_option, state_option

if TYPE_CHECKING:
    from entrepot.client import Client

F = TypeVar("F", bound=Callable[..., Any])
TRIES = 3
"""Whoever waits at a terminal is told soon that nobody answers."""

credentials_option = click.option(
    "--credentials",
    envvar="ENTREPOT_CREDENTIALS",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A machine's credentials, as `entrepot clients add --new` wrote them.",
)


def reading(command: F) -> F:
    """The options of a command that reads over the API."""
    return speaking("regulator")(command)


def speaking(member: str) -> Callable[[F], F]:
    """The options of a command that speaks to the API, by default as that member."""
    options = (
        click.option("--url", envvar="ENTREPOT_URL", help="The API; else the devnet of --state."),
        credentials_option,
        click.option(
            "--as",
            "member",
            default=member,
            show_default=True,
            help="Whom of the devnet to call as.",
        ),
        state_option,
        json_option,
    )

    def with_options(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return with_options


def read(
    path: str,
    *,
    url: str | None,
    credentials: Path | None,
    member: str,
    state: Path,
    **query: Any,
) -> Any:
    """What the API answers; its problem becomes the command's."""
    return ask(
        "GET", path, None, query, url=url, credentials=credentials, member=member, state=state
    )


def ask(
    method: str,
    path: str,
    body: dict[str, Any] | None,
    query: dict[str, Any],
    *,
    url: str | None,
    credentials: Path | None,
    member: str,
    state: Path,
) -> Any:
    """What the API answers to any request, None where it has nothing to say."""
    with client_of(url, credentials, member, state, timeout_s=30) as client:
        response = client.ask(method, path, query=query, json=body, wait_s=0)
    return response.json() if response.content else None


def client_of(
    url: str | None,
    credentials: Path | None,
    member: str,
    state: Path,
    *,
    timeout_s: float,
    tries: int = TRIES,
) -> "Client":
    """The API as that machine is let in: as given, else as a member of a running devnet."""
    from entrepot.cli.outcomes import Failed
    from entrepot.client import Client, Credentials
    from entrepot.devnet.credentials import FOLDER, file_of

    address = url or _url_of(state)
    file = credentials or file_of(state, member)
    try:
        return Client(address, Credentials.load(file), timeout_s=timeout_s, tries=tries)
    except FileNotFoundError:
        names = sorted(path.stem for path in (state / FOLDER).glob("*.json"))
        known = f"; there are {', '.join(names)}" if names and not credentials else ""
        raise Failed(f"there are no credentials in {file}{known}") from None
    except ValueError as error:
        raise Failed(f"{file}: {error}") from error


def _url_of(state: Path) -> str:
    from entrepot.cli.finding import whereabouts

    return whereabouts(state).url
