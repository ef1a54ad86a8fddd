"""`entrepot events`: what happened, over the API."""

from typing import Any

import click

from entrepot.cli.options import print_json
from entrepot.cli.reading import read, reading


@click.command()
@click.option("--after", help="The cursor of the last event that is known already.")
@click.option("--limit", type=click.IntRange(1, 200), default=100, show_default=True)
@click.option("--type", "types", multiple=True, help="Only these: a type, or entrepot.customs.*")
@click.option("--order", help="Only what concerns this order.")
@click.option("--head", is_flag=True, help="Also what a fork may still take back.")
@reading
def events(
    after: str | None,
    limit: int,
    types: tuple[str, ...],
    order: str | None,
    head: bool,
    as_json: bool,
    **where: Any,
) -> None:
    """List what happened, oldest first."""
    asked: dict[str, Any] = {"after": after, "limit": limit, "order": order, "type": types or None}
    answer = read("/v1/events", **asked, finality="head" if head else "final", **where)
    if as_json:
        print_json(answer)
        return
    for one in answer["items"]:
        click.echo(f"{one['cursor']:>9}  {one['time']}  {one['type']}  {one['subject']}")
    if answer["items"]:
        click.echo(f"more with --after {answer['next']}", err=True)
