"""`entrepot statements`: what repayments brought a member, over the API."""

from datetime import datetime
from typing import Any

import click

from entrepot.cli.options import print_json
from entrepot.cli.reading import client_of, read, reading

PAGE = 200
DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--from", "first", type=DAY, help="The first day, UTC.")
@click.option("--until", type=DAY, help="The day after the last, UTC.")
@click.option("--kind", help="Only these payouts: PLATFORM_SHARE, INTEREST, FEES, ...")
@click.option("--csv", "as_csv", is_flag=True, help="Print all lines as CSV (RFC 4180).")
@reading
def statements(
    first: datetime | None,
    until: datetime | None,
    kind: str | None,
    as_csv: bool,
    as_json: bool,
    **where: Any,
) -> None:
    """List each payout of a repayment to the member, the oldest first, and the totals by month."""
    asked = {"from": _day(first), "until": _day(until), "kind": kind}
    if as_csv:
        _print_csv(asked, **where)
        return
    answer = _all(asked, **where)
    if as_json:
        print_json(answer)
        return
    for one in answer["items"]:
        amount = f"{one['amount']['currency']} {one['amount']['amount']}"
        click.echo(f"{one['at']}  {one['kind']:<16}  {amount:>18}  {one['facility_id']}")
    for total in answer["totals"]:
        amount = f"{total['amount']['currency']} {total['amount']['amount']}"
        click.echo(f"{total['month']}               {total['kind']:<16}  {amount:>18}  in all")


def _all(asked: dict[str, Any], **where: Any) -> Any:
    """Every page as one answer."""
    answer = read("/v1/statements", limit=PAGE, **asked, **where)
    while answer["next"]:
        more = read("/v1/statements", limit=PAGE, after=answer["next"], **asked, **where)
        answer = {**more, "items": [*answer["items"], *more["items"]]}
    return answer


def _print_csv(asked: dict[str, Any], **where: Any) -> None:
    """The server's own lines, page after page, under one header."""
    path, query = "/v1/statements", {name: each for name, each in asked.items() if each}
    query["limit"] = str(PAGE)
    with client_of(
        where["url"], where["credentials"], where["member"], where["state"], timeout_s=30
    ) as client:
        begun = False
        while path:
            answer = client.ask("GET", path, query=query, headers={"Accept": "text/csv"})
            lines = answer.text.splitlines()
            click.echo("\n".join(lines[1:] if begun else lines))
            path, query, begun = answer.links.get("next", {}).get("url", ""), {}, True


def _day(day: datetime | None) -> str | None:
    return day.date().isoformat() if day else None
