"""`entrepot token`: a working access token, to try the API by hand."""

from pathlib import Path
from typing import Any

import click

from entrepot.cli.options import json_option, print_json, state_option
from entrepot.cli.reading import client_of, credentials_option


@click.command()
@click.argument("name", default="exporter")
@click.option("--curl", is_flag=True, help="Print one curl line, ready to run.")
@click.option("--method", default="GET", show_default=True, help="Of the request in that line.")
@click.option("--path", default="/v1/orders", show_default=True, help="And its path.")
@click.option("--url", envvar="ENTREPOT_URL", help="The API; else the devnet of --state.")
@credentials_option
@state_option
@json_option
def token(
    name: str,
    *,
    curl: bool,
    method: str,
    path: str,
    url: str | None,
    credentials: Path | None,
    state: Path,
    as_json: bool,
) -> None:
    """Print an access token of NAME, a member of the running devnet such as bank.officer-1.

    It holds for five minutes and is bound to the key in the credentials file: each request needs a
    proof of its own, signed by that key. --curl makes one, which holds for a minute and once.
    """
    with client_of(url, credentials, name, state, timeout_s=30) as client:
        auth, address = _logged_in(client)
    text = auth.token
    target = address + path
    proof = auth.proof(method.upper(), target.partition("?")[0], text)
    told = {
        "access_token": text,
        "token_type": "DPoP",
        "url": target,
        "proof": proof,
        "dpop_key_file": str(credentials or _file(state, name)),
    }
    if as_json:
        print_json(told)
    elif curl:
        verb = "" if method.upper() == "GET" else f" -X {method.upper()}"
        click.echo(f"curl -s{verb} '{target}' -H 'Authorization: DPoP {text}' -H 'DPoP: {proof}'")
    else:
        click.echo(text)
        click.echo(f"bound to the key in {told['dpop_key_file']}", err=True)


def _logged_in(client: Any) -> tuple[Any, str]:
    """How the client proves its requests, once it has a token; and where the API is."""
    client.auth.log_in(client.http)
    return client.auth, client.url


def _file(state: Path, name: str) -> Path:
    from entrepot.devnet.credentials import file_of

    return file_of(state, name)
