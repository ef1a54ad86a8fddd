"""`entrepot events`: the ledger's events over the API."""

from typing import Any

import click

from entrepot.cli.options import print_json
from entrepot.cli.reading import read, reading


@click.command()
@click.option("--after", help="The cursor of the last event that is known already.")
@click.option("--limit", type=click.IntRange(1, 200), default=100, show_default=True)
@reading
def events(after: str | None, limit: int, as_json: bool, **where: Any) -> None:
    """List what happened on the ledger, oldest first."""
    answer = read("/v1/events", after=after, limit=limit, **where)
    if as_json:
        print_json(answer)
        return
    for one in answer["items"]:
        click.echo(f"{one['cursor']:>9}  {one['at']}  {one['contract']}.{one['event']}")
    if answer["items"]:
        click.echo(f"more with --after {answer['next']}", err=True)
