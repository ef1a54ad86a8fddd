"""`entrepot people`: who may log in to the console, as whoever runs a node sees them."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path

import click

from entrepot.cli.options import json_option, print_json, state_option

SCOPES = ("read", "decide")


@click.group()
def people() -> None:
    """People of the console: invite, list, disable.

    A person is known by a label and by passkeys, never by name.
    """


@people.command()
@click.argument("lei")
@click.option("--label", required=True, help="What they are called at work: officer-3.")
@click.option("--scope", "scopes", multiple=True, default=SCOPES, type=click.Choice(SCOPES))
@click.option("--key", help="Address of the key on the ledger that they decide with.")
@click.option("--subject", help="Who they are to the OpenID provider, to come in by it as well.")
@click.option("--hours", type=click.IntRange(1, 168), default=48, show_default=True)
@state_option
@json_option
def invite(
    lei: str,
    label: str,
    scopes: tuple[str, ...],
    key: str | None,
    subject: str | None,
    hours: int,
    state: Path,
    as_json: bool,
) -> None:
    """Invite somebody of the member LEI; print the address where they add a passkey, once.

    Whoever has that address can add one: hand it over as you would a key.
    """
    from entrepot.cli.outcomes import Failed
    from entrepot.cli.running import world_of
    from entrepot.store import people as store
    from entrepot.store.tables import Participant, Person

    code = store.new_code()
    with world_of(state) as world:
        now = world.clock.now()
        person = Person(
            person_id=secrets.token_bytes(16),
            participant_id=lei.encode(),
            label=label,
            key_address=_address(key),
            scopes=sorted(set(scopes)),
            oidc_subject=subject,
            created_at=now,
        )
        with world.store.transaction() as session:
            if session.get(Participant, person.participant_id) is None:
                raise Failed(f"{lei} is no member")
            store.invite(session, person, code, now + timedelta(hours=hours))
        url = f"{_console(world.settings.public_url, state)}/join?code={code}"
    told = {"person_id": person.person_id.hex(), "url": url, "hours": hours}
    if as_json:
        print_json(told)
    else:
        click.echo(f"{told['person_id']}: within {hours} hours, once, at\n{url}")


@people.command("list")
@state_option
@json_option
def list_(state: Path, as_json: bool) -> None:
    """List everybody who was invited, oldest first."""
    from entrepot.cli.running import world_of
    from entrepot.store import people as store

    with world_of(state) as world, world.store.reading() as session:
        found = [
            {
                "person_id": each.person_id.hex(),
                "lei": each.participant_id.decode("ascii", "replace"),
                "label": each.label,
                "scopes": each.scopes,
                "disabled_at": each.disabled_at,
            }
            for each in store.everybody(session)
        ]
    if as_json:
        print_json(found)
        return
    for one in found:
        out = f"  out since {one['disabled_at']}" if one["disabled_at"] else ""
        click.echo(f"{one['person_id']}  {one['lei']}  {one['label']}{out}")


@people.command()
@click.argument("person_id")
@state_option
@json_option
def disable(person_id: str, state: Path, as_json: bool) -> None:
    """Lock somebody out at once and for good, with every session and passkey."""
    from entrepot.cli.outcomes import Failed
    from entrepot.cli.running import world_of
    from entrepot.store import people as store

    with world_of(state) as world, world.store.transaction() as session:
        if not store.disable(session, _octets("0x" + person_id), world.clock.now()):
            raise Failed(f"there is nobody {person_id}")
    if as_json:
        print_json({"person_id": person_id})
    else:
        click.echo(f"{person_id}: disabled")


def _console(public_url: str | None, state: Path) -> str:
    """Where people come in. A passkey is bound to a name, and an address of numbers is none."""
    from entrepot.cli.finding import whereabouts

    if public_url:
        return f"{public_url}/console"
    return whereabouts(state).console_url.replace("127.0.0.1", "localhost")


def _address(key: str | None) -> bytes | None:
    if key is None:
        return None
    found = _octets(key)
    if len(found) != 20:
        raise click.UsageError(f"{key} is no address")
    return found


def _octets(text: str) -> bytes:
    from entrepot.views.values import unhexed

    try:
        return unhexed(text)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
