"""What a key signs besides transactions (EIP-712): the digest, and the document that it is of.

A key in our memory needs the digest only. Whatever holds a key elsewhere, a wallet, an HSM or a
signing service, wants to see what it is asked to sign, and comes to the digest by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from entrepot.bindings.ids import FinancingId, ParticipantId
from entrepot.chain.ids import APPROVAL, CALL, DOMAIN, approval_digest, call_digest
from entrepot.kit.abi import Address


@dataclass(frozen=True, slots=True)
class TypedData:
    """digest: 32 bytes. document: as eth_signTypedData_v4 takes it; numbers are written as text,
    for JavaScript would round the long ones."""

    digest: bytes
    document: dict[str, Any]


def approval(
    chain_id: int,
    financing: Address,
    financing_id: FinancingId,
    terms_hash: bytes,
    document_root: bytes,
    lender: ParticipantId,
    deadline: int,
) -> TypedData:
    """What a lender's officer signs; see `ids.approval_digest`."""
    values = (financing_id, terms_hash, document_root, lender, deadline)
    return TypedData(
        approval_digest(chain_id, financing, *values),
        _document("Entrepot Financing", chain_id, financing, APPROVAL, *values),
    )


def call(
    chain_id: int,
    participants: Address,
    signer: bytes,
    target: Address,
    data: bytes,
    nonce: int,
    deadline: int,
) -> TypedData:
    """What any key signs for a call to be made in its name; see `ids.call_digest`."""
    values = (signer, target, data, nonce, deadline)
    return TypedData(
        call_digest(chain_id, participants, *values),
        _document("Entrepot Participants", chain_id, participants, CALL, *values),
    )


def _document(
    contract: str, chain_id: int, address: Address, encoded: str, *values: bytes | int
) -> dict[str, Any]:
    name, fields = _members(encoded)
    told = [str(value) if isinstance(value, int) else f"0x{value.hex()}" for value in values]
    return {
        "types": dict([_members(DOMAIN), (name, fields)]),
        "primaryType": name,
        "domain": {
            "name": contract,
            "version": "1",
            "chainId": chain_id,
            "verifyingContract": f"0x{address.hex()}",
        },
        "message": dict(zip([field["name"] for field in fields], told, strict=True)),
    }


def _members(encoded: str) -> tuple[str, list[dict[str, str]]]:
    """A type as EIP-712 encodes it, taken apart."""
    name, _, listed = encoded.rstrip(")").partition("(")
    fields = [member.split(" ") for member in listed.split(",")]
    return name, [{"name": field, "type": kind} for kind, field in fields]
