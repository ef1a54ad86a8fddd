"""`entrepot audit`: our tables beside the contracts."""

from pathlib import Path

import click

from entrepot.cli.options import json_option, print_json, state_option


@click.command()
@state_option
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    metavar="N",
    help="Compare only N answers, chosen at random.",
)
@json_option
def audit(state: Path, sample: int | None, as_json: bool) -> None:
    """Compare every projection with the contracts' views at one block.

    Exit code 0 when there is no difference, 1 when there is one; each is printed.
    """
    from entrepot.cli.outcomes import Failed
    from entrepot.cli.running import world_of
    from entrepot.views.audit import audit as compare
    from entrepot.views.digest import digest

    with world_of(state) as world, world.store.reading() as session:
        found = compare(session, world.node, world.deployment, sample)
        tables = digest(session)
    if as_json:
        print_json({"audit": found, "digest": tables})
    else:
        for one in found.differences:
            click.echo(f"{one.about}: {one.field or 'it'} is {one.ours}, on chain {one.theirs}")
        click.echo(
            f"{found.compared} answers compared at block {found.block} ({found.block_hash}): "
            f"{len(found.differences)} differences"
        )
        click.echo(f"digest {tables}")
    if found.differences:
        raise Failed(f"{len(found.differences)} differences")
