"""`entrepot vault`: what whoever runs a node does with the documents it keeps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from entrepot.cli.options import json_option, print_json, state_option

if TYPE_CHECKING:
    from entrepot.store.session import Session

BATCH = 500


@click.group()
def vault() -> None:
    """Keep documents: rotate keys, sweep, hold, erase, give and take access.

    Documents are meant by their id, as the API gives it (0x and 64 digits), members by their LEI.
    """


@vault.command()
@state_option
@json_option
def rotate(state: Path, as_json: bool) -> None:
    """Wrap every document's key, and every webhook's secret, anew under the vault key in use; no
    content is touched."""
    from entrepot.cli.running import world_of
    from entrepot.store.webhooks import rotate as rotate_secrets

    done = 0
    with world_of(state) as world:
        while True:
            with world.store.transaction() as session:
                wrapped = world.vault.rotate(session, BATCH)
                wrapped += rotate_secrets(session, world.vault.keyring, BATCH)
            if not wrapped:
                break
            done += wrapped
    if as_json:
        print_json({"wrapped": done})
    else:
        click.echo(f"{done} keys wrapped anew; the former vault key is needed no more")


@vault.command()
@state_option
@json_option
def sweep(state: Path, as_json: bool) -> None:
    """Delete what no document names: left by a crash a day ago or earlier, or erased."""
    from entrepot.cli.running import world_of

    with world_of(state) as world, world.store.transaction() as session:
        swept = world.vault.sweep(session, world.clock.now())
    if as_json:
        print_json({"swept": swept})
    else:
        click.echo(f"{swept} blobs deleted")


@vault.command()
@click.argument("document")
@click.option("--reason", help="Why it must be kept, in words; without it the hold is lifted.")
@state_option
@json_option
def hold(document: str, reason: str | None, state: Path, as_json: bool) -> None:
    """Place a legal hold on a document, or lift it: meanwhile nobody can erase it."""
    from entrepot.cli.running import world_of

    with world_of(state) as world, world.store.transaction() as session:
        for digest in _contents(session, document):
            world.vault.hold(session, digest, reason)
    _tell(as_json, document, "held" if reason else "hold lifted", reason)


@vault.command()
@click.argument("document")
@state_option
@json_option
def erase(document: str, state: Path, as_json: bool) -> None:
    """Destroy every key to a document whose time is over; nobody can read it again.

    Refused (exit code 1) before its time, and while a legal hold stands.
    """
    from entrepot.cli.outcomes import Failed
    from entrepot.cli.running import world_of
    from entrepot.store.vault import VaultKept

    with world_of(state) as world, world.store.transaction() as session:
        for digest in _contents(session, document):
            try:
                world.vault.erase(session, digest, world.clock.now())
            except VaultKept as error:
                raise Failed(str(error)) from error
    _tell(as_json, document, "erased", None)


@vault.command()
@click.argument("document")
@click.argument("member")
@click.option("--back", is_flag=True, help="Give the key back instead.")
@state_option
@json_option
def revoke(document: str, member: str, back: bool, state: Path, as_json: bool) -> None:
    """Take a member's key to a document away: it reads it no more, whatever else it may see."""
    from entrepot.cli.running import world_of

    with world_of(state) as world, world.store.transaction() as session:
        for digest in _contents(session, document):
            verb = world.vault.give_back if back else world.vault.take_away
            verb(session, digest, member.encode("ascii"), world.clock.now())
    _tell(as_json, document, "key given back" if back else "key taken away", member)


def _contents(session: Session, document: str) -> tuple[bytes, ...]:
    """The document's bytes and fields in the vault."""
    from entrepot.cli.outcomes import Failed
    from entrepot.views.documents import contents_of
    from entrepot.views.values import unhexed

    try:
        found = contents_of(session, unhexed(document))
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if not found:
        raise Failed(f"there is no document {document}")
    return found


def _tell(as_json: bool, document: str, done: str, detail: str | None) -> None:
    if as_json:
        print_json({"document": document, "done": done, "detail": detail})
    else:
        click.echo(f"{document}: {done}" + (f" ({detail})" if detail else ""))
