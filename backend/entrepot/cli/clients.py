"""`entrepot clients`: the machines that may ask for tokens, as whoever runs a node sees them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from entrepot.cli.options import json_option, print_json, state_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from entrepot.steps import World
    from entrepot.steps.submission.caller import Accepted, Caller
    from entrepot.steps.submission.clients import KeySet
    from entrepot.store.session import Session

SCOPES = ("read", "submit", "attest", "decide", "admin", "govern")

new_option = click.option(
    "--new",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Make a key and write the machine's credentials into this file, for itself alone.",
)
jwks_option = click.option(
    "--jwks",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Its public keys, a JWK set that the machine's owner sent.",
)
uri_option = click.option("--jwks-uri", help="Or the https address where it keeps them.")


@click.group()
def clients() -> None:
    """Machines that may ask for tokens: add, list, rotate their keys, disable.

    Works on the database of this node, so that a first machine can be let in. Members do the same
    for themselves over the API, under /v1/clients.
    """


@clients.command()
@click.argument("lei")
@click.option("--label", required=True, help="What it is called, for people and logs.")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES))
@click.option("--key", help="Address of the key on the ledger that it speaks for.")
@new_option
@jwks_option
@uri_option
@state_option
@json_option
def add(
    lei: str,
    label: str,
    scopes: tuple[str, ...],
    key: str | None,
    *,
    new: Path | None,
    jwks: Path | None,
    jwks_uri: str | None,
    state: Path,
    as_json: bool,
) -> None:
    """Register a machine of the member LEI; one of --new, --jwks and --jwks-uri has its keys."""
    from entrepot.kit.abi import Address
    from entrepot.steps.submission.clients import RegisterClient, register

    made, keys = _keys(new, jwks, jwks_uri)
    command = RegisterClient(
        label=label,
        key=Address(_octets(key)) if key else None,
        scopes=scopes,
        keys=keys,
    )
    accepted = _done(
        state, lei, lambda world, session, caller: register(world, session, caller, command)
    )
    _tell(as_json, _kept(made, new, str(accepted.result["client_id"])), "registered")


@clients.command("list")
@click.option("--lei", help="Only this member's.")
@state_option
@json_option
def list_(lei: str | None, state: Path, as_json: bool) -> None:
    """List machines, oldest first, with the thumbprints of their keys."""
    from entrepot.cli.running import world_of
    from entrepot.views import clients as views

    with world_of(state) as world, world.store.reading() as session:
        found = views.all_clients(session, lei.encode() if lei else None)
    if as_json:
        print_json(list(found))
        return
    for one in found:
        out = f"  out since {one.disabled_at}" if one.disabled_at else ""
        click.echo(f"{one.client_id}  {one.lei}  {one.label}  {' '.join(one.scopes)}{out}")
        for each in one.keys:
            click.echo(f"    {each.kty:<4} {each.thumbprint}  {each.kid}")
        if one.jwks_uri:
            click.echo(f"    at {one.jwks_uri}")


@clients.command()
@click.argument("client_id")
@new_option
@jwks_option
@uri_option
@state_option
@json_option
def rotate(
    client_id: str,
    *,
    new: Path | None,
    jwks: Path | None,
    jwks_uri: str | None,
    state: Path,
    as_json: bool,
) -> None:
    """Give a machine other keys; what was asked for with another has ended at once."""
    from entrepot.steps.submission.clients import RotateClient
    from entrepot.steps.submission.clients import rotate as verb

    made, keys = _keys(new, jwks, jwks_uri)
    command = RotateClient(client_id=client_id, keys=keys)
    _done(
        state,
        _member_of(state, client_id),
        lambda world, session, caller: verb(world, session, caller, command),
    )
    _tell(as_json, _kept(made, new, client_id), "keys changed")


@clients.command()
@click.argument("client_id")
@state_option
@json_option
def disable(client_id: str, state: Path, as_json: bool) -> None:
    """Lock a machine out at once and for good, with every token that it has."""
    from entrepot.steps.submission.clients import DisableClient
    from entrepot.steps.submission.clients import disable as verb

    command = DisableClient(client_id=client_id)
    _done(
        state,
        _member_of(state, client_id),
        lambda world, session, caller: verb(world, session, caller, command),
    )
    _tell(as_json, {"client_id": client_id}, "disabled")


def _keys(new: Path | None, jwks: Path | None, jwks_uri: str | None) -> tuple[Any, KeySet]:
    """The credentials that were made, if any, and the public keys."""
    from entrepot.client import Credentials
    from entrepot.steps.submission.clients import KeySet

    if sum(each is not None for each in (new, jwks, jwks_uri)) != 1:
        raise click.UsageError("one of --new, --jwks and --jwks-uri, please")
    if new is not None:
        made = Credentials.new("")
        return made, KeySet(jwks=made.jwks)
    if jwks is not None:
        try:
            return None, KeySet(jwks=json.loads(jwks.read_text(encoding="utf-8")))
        except ValueError as error:
            raise click.UsageError(f"{jwks} is no JSON: {error}") from error
    return None, KeySet(jwks_uri=jwks_uri)


def _kept(made: Any, new: Path | None, client_id: str) -> dict[str, Any]:
    """Writes new credentials under the id; tells where."""
    if made is None or new is None:
        return {"client_id": client_id}
    type(made)(client_id, made.key).save(new)
    return {"client_id": client_id, "credentials": str(new)}


def _done(state: Path, lei: str, act: Callable[[World, Session, Caller], Accepted]) -> Accepted:
    """Acts as whoever runs this node, for that member."""
    from entrepot.bindings.ids import ParticipantId
    from entrepot.cli.outcomes import Failed
    from entrepot.cli.running import world_of
    from entrepot.domain.errors import DomainError
    from entrepot.steps.submission.caller import Caller

    if len(lei) != 20 or not lei.isascii():
        raise click.UsageError(f"{lei!r} is no LEI")
    with world_of(state) as world:
        caller = Caller(
            participant_id=ParticipantId(lei.encode()),
            key=world.deployment.governor,
            scopes=frozenset(("admin", "govern")),
            label="operator",
        )
        try:
            with world.store.transaction() as session:
                return act(world, session, caller)
        except DomainError as error:
            raise Failed(str(error)) from error


def _member_of(state: Path, client_id: str) -> str:
    from entrepot.cli.outcomes import Failed
    from entrepot.cli.running import world_of
    from entrepot.views import clients as views

    with world_of(state) as world, world.store.reading() as session:
        found = [one for one in views.all_clients(session, None) if one.client_id == client_id]
    if not found:
        raise Failed(f"there is no machine {client_id}")
    return found[0].lei


def _octets(address: str) -> bytes:
    from entrepot.views.values import unhexed

    try:
        found = unhexed(address)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if len(found) != 20:
        raise click.UsageError(f"{address} is no address")
    return found


def _tell(as_json: bool, told: dict[str, Any], done: str) -> None:
    if as_json:
        print_json(told)
    else:
        where = f"; credentials in {told['credentials']}" if "credentials" in told else ""
        click.echo(f"{told['client_id']}: {done}{where}")
