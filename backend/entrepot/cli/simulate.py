"""`entrepot simulate`: the engine over a chain of our own that fails in every way we know."""

from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import click

from entrepot.cli.ecosystem import ecosystem
from entrepot.cli.options import json_option, print_json

if TYPE_CHECKING:
    from entrepot.devnet.simulator.runs import Run
    from entrepot.devnet.simulator.simulation import Asked, Fresh

STEPS = 500


@click.group(invoke_without_command=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The first.")
@click.option("--seeds", type=click.IntRange(1), default=1, show_default=True, help="How many.")
@click.option("--forever", is_flag=True, help="One seed after the other, until one breaks.")
@click.option("--steps", type=click.IntRange(1), help=f"At the most; {STEPS} without --orders.")
@click.option("--orders", type=click.IntRange(1), help="Whole lives of so many orders, to the end.")
@click.option(
    "--faults",
    metavar="LIST",
    help="What goes wrong: names with commas between, or `all`; a wrong name lists them.",
)
@click.option(
    "--kept",
    type=click.Path(path_type=Path, dir_okay=False),
    default=".entrepot/failing-seeds.json",
    show_default=True,
    help="Where seeds that fail are kept; the next run plays them first.",
)
@json_option
@click.pass_context
def simulate(
    context: click.Context,
    seed: int,
    seeds: int,
    forever: bool,
    steps: int | None,
    orders: int | None,
    faults: str | None,
    kept: Path,
    as_json: bool,
) -> None:
    """Let the worker follow a chain in memory that forks, stalls, lies and loses, killing it at any
    commit; hold its tables against that chain after every step.

    A seed, with the same orders and faults, gives the same history every time. PostgreSQL is real,
    on a server of its own that is gone afterwards. When something does not hold, the exit code is 1
    and the shortest part of that history in which it does not is looked for and printed.
    """
    if context.invoked_subcommand:
        return
    from entrepot.cli.outcomes import Failed
    from entrepot.devnet.simulator import runs
    from entrepot.devnet.simulator.simulation import Asked

    asked = Asked(faults=_named(faults), orders=orders)
    file = runs.Kept(kept) if faults is orders is None else None
    most = steps or (STEPS if orders is None else orders * runs.STEPS_PER_ORDER)
    numbers: Iterable[int] = count(seed) if forever else range(seed, seed + seeds)
    found: list[Run] = []

    def tell(done: int) -> None:
        if not as_json and done % 100 == 0:
            click.echo(f"\rseed {number}: step {done} of {played}", nl=False, err=True)

    with runs.databases() as fresh:
        for number, played in runs.order(file, numbers, most):
            run = runs.play(number, played, fresh, tell, asked)
            if file:
                file.note(run)
            if forever:
                found.clear()
            found.append(run)
            if not as_json:
                _say(run)
            if run.broken:
                found[-1] = _shorten(run, fresh, asked, as_json)
                break
    if as_json:
        print_json(found)
    if found[-1].broken:
        raise Failed(f"seed {found[-1].seed}, step {found[-1].done}: {found[-1].broken}")
    if orders and found[-1].counts["orders"] < orders:
        raise Failed(f"{found[-1].counts['orders']} of {orders} orders ended within {most} steps")


simulate.add_command(ecosystem)


def _named(faults: str | None) -> tuple[str, ...]:
    from entrepot.devnet.simulator.kinds import KINDS, USUAL

    if faults is None:
        return tuple(USUAL)
    if faults == "all":
        return tuple(KINDS)
    names = tuple(name.strip() for name in faults.split(","))
    if unknown := [name for name in names if name not in KINDS]:
        raise click.UsageError(f"no fault {', '.join(unknown)}; there are: {', '.join(KINDS)}")
    return names


def _shorten(run: "Run", fresh: "Fresh", asked: "Asked", as_json: bool) -> "Run":
    """The run with the fewest steps that breaks too, printed whole."""
    from entrepot.devnet.simulator import runs

    def tell(attempt: "Run") -> None:
        if not as_json:
            said = "breaks" if attempt.broken else "holds"
            click.echo(f"  {attempt.done} steps: {said}", err=True)

    found = runs.shortest(run, fresh, asked, tell)
    if not as_json:
        click.echo(f"the shortest that breaks, {found.done} steps:")
        for line in found.trail:
            click.echo(line)
    return found


def _say(run: "Run") -> None:
    click.echo("\r" + " " * 40 + "\r", nl=False, err=True)
    click.echo(
        f"seed {run.seed}  {run.policy}  {run.done} steps in {run.took_s} s  "
        f"{run.counts['orders']} orders  "
        f"{run.counts.get('blocks', 0)} blocks  {run.counts.get('forks', 0)} forks  "
        f"{sum(run.faults.values())} faults  {'BROKEN' if run.broken else 'holds'}"
    )
