"""`entrepot outbox`: calls of ours on their way to the chain."""

from pathlib import Path

import click

from entrepot.cli.options import json_option, print_json, state_option

STATES = ("QUEUED", "SIGNED", "SENT", "MINED", "FINAL", "FAILED", "REVERTED")


@click.group()
def outbox() -> None:
    """Calls of ours on their way to the chain."""


@outbox.command("list")
@click.option(
    "--only", type=click.Choice(STATES), multiple=True, help="In this state; may be repeated."
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@state_option
@json_option
def list_(state: Path, only: tuple[str, ...], limit: int, as_json: bool) -> None:
    """List calls, oldest first: those that are not final yet, unless --only says otherwise."""
    from entrepot.cli.running import world_of
    from entrepot.cli.words import age
    from entrepot.views.outbox import UNSETTLED, calls

    with world_of(state) as world, world.store.reading() as session:
        found, now = calls(session, only or UNSETTLED, limit), world.clock.now()
    if as_json:
        print_json(found)
        return
    for one in found:
        nonce = "no nonce" if one.nonce is None else f"nonce {one.nonce}"
        more = f"  {one.error['name']}" if "name" in one.error else ""
        more += "  to be cancelled" if one.cancel else ""
        place = f"{one.sender} {nonce}, {age(one.created_at, now)} old, tried {one.attempts} times"
        click.echo(f"{one.state:8}  {one.verb}  {one.key}{more}\n          {place}")
    if not found:
        click.echo("nothing is on its way" if not only else f"nothing is {' or '.join(only)}")


@outbox.command()
@click.argument("key")
@state_option
@json_option
def cancel(state: Path, key: str, as_json: bool) -> None:
    """Ask that a call shall not happen. It may still, if it is mined before what replaces it:
    its state says so in the end."""
    from entrepot.cli.outcomes import Failed
    from entrepot.cli.running import world_of
    from entrepot.store.outbox import cancel as ask

    with world_of(state) as world, world.store.transaction() as session:
        asked = ask(session, key)
    if not asked:
        raise Failed(f"{key} is not on its way: see `entrepot outbox list`")
    if as_json:
        print_json({"key": key, "cancel": True})
        return
    click.echo(f"{key} is to be cancelled; `entrepot outbox list` says what became of it")
