"""Customs' answers: each finds its declaration, and so its order, by what it says of itself."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.ids import OrderId
from entrepot.bindings.roles import Permission, Role
from entrepot.domain.documents import reading
from entrepot.domain.documents.facts import CustomsOutcome, outcome_of_response
from entrepot.domain.documents.wco_declaration import Direction
from entrepot.domain.documents.wco_response import WcoResponse
from entrepot.domain.errors import Uncorrelated, UnknownDocument
from entrepot.kit.abi import Address
from entrepot.kit.clock import to_unix
from entrepot.kit.hashing import sha256
from entrepot.steps import World
from entrepot.steps.submission import checks, evidence, naming, papers, repository
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.intents import Step, submit
from entrepot.store.session import Session
from entrepot.store.tables import Document, EvidenceItem

CUSTOMS_RESPONSE = "CUSTOMS_RESPONSE"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportResponse:
    """content: a WCO DM 3.6 response or a UN/EDIFACT CUSRES, as it was sent."""

    content: bytes


def report(world: World, session: Session, caller: Caller, command: ReportResponse) -> Accepted:
    """Records what customs' answer proves and withdraws what it takes back.

    An answer that changes nothing for the goods is kept, and said to be so.
    """
    checks.has_role(session, caller, Role.CUSTOMS)
    sender = checks.sender(session, caller, Permission.ATTEST)
    response = _read(command.content)
    declaration = _declaration_meant(session, caller, response)
    order_id = OrderId(declaration.order_id)
    direction = Direction(declaration.kind.removesuffix("_DECLARATION"))
    outcome = outcome_of_response(response, direction)
    order = checks.seen_order(session, caller, order_id)
    for fact in outcome.facts:
        checks.named(session, order, caller, EvidenceKind[fact.kind])
    repository.learn_mrn(session, declaration.document_id, response.mrn)
    recorded = _recordings(world, caller, order_id, outcome, response, sha256(command.content))
    document_id = _keep(world, session, caller, order_id, response, command.content, recorded)
    withdrawn = _standing(session, caller, order_id, outcome, response)
    steps = [
        *(_withdrawal(world, item, response, sender) for item in withdrawn),
        *(evidence.on_order(world, order_id, each, sender) for each in recorded),
    ]
    result = {
        "document_id": naming.hexed(document_id),
        "order_id": naming.hexed(order_id),
        "evidence_ids": [naming.hexed(each.evidence_id) for each in recorded],
        "withdrawn": [naming.hexed(item.evidence_id) for item in withdrawn],
        "ignored": None if steps else f"{response.function.name} changes nothing for the goods",
    }
    return submit(world, session, caller, "customs-events:report", steps, result)


def _read(content: bytes) -> WcoResponse:
    document = reading.read(content)
    if not isinstance(document, WcoResponse):
        raise UnknownDocument(f"this is a {document.kind}, not an answer of customs")
    return document


def _declaration_meant(session: Session, caller: Caller, response: WcoResponse) -> Document:
    """By the trader's reference, then by MRN; never by the order it was sent along with."""
    reference = response.declaration_reference
    candidates = repository.declarations(session, caller.participant_id, reference, response.mrn)
    meant = [d for d in candidates if d.summary.get("mrn") in (None, response.mrn)]
    by_reference = [d for d in meant if d.reference == reference]
    found = by_reference or [d for d in meant if d.summary.get("mrn") == response.mrn]
    if len({d.order_id for d in found}) != 1:
        raise Uncorrelated(
            "the declaration that is answered",
            "one that was sent here, of an order that names you",
            f"reference {reference or 'none'}, MRN {response.mrn}",
            "the trader sends the declaration first, to its order's documents",
        )
    return found[0]


def _recordings(
    world: World,
    caller: Caller,
    order_id: OrderId,
    outcome: CustomsOutcome,
    response: WcoResponse,
    content_sha256: bytes,
) -> list[evidence.Recording]:
    source_key = naming.keys(world).fact("wco", caller.lei, response.mrn, response.reference)
    return [
        evidence.of_subject(
            world,
            caller,
            order_id,
            EvidenceKind[fact.kind],
            source_key,
            content_sha256,
            to_unix(fact.occurred_at),
        )
        for fact in outcome.facts
    ]


def _keep(
    world: World,
    session: Session,
    caller: Caller,
    order_id: OrderId,
    response: WcoResponse,
    content: bytes,
    recorded: list[evidence.Recording],
) -> bytes:
    commitment = naming.keys(world).commit(order_id, CUSTOMS_RESPONSE, sha256(content))
    paper = papers.Paper(
        subject=order_id,
        kind=CUSTOMS_RESPONSE,
        format=response.kind,
        issuer=caller.lei,
        reference=response.reference,
        content=content,
        commitment=recorded[0].fact.commitment if recorded else commitment,
        evidence_id=recorded[0].evidence_id if recorded else None,
        summary={"function": response.function.name, "mrn": response.mrn},
        document=response,
    )
    return papers.store(world, session, caller, paper)


def _standing(
    session: Session,
    caller: Caller,
    order_id: OrderId,
    outcome: CustomsOutcome,
    response: WcoResponse,
) -> list[EvidenceItem]:
    """The caller's facts that the answer takes back: about this declaration, still recorded."""
    kinds = {kind for retraction in outcome.retractions for kind in retraction.kinds}
    about = {
        document.evidence_id
        for document in repository.documents_of(session, order_id, CUSTOMS_RESPONSE)
        if document.summary.get("mrn") == response.mrn
    }
    return [
        item
        for item in repository.evidence_of(session, order_id)
        if item.kind in kinds
        and item.state == "RECORDED"
        and item.attester == caller.participant_id
        and item.evidence_id in about
    ]


def _withdrawal(world: World, item: EvidenceItem, response: WcoResponse, sender: Address) -> Step:
    reason = f"{response.function.name} {response.reference}"
    return evidence.withdrawal(world, item, reason, sender)
