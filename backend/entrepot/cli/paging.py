"""`entrepot replay page`: the stepper in a browser."""

from __future__ import annotations

from pathlib import Path

import click

from entrepot.cli.options import json_option, print_json


@click.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port of the page.")
@json_option
def page(source: Path, port: int, as_json: bool) -> None:
    """Step through SOURCE in a browser: a case, or a folder to choose cases from.

    The page is that of `step`: lanes, scrubber, breakpoints, why, diff, clock. It answers on this
    machine only, on a devnet in memory of its own, and touches no other. Ctrl-C ends it.
    """
    import uvicorn

    from entrepot.cli.answers import Narrator
    from entrepot.cli.words import Words
    from entrepot.devnet.replay_page.app import create_page
    from entrepot.devnet.replay_page.desk import open_desk
    from entrepot.kit.processes import free_port

    port = port or free_port()
    url = f"http://127.0.0.1:{port}/"
    with open_desk(source, Narrator) as desk:
        if as_json:
            print_json({"url": url, "cases": desk.cases()})
        else:
            click.echo(f"{url}\nCtrl-C ends it.")
        uvicorn.run(
            create_page(desk, Words),
            host="127.0.0.1",
            port=port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
