"""`entrepot deploy`: our contracts on a chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from entrepot.cli.options import json_option, print_json

if TYPE_CHECKING:
    from entrepot.chain.deployment import Deployment, TokenTerms
    from entrepot.kit.abi import Address


@click.command()
@click.option("--deployer", metavar="ADDRESS", help="A key of ours that does nothing else.")
@click.option("--governor", metavar="ADDRESS", help="Who changes members and rules, after a delay.")
@click.option("--guardian", metavar="ADDRESS", help="Who may cancel that, suspend and pause.")
@click.option(
    "--delay",
    "delay_s",
    type=click.IntRange(min=1, max=30 * 24 * 60 * 60),
    default=2 * 24 * 60 * 60,
    show_default=True,
    metavar="SECONDS",
    help="How long the governor waits.",
)
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
    deployer: str | None,
    governor: str | None,
    guardian: str | None,
    delay_s: int,
    tokens: tuple[str, ...],
    verify: bool,
    as_json: bool,
) -> None:
    """Deploy the contracts to the node of ENTREPOT_RPC_URL, or verify that they are there.

    Safe to repeat: what is there already is found and not deployed again. Where everything lives
    is written to ENTREPOT_DEPLOYMENT_FILE. Verifying looks at code, rights, delays and who holds
    which role.
    """
    from entrepot.chain import deploying, governance
    from entrepot.chain.deployment import Deployment
    from entrepot.chain.node import HttpNode
    from entrepot.chain.rpc import Rpc
    from entrepot.settings import Settings
    from entrepot.wiring import signers

    settings = Settings()
    rpc = Rpc(settings.rpc_urls[0])
    node = HttpNode(rpc)
    sent = 0
    try:
        if verify:
            deployment = Deployment.load(settings.deployment_path)
            deploying.verify(node, deployment)
            governance.check_history(node, deployment)
        else:
            key, governs, guards = _parties(deployer, governor, guardian)
            before = node.nonce(key)
            with signers(settings) as keys:
                deployment = deploying.deploy(
                    node,
                    keys.signer(key),
                    governor=governs,
                    guardian=guards,
                    delay_s=delay_s,
                    tokens=[_token(token) for token in tokens],
                )
            sent = node.nonce(key) - before
            deployment.save(settings.deployment_path)
    finally:
        rpc.close()
    places = {name: "0x" + at.hex() for name, at in deployment.contracts.items()}
    if as_json:
        print_json(_told(deployment, sent))
        return
    done = f"{sent} transactions" if sent else "nothing to do, all of it is there"
    click.echo(f"chain {deployment.chain_id}, from block {deployment.first_block}: {done}")
    for name, at in places.items():
        click.echo(f"  {at}  {name}")


def _told(deployment: Deployment, sent: int) -> dict[str, object]:
    return {
        "chain_id": deployment.chain_id,
        "first_block": deployment.first_block,
        "transactions": sent,
        "contracts": {name: "0x" + at.hex() for name, at in deployment.contracts.items()},
        "governor": "0x" + deployment.governor.hex(),
        "guardian": "0x" + deployment.guardian.hex(),
        "delay_s": deployment.delay_s,
    }


def _parties(
    deployer: str | None, governor: str | None, guardian: str | None
) -> tuple[Address, Address, Address]:
    if not (deployer and governor and guardian):
        raise click.UsageError("--deployer, --governor and --guardian are needed")
    parties = _address(deployer), _address(governor), _address(guardian)
    if len(set(parties)) < len(parties):
        raise click.UsageError("deployer, governor and guardian are three accounts")
    return parties


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
