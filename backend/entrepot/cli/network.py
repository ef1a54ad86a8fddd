"""`entrepot network`: the files that a network of validators starts from."""

from pathlib import Path

import click

from entrepot.cli.options import json_option, print_json


@click.group()
def network() -> None:
    """A permissioned network of your own."""


@network.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=False))
@click.option("--validators", type=click.IntRange(4, 20), default=4, show_default=True)
@click.option("--chain-id", type=click.IntRange(1), required=True, help="One that is yours alone.")
@click.option(
    "--account",
    "accounts",
    multiple=True,
    metavar="ADDRESS",
    help="Who may send transactions: deployer, keeper, signers; may be repeated.",
)
@json_option
def init(
    folder: Path, validators: int, chain_id: int, accounts: tuple[str, ...], as_json: bool
) -> None:
    """Write a Besu QBFT genesis, node keys, allow-lists and a compose file into a new FOLDER.

    None of it has been run with Besu where this was written: docs/howto/permissioned-network.md
    says what was checked, and what is still to be done before anybody relies on it.
    """
    from entrepot.chain import network as files
    from entrepot.cli.outcomes import Failed
    from entrepot.kit.abi import Address

    try:
        senders = [Address(bytes.fromhex(account.removeprefix("0x"))) for account in accounts]
    except ValueError:
        senders = [Address(b"")]
    if any(len(sender) != 20 for sender in senders):
        raise click.UsageError("an account is 0x and 40 hexadecimal digits")
    try:
        first, others = files.write(folder, chain_id, validators, senders)
    except FileExistsError as error:
        raise Failed(f"{folder} is there already: keys are not written over") from error
    nodes = [*first, *others]
    if as_json:
        print_json({node.name: {"address": node.address, "enode": node.enode} for node in nodes})
        return
    for node in nodes:
        click.echo(f"{node.name:<12} 0x{node.address.hex()}  {node.host}")
    click.echo(f"Written to {folder}. Not run with Besu: read docs/howto/permissioned-network.md.")
    if not senders:
        click.echo("No account may send yet: fill accounts-allowlist in permissions_config.toml.")
