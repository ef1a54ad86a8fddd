"""`entrepot consents`: what a member lets others see, and who has looked, over the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import click

from entrepot.cli.options import print_json
from entrepot.cli.reading import ask, read, speaking
from entrepot.domain.consents import KINDS, Purpose

ROOT = "/v1/consents"
DAYS = 90
speaks = speaking("exporter.admin")


def _terms(command: Any) -> Any:
    """What a consent says, whoever makes it."""
    for option in reversed(
        (
            click.option("--purpose", required=True, type=click.Choice(get_args(Purpose))),
            click.option(
                "--all",
                "kinds",
                multiple=True,
                type=click.Choice(KINDS),
                help="All that the owner has of a kind, also what will come.",
            ),
            click.option("--order", "orders", multiple=True, help="Only this order."),
            click.option("--document", "documents", multiple=True, help="Only this document."),
            click.option("--facility", "facilities", multiple=True, help="Only this facility."),
            click.option(
                "--field",
                "fields",
                multiple=True,
                help="What is told unmasked, as orders.amount; nothing without it.",
            ),
            click.option("--per-day", type=int, default=4, show_default=True, help="How often."),
            click.option("--once", is_flag=True, help="For one read, not for every day."),
            click.option("--until", help=f"The last day, YYYY-MM-DD; {DAYS} days without it."),
        )
    ):
        command = option(command)
    return command


@click.group()
def consents() -> None:
    """What others may see of a member's: ask, grant, authorise, revoke, and who has looked.

    It takes a token with the scope submit, decide or admin: on a devnet that of exporter.admin and
    the like.
    """


@consents.command(name="list")
@click.option("--after", help="Where to go on: `next` of the page before.")
@speaks
def list_all(after: str | None, as_json: bool, **where: Any) -> None:
    """List the consents that the member has given and was given."""
    answer = read(ROOT, after=after, **where)
    if as_json:
        print_json(answer)
        return
    for one in answer["items"]:
        click.echo(_line(one))


@consents.command()
@click.argument("consent")
@speaks
def show(consent: str, as_json: bool, **where: Any) -> None:
    """Show a consent: to what, for what, how often, until when."""
    one = read(f"{ROOT}/{consent}", **where)
    if as_json:
        print_json(one)
        return
    click.echo(_line(one))
    for access in one["access"]:
        ids = "all" if access["ids"] is None else "  ".join(access["ids"])
        click.echo(f"    {access['kind']:<10}  {ids}")
    click.echo(f"    unmasked    {'  '.join(one['fields']) or 'nothing'}")
    often = f"{one['frequency_per_day']} a day" if one["recurring_indicator"] else "once"
    click.echo(f"    {often}, until {one['valid_until']}")


@consents.command(name="ask")
@click.argument("owner")
@_terms
@speaks
def ask_for(owner: str, as_json: bool, **given: Any) -> None:
    """Ask the member OWNER (its LEI) to let the member that you speak as see something."""
    _make({"owner": owner}, as_json, given)


@consents.command()
@click.argument("third_party")
@_terms
@speaks
def grant(third_party: str, as_json: bool, **given: Any) -> None:
    """Let the member THIRD_PARTY (its LEI) see something of the member that you speak as."""
    _make({"third_party": third_party}, as_json, given)


@consents.command()
@click.argument("consent")
@speaks
def authorise(consent: str, as_json: bool, **where: Any) -> None:
    """Say yes to what was asked for."""
    _told(ask("POST", f"{ROOT}/{consent}:authorise", {}, {}, **where), as_json)


@consents.command()
@click.argument("consent")
@speaks
def reject(consent: str, as_json: bool, **where: Any) -> None:
    """Say no to what was asked for."""
    _told(ask("POST", f"{ROOT}/{consent}:reject", {}, {}, **where), as_json)


@consents.command()
@click.argument("consent")
@speaks
def revoke(consent: str, as_json: bool, **where: Any) -> None:
    """Take a consent back; the next read under it finds nothing."""
    _told(ask("POST", f"{ROOT}/{consent}:revoke", {}, {}, **where), as_json)


@consents.command(name="give-back")
@click.argument("consent")
@speaks
def give_back(consent: str, as_json: bool, **where: Any) -> None:
    """End a consent that the member was given and needs no longer."""
    _told(ask("DELETE", f"{ROOT}/{consent}", None, {}, **where), as_json)


@consents.command()
@click.option("--reader", help="Only looks of this member, by LEI.")
@click.option("--consent", help="Only looks under this consent.")
@click.option("--resource", help="Only looks at this order, document or facility.")
@click.option("--after", help="Where to go on: `next` of the page before.")
@speaks
def looks(
    reader: str | None,
    consent: str | None,
    resource: str | None,
    after: str | None,
    as_json: bool,
    **where: Any,
) -> None:
    """List who has looked at what is the member's, and the member's own looks, newest first."""
    query = {"reader": reader, "consent": consent, "resource": resource, "after": after}
    answer = read("/v1/access-records", **query, **where)
    if as_json:
        print_json(answer)
        return
    for one in answer["items"]:
        click.echo(
            f"{one['at']}  {one['reader']['lei']}  of {one['owner']['lei']}"
            f"  {one['purpose']}  {one['read']}"
        )
        for thing in one["resources"]:
            click.echo(f"    {thing}")
        click.echo(f"    unmasked  {'  '.join(one['fields']) or 'nothing'}")


def _make(who: dict[str, str], as_json: bool, given: dict[str, Any]) -> None:
    access: dict[str, list[str]] = {}
    all_of = given.pop("kinds")
    for kind in KINDS:
        ids = list(given.pop(kind))
        if ids and kind in all_of:
            raise click.UsageError(f"all {kind} or some of them, not both")
        if ids or kind in all_of:
            access[kind] = ids
    if not access:
        raise click.UsageError("name what may be seen: --all, --order, --document or --facility")
    once = given.pop("once")
    per_day, until = given.pop("per_day"), given.pop("until")
    body = {
        **who,
        "purpose": given.pop("purpose"),
        "access": access,
        "fields": list(given.pop("fields")),
        "recurring_indicator": not once,
        "frequency_per_day": 1 if once else per_day,
        "valid_until": until or (datetime.now(UTC).date() + timedelta(days=DAYS)).isoformat(),
    }
    _told(ask("POST", ROOT, body, {}, **given), as_json)


def _told(answer: dict[str, Any], as_json: bool) -> None:
    result = answer["result"]
    if as_json:
        print_json(result)
    else:
        click.echo(f"{result['consent_id']}  {result['consent_status']}")


def _line(one: dict[str, Any]) -> str:
    return (
        f"{one['consent_id']}  {one['consent_status']:<19}  {one['owner']['lei']}"
        f" -> {one['third_party']['lei']}  {one['purpose']}"
    )
