"""`entrepot orders`: orders over the API."""

from typing import Any

import click

from entrepot.cli.options import print_json
from entrepot.cli.reading import read, reading


@click.group()
def orders() -> None:
    """Orders, as a member sees them."""


@orders.command("list")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@reading
def list_(limit: int, as_json: bool, **where: Any) -> None:
    """List orders, newest first."""
    answer = read("/v1/orders", limit=limit, **where)
    if as_json:
        print_json(answer)
        return
    for one in answer["items"]:
        amount = f"{one['amount']['currency']} {one['amount']['amount']}"
        parties = f"{one['exporter']['name']} to {one['importer']['name']}"
        click.echo(f"{one['order_id']}  {one['reference']}  {one['state']}  {amount}  {parties}")


@orders.command()
@click.argument("order_id")
@reading
def show(order_id: str, as_json: bool, **where: Any) -> None:
    """Show one order and what happened to it."""
    order = read(f"/v1/orders/{order_id}", **where)
    timeline = read(f"/v1/orders/{order_id}/timeline", **where)
    if as_json:
        print_json({"order": order, "timeline": timeline["items"]})
        return
    amount = f"{order['amount']['currency']} {order['amount']['amount']}"
    click.echo(f"{order['reference']}  {order['state']}  {amount}")
    for entry in timeline["items"]:
        actor = (entry["actor"] or {}).get("name", "")
        click.echo(f"  {entry['at']}  block {entry['block']:>5}  {entry['words']}  {actor}")
