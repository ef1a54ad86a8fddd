"""`entrepot ingest`: a folder of documents and events, sent to the API one by one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from entrepot.cli.options import json_option, print_json, state_option
from entrepot.cli.reading import client_of, credentials_option

EXIT_REFUSED = 1
STATUSES = ("accepted", "duplicate", "ignored", "refused")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--order", help="The order's id, where the documents leave it open.")
@click.option("--kind", help="What they are, where nothing here reads them: scans.")
@click.option("--dry-run", is_flag=True, help="Read and sort them, and send nothing.")
@click.option(
    "--wait",
    type=click.IntRange(0, 30),
    default=0,
    show_default=True,
    help="Seconds to wait for the ledger, for each.",
)
@click.option("--url", envvar="ENTREPOT_URL", help="The API; else the devnet of --state.")
@credentials_option
@click.option(
    "--as",
    "member",
    default="exporter",
    show_default=True,
    help="Whom of the devnet to call as.",
)
@state_option
@json_option
def ingest(
    folder: Path,
    order: str | None,
    kind: str | None,
    *,
    dry_run: bool,
    wait: int,
    url: str | None,
    credentials: Path | None,
    member: str,
    state: Path,
    as_json: bool,
) -> None:
    """Send every document and event of FOLDER, and of the folders in it.

    What each is, and its order, is found in its content; papers go before what answers them. Sent
    again, after a crash or for good measure, what was taken already is a duplicate and has no
    second effect. Hidden files are left out.

    Exit codes: 0 all taken, 1 some refused, 2 usage, 3 the API does not answer.
    """
    from entrepot.cli.sending import TRIES, Sender, read_all, send_all

    found = read_all(folder)
    if dry_run:
        told = [each.told() for each in found]
    else:
        client = client_of(url, credentials, member, state, timeout_s=60, tries=TRIES)
        sender = Sender.of(client, order=order, kind=kind, wait_s=wait)
        told = list(_shown(send_all(sender, found), len(found), quiet=as_json))
    counts = {name: sum(one["status"] == name for one in told) for name in STATUSES}
    if as_json:
        print_json({"files": told, "counts": counts})
    else:
        _print(told, counts)
    if counts["refused"]:
        raise click.exceptions.Exit(EXIT_REFUSED)


def _shown(told: Iterator[Any], total: int, *, quiet: bool) -> Iterator[Any]:
    """The same, with a bar that fills on a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    off = quiet or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=off) as progress:
        task = progress.add_task("", total=total)
        for one in told:
            progress.update(task, advance=1, description=str(one["path"])[-40:])
            yield one


def _print(told: list[dict[str, Any]], counts: dict[str, int]) -> None:
    for one in told:
        why = one["reason"] or ""
        click.echo(f"{one['status']:<9}  {one['path']}  {one['kind'] or '?'}  {why}".rstrip())
        for item in one["items"]:
            if item.get("reason") or item.get("problem"):
                words = item.get("reason") or item["problem"]["detail"]
                click.echo(f"           {item['status']}: {item['id'] or item['index']}: {words}")
    click.echo(json.dumps(counts).strip("{}").replace('"', ""))
