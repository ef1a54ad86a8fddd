"""A bank examines an order's documents under its credit; what it finds is waived by two people, or
refused in time; what stands in the end is a fact on the ledger.

A newer version of a document voids the examination, and takes its fact from the ledger; so does
the withdrawal of a document that was examined.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

import msgspec

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.ids import OrderId
from entrepot.bindings.roles import Permission
from entrepot.domain.documents.json_source import parse_json
from entrepot.domain.documents.reading import read
from entrepot.domain.errors import AlreadyAsked, Conflict, Contradiction, NotFound
from entrepot.domain.examination.case import KIND_OF, Examined, Presentation
from entrepot.domain.examination.credit import REQUIRABLE, CreditTerms, read_credit_terms
from entrepot.domain.examination.examining import RULES_HASH, Notice
from entrepot.domain.examination.examining import examine as apply_rules
from entrepot.kit.hashing import canonical_json, sha256
from entrepot.steps import World
from entrepot.steps.submission import checks, evidence, naming, papers, repository
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.intents import Step, submit
from entrepot.store import known
from entrepot.store.session import Session
from entrepot.store.tables import Document, EvidenceItem, Examination, TradeOrder

WAIVERS: Final = 2
"""Four eyes: so many people, by keys of their own, waive the same notice."""

COMPLIES, DISCREPANT, WAIVED, REFUSED, VOID = (
    "COMPLIES", "DISCREPANT", "WAIVED", "REFUSED", "VOID",
)  # fmt: skip
FACT_OF: Final = {
    COMPLIES: EvidenceKind.EXAMINATION_PASSED,
    WAIVED: EvidenceKind.EXAMINATION_WAIVED,
    REFUSED: EvidenceKind.EXAMINATION_REFUSED,
}
"""What each outcome is on the ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamineDocuments:
    """credit: terms of the credit, our own JSON. presented_on: today, if it is not said."""

    order_id: OrderId
    credit: bytes
    presented_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnExamination:
    """An act on an examination. reason: in words, kept here."""

    examination_id: bytes
    reason: str = ""


def examine(world: World, session: Session, caller: Caller, command: ExamineDocuments) -> Accepted:
    """Examines the newest version of each paper that the credit asks for; a presentation that
    complies is recorded as such at once."""
    order = checks.seen_order(session, caller, command.order_id)
    checks.named(session, order, caller, EvidenceKind.EXAMINATION_PASSED)
    sender = checks.sender(session, caller, Permission.ATTEST)
    root = parse_json(command.credit)
    credit = read_credit_terms(root)
    _check_credit(session, order, credit)
    repository.lock(session, f"examination:{command.order_id.hex()}")
    found = _presented(session, caller, command.order_id)
    if not found:
        raise Conflict(
            "you see none of this order's papers",
            "who lends on the order sees them: ask for a facility first",
        )
    documents = [_read(world, session, document) for document in found]
    day = command.presented_on or world.clock.now().date()
    notice = apply_rules(credit, Presentation(tuple(documents), day))
    row = _row(world, session, caller, command, found, notice, day)
    session.add(row)
    steps = [_record(world, session, caller, row, sender)] if row.state == COMPLIES else []
    return submit(world, session, caller, "orders:examine", steps, _result(row))


def waive(world: World, session: Session, caller: Caller, command: OnExamination) -> Accepted:
    """One of two people of the buyer or the bank waives what was found; the last word is the
    bank's, whose people have to be among them (UCP 600 16(b))."""
    row, _ = _seen(session, caller, command.examination_id)
    checks.in_state("examination", row.state, DISCREPANT)
    key = checks.sender(session, caller, Permission.DECIDE).hex()
    if any(one["key"] == key for one in row.waivers):
        raise AlreadyAsked("you have waived this already", "somebody else has to waive it as well")
    waiver = {
        "lei": caller.lei,
        "key": key,
        "label": caller.label,
        "reason": command.reason,
        "at": world.clock.now().isoformat(),
    }
    row.waivers = [*row.waivers, waiver]
    if len(row.waivers) >= WAIVERS and any(w["lei"] == _lei(row.bank) for w in row.waivers):
        row.state = WAIVED
    return submit(world, session, caller, "examinations:waive", [], _result(row))


