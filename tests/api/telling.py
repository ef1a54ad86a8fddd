"""What the chain tells, as rows: events of the ledger in blocks, and how far all is judged."""

from __future__ import annotations

import hashlib
from typing import Any

from entrepot.bindings.evidence import (
    EvidenceRecorded,
    EvidenceWithdrawn,
    Fact,
    VoyageFactRecorded,
)
from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.ids import EvidenceId, OrderId, VoyageId
from entrepot.bindings.trade_orders import OrderAccepted
from entrepot.chain.codec import encode_event
from entrepot.kit.abi import Event
from entrepot.kit.clock import to_unix
from entrepot.store.tables import Block, Log, Progress
from tests.api.stage import HEAD, NOW, Stage, contract_at, member


def block(stage: Stage, number: int, fork: str = "") -> None:
    """A block; of another fork it has another hash."""
    digest = hashlib.sha256(f"block {number} {fork}".encode()).digest()
    stage.insert(
        Block(
            number=number,
            hash=digest,
            parent_hash=bytes(32),
            timestamp=to_unix(NOW) + (number - HEAD) * 12,
        )
    )


def tell(stage: Stage, number: int, *events: Event, fork: str = "") -> None:
    """A block with these events of the contracts, judged at once."""
    block(stage, number, fork)
    for index, event in enumerate(events):
        topics, data = encode_event(event)
        stage.insert(
            Log(
                block_number=number,
                log_index=index,
                tx_hash=hashlib.sha256(f"tx {number} {index}".encode()).digest(),
                address=contract_at(event.abi.contract),
                contract=event.abi.contract,
                event=event.abi.name,
                stream=topics[1],
                topics=list(topics),
                data=data,
            )
        )
    judged(stage, number)


def judged(stage: Stage, number: int) -> None:
    """Every tranche is judged up to here."""
    stage.insert(Progress(step="conditions", block_number=number))


def accepted(order_id: bytes) -> Event:
    return OrderAccepted(order_id=OrderId(order_id), importer=member("importer"), version=1)


def recorded(
    order_id: bytes, kind: str = "IMPORT_RELEASED", attester: str = "import_customs"
) -> Event:
    return EvidenceRecorded(
        order_id=OrderId(order_id),
        evidence_id=EvidenceId(hashlib.sha256(order_id + kind.encode()).digest()),
        attester=member(attester),
        fact=Fact(
            kind=EvidenceKind[kind],
            source_key=bytes(31) + b"\7",
            commitment=bytes(31) + b"\x08",
            occurred_at=to_unix(NOW),
            supersedes=bytes(32),
        ),
    )


def departed(voyage_id: bytes) -> Event:
    return VoyageFactRecorded(
        voyage_id=VoyageId(voyage_id),
        evidence_id=EvidenceId(hashlib.sha256(voyage_id).digest()),
        attester=member("carrier"),
        voyage_key=bytes(32),
        fact=Fact(
            kind=EvidenceKind.VESSEL_DEPARTED,
            source_key=bytes(31) + b"\7",
            commitment=bytes(31) + b"\x08",
            occurred_at=to_unix(NOW),
            supersedes=bytes(32),
        ),
    )


def withdrawn(order_id: bytes, kind: str = "IMPORT_RELEASED") -> Event:
    return EvidenceWithdrawn(
        order_id=OrderId(order_id),
        evidence_id=EvidenceId(hashlib.sha256(order_id + kind.encode()).digest()),
        attester=member("import_customs"),
        kind=EvidenceKind[kind],
        reason=bytes(32),
    )


def feed_of(stage: Stage, actor: str, **query: Any) -> list[dict[str, Any]]:
    answer = stage.get(actor, "/v1/events", params=query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def types_of(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]
