"""`entrepot replay`: a scenario, step by step."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from string import hexdigits
from typing import TYPE_CHECKING, Any

import click

from entrepot.cli.demo import SCENARIOS
from entrepot.cli.options import json_option, lang_option, print_json
from entrepot.kit.clock import from_unix
from entrepot.store.facts import kinds_of

if TYPE_CHECKING:
    from entrepot.devnet.replay import Ending, Told
    from entrepot.views.changes import Change

ID_WIDTH = 10
SETS = ("kinds", "required", "required_twice", "blocking")


@click.command()
@click.argument("scenario", default="straight-walk")
@click.option("--to", type=click.IntRange(0), help="Stop after this step.")
@click.option("--step", "stepwise", is_flag=True, help="Wait for Enter before each next step.")
@json_option
@lang_option
def replay(scenario: str, to: int | None, stepwise: bool, as_json: bool, lang: str) -> None:
    """Play SCENARIO (a name, or a file) on a fresh devnet in memory.

    Tells after each step what it changed, and at the end the digest of everything, which is the
    same on every run.
    """
    from entrepot.cli.outcomes import Failed
    from entrepot.devnet.replay import open_replay

    if stepwise and as_json:
        raise click.UsageError("--step talks with a person, --json with a program: choose one")
    path = Path(scenario) if scenario.endswith(".toml") else SCENARIOS / f"{scenario}.toml"
    told: list[Told] = []
    with open_replay(path) as playing:
        if to is not None and to > len(playing.scenario.steps):
            raise click.UsageError(
                f"--to {to}: the scenario has {len(playing.scenario.steps)} steps"
            )
        for step in playing.steps(to):
            told.append(step)
            if not as_json:
                _print_step(step, lang)
            if stepwise and step.number < step.total and not _go_on():
                break
        ending = playing.ending(len(told))
    if as_json:
        print_json({"steps": [_data(step) for step in told], "ending": ending})
    else:
        _print_ending(ending)
    if to is None and not stepwise and len(told) != (told[-1].total if told else 0):
        raise Failed("the scenario did not come to its end")


def _go_on() -> bool:
    answer: str = click.prompt("Enter: next step, q: stop", default="", show_default=False)
    return answer.strip().lower() != "q"


def _print_step(step: Told, lang: str) -> None:
    say = step.played.step.say_zh if lang == "zh" and step.played.step.say_zh else None
    who = step.played.step.actor
    blocks = _blocks(step)
    click.secho(f"{step.number:>3}/{step.total}  {say or step.played.step.say}", bold=True)
    click.secho(f"         {who}{blocks}", dim=True)
    for (table, key), group in groupby(step.changes, lambda change: (change.table, change.key)):
        click.echo("         " + _row(table, key, list(group)))


def _blocks(step: Told) -> str:
    if step.last_block < step.first_block:
        return ""
    if step.last_block == step.first_block:
        return f" · block {step.first_block}"
    return f" · blocks {step.first_block} to {step.last_block}"


def _row(table: str, key: str, fields: list[Change]) -> str:
    """One line for one row: what it is now, or how it differs."""
    name = f"{table.replace('_', ' ')} {_short(key)}"
    if all(change.before is None for change in fields):
        telling = [c for c in fields if _is_telling(c, key)]
        return f"+ {name}  " + ", ".join(f"{c.field} {_value(c.field, c.after)}" for c in telling)
    if all(change.after is None for change in fields):
        return f"- {name}"
    return f"~ {name}  " + ", ".join(
        f"{c.field} {_value(c.field, c.before)} -> {_value(c.field, c.after)}" for c in fields
    )


def _is_telling(change: Change, key: str) -> bool:
    """Whether a field of a new row says something that its key and its being new do not."""
    value = change.after or ""
    empty = not value.strip("0x") or value in ("None", "False", "[]")
    return not empty and value not in key.split("/")


def _value(field: str, value: str | None) -> str:
    """Times as people write them, sets of kinds by name, ids by their beginning."""
    if value and field in SETS:
        return "+".join(kinds_of(int(value))) or "nothing"
    if value and value != "0" and (field.endswith(("_at", "_by")) or field == "not_before"):
        return f"{from_unix(int(value)):%Y-%m-%d %H:%M:%SZ}"
    return _short(value)


def _short(value: str | None) -> str:
    """Ids and addresses by their beginning."""
    parts = (value or "none").split("/")
    return "/".join(part[:ID_WIDTH] + "…" if _is_hex(part) else part for part in parts)


def _is_hex(part: str) -> bool:
    digits = part.removeprefix("0x")
    return len(digits) >= 40 and all(digit in hexdigits for digit in digits)


def _print_ending(ending: Ending) -> None:
    click.echo()
    click.echo(f"block   {ending.block} {ending.block_hash}")
    click.echo(f"digest  {ending.digest}")


def _data(step: Told) -> dict[str, Any]:
    return {
        "number": step.number,
        "say": step.played.step.say,
        "actor": step.played.step.actor,
        "status": step.played.status,
        "first_block": step.first_block,
        "last_block": step.last_block,
        "changes": step.changes,
    }
