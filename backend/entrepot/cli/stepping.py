"""`entrepot replay step`, `why`, `diff`: a case, looked at place by place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from entrepot.cli.options import json_option, lang_option, print_json
from entrepot.cli.sources import CASE, case_of

if TYPE_CHECKING:
    from entrepot.devnet.cases.stepper import Stepper


@click.command()
@click.argument("source")
@click.option("--do", "commands", multiple=True, help="A command to carry out; more than once.")
@json_option
@lang_option
def step(source: str, commands: tuple[str, ...], as_json: bool, lang: str) -> None:
    """Step through SOURCE (a case, or a scenario, which is recorded first), forward and back.

    Chain and database move together. In a terminal, a screen shows the order, the goods, the money
    and the chain side by side; `?` has the keys. With --do, commands are carried out in turn:

        entrepot replay step case.jsonl --do 'when releases == 1' --do c --do why --json
    """
    from entrepot.cli.answers import Narrator
    from entrepot.devnet.cases.commands import run

    if as_json and not commands:
        raise click.UsageError("--json answers what --do asks: give at least one --do")
    with stepper_of(source) as stepper:
        narrator = Narrator(stepper.case, lang)
        if not commands:
            from entrepot.cli.screen import Screen

            Screen(stepper, narrator).run()
            return
        told: list[object] = []
        for line in commands:
            answer = run(stepper, line)
            if as_json:
                told.append({"do": line, "place": stepper.place, "answer": answer.value})
                continue
            click.secho(f"> {line}", bold=True)
            for text in narrator.answer(answer):
                click.echo(text)
            if answer.command == "continue":
                click.echo(narrator.place(stepper.place))
        if as_json:
            print_json(told)


@click.command()
@click.argument("case", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("tranche", type=click.IntRange(1), required=False)
@click.option("--block", type=click.IntRange(0), help="After this block; else at the end.")
@json_option
@lang_option
def why(case: Path, tranche: int | None, block: int | None, as_json: bool, lang: str) -> None:
    """Say why money waited in CASE at a block, and what would have let it go. Starts no devnet."""
    from entrepot.cli.answers import Narrator
    from entrepot.cli.outcomes import Failed
    from entrepot.devnet.cases.case import read
    from entrepot.devnet.cases.states import States
    from entrepot.devnet.cases.why import why as reasons

    found = read(case)
    at = found.last if block is None else block
    if at > found.last:
        raise click.UsageError(f"--block {at}: the case has {found.last}")
    tranches = reasons(States(found).at(at), found.head)
    if tranche is not None:
        tranches = tuple(each for each in tranches if each.tranche == tranche - 1)
        if not tranches:
            raise Failed(f"there is no tranche {tranche} after block {at}")
    if as_json:
        print_json(tranches)
        return
    for line in Narrator(found, lang).why(tranches):
        click.echo(line)


@click.command()
@click.argument("case", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.argument("first", type=click.IntRange(0))
@click.argument("second", type=click.IntRange(0))
@json_option
@lang_option
def diff(case: Path, first: int, second: int, as_json: bool, lang: str) -> None:
    """Tell what differs in CASE between the states after blocks FIRST and SECOND.

    States, balances, documents, journal, and what members and their webhooks were told. Starts no
    devnet.
    """
    from entrepot.cli.answers import Narrator
    from entrepot.devnet.cases.case import read
    from entrepot.devnet.cases.states import States, between

    found = read(case)
    if max(first, second) > found.last:
        raise click.UsageError(f"the case has {found.last} blocks")
    differs = between(found, States(found), first, second)
    if as_json:
        print_json(differs)
        return
    for line in Narrator(found, lang).between(differs):
        click.echo(line)


@click.command()
@click.argument("source")
@click.option("--at-block", type=click.IntRange(1), required=True, help="After which block.")
@click.option("--set", "fact", required=True, help="`customs.import = HOLD`, for one.")
@json_option
@lang_option
def fork(source: str, at_block: int, fact: str, as_json: bool, lang: str) -> None:
    """Play SOURCE (a case, or a scenario) on a second devnet with one fact changed, and compare.

    Facts: customs.import and customs.export, to HOLD or CLEAR; evidence.KIND, to RECORDED,
    WITHDRAWN or NEVER. What members sent is sent again; the worker decides anew.
    """
    from entrepot.cli.answers import Narrator
    from entrepot.devnet.cases.whatif import what_if

    case = case_of(source)
    found = what_if(case, at_block, fact)
    if as_json:
        print_json(found)
        return
    for line in Narrator(case, lang).what_if(found):
        click.echo(line)


@contextmanager
def stepper_of(source: str) -> Iterator[Stepper]:
    """A stepper at the beginning of a case, or of a scenario that is recorded first."""
    from entrepot.devnet.cases.stage import open_stage
    from entrepot.devnet.cases.stepper import Stepper

    if not source.endswith(CASE):
        click.echo("recording the scenario first ...", err=True)
    case = case_of(source)
    with open_stage(case) as stage:
        yield Stepper(case, stage)
