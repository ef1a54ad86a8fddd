"""`entrepot facilities`: facilities over the API."""

from typing import Any

import click

from entrepot.cli.options import print_json
from entrepot.cli.reading import read, reading


@click.group()
def facilities() -> None:
    """Facilities, as a member sees them."""


@facilities.command("list")
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@reading
def list_(limit: int, as_json: bool, **where: Any) -> None:
    """List facilities, newest first."""
    answer = read("/v1/facilities", limit=limit, **where)
    if as_json:
        print_json(answer)
        return
    for one in answer["items"]:
        amount = f"{one['amount']['currency']} {one['amount']['amount']}"
        click.echo(f"{one['facility_id']}  {one['order_reference']}  {one['state']}  {amount}")


@facilities.command()
@click.argument("facility_id")
@reading
def show(facility_id: str, as_json: bool, **where: Any) -> None:
    """Show one facility, and for each tranche what is met and what is missing."""
    facility = read(f"/v1/facilities/{facility_id}", **where)
    conditions = read(f"/v1/facilities/{facility_id}/conditions", **where)
    if as_json:
        print_json({"facility": facility, "conditions": conditions["items"]})
        return
    amount = f"{facility['amount']['currency']} {facility['amount']['amount']}"
    outstanding = f"outstanding {facility['outstanding']['amount']}"
    click.echo(f"{facility['order_reference']}  {facility['state']}  {amount}  {outstanding}")
    for tranche in conditions["items"]:
        number, lent = tranche["tranche"] + 1, tranche["amount"]["amount"]
        click.echo(f"  tranche {number}  {tranche['state']}  {lent}")
        for item in tranche["items"]:
            proofs = ", ".join(f"{p['attester']['name']} #{p['block']}" for p in item["proofs"])
            click.echo(f"    {'✓' if item['met'] else '○'} {item['words']}  {proofs}".rstrip())
