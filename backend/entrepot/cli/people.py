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
    """People of the console: invite, grant, list, disable.

    A person is known by a label and by passkeys, never by name.
    """


@people.command()
@click.argument("member")
@click.option(
    "--label", help="What they are called at work: officer-3. By default person-1 and on."
)
@click.option("--scope", "scopes", multiple=True, default=SCOPES, type=click.Choice(SCOPES))
@click.option(
    "--decide", is_flag=True, help="Their passkey shall be a key on the ledger that approves."
)
@click.option("--key", help="Address of another key on the ledger that they decide with.")
@click.option("--subject", help="Who they are to the OpenID provider, to come in by it as well.")
@click.option("--hours", type=click.IntRange(1, 168), default=48, show_default=True)
@state_option
@json_option
def invite(
    member: str,
    label: str | None,
    scopes: tuple[str, ...],
    decide: bool,
    key: str | None,
    subject: str | None,
    hours: int,
    state: Path,
    as_json: bool,
) -> None:
    """Invite somebody of MEMBER, by its LEI or its name; print the address where they add a
    passkey, once.

    Whoever has that address can add one: hand it over as you would a key. With --decide the
    passkey approves with the ledger's own say: on a devnet it is granted as soon as it is added,
    elsewhere by `entrepot people grant` or by whoever keeps the member's ADMIN key.
    """
    from entrepot.cli.outcomes import Failed
    from entrepot.cli.running import world_of
    from entrepot.store import people as store
    from entrepot.store.tables import Person

    if decide and "decide" not in scopes:
        raise click.UsageError("--decide needs the scope decide")
    code = store.new_code()
    with world_of(state) as world:
        now = world.clock.now()
        with world.store.transaction() as session:
            participant_id = store.member_called(session, member)
            if participant_id is None:
                raise Failed(f"{member} is no member")
            person = Person(
                person_id=secrets.token_bytes(16),
                participant_id=participant_id,
                label=label or store.next_label(session, participant_id),
                key_address=_address(key),
                scopes=sorted(set(scopes)),
                oidc_subject=subject,
                created_at=now,
            )
            store.invite(session, person, code, now + timedelta(hours=hours), decides=decide)
            person_id = person.person_id.hex()
        url = f"{_console(world.settings.public_url, state)}/join?code={code}"
        by_itself = world.settings.plain_tokens
    told = {"person_id": person_id, "url": url, "hours": hours}
    if as_json:
        print_json(told)
        return
    click.echo(f"{person_id}: within {hours} hours, once, at\n{url}")
    if decide and not by_itself:
        click.echo(f"Once they were there: entrepot people grant {person_id}")


@people.command()
@click.argument("person_id")
@state_option
@json_option
def grant(person_id: str, state: Path, as_json: bool) -> None:
    """Have somebody's passkey added to the ledger as a key that may DECIDE.

    An ADMIN key of their member signs it, if one is kept here; else this says who has to.
    """
    from entrepot.cli.outcomes import Failed
    from entrepot.cli.running import world_of
    from entrepot.domain.errors import DomainError
    from entrepot.steps.submission import enrolment

    with world_of(state) as world:
        try:
            with world.store.transaction() as session:
                accepted = enrolment.grant(world, session, _octets("0x" + person_id))
        except DomainError as error:
            mend = getattr(error, "mend", "")
            raise Failed(f"{error}; {mend}" if mend else str(error)) from error
    told = {"person_id": person_id, "operation_id": accepted.operation_id, **accepted.result}
    if as_json:
        print_json(told)
    else:
        click.echo(f"{person_id}: {told['key_id']} is on its way, as {told['operation_id']}")


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
