"""Facts on their way to the ledger, recorded by a named attester, and off it again."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.bindings.evidence import (
    Fact,
    Record,
    RecordOnVoyage,
    Withdraw,
    WithdrawFromVoyage,
)
from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.ids import EvidenceId, OrderId, VoyageId
from entrepot.bindings.roles import Permission
from entrepot.domain.documents.fields import Fields
from entrepot.domain.errors import AlreadyAsked
from entrepot.domain.keys import NO_FIELDS
from entrepot.kit.abi import Address
from entrepot.kit.hashing import sha256
from entrepot.steps import World
from entrepot.steps.submission import checks, naming, papers, repository
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.intents import Step, submit
from entrepot.store.session import Session
from entrepot.store.tables import EvidenceItem

NO_SOURCE = bytes(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagOrder:
    """kind: an adverse kind that no paper of the trade stands for. reason: kept off the chain."""

    order_id: OrderId
    kind: EvidenceKind
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A fact about to be recorded, and the id that it will have."""

    evidence_id: EvidenceId
    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A fact that stands on the ledger, or is on its way there, by what names it."""

    evidence_id: EvidenceId
    subject: bytes
    voyage_key: bytes | None
    kind: EvidenceKind
    source_key: bytes


def flag(world: World, session: Session, caller: Caller, command: FlagOrder) -> Accepted:
    """A named attester raises a flag, which blocks releases until the same one withdraws it."""
    order = checks.seen_order(session, caller, command.order_id)
    checks.named(session, order, caller, command.kind)
    sender = checks.sender(session, caller, Permission.ATTEST)
    raised = [
        item
        for item in repository.evidence_of(session, command.order_id)
        if (item.attester, item.kind) == (caller.participant_id, command.kind.name)
    ]
    if any(item.state == "RECORDED" for item in raised):
        raise AlreadyAsked(f"your {command.kind.name} on this order stands already")
    head = repository.head(session)
    number = str(len(raised) + 1)
    content = command.reason.encode()
    recording = of_subject(
        world,
        caller,
        command.order_id,
        command.kind,
        naming.keys(world).fact("flag", caller.lei, command.kind.name, number),
        sha256(content),
        head.timestamp if head else 0,
    )
    paper = papers.Paper(
        subject=command.order_id,
        kind=command.kind.name,
        format="text",
        issuer=caller.lei,
        reference=f"{command.kind.name}-{number}",
        content=content,
        commitment=recording.fact.commitment,
        evidence_id=recording.evidence_id,
        unique=False,
    )
    result = {
        "document_id": naming.hexed(papers.store(world, session, caller, paper)),
        "evidence_ids": [naming.hexed(recording.evidence_id)],
    }
    step = on_order(world, command.order_id, recording, sender)
    return submit(world, session, caller, "orders:flag", [step], result)


def of_subject(
    world: World,
    caller: Caller,
    subject: OrderId | VoyageId,
    kind: EvidenceKind,
    source_key: bytes,
    content_sha256: bytes,
    occurred_at: int,
    supersedes: bytes = NO_SOURCE,
    fields: Fields = NO_FIELDS,
) -> Recording:
    """The fact as the ledger will have it: committed to the exact bytes, silent about them (P8).

    fields: those of the paper, so that single ones can be disclosed.
    """
    commitment = naming.keys(world).commit(subject, kind.name, content_sha256, fields)
    fact = Fact(
        kind=kind,
        source_key=source_key,
        commitment=commitment,
        occurred_at=occurred_at,
        supersedes=supersedes,
    )
    evidence_id = naming.evidence_id(world, subject, caller.participant_id, kind, source_key)
    return Recording(evidence_id=evidence_id, fact=fact)


def on_order(world: World, order_id: OrderId, recording: Recording, sender: Address) -> Step:
    call = Record(order_id=order_id, fact=recording.fact)
    return _step(world, recording, call, sender)


def on_voyage(world: World, voyage_key: bytes, recording: Recording, sender: Address) -> Step:
    call = RecordOnVoyage(voyage_key=voyage_key, fact=recording.fact)
    return _step(world, recording, call, sender)


def withdrawal(world: World, item: EvidenceItem, reason: str, sender: Address) -> Step:
    """A recorded fact, taken back."""
    standing = Standing(
        evidence_id=EvidenceId(item.evidence_id),
        subject=item.stream,
        voyage_key=item.voyage_key,
        kind=EvidenceKind[item.kind],
        source_key=item.source_key,
    )
    return withdrawal_of(world, standing, reason, sender)


def withdrawal_of(world: World, standing: Standing, reason: str, sender: Address) -> Step:
    """A reason in words stays here; the ledger gets its keyed hash."""
    hashed = naming.keys(world).reason(standing.evidence_id, reason)
    kind, source_key = standing.kind, standing.source_key
    call: Withdraw | WithdrawFromVoyage
    if standing.voyage_key is None:
        order_id = OrderId(standing.subject)
        call = Withdraw(order_id=order_id, kind=kind, source_key=source_key, reason=hashed)
    else:
        call = WithdrawFromVoyage(
            voyage_key=standing.voyage_key, kind=kind, source_key=source_key, reason=hashed
        )
    return Step(
        key=f"evidence:{standing.evidence_id.hex()}:withdraw",
        call=call,
        target=naming.contract(world, "Evidence"),
        sender=sender,
        varies=True,
    )


def _step(
    world: World, recording: Recording, call: Record | RecordOnVoyage, sender: Address
) -> Step:
    return Step(
        key=f"evidence:{recording.evidence_id.hex()}:record",
        call=call,
        target=naming.contract(world, "Evidence"),
        sender=sender,
    )
