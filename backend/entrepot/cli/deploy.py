"""`entrepot deploy`: our contracts on a chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from entrepot.cli.options import json_option, print_json

if TYPE_CHECKING:
    from entrepot.chain.deployment import TokenTerms
    from entrepot.kit.abi import Address


@click.command()
@click.option("--deployer", metavar="ADDRESS", help="A key in the keystore that does nothing else.")
@click.option("--governor", metavar="ADDRESS", help="Who gets the administration.")
@click.option(
    "--token",
    "tokens",
    multiple=True,
    metavar="LEI:CCY",
    help="A bank's deposits to deploy, like ENTR00HARBOURBANK155:USD; may be repeated.",
)
@click.option("--verify", is_flag=True, help="Deploy nothing: check what is there.")
@json_option
def deploy(
    deployer: str | None, governor: str | None, tokens: tuple[str, ...], verify: bool, as_json: bool
) -> None:
    """Deploy the contracts to the node of ENTREPOT_RPC_URL, or verify that they are there.

    Safe to repeat: what is there already is found and not deployed again. Where everything lives
    is written to ENTREPOT_DEPLOYMENT_FILE.
    """
    from entrepot.chain import deploying
    from entrepot.chain.deployment import Deployment
    from entrepot.chain.node import HttpNode
    from entrepot.chain.rpc import Rpc
    from entrepot.settings import Settings
    from entrepot.wiring import keystore

    settings = Settings()
    rpc = Rpc(settings.rpc_url)
    node = HttpNode(rpc)
    try:
        if verify:
            deployment = Deployment.load(settings.deployment_path)
            deploying.verify(node, deployment)
        else:
            if not (deployer and governor):
                raise click.UsageError("--deployer and --governor are needed")
            deployment = deploying.deploy(
                node,
                keystore(settings).signer(_address(deployer)),
                governor=_address(governor),
                tokens=[_token(token) for token in tokens],
            )
            deployment.save(settings.deployment_path)
    finally:
        rpc.close()
    places = {name: "0x" + at.hex() for name, at in deployment.contracts.items()}
    if as_json:
        print_json({"chain_id": deployment.chain_id, "contracts": places})
        return
    click.echo(f"chain {deployment.chain_id}, from block {deployment.first_block}")
    for name, at in places.items():
        click.echo(f"  {at}  {name}")


def _address(text: str) -> Address:
    from entrepot.kit.abi import Address

    try:
        address = Address(bytes.fromhex(text.removeprefix("0x")))
    except ValueError:
        raise click.UsageError(f"{text} is no address") from None
    if len(address) != 20:
        raise click.UsageError(f"{text} is no address")
    return address


def _token(text: str) -> TokenTerms:
    from entrepot.bindings.ids import ParticipantId
    from entrepot.chain.deployment import TokenTerms
    from entrepot.domain.identifiers import parse_lei
    from entrepot.domain.money import exponent_of

    lei, _, currency = text.partition(":")
    return TokenTerms(
        issuer=ParticipantId(parse_lei(lei).encode("ascii")),
        currency=currency,
        decimals=exponent_of(currency),
    )
