"""What TradeTrust's token registry costs on our node, to compare our bills of lading with.

It is a neighbour, not a dependency: `scripts/tradetrust.py` fetches its npm package into a folder
that is gone afterwards, and its contracts run from the bytecode that the package ships. Theirs, as
ours, is Apache-2.0. Remarks are left empty, which is the cheapest that it can do.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_hash.auto import keccak

from entrepot.chain.answers import Receipt
from entrepot.chain.codec import encode_values
from entrepot.chain.sender import FREE, GAS_CAP, broadcast
from entrepot.chain.signer import LocalSigner, Transaction
from entrepot.devnet import cast
from entrepot.devnet.rehearsal import Rehearsal
from entrepot.kit.abi import Address

TOKEN = int.from_bytes(keccak(b"a bill of lading"))
"""Theirs is the hash of the document."""

NO_REMARK = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Gas of each verb, by their names. transfer_owners moves both holder and beneficiary."""

    version: str
    mint: int
    transfer_owners: int
    return_to_issuer: int
    burn: int


def measure(stage: Rehearsal, package: Path) -> Costs:
    """Issues a title, moves it, gives it back and takes it off the register."""
    neighbour = _Neighbour(stage, package)
    issuer, seller, buyer = (
        _Person(f"tradetrust {part}") for part in ("issuer", "seller", "buyer")
    )
    factory = neighbour.create(issuer, "TitleEscrowFactory", [])
    registry = neighbour.create(issuer, "TradeTrustToken", ["Bills", "BILL", factory])

    def register(verb: str, *arguments: Any) -> Receipt:
        return neighbour.call(issuer, "TradeTrustToken", registry, verb, [*arguments, NO_REMARK])

    def move(who: _Person, verb: str, *to: bytes) -> int:
        return neighbour.call(who, "TitleEscrow", escrow, verb, [*to, NO_REMARK]).gas_used

    minted = register("mint", seller.address, seller.address, TOKEN)
    escrow = neighbour.escrow(factory, minted)
    return Costs(
        version=neighbour.version,
        mint=minted.gas_used,
        transfer_owners=move(seller, "transferOwners", buyer.address, buyer.address),
        return_to_issuer=move(buyer, "returnToIssuer"),
        burn=register("burn", TOKEN).gas_used,
    )


class _Person:
    """One key, and its next nonce."""

    def __init__(self, name: str) -> None:
        self.signer = LocalSigner(cast.secret_of(name))
        self.address = self.signer.address
        self.nonce = 0


class _Neighbour:
    """Their contracts, by the artifacts of their package."""

    def __init__(self, stage: Rehearsal, package: Path) -> None:
        self._stage = stage
        self._artifacts = package / "dist" / "artifacts"
        self.version: str = json.loads((package / "package.json").read_text())["version"]

    def create(self, who: _Person, name: str, arguments: list[Any]) -> Address:
        artifact = self._artifact(name)
        constructor = next(e for e in artifact["abi"] if e["type"] == "constructor")
        code = bytes.fromhex(artifact["bytecode"].removeprefix("0x"))
        receipt = self._send(who, None, code + encode_values(_types(constructor), arguments))
        if receipt.contract is None:
            raise ValueError(f"TradeTrust's {name} was not created")
        return receipt.contract

    def call(
        self, who: _Person, name: str, to: Address, verb: str, arguments: list[Any]
    ) -> Receipt:
        entry = self._entry(name, "function", verb)
        return self._send(who, to, _signature(entry)[:4] + encode_values(_types(entry), arguments))

    def escrow(self, factory: Address, receipt: Receipt) -> Address:
        """The contract that the factory made for a new title, by its event."""
        topic = _signature(self._entry("TitleEscrowFactory", "event", "TitleEscrowCreated"))
        log = next(log for log in receipt.logs if log.address == factory and log.topics[0] == topic)
        return Address(log.topics[1][12:])

    def _artifact(self, name: str) -> dict[str, Any]:
        return json.loads((self._artifacts / f"{name}.sol" / f"{name}.json").read_text())

    def _entry(self, name: str, kind: str, word: str) -> dict[str, Any]:
        abi = self._artifact(name)["abi"]
        return next(e for e in abi if e["type"] == kind and e["name"] == word)

    def _send(self, who: _Person, to: Address | None, data: bytes) -> Receipt:
        node = self._stage.world.node
        signed = who.signer.sign_transaction(
            Transaction(
                chain_id=self._stage.world.deployment.chain_id,
                nonce=who.nonce,
                to=to,
                data=data,
                gas=GAS_CAP,
                fees=FREE,
            )
        )
        who.nonce += 1
        broadcast(node, signed.raw)
        self._stage.ground.sequencer.mine()
        receipt = node.receipt(signed.hash)
        if receipt is None or not receipt.succeeded:
            raise ValueError(f"TradeTrust's registry refused 0x{data[:4].hex()}")
        return receipt


def _types(entry: dict[str, Any]) -> list[str]:
    return [parameter["type"] for parameter in entry["inputs"]]


def _signature(entry: dict[str, Any]) -> bytes:
    return keccak(f"{entry['name']}({','.join(_types(entry))})".encode())
