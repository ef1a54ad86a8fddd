"""`entrepot demo`: a whole settlement, played and told."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from entrepot.cli.options import json_option, lang_option, log_into, print_json

SCENARIOS = Path(__file__).parents[3] / "hardhat-free-devnet" / "scenarios"


@click.command()
@click.option("--scenario", default="straight-walk", show_default=True, help="Name, or a file.")
@click.option(
    "--state",
    type=click.Path(path_type=Path, file_okay=False),
    help="Play in this folder and keep it; without it, in one that is gone afterwards.",
)
@click.option("--keep", is_flag=True, help="Keep the folder, and say where it is.")
@click.option("--pace", type=click.FloatRange(0, 60), default=0, help="Seconds between two steps.")
@json_option
@lang_option
def demo(
    scenario: str, state: Path | None, keep: bool, pace: float, as_json: bool, lang: str
) -> None:
    """Play a settlement from the order to the title, and print the statement.

    A devnet of its own is started: database, chain, contracts, API and worker. Every step goes
    through the public API, as the member would who makes it; releases happen by themselves.
    """
    from entrepot.cli.outcomes import Failed
    from entrepot.cli.progress import audience_for
    from entrepot.cli.statement import print_statement, unsaid
    from entrepot.devnet import cast
    from entrepot.devnet import demo as playing
    from entrepot.devnet.scenario import load

    path = Path(scenario) if scenario.endswith(".toml") else SCENARIOS / f"{scenario}.toml"
    played = load(path)
    with (
        _folder(state, keep) as folder,
        log_into(folder),
        audience_for(played, lang, quiet=as_json) as audience,
    ):
        statement = playing.play(played, folder, audience, pace_s=pace)
    members = cast.load(played.folder / played.cast)
    wrong = playing.differences(played, statement, {m.alias: m.lei for m in members})
    wrong += unsaid(played.expect, statement)
    if as_json:
        print_json({"statement": statement, "as_expected": not wrong, "differences": wrong})
    else:
        print_statement(statement, lang)
        if keep or state:
            click.echo(f"\n{folder}")
    if wrong:
        raise Failed("not as the scenario expects:\n  " + "\n  ".join(wrong))


@contextmanager
def _folder(state: Path | None, keep: bool) -> Iterator[Path]:
    if state is not None:
        yield state
    elif keep:
        yield Path(tempfile.mkdtemp(prefix="entrepot-demo-"))
    else:
        with tempfile.TemporaryDirectory(prefix="entrepot-demo-") as name:
            yield Path(name)
