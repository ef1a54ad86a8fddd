"""`entrepot replay`: a scenario or a case, played, recorded, checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from entrepot.cli.changing import rows
from entrepot.cli.demo import SCENARIOS
from entrepot.cli.options import json_option, lang_option, print_json, state_option
from entrepot.cli.paging import page
from entrepot.cli.sources import CASE, scenario_file
from entrepot.cli.stepping import diff, fork, step, why

if TYPE_CHECKING:
    from entrepot.devnet.cases.case import Block, Case
    from entrepot.devnet.cases.checking import Difference
    from entrepot.devnet.replay import Ending, Told


class PlayByDefault(click.Group):
    """`replay straight-walk` is `replay play straight-walk`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ("-h", "--help")):
            args = ["play", *args]
        return super().parse_args(ctx, args)


@click.group(cls=PlayByDefault)
def replay() -> None:
    """Play a settlement again: a scenario, or a case that was recorded.

    Without the name of a command, the first word is what to play.
    """


for looking in (step, page, why, diff, fork):
    replay.add_command(looking)


@replay.command()
@click.argument("source", default="straight-walk")
@click.option("--to", type=click.IntRange(0), help="Stop after this step of a scenario.")
@click.option("--step", "stepwise", is_flag=True, help="On the screen of `step`, instead.")
@json_option
@lang_option
@click.pass_context
def play(
    ctx: click.Context, source: str, to: int | None, stepwise: bool, as_json: bool, lang: str
) -> None:
    """Play SOURCE on a fresh devnet in memory: a scenario (a name, or a .toml) or a case (.jsonl).

    Tells after each step what it changed, and at the end the digest of everything, which is the
    same on every run. Of a case the first difference is told as well, as `check` does.
    """
    if stepwise:
        if as_json or to is not None:
            raise click.UsageError("--step is for a person: leave --json and --to out")
        ctx.invoke(step, source=source, commands=(), as_json=False, lang=lang)
    elif source.endswith(CASE):
        if to is not None:
            raise click.UsageError("--to counts the steps of a scenario; a case has blocks")
        _check(Path(source), as_json, lang, aloud=True)
    else:
        _play(source, to, as_json, lang)


