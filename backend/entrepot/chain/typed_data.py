"""What a key signs besides transactions (EIP-712): the digest, and the document that it is of.

A key in our memory needs the digest only. Whatever holds a key elsewhere wants to see what it is
asked to sign, and comes to the digest by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from entrepot.bindings.ids import FinancingId, ParticipantId
from entrepot.chain.ids import APPROVAL, DOMAIN, approval_digest
from entrepot.kit.abi import Address


@dataclass(frozen=True, slots=True)
class TypedData:
    """digest: 32 bytes. document: as eth_signTypedData_v4 takes it."""

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
    digest = approval_digest(
        chain_id, financing, financing_id, terms_hash, document_root, lender, deadline
    )
    values = (financing_id, terms_hash, document_root, lender)
    name, fields = _members(APPROVAL)
    told: list[Any] = ["0x" + value.hex() for value in values]
    document = {
        "types": dict([_members(DOMAIN), (name, fields)]),
        "primaryType": name,
        "domain": {
            "name": "Entrepot Financing",
            "version": "1",
            "chainId": chain_id,
            "verifyingContract": "0x" + financing.hex(),
        },
        "message": dict(
            zip([field["name"] for field in fields], [*told, str(deadline)], strict=True)
        ),
    }
    return TypedData(digest, document)


def _members(encoded: str) -> tuple[str, list[dict[str, str]]]:
    """A type as EIP-712 encodes it, taken apart."""
    name, _, listed = encoded.rstrip(")").partition("(")
    fields = [member.split(" ") for member in listed.split(",")]
    return name, [{"name": field, "type": kind} for kind, field in fields]
