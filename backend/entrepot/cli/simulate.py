"""`entrepot simulate`: the engine over a chain of our own that fails in every way we know."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from entrepot.cli.options import json_option, print_json

if TYPE_CHECKING:
    from entrepot.devnet.simulator.runs import Run


@click.command()
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The first.")
@click.option("--seeds", type=click.IntRange(1), default=1, show_default=True, help="How many.")
@click.option("--steps", type=click.IntRange(1), default=500, show_default=True)
@click.option(
    "--kept",
    type=click.Path(path_type=Path, dir_okay=False),
    default=".entrepot/failing-seeds.json",
    show_default=True,
    help="Where seeds that fail are kept; the next run plays them first.",
)
@json_option
def simulate(seed: int, seeds: int, steps: int, kept: Path, as_json: bool) -> None:
    """Let the worker follow a chain in memory that forks, stalls, lies and loses, killing it at any
    commit; hold its tables against that chain after every step.

    A seed gives the same history every time. PostgreSQL is real, on a server of its own that is
    gone afterwards. Exit code 1, with the seed and the last steps, when something did not hold.
    """
    from entrepot.cli.outcomes import Failed
    from entrepot.devnet.simulator import runs

    file = runs.Kept(kept)
    found: list[runs.Run] = []

    def tell(done: int) -> None:
        if not as_json and done % 100 == 0:
            click.echo(f"\rseed {number}: step {done} of {count}", nl=False, err=True)

    with runs.databases() as fresh:
        for number, count in runs.order(file, range(seed, seed + seeds), steps):
            run = runs.play(number, count, fresh, tell)
            file.note(run)
            found.append(run)
            if not as_json:
                _say(run)
            if run.broken:
                break
    if as_json:
        print_json(found)
    if found[-1].broken:
        raise Failed(f"seed {found[-1].seed}, step {found[-1].done}: {found[-1].broken}")


def _say(run: "Run") -> None:
    click.echo("\r" + " " * 40 + "\r", nl=False, err=True)
    if run.broken:
        for line in run.trail:
            click.echo(line)
    click.echo(
        f"seed {run.seed}  {run.policy}  {run.done} steps in {run.took_s} s  "
        f"{run.counts.get('blocks', 0)} blocks  {run.counts.get('forks', 0)} forks  "
        f"{sum(run.faults.values())} faults  {'BROKEN' if run.broken else 'holds'}"
    )
