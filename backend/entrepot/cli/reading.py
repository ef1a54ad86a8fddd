"""Reading commands over the API of a running devnet, or of any other."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from entrepot.cli.options import json_option, state_option

F = TypeVar("F", bound=Callable[..., Any])


def reading(command: F) -> F:
    """The options of a command that reads over the API."""
    return speaking("regulator")(command)


def speaking(member: str) -> Callable[[F], F]:
    """The options of a command that speaks to the API, by default as that member."""
    options = (
        click.option("--url", envvar="ENTREPOT_URL", help="The API; else the devnet of --state."),
        click.option("--token", envvar="ENTREPOT_TOKEN", help="Bearer token of a member."),
        click.option(
            "--as", "member", default=member, show_default=True, help="Whose token to take."
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
    path: str, *, url: str | None, token: str | None, member: str, state: Path, **query: Any
) -> Any:
    """What the API answers; its problem becomes the command's."""
    where: dict[str, Any] = {"url": url, "token": token, "member": member, "state": state}
    return ask("GET", path, None, query, **where)


def ask(
    method: str,
    path: str,
    body: dict[str, Any] | None,
    query: dict[str, Any],
    *,
    url: str | None,
    token: str | None,
    member: str,
    state: Path,
) -> Any:
    """What the API answers to any request, None where it has nothing to say."""
    import httpx

    from entrepot.cli.outcomes import Failed, Unavailable

    address, bearer = address_of(url, token, member, state)
    headers = {"Authorization": f"Bearer {bearer}"}
    given = {name: value for name, value in query.items() if value is not None}
    try:
        response = httpx.request(
            method, address + path, params=given, headers=headers, json=body, timeout=30
        )
    except httpx.TransportError as error:
        raise Unavailable(f"{address} does not answer: {error}") from error
    answer = response.json() if response.content else None
    if response.is_error:
        raise Failed(f"{response.status_code} {answer.get('code')}: {answer.get('detail')}")
    return answer


def address_of(url: str | None, token: str | None, member: str, state: Path) -> tuple[str, str]:
    """Where the API is, and the token to use: as given, else those of a running devnet."""
    return url or _url_of(state), token or _token_of(state, member)


def _url_of(state: Path) -> str:
    from entrepot.cli.running import whereabouts

    return whereabouts(state).url


def _token_of(state: Path, member: str) -> str:
    import json

    from entrepot.cli.outcomes import Failed
    from entrepot.devnet.ground import TOKENS_FILE

    try:
        tokens: dict[str, str] = json.loads((state / TOKENS_FILE).read_text())
    except FileNotFoundError:
        raise Failed(f"no tokens in {state}: give one with --token") from None
    if member not in tokens:
        raise Failed(f"nobody is called {member!r}; there are {', '.join(tokens)}")
    return tokens[member]
