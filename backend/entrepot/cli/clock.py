"""`entrepot clock`: the test clock of a devnet, so that what comes with time comes now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from entrepot.cli.options import json_option, print_json, state_option

if TYPE_CHECKING:
    from datetime import datetime

    from entrepot.chain.rpc import Rpc


@click.command()
@click.argument("to", required=False)
@state_option
@json_option
def clock(to: str | None, *, state: Path, as_json: bool) -> None:
    """Show the chain's time, or move it forward: TO is +90d, +6h, +1d12h, or a date.

    Deadlines, interest, maturities and what the worker does when they pass go by the chain's time.
    Tokens, consents and quotes go by this machine's, and are not touched. Time does not go back.
    """
    from entrepot.chain.errors import ChainError
    from entrepot.chain.rpc import Rpc
    from entrepot.cli.finding import whereabouts
    from entrepot.cli.outcomes import Failed

    rpc = Rpc(whereabouts(state).rpc_url)
    try:
        if to is not None:
            _move(rpc, to)
        number, at = _head(rpc)
    except ChainError as error:
        raise Failed(f"the chain's time was not moved: {error}") from error
    finally:
        rpc.close()
    if as_json:
        print_json({"block": number, "at": at.isoformat()})
    else:
        click.echo(f"{at:%Y-%m-%d %H:%M:%S} UTC, block {number}")


def _move(rpc: Rpc, to: str) -> None:
    """Mines an empty block at that time; the chain's clock runs on from there."""
    from entrepot.devnet.cases.commands import NotUnderstood, duration, moment
    from entrepot.kit.clock import to_unix

    _, now = _head(rpc)
    try:
        at = now + duration(to) if to.startswith("+") else moment(to)
    except (NotUnderstood, OverflowError) as error:
        raise click.UsageError(f"TO: {error}") from error
    if at <= now:
        raise click.UsageError(f"TO: the chain is at {now:%Y-%m-%d %H:%M:%S} UTC already")
    rpc.ask("evm_setNextBlockTimestamp", to_unix(at), into=object)
    rpc.ask("evm_mine", into=object)


def _head(rpc: Rpc) -> tuple[int, datetime]:
    from entrepot.chain.node import HttpNode
    from entrepot.kit.clock import from_unix

    head = HttpNode(rpc).block("latest")
    return head.number, from_unix(head.timestamp)