def record(world: World, session: Session, caller: Caller, command: OnExamination) -> Accepted:
    """The bank puts what was waived on the ledger."""
    row, order = _seen(session, caller, command.examination_id)
    checks.only("examining bank", row.bank, caller)
    checks.named(session, order, caller, EvidenceKind.EXAMINATION_WAIVED)
    checks.in_state("examination", row.state, WAIVED)
    sender = checks.sender(session, caller, Permission.ATTEST)
    step = _record(world, session, caller, row, sender)
    return submit(world, session, caller, "examinations:record", [step], _result(row))


def refuse(world: World, session: Session, caller: Caller, command: OnExamination) -> Accepted:
    """The bank refuses, by the one notice that lists everything; after its last day it may not
    (UCP 600 16(d), 16(f))."""
    row, order = _seen(session, caller, command.examination_id)
    checks.only("examining bank", row.bank, caller)
    checks.named(session, order, caller, EvidenceKind.EXAMINATION_REFUSED)
    checks.in_state("examination", row.state, DISCREPANT)
    today = world.clock.now().date()
    if today > date.fromisoformat(row.answer_by):
        raise Conflict(
            f"notice of refusal was due by {row.answer_by}: it is too late to refuse",
            "waive the discrepancies; the rules no longer let them be claimed (UCP 600 16(f))",
        )
    sender = checks.sender(session, caller, Permission.ATTEST)
    row.state = REFUSED
    step = _record(world, session, caller, row, sender)
    return submit(world, session, caller, "examinations:refuse", [step], _result(row))


def void(world: World, session: Session, order_id: OrderId, kind: str) -> list[Step]:
    """A newer version of a paper has come: what was examined is no longer what is there. Answers
    the calls that take the facts of it from the ledger, by keys of the bank that lie here."""
    if kind not in REQUIRABLE:
        return []
    rows = repository.examinations_of(session, order_id)
    return _void(world, session, rows, f"a newer {kind} than the one examined")


def void_of(world: World, session: Session, item: EvidenceItem) -> list[Step]:
    """A paper is taken back: what rested on it is void. Answers the calls as `void` does."""
    papers_of = repository.documents_of(session, item.stream, item.kind)
    ids = {naming.hexed(p.document_id) for p in papers_of if p.evidence_id == item.evidence_id}
    rows = [
        row
        for row in repository.examinations_of(session, item.stream)
        if any(one["document_id"] in ids for one in row.documents)
    ]
    return _void(world, session, rows, f"the {item.kind} that was examined was taken back")


def _void(world: World, session: Session, rows: Iterable[Examination], reason: str) -> list[Step]:
    steps: list[Step] = []
    for row in rows:
        if row.state == VOID:
            continue
        row.state = VOID
        item = repository.evidence(session, row.evidence_id) if row.evidence_id else None
        key = _key_of(world, session, row.bank)
        if item is not None and item.state == "RECORDED" and key is not None:
            steps.append(evidence.withdrawal(world, item, reason, key))
    return steps


def _check_credit(session: Session, order: TradeOrder, credit: CreditTerms) -> None:
    facts = papers.facts_of(session, order)
    for what, agreed, found in (
        ("the credit's beneficiary", facts.exporter, credit.beneficiary.lei),
        ("the credit's applicant", facts.importer, credit.applicant.lei),
        ("the credit's currency", facts.amount.currency, credit.amount.currency),
    ):
        if agreed != found:
            raise Contradiction(what, agreed, found)


def _presented(session: Session, caller: Caller, order_id: OrderId) -> list[Document]:
    """The newest standing version of each paper, as far as the bank may see them."""
    newest: dict[tuple[str, str], Document] = {}
    for document in repository.documents_seen_on(session, caller.participant_id, order_id):
        if document.kind not in REQUIRABLE or not _stands(session, document):
            continue
        key = (document.kind, str(document.summary.get("natural_key")))
        before = newest.get(key)
        if before is None or before.stored_at < document.stored_at:
            newest[key] = document
    return sorted(newest.values(), key=lambda one: one.document_id)


