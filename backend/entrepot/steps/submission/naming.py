"""Addresses, keys and derived ids, as this deployment has them."""

from __future__ import annotations

from uuid import uuid4

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.ids import (
    EvidenceId,
    FinancingId,
    OrderId,
    ParticipantId,
    TitleId,
    VoyageId,
)
from entrepot.chain import ids
from entrepot.domain.keys import Keys
from entrepot.kit.abi import Address
from entrepot.steps import World


def keys(world: World) -> Keys:
    return Keys(world.settings.consortium_key.get_secret_value())


def contract(world: World, name: str) -> Address:
    """Where that contract lives: "TradeOrders", "Evidence", "Titles", "Financing", ..."""
    return world.deployment[name]


def order_id(world: World, exporter: ParticipantId, natural_key: bytes) -> OrderId:
    address = contract(world, "TradeOrders")
    return ids.order_id(world.deployment.chain_id, address, exporter, natural_key)


def evidence_id(
    world: World,
    subject: OrderId | VoyageId,
    attester: ParticipantId,
    kind: EvidenceKind,
    source_key: bytes,
) -> EvidenceId:
    address, chain_id = contract(world, "Evidence"), world.deployment.chain_id
    return ids.evidence_id(chain_id, address, subject, attester, kind, source_key)


def voyage_id(world: World, carrier: ParticipantId, voyage_key: bytes) -> VoyageId:
    address = contract(world, "Evidence")
    return ids.voyage_id(world.deployment.chain_id, address, carrier, voyage_key)


def title_id(world: World, carrier: ParticipantId, reference_key: bytes) -> TitleId:
    address = contract(world, "Titles")
    return ids.title_id(world.deployment.chain_id, address, carrier, reference_key)


def reissued_title_id(world: World, voided: TitleId) -> TitleId:
    return ids.reissued_title_id(world.deployment.chain_id, contract(world, "Titles"), voided)


def financing_id(world: World, order: OrderId, natural_key: bytes) -> FinancingId:
    address = contract(world, "Financing")
    return ids.financing_id(world.deployment.chain_id, address, order, natural_key)


def hexed(value: bytes) -> str:
    """An id as the API spells it."""
    return "0x" + value.hex()


def once(key: str) -> str:
    """A key of its own for an act that may be repeated: hold, lift, hold again."""
    return f"{key}:{uuid4().hex}"
