"""`entrepot status`: what runs, and how far it is."""

from pathlib import Path

import click

from entrepot.cli.options import json_option, print_json, state_option


@click.command()
@state_option
@json_option
def status(state: Path, as_json: bool) -> None:
    """Say where the devnet of a folder is, the head, the lag, the outbox and its lanes."""
    from entrepot.cli.finding import whereabouts
    from entrepot.cli.running import world_of
    from entrepot.cli.words import age
    from entrepot.kit.processes import running
    from entrepot.views.machinery import machinery

    places = whereabouts(state)
    with world_of(state) as world:
        head = world.node.block("latest")
        with world.store.reading() as session:
            found, now = machinery(session, world.settings.finality), world.clock.now()
    indexed = found.as_of.block if found.as_of else -1
    data = {
        "api": places.url,
        "console": places.console_url,
        "rpc": places.rpc_url,
        "head": {"block": head.number, "hash": "0x" + head.hash.hex()},
        "indexed_block": indexed,
        "lag_blocks": head.number - indexed,
        "steps": found.steps,
        "outbox": found.outbox,
        "lanes": found.lanes,
        "pid": places.pid,
        "running": running(places.pid),
    }
    if as_json:
        print_json(data)
        return
    click.echo(f"api      {places.url}\nconsole  {places.console_url}\nrpc      {places.rpc_url}")
    click.echo(f"head     {head.number} 0x{head.hash.hex()}")
    click.echo(f"indexed  {indexed}, {head.number - indexed} behind")
    for step, block in found.steps.items():
        click.echo(f"         {step} has dealt with block {block}")
    states = ", ".join(f"{count} {name}" for name, count in found.outbox.items()) or "empty"
    click.echo(f"outbox   {states}")
    for lane in found.lanes:
        nonce = "none yet" if lane.next_nonce is None else lane.next_nonce
        waits = f"{lane.waiting} waiting"
        if lane.waits_since:
            waits += f", the oldest for {age(lane.waits_since, now)}"
        click.echo(f"lane     {lane.sender}  next nonce {nonce}, {waits}")
