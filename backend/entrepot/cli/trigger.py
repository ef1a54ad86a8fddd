"""`entrepot trigger`: something happens on a devnet, so that its event comes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from entrepot.cli.options import json_option, lang_option, print_json, state_option


@click.command()
@click.argument("event", required=False)
@click.argument("order", required=False)
@click.option("--list", "listed", is_flag=True, help="List what can be triggered.")
@lang_option
@state_option
@json_option
def trigger(
    event: str | None, order: str | None, *, listed: bool, lang: str, state: Path, as_json: bool
) -> None:
    """Make EVENT come, say customs.import_released, on a devnet that runs.

    It is done the real way, over the API, by those of the cast whose part it is: for a new order,
    or for ORDER as far as that goes.
    """
    from entrepot.devnet.triggers import TRIGGERS

    if listed:
        _list(sorted(TRIGGERS), as_json)
        return
    if event is None or event not in TRIGGERS:
        raise click.UsageError(f"EVENT is one of {', '.join(sorted(TRIGGERS))}")
    done = _play(event, order, lang, state, quiet=as_json)
    if as_json:
        print_json(done)
    else:
        _say(lang, done)


def _list(names: list[str], as_json: bool) -> None:
    if as_json:
        print_json({"triggers": names})
    else:
        click.echo("\n".join(names))


def _play(event: str, order: str | None, lang: str, state: Path, *, quiet: bool) -> dict[str, Any]:
    import secrets

    from entrepot.cli.demo import SCENARIOS
    from entrepot.cli.finding import whereabouts
    from entrepot.devnet.credentials import everybody
    from entrepot.devnet.player import Played, Player
    from entrepot.devnet.triggers import Papers, Remote, steps

    where = whereabouts(state)
    stage = Remote(where.url, everybody(state))
    run = secrets.token_hex(5)
    player = Player(stage, lambda name: papers(name), f"trigger-{run}")
    try:
        given = player.read("exporter", f"/v1/orders/{order}") if order else None
        if given is not None and "state" not in given:
            raise click.UsageError(f"ORDER: {given.get('detail', 'there is no such order')}")
        now = _chain_time(player)
        reference = given["reference"] if given else f"PO-{run}"
        papers = Papers(SCENARIOS, run, reference, now)
        if order:
            player.names["order"] = order

        def tell(played: Played) -> None:
            if not quiet:
                step = played.step
                click.echo(step.say_zh if lang == "zh" else step.say, err=True)

        player.play(steps(event, run, now, given["state"] if given else None), tell)
        return {"event": f"entrepot.{event}", "order_id": player.names["order"]}
    finally:
        player.close()


def _chain_time(player: Any) -> Any:
    from datetime import datetime

    told = player.read("exporter", "/v1/chain")["as_of"]["timestamp"]
    return datetime.fromisoformat(told)


def _say(lang: str, done: dict[str, Any]) -> None:
    from entrepot.cli.words import Words

    words = Words(lang)
    click.echo(f"{words('made happen on order')} {done['order_id']}")
    click.echo(f"{words('comes as')} {done['event']}")
