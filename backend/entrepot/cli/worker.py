"""`entrepot worker`: ticks until it is told to stop."""

import click


@click.command()
def worker() -> None:
    """Run the worker: it sends, indexes, decides, releases and books.

    Everything is set by ENTREPOT_* in the environment. It halts, and says why, when something is
    wrong that waiting cannot mend.
    """
    from entrepot.kit import logs
    from entrepot.settings import Settings
    from entrepot.wiring import open_world
    from entrepot.worker import run

    logs.configure()
    with open_world(Settings()) as world:
        run(world)