@replay.command()
@click.argument("case", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@json_option
@lang_option
def check(case: Path, as_json: bool, lang: str) -> None:
    """Play CASE on a fresh devnet and compare: exit code 1, and the first difference, if any.

    Blocks, transactions, events, rows of every table, decisions and the digest are compared, in
    this order within a block. A case of another version tells so what changed since.
    """
    _check(case, as_json, lang, aloud=False)


@replay.command()
@click.argument("what", default="")
@click.option("--from-block", type=click.IntRange(0), help="The first block that it is about.")
@click.option("--to-block", type=click.IntRange(1), help="The last block that it has.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default="case.jsonl",
    show_default=True,
    help="The file to write.",
)
@click.option("--with-documents", is_flag=True, help="The documents' bytes as well.")
@click.option(
    "--faults",
    type=click.IntRange(0),
    metavar="SEED",
    help="Forks, crashes and a node that is away, drawn from this seed, whenever it is played.",
)
@click.option(
    "--parties",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=SCENARIOS / "parties.toml",
    show_default="those of the scenarios",
    help="The members of the devnet that is recorded.",
)
@state_option
@json_option
def record(
    what: str,
    from_block: int | None,
    to_block: int | None,
    output: Path,
    with_documents: bool,
    faults: int | None,
    parties: Path,
    state: Path,
    as_json: bool,
) -> None:
    """Record a case: one self-contained file that replays to the same hashes anywhere.

    WHAT is a scenario (a name, or a .toml), which is played in memory; or the id of an order or a
    facility (0x..., or its first digits) of the devnet over --state; or nothing, with
    --from-block and --to-block, for what that devnet did.
    """
    from entrepot.cli.running import world_of
    from entrepot.devnet import cast
    from entrepot.devnet.cases import recording
    from entrepot.devnet.cases.case import write

    is_id = what.startswith("0x")
    if not what and from_block is None and to_block is None:
        raise click.UsageError("name a scenario or an id, or give --from-block or --to-block")
    if is_id and (from_block is not None or to_block is not None):
        raise click.UsageError("an id has its own blocks: leave --from-block and --to-block out")
    wanted = recording.Wanted(
        name=output.stem,
        part=what if is_id else "",
        from_block=from_block,
        to_block=to_block,
        with_documents=with_documents,
        faults=faults,
    )
    if what and not is_id:
        case = recording.record_scenario(scenario_file(what), wanted, lambda _: None)
    else:
        with world_of(state) as world:
            case = recording.record(world, cast.load(parties), wanted)
    write(case, output)
    told = _summary(case, output)
    if as_json:
        print_json(told)
        return
    for name, value in told.items():
        click.echo(f"{name.replace('_', ' '):<12} {value}")


def _summary(case: Case, output: Path) -> dict[str, Any]:
    head = case.head
    return {
        "case": str(output),
        "bytes": output.stat().st_size,
        "blocks": f"{head.first} to {head.last}",
        "transactions": sum(len(block.transactions) for block in case.blocks),
        "events": sum(len(block.events) for block in case.blocks[head.first - 1 :]),
        "requests": len(case.requests),
        "documents": len(case.documents),
        "faults": len(case.faults),
        "block_hash": case.end.block_hash if case.end else "",
        "digest": case.end.digest if case.end else "",
    }


def _check(path: Path, as_json: bool, lang: str, *, aloud: bool) -> None:
    from entrepot.cli.happenings import Teller, difference_in_words
    from entrepot.cli.outcomes import Failed
    from entrepot.devnet.cases.case import read
    from entrepot.devnet.cases.checking import check as checked_again

    case = read(path)
    teller = Teller(case.head, lang)

    def tell(block: Block) -> None:
        if aloud and not as_json and block.number >= case.head.first:
            for line in teller.block(block):
                click.echo(line)

    checked = checked_again(case, tell)
    if as_json:
        print_json(checked)
    else:
        _print_ending(checked.blocks, checked.block_hash, checked.digest)
    if checked.difference is not None:
        raise Failed(_first(checked.difference, difference_in_words(checked.difference, teller)))


def _first(difference: Difference, words: str) -> str:
    return f"not the same from block {difference.block} on: {words}"


def _play(scenario: str, to: int | None, as_json: bool, lang: str) -> None:
    from entrepot.cli.outcomes import Failed
    from entrepot.devnet.replay import open_replay

    told: list[Told] = []
    with open_replay(scenario_file(scenario)) as playing:
        if to is not None and to > len(playing.scenario.steps):
            raise click.UsageError(
                f"--to {to}: the scenario has {len(playing.scenario.steps)} steps"
            )
        for step in playing.steps(to):
            told.append(step)
            if not as_json:
                _print_step(step, lang)
        ending: Ending = playing.ending(len(told))
    if as_json:
        print_json({"steps": [_data(step) for step in told], "ending": ending})
    else:
        _print_ending(ending.block, ending.block_hash, ending.digest)
    if to is None and len(told) != (told[-1].total if told else 0):
        raise Failed("the scenario did not come to its end")


def _print_step(step: Told, lang: str) -> None:
    say = step.played.step.say_zh if lang == "zh" and step.played.step.say_zh else None
    who = step.played.step.actor
    blocks = _blocks(step)
    click.secho(f"{step.number:>3}/{step.total}  {say or step.played.step.say}", bold=True)
    click.secho(f"         {who}{blocks}", dim=True)
    for line in rows(step.changes):
        click.echo("         " + line)


def _blocks(step: Told) -> str:
    if step.last_block < step.first_block:
        return ""
    if step.last_block == step.first_block:
        return f" · block {step.first_block}"
    return f" · blocks {step.first_block} to {step.last_block}"


def _print_ending(block: int, block_hash: str, digest: str) -> None:
    click.echo()
    click.echo(f"block   {block} {block_hash}")
    click.echo(f"digest  {digest}")


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
