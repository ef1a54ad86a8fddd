"""`entrepot worker`: ticks until it is told to stop."""

import click

from entrepot.cli.options import json_option, print_json


@click.command()
@json_option
def worker(as_json: bool) -> None:
    """Run the worker: it sends, indexes, decides, releases, books and notifies.

    Everything is set by ENTREPOT_* in the environment. It halts, and says why, when something is
    wrong that waiting cannot mend.
    """
    from entrepot.kit import memory

    memory.hold_off()
    from entrepot.courier import delivering
    from entrepot.kit import logs, tracing
    from entrepot.settings import Settings
    from entrepot.wiring import open_world
    from entrepot.worker import run

    logs.configure()
    settings = Settings()
    with tracing.exporting(settings.traces_url, "entrepot-worker"), open_world(settings) as world:
        if as_json:
            print_json({"rpc": settings.rpc_url, "finality": settings.finality})
        else:
            click.echo(f"Working on {settings.rpc_url}, finality {settings.finality}")
        with delivering(world):
            memory.settle()
            run(world)