def _stands(session: Session, document: Document) -> bool:
    item = repository.evidence(session, document.evidence_id) if document.evidence_id else None
    return item is None or item.state == "RECORDED"


def _read(world: World, session: Session, document: Document) -> Examined:
    found = read(world.vault.get(session, document.sha256))
    if not isinstance(found, Examined) or KIND_OF[type(found)] != document.kind:
        raise Conflict(
            f"the {document.kind} {document.reference} is kept as {found.kind}, which no rule reads"
        )
    return found


def _row(
    world: World,
    session: Session,
    caller: Caller,
    command: ExamineDocuments,
    found: Sequence[Document],
    notice: Notice,
    day: date,
) -> Examination:
    earlier = repository.examinations_of(session, command.order_id)
    number = len(earlier) + 1
    key = naming.keys(world).fact("examination", command.order_id.hex(), caller.lei, str(number))
    return Examination(
        examination_id=key,
        order_id=command.order_id,
        bank=caller.participant_id,
        number=number,
        state=COMPLIES if notice.complies else DISCREPANT,
        presented_on=day.isoformat(),
        answer_by=notice.answer_by.isoformat(),
        credit=msgspec.json.decode(command.credit, type=dict[str, Any]),
        documents=[
            {
                "document_id": naming.hexed(one.document_id),
                "kind": one.kind,
                "sha256": naming.hexed(one.sha256),
            }
            for one in found
        ],
        notice=[asdict(finding) for finding in notice.findings],
        rules_hash=RULES_HASH,
        waivers=[],
        examined_at=world.clock.now(),
    )


def _record(world: World, session: Session, caller: Caller, row: Examination, sender: Any) -> Step:
    """The outcome as a fact, committed to the notice in full, which is kept as a paper."""
    kind = FACT_OF[row.state]
    content = canonical_json(
        {
            "order_id": naming.hexed(row.order_id),
            "outcome": row.state,
            "presented_on": row.presented_on,
            "documents": row.documents,
            "notice": row.notice,
            "waivers": [{"lei": one["lei"], "reason": one["reason"]} for one in row.waivers],
            "rules_hash": naming.hexed(row.rules_hash),
        }
    )
    head = repository.head(session)
    recording = evidence.of_subject(
        world,
        caller,
        OrderId(row.order_id),
        kind,
        row.examination_id,
        sha256(content),
        head.timestamp if head else 0,
    )
    row.evidence_id = recording.evidence_id
    paper = papers.Paper(
        subject=row.order_id,
        kind=kind.name,
        format="json",
        issuer=caller.lei,
        reference=f"{kind.name}-{row.number}",
        content=content,
        commitment=recording.fact.commitment,
        evidence_id=recording.evidence_id,
        unique=False,
    )
    papers.store(world, session, caller, paper)
    return evidence.on_order(world, OrderId(row.order_id), recording, sender)


def _seen(
    session: Session, caller: Caller, examination_id: bytes
) -> tuple[Examination, TradeOrder]:
    """The examination, locked, for the bank and the buyer; there is none for anybody else, and the
    presenter has no word in it."""
    row = known.examination_to_decide(session, caller.participant_id, examination_id)
    if row is None:
        raise NotFound("examination")
    return row, repository.order(session, row.order_id)


def _key_of(world: World, session: Session, bank: bytes) -> Any:
    """A key of the bank's that may attest and lies here; None when there is none."""
    ours = set(world.signers.addresses())
    for key in repository.keys_with(session, bank, Permission.ATTEST):
        if key in ours:
            return key
    return None


def _result(row: Examination) -> dict[str, Any]:
    result: dict[str, Any] = {
        "examination_id": naming.hexed(row.examination_id),
        "state": row.state,
        "answer_by": row.answer_by,
        "discrepancies": sum(f["severity"] != "NOTE" for f in row.notice),
    }
    if row.evidence_id is not None:
        result["evidence_ids"] = [naming.hexed(row.evidence_id)]
    return result


def _lei(participant_id: bytes) -> str:
    return participant_id.decode("ascii")
