"""`entrepot bench`: what this machine does, as figures and as ratios."""

import tempfile
from pathlib import Path

import click

from entrepot.cli.options import json_option, print_json

SCENARIO = Path(__file__).parents[3] / "hardhat-free-devnet/scenarios/straight-walk.toml"


@click.group()
def bench() -> None:
    """Measure this machine, beside the least that the same work could take."""


@bench.command()
@click.option("--walks", type=click.IntRange(1, 1000), default=10, show_default=True)
@json_option
def walk(walks: int, as_json: bool) -> None:
    """Measure straight walks: walks per second, and last needed event mined to release mined.

    A devnet of its own is started. In the same run, a bare loop sends transactions and waits for
    their receipts; the ratios to it hold on another machine too.
    """
    from entrepot.devnet.benching import lines, measure
    from entrepot.devnet.scenario import load

    def tell(number: int, took_s: float) -> None:
        if not as_json:
            click.echo(f"walk {number}: {took_s:.2f} s", err=True)

    with tempfile.TemporaryDirectory(prefix="entrepot-bench-") as folder:
        measured = measure(load(SCENARIO), Path(folder), walks, tell)
    if as_json:
        print_json(measured)
    else:
        for line in lines(measured):
            click.echo(line)
