"""`entrepot up`: a devnet that runs until Ctrl-C, and resumes where it was."""

import signal
import threading
from pathlib import Path

import click

from entrepot.cli.options import json_option, log_into, print_json, state_option

SCENARIOS = Path(__file__).parents[3] / "hardhat-free-devnet" / "scenarios"


@click.command()
@state_option
@click.option(
    "--parties",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=SCENARIOS / "parties.toml",
    show_default="those of the scenarios",
    help="The members that a new devnet is founded with.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port of the API.")
@click.option(
    "--nodes",
    type=click.IntRange(1, 5),
    default=1,
    show_default=True,
    help="Several real nodes with a block a second, that can lag, fail and fork; consensus is a "
    "stand-in, not QBFT. Needs scripts/install --nodes.",
)
@json_option
def up(state: Path, parties: Path, port: int, nodes: int, as_json: bool) -> None:
    """Start a devnet over a folder, or resume the one that is there.

    Database, chain, contracts, members, API, worker and console; everybody's token is printed.
    The same folder brings the same chain back, block hash for block hash. Ctrl-C ends it.
    """
    from entrepot.devnet import founding
    from entrepot.devnet.stack import open_stack

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())

    def say(line: str) -> None:
        if not as_json:
            click.echo(line)

    with (
        log_into(state),
        open_stack(
            state, parties, port=port, nodes=nodes, say=lambda what: say(f"Starting: {what}")
        ) as stack,
    ):
        founding.found(stack, stack.ground.members, lambda played: say(f"  {played.step.say}"))
        head = stack.ground.chain.head()
        places = {
            "api": stack.url,
            "console": stack.whereabouts.console_url,
            "rpc": stack.whereabouts.rpc_url,
            "state": str(state.absolute()),
        }
        if as_json:
            block = {"number": head.number, "hash": head.block_hash}
            print_json({**places, "head": block, "tokens": stack.tokens})
        else:
            _print(places, stack.tokens, f"{head.number} {head.block_hash}")
        restarts: dict[str, int] = {}
        while not stop.wait(0.2):
            stack.supervisor.check()
            for name, count in stack.supervisor.restarts().items():
                if count > restarts.get(name, 0):
                    say(f"{name} had ended and was started again")
            restarts = stack.supervisor.restarts()
        say("Stopping")


def _print(places: dict[str, str], tokens: dict[str, str], head: str) -> None:
    click.echo("")
    for name, place in {**places, "head": head}.items():
        click.echo(f"{name:>8}  {place}")
    click.echo("\nTokens (Authorization: Bearer ...)")
    for name, token in tokens.items():
        click.echo(f"  {name:<24} {token}")
    click.echo("\nCtrl-C ends it.", nl=True)
