"""`entrepot listen`: events as they come, printed and handed on to a program on this machine."""

from __future__ import annotations

from typing import Any

import click

from entrepot.cli.options import lang_option
from entrepot.cli.reading import speaking

TIMEOUT_S = 10


@click.command()
@click.option("--forward", metavar="URL", help="Post each event there, signed like a webhook.")
@click.option("--type", "types", multiple=True, help="Only these: a type, or entrepot.customs.*")
@click.option("--order", help="Only what concerns this order.")
@click.option(
    "--after", help="The cursor to begin after; 0.0 is from the beginning, else from now."
)
@click.option("--count", type=click.IntRange(1), help="End after so many events.")
@click.option("--secret", envvar="ENTREPOT_LISTEN_SECRET", help="To sign with; else a new one.")
@lang_option
@speaking("exporter")
def listen(
    forward: str | None,
    types: tuple[str, ...],
    order: str | None,
    after: str | None,
    count: int | None,
    secret: str | None,
    lang: str,
    as_json: bool,
    **where: Any,
) -> None:
    """Follow events until Ctrl-C, over the stream and without any address of one's own.

    With --forward each is posted to a program on this machine, as a webhook would be (Standard
    Webhooks); what it does not take is told, and not tried again. With --json: one event a line.
    """
    from entrepot.cli.following import Forwarder, Printer
    from entrepot.cli.reading import client_of

    forwarder = Forwarder.to(forward, secret) if forward else None
    printer = Printer(lang, as_json=as_json)
    printer.begin(where["member"], forwarder.secret if forwarder else None)
    with client_of(**where, timeout_s=TIMEOUT_S) as client:
        events = client.follow(types=types, order=order, after=after)
        for number, event in enumerate(events, 1):
            printer.event(event, forwarder.hand_on(event) if forwarder else None)
            if number == count:
                return
