"""Ids and digests as contracts/types/Ids.sol and the contracts derive them.

An id is keccak256 of chain, contract and natural key, so a client knows it before the transaction
is mined. Natural keys come from `entrepot.kit.hashing.natural_key`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth_hash.auto import keccak

from entrepot.bindings.evidence import EvidenceState
from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.financings import FinancingTerms
from entrepot.bindings.ids import (
    EvidenceId,
    FinancingId,
    OrderId,
    ParticipantId,
    TitleId,
    VoyageId,
)
from entrepot.bindings.trade_orders import Attester, OrderTerms
from entrepot.chain.codec import encode_values
from entrepot.kit.abi import Address, Field

APPROVAL = (
    "Approval(bytes32 financingId,bytes32 termsHash,bytes32 documentRoot,bytes20 lender,"
    "uint64 deadline)"
)
_MARKS = {EvidenceState.NONE: bytes(32), EvidenceState.WITHDRAWN: (1).to_bytes(32)}
CALL = "Call(bytes signer,address target,bytes data,uint256 nonce,uint64 deadline)"
DOMAIN = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"


def _hash(types: Sequence[str | Field], *values: Any) -> bytes:
    return keccak(encode_values(types, values))


def order_id(
    chain_id: int, trade_orders: Address, exporter: ParticipantId, natural_key: bytes
) -> OrderId:
    types = ("uint256", "address", "bytes20", "bytes32")
    return OrderId(_hash(types, chain_id, trade_orders, exporter, natural_key))


def evidence_id(
    chain_id: int,
    evidence: Address,
    subject: OrderId | VoyageId,
    attester: ParticipantId,
    kind: EvidenceKind,
    source_key: bytes,
) -> EvidenceId:
    types = ("uint256", "address", "bytes32", "bytes20", "uint8", "bytes32")
    values = (chain_id, evidence, subject, attester, int(kind), source_key)
    return EvidenceId(_hash(types, *values))


def voyage_id(
    chain_id: int, evidence: Address, carrier: ParticipantId, voyage_key: bytes
) -> VoyageId:
    types = ("uint256", "address", "bytes20", "bytes32")
    return VoyageId(_hash(types, chain_id, evidence, carrier, voyage_key))


def title_id(
    chain_id: int, titles: Address, carrier: ParticipantId, reference_key: bytes
) -> TitleId:
    types = ("uint256", "address", "bytes20", "bytes32")
    return TitleId(_hash(types, chain_id, titles, carrier, reference_key))


def reissued_title_id(chain_id: int, titles: Address, voided: TitleId) -> TitleId:
    """Of the bill that takes the place of a void one."""
    return TitleId(_hash(("uint256", "address", "bytes32"), chain_id, titles, voided))


def financing_id(
    chain_id: int, financing: Address, order: OrderId, natural_key: bytes
) -> FinancingId:
    types = ("uint256", "address", "bytes32", "bytes32")
    return FinancingId(_hash(types, chain_id, financing, order, natural_key))


def key_id(signer: bytes) -> bytes:
    """The id of an ERC-7913 signer's key in Participants: keccak256 of its bytes."""
    return keccak(signer)


def terms_hash(terms: FinancingTerms) -> bytes:
    """keccak256(abi.encode(terms)): what Financing stores, and checks each call's terms against."""
    return _hash((Field("terms", terms.abi.type, FinancingTerms),), terms)


def order_digest(
    order: OrderId, version: int, terms: OrderTerms, attesters: Sequence[Attester]
) -> bytes:
    """As TradeOrders.digest: what the other party confirms by accepting."""
    named = Field("attesters", f"{Attester.abi.type}[]", Attester)
    types = ("bytes32", "uint32", Field("terms", terms.abi.type, OrderTerms), named)
    return _hash(types, order, version, terms, tuple(attesters))


def document_root(items: Sequence[tuple[EvidenceId, EvidenceState, bytes]]) -> bytes:
    """keccak256 over the ids and marks of a basis, as Evidence.documentRoot.

    A mark is the commitment while the fact stands, and says NONE or WITHDRAWN otherwise.
    """
    ids = tuple(evidence_id for evidence_id, _, _ in items)
    marks = tuple(
        commitment if state is EvidenceState.RECORDED else _MARKS[state]
        for _, state, commitment in items
    )
    return _hash(("bytes32[]", "bytes32[]"), ids, marks)


def approval_digest(
    chain_id: int,
    financing: Address,
    financing_id: FinancingId,
    terms_hash: bytes,
    document_root: bytes,
    lender: ParticipantId,
    deadline: int,
) -> bytes:
    """The EIP-712 digest that a lender's officer signs.

    deadline: Unix seconds of chain time, the last second in which the signature is taken.
    """
    approval = _hash(
        ("bytes32", "bytes32", "bytes32", "bytes32", "bytes20", "uint64"),
        keccak(APPROVAL.encode()),
        financing_id,
        terms_hash,
        document_root,
        lender,
        deadline,
    )
    return _typed(b"Entrepot Financing", chain_id, financing, approval)


def call_digest(
    chain_id: int,
    participants: Address,
    signer: bytes,
    target: Address,
    data: bytes,
    nonce: int,
    deadline: int,
) -> bytes:
    """The EIP-712 digest that a key signs for Participants.callSigned.

    signer: ERC-7913. deadline: Unix seconds of chain time, the last at which the call may be made.
    """
    call = _hash(
        ("bytes32", "bytes32", "address", "bytes32", "uint256", "uint64"),
        keccak(CALL.encode()),
        keccak(signer),
        target,
        keccak(data),
        nonce,
        deadline,
    )
    return _typed(b"Entrepot Participants", chain_id, participants, call)


def _typed(name: bytes, chain_id: int, contract: Address, struct_hash: bytes) -> bytes:
    """EIP-712, version "1" of the contract's domain."""
    domain = _hash(
        ("bytes32", "bytes32", "bytes32", "uint256", "address"),
        keccak(DOMAIN.encode()),
        keccak(name),
        keccak(b"1"),
        chain_id,
        contract,
    )
    return keccak(b"\x19\x01" + domain + struct_hash)
