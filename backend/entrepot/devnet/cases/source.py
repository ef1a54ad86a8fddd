"""What a devnet's node says of its blocks, as a case has them before they are played again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from entrepot.chain.codec import decode_call
from entrepot.chain.deployment import Deployment
from entrepot.chain.errors import Undecodable
from entrepot.devnet import cast
from entrepot.devnet.cases.case import Block, CaseError, Transaction
from entrepot.kit.abi import Address

DEPLOYMENT = "deployment"


class Ask(Protocol):
    """A question to the node: a method and its parameters; answers the result."""

    def __call__(self, method: str, *params: object) -> Any: ...


def names_of(members: Sequence[cast.Member]) -> dict[Address, str]:
    """Everybody of a devnet by address."""
    return {cast.address_of(person): person for person in cast.people(list(members))}


def read_blocks(
    ask: Ask, last: int, names: Mapping[Address, str], deployment: Deployment
) -> tuple[Block, ...]:
    """Blocks 1 to `last` with their transactions' signed bytes."""
    return tuple(_block(ask, number, names, deployment) for number in range(1, last + 1))


def deployed_at(blocks: Sequence[Block]) -> int:
    """The block from which the contracts stand: the last one with a transaction of the deployer."""
    made = [b.number for b in blocks if any(t.by == cast.DEPLOYER for t in b.transactions)]
    if not made:
        raise CaseError("nobody known has deployed the contracts here: this is no devnet of ours")
    return made[-1]


def _block(ask: Ask, number: int, names: Mapping[Address, str], deployment: Deployment) -> Block:
    found = ask("eth_getBlockByNumber", hex(number), True)
    return Block(
        number=number,
        time=int(found["timestamp"], 16),
        hash=found["hash"],
        transactions=tuple(
            Transaction(
                raw=ask("eth_getRawTransactionByHash", each["hash"]),
                hash=each["hash"],
                by=names.get(_address(each["from"]), each["from"]),
                call=call_of(each["to"], _octets(each["input"]), deployment),
            )
            for each in found["transactions"]
        ),
    )


def call_of(to: str | None, data: bytes, deployment: Deployment) -> str:
    """`Financing.release`; what we do not know by its address and selector."""
    if to is None:
        return DEPLOYMENT
    contract = deployment.name_of(_address(to))
    if contract is not None:
        try:
            return decode_call(contract, data).abi.path
        except Undecodable:
            return f"{contract}.0x{data[:4].hex()}"
    return f"{to}.0x{data[:4].hex()}"


def _address(text: str) -> Address:
    return Address(_octets(text))


def _octets(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
