"""`entrepot webhooks`: where a member is told of events, over the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from entrepot.cli.options import print_json
from entrepot.cli.reading import ask, speaking

F = TypeVar("F", bound=Callable[..., Any])
ROOT = "/v1/webhooks"
manages = speaking("exporter.admin")


@click.group()
def webhooks() -> None:
    """Where a member is told of events: create, look, replay, rotate.

    It takes a token with the scope admin: on a devnet that of exporter.admin and the like.
    """


@webhooks.command(name="list")
@manages
def list_all(as_json: bool, **where: Any) -> None:
    """List the member's webhooks."""
    answer = ask("GET", ROOT, None, {}, **where)
    if as_json:
        print_json(answer)
        return
    for one in answer["items"]:
        click.echo(_line(one))


@webhooks.command()
@click.argument("address")
@click.option("--type", "types", multiple=True, help="Only these: a type, or entrepot.customs.*")
@click.option("--order", help="Only what concerns this order.")
@click.option("--after", help="The cursor to be told from; from now on without it.")
@click.option("--description", help="What it is for.")
@manages
def create(
    address: str,
    types: tuple[str, ...],
    order: str | None,
    after: str | None,
    description: str | None,
    as_json: bool,
    **where: Any,
) -> None:
    """Be told at ADDRESS (https); prints the secret that messages are signed with, once."""
    given = {"order_id": order, "after": after, "description": description}
    body = {"url": address, "types": list(types)}
    body |= {name: value for name, value in given.items() if value is not None}
    _show(ask("POST", ROOT, body, {}, **where), as_json)


@webhooks.command()
@click.argument("webhook")
@manages
def show(webhook: str, as_json: bool, **where: Any) -> None:
    """Show how a webhook stands."""
    _show(ask("GET", f"{ROOT}/{webhook}", None, {}, **where), as_json)


@webhooks.command()
@click.argument("webhook")
@click.option("--url-to", "address", help="Another address.")
@click.option("--type", "types", multiple=True, help="Other types, instead of those it has.")
@click.option("--on/--off", "active", default=None, help="Switch it on (sends what waits), or off.")
@manages
def change(
    webhook: str,
    address: str | None,
    types: tuple[str, ...],
    active: bool | None,
    as_json: bool,
    **where: Any,
) -> None:
    """Change a webhook; what is not given stays as it is."""
    state = None if active is None else ("ACTIVE" if active else "DISABLED")
    given = {"url": address, "types": list(types) or None, "state": state}
    body = {name: value for name, value in given.items() if value is not None}
    _show(ask("PATCH", f"{ROOT}/{webhook}", body, {}, **where), as_json)


@webhooks.command()
@click.argument("webhook")
@manages
def delete(webhook: str, as_json: bool, **where: Any) -> None:
    """Delete a webhook, with what waits for it."""
    ask("DELETE", f"{ROOT}/{webhook}", None, {}, **where)
    if as_json:
        print_json({"webhook_id": webhook, "deleted": True})
    else:
        click.echo(f"{webhook}  deleted")


@webhooks.command()
@click.argument("webhook")
@click.option(
    "--overlap", type=click.IntRange(0, 168), default=24, show_default=True, help="Hours."
)
@manages
def rotate(webhook: str, overlap: int, as_json: bool, **where: Any) -> None:
    """Take a new secret; for the overlap the former one signs as well."""
    body = {"overlap_hours": overlap}
    _show(ask("POST", f"{ROOT}/{webhook}:rotate-secret", body, {}, **where), as_json)


@webhooks.command()
@click.argument("webhook")
@click.option("--after", required=True, help="The cursor after which all is told again.")
@manages
def replay(webhook: str, after: str, as_json: bool, **where: Any) -> None:
    """Be told again all after a cursor, under the same ids."""
    _show(ask("POST", f"{ROOT}/{webhook}:replay", {"after": after}, {}, **where), as_json)


@webhooks.command()
@click.argument("webhook")
@manages
def ping(webhook: str, as_json: bool, **where: Any) -> None:
    """Send a message that says nothing."""
    _delivery(ask("POST", f"{ROOT}/{webhook}:ping", {}, {}, **where), as_json)


@webhooks.command()
@click.argument("webhook")
@click.option("--waiting", is_flag=True, help="Only what waits.")
@click.option("--after", help="Where to go on: `next` of the page before.")
@manages
def deliveries(webhook: str, waiting: bool, after: str | None, as_json: bool, **where: Any) -> None:
    """List what was sent to a webhook, the newest first."""
    query = {"state": "PENDING" if waiting else None, "after": after}
    answer = ask("GET", f"{ROOT}/{webhook}/deliveries", None, query, **where)
    if as_json:
        print_json(answer)
        return
    for one in answer["items"]:
        _delivery(one, as_json=False)


@webhooks.command()
@click.argument("webhook")
@click.argument("delivery")
@manages
def redeliver(webhook: str, delivery: str, as_json: bool, **where: Any) -> None:
    """Send one message again, at once."""
    path = f"{ROOT}/{webhook}/deliveries/{delivery}:redeliver"
    _delivery(ask("POST", path, {}, {}, **where), as_json)


def _show(one: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(one)
        return
    click.echo(_line(one))
    if one.get("secret"):
        click.echo(f"secret  {one['secret']}")


def _line(one: dict[str, Any]) -> str:
    state = one["state"] + (f" ({one['reason']})" if one["reason"] else "")
    return f"{one['webhook_id']}  {state:<18}  {one['waiting']:>4}  {one['url']}"


def _delivery(one: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(one)
        return
    answered = one["status"] or one["error"] or "—"
    click.echo(
        f"{one['delivery_id']:>8}  {one['state']:<9}  {one['attempts']}  {answered}  {one['type']}"
    )
