"""The command line. A command's module is imported only when it is called, so that `--help` is
quick; each says what it did in words, or with `--json` as data.

Exit codes: 0 ok, 1 failed, 2 usage, 3 unavailable (something that must run does not).
"""

from importlib import import_module

import click

from entrepot import __version__

COMMANDS = {
    "up": "Start or resume a devnet: database, chain, contracts, members, API, worker.",
    "demo": "Play a whole settlement on a devnet of its own, and print the statement.",
    "replay": "Play a settlement, record it as a case, check it, step through it, fork it.",
    "status": "Where a running devnet is, and how far everything has come.",
    "doctor": "Check this machine and what runs on it, and say how to mend what is wrong.",
    "explain": "Say in plain words why a tranche was released, or what it waits for.",
    "audit": "Compare every projection with the contracts at one block.",
    "trail": "Check an audit trail that the console gave, without any network.",
    "reindex": "Read the chain again from the first block; the digest must not change.",
    "orders": "Orders, as a member sees them.",
    "facilities": "Facilities, as a member sees them.",
    "statements": "What repayments brought a member, line by line.",
    "events": "What happened, as a member sees it.",
    "webhooks": "Where a member is told of events: create, look, replay, rotate.",
    "listen": "Follow events, and hand them on to a program on this machine, signed.",
    "trigger": "Make something happen on a devnet, so that its event comes.",
    "clock": "Show the time of a devnet's chain, or move it forward.",
    "ingest": "Send a folder of documents and events to the API.",
    "verify": "Check a document against what was disclosed of it, without any network.",
    "vault": "Keep documents: rotate keys, sweep, hold, erase, give and take access.",
    "clients": "Machines that may ask for tokens: add, list, rotate their keys, disable.",
    "consents": "What others may see: ask, grant, authorise, revoke, and who has looked.",
    "people": "People of the console: invite, grant, list, disable.",
    "token": "Print a working access token of a member of a running devnet.",
    "bench": "Measure this machine.",
    "examine": "Examine documents on disk under the terms of a credit.",
    "outbox": "Calls of ours on their way to the chain; cancel one.",
    "simulate": "Put the worker through forks, crashes and lies, and hold its tables to the chain.",
    "network": "Write what a permissioned network of Besu nodes starts from.",
    "deploy": "Deploy the contracts to a node, or verify that they are there.",
    "migrate": "Bring the database to this version's tables.",
    "api": "Serve the API and the console.",
    "worker": "Run the worker.",
}


class LazyGroup(click.Group):
    """Knows its commands by name; imports `entrepot.cli.NAME` for the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 (click's signature)
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        return getattr(import_module(f"entrepot.cli.{cmd_name}"), cmd_name)

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 (click's signature)
        formatter: click.HelpFormatter,
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            from entrepot.cli.meanings import told

            if (outcome := told(error)) is None:
                raise
            raise outcome from error


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="entrepot")
def main() -> None:
    """Entrepot: trade finance on a permissioned ledger."""
