"""Customs' answers: each finds its declaration, and so its order, by what it says of itself.

All answers to a declaration are folded each time (`domain.customs`), and the ledger is brought to
what holds then: so an answer that comes late, twice or out of order changes what it should and no
more, and an invalidation after the clearance takes the clearance back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.ids import OrderId
from entrepot.bindings.roles import Permission, Role
from entrepot.domain.customs import CustomsAnswer, CustomsStanding, Said, contradiction, fold
from entrepot.domain.documents import reading
from entrepot.domain.documents.facts import answer_of, facts_of_standing, kinds_of_said
from entrepot.domain.documents.wco_correction import corrected
from entrepot.domain.documents.wco_declaration import Direction, WcoDeclaration
from entrepot.domain.documents.wco_response import WcoResponse
from entrepot.domain.errors import (
    Contradiction,
    DocumentUsed,
    NotNamed,
    Uncorrelated,
    UnknownDocument,
)
from entrepot.kit.abi import Address
from entrepot.kit.clock import to_unix
from entrepot.kit.hashing import sha256
from entrepot.steps import World
from entrepot.steps.submission import (
    agreement,
    checks,
    evidence,
    naming,
    papers,
    repository,
    tracking,
)
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.claims import Claim, Settled, Slot, settle
from entrepot.steps.submission.intents import submit
from entrepot.steps.submission.items import Item, summary, take
from entrepot.store.session import Session
from entrepot.store.tables import Document

CUSTOMS_RESPONSE = "CUSTOMS_RESPONSE"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportResponses:
    """contents: WCO DM 3.6 responses or UN/EDIFACT CUSRES, as they were sent, in any order."""

    contents: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """Where answers of one authority are worked on."""

    world: World
    session: Session
    caller: Caller
    sender: Address


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer in the vault."""

    answer: CustomsAnswer
    response: WcoResponse
    content_sha256: bytes


def report(world: World, session: Session, caller: Caller, command: ReportResponses) -> Accepted:
    """Keeps each answer, then records what holds of its declaration and withdraws what does not.

    An answer that changes nothing for the goods is kept, and said to be so.
    """
    checks.has_role(session, caller, Role.CUSTOMS)
    desk = _Desk(
        world=world,
        session=session,
        caller=caller,
        sender=checks.sender(session, caller, Permission.ATTEST),
    )
    items = [Item(index=number) for number in range(len(command.contents))]
    settled = Settled()
    take(session, items, lambda item: _take(desk, item, command.contents[item.index], settled))
    steps = list({step.key: step for step in settled.steps}.values())
    result = summary(items)
    if len(items) == 1:
        # What is sent alone is answered alone, too.
        result |= {"document_id": items[0].document_id, "order_id": items[0].order_id}
    return submit(world, session, caller, "customs-events:report", steps, result)


def standings(world: World, session: Session, order_id: bytes) -> list[CustomsStanding]:
    """Where the order's declarations stand, whichever authority answered."""
    kept = _kept(world, session, repository.documents_of(session, order_id, CUSTOMS_RESPONSE))
    mrns = sorted({each.answer.mrn for each in kept})
    return [fold(mrn, [each.answer for each in kept]) for mrn in mrns]


def _take(desk: _Desk, item: Item, content: bytes, settled: Settled) -> None:
    response = _read(content)
    answer = answer_of(response)
    item.id = response.reference
    declaration = _declaration_meant(desk.session, desk.caller, response)
    order_id = OrderId(declaration.order_id)
    item.order_id = naming.hexed(order_id)
    repository.lock(desk.session, f"customs:{order_id.hex()}")
    direction = Direction(declaration.kind.removesuffix("_DECLARATION"))
    known = _of_declaration(desk, order_id, response.mrn)
    twin = next((each for each in known if each.answer.reference == answer.reference), None)
    if twin is not None and twin.content_sha256 != sha256(content):
        raise DocumentUsed(
            f"another text of customs' answer {answer.reference} is known already",
            "customs give each answer its own number; send the one that they issued",
        )
    if twin is not None:
        item.status = "duplicate"
    repository.learn_mrn(desk.session, declaration.document_id, response.mrn)
    now = known if twin else [*known, _Kept(answer, response, sha256(content))]
    standing = fold(response.mrn, [each.answer for each in now])
    doubt, why = _doubt(desk, order_id, declaration, standing, now)
    slots = [*_slots(desk, order_id, direction, standing, now), doubt]
    reason = f"{response.function.name} {response.reference}"
    own = settle(desk.world, desk.session, desk.sender, slots, reason)
    item.document_id = naming.hexed(_keep(desk, order_id, response, content, own))
    _tell(item, answer, standing, own)
    item.reason = f"held: {why}" if why else item.reason
    settled.steps += own.steps


def _tell(item: Item, answer: CustomsAnswer, standing: CustomsStanding, own: Settled) -> None:
    item.evidence_ids = [naming.hexed(c.id) for c in own.standing if c.source == answer.reference]
    item.withdrawn = [naming.hexed(claim.id) for claim in own.withdrawn]
    if item.evidence_ids or item.withdrawn:
        return
    unused = [each.why for each in standing.unused if each.answer == answer]
    said = f"{answer.said.name.replace('_', ' ').lower()} changes nothing for the goods now"
    item.ignore("; ".join(unused) or said)


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


def _of_declaration(desk: _Desk, order_id: OrderId, mrn: str) -> list[_Kept]:
    documents = repository.documents_of(desk.session, order_id, CUSTOMS_RESPONSE)
    own = [d for d in documents if d.owner == desk.caller.participant_id]
    return _kept(desk.world, desk.session, [d for d in own if d.summary.get("mrn") == mrn])


def _kept(world: World, session: Session, documents: Iterable[Document]) -> list[_Kept]:
    kept: list[_Kept] = []
    for document in documents:
        response = _read(world.vault.get(session, document.sha256))
        kept.append(_Kept(answer_of(response), response, document.sha256))
    return kept


def _slots(
    desk: _Desk,
    order_id: OrderId,
    direction: Direction,
    standing: CustomsStanding,
    kept: Sequence[_Kept],
) -> list[Slot]:
    """A slot for each kind that any of the answers may have proven."""
    named = repository.attested_kinds(desk.session, order_id, desk.caller.participant_id)
    by_reference = {each.answer.reference: each for each in kept}
    holds = {fact.kind: fact for fact in facts_of_standing(standing, direction)}
    known: dict[str, list[Claim]] = {}
    for each in kept:
        for kind, _ in kinds_of_said(each.answer.said, direction):
            known.setdefault(kind, []).append(_claim(desk, order_id, kind, each))
    slots: list[Slot] = []
    for kind, claims in sorted(known.items()):
        fact = holds.get(kind)
        may = bool(named >> EvidenceKind[kind] & 1)
        if fact is not None and fact.must and not may:
            raise NotNamed(kind)
        slots.append(
            Slot(
                chosen=_claim(desk, order_id, kind, by_reference[fact.answer.reference])
                if fact is not None and may
                else None,
                known=tuple(claims),
                holding=frozenset(claim.id for claim in claims) if fact else frozenset(),
            )
        )
    return slots


def _claim(desk: _Desk, order_id: OrderId, kind: str, kept: _Kept, *about: str) -> Claim:
    answer = kept.answer
    identity = (desk.caller.lei, answer.mrn, answer.reference, *about)
    recording = evidence.of_subject(
        desk.world,
        desk.caller,
        order_id,
        EvidenceKind[kind],
        naming.keys(desk.world).fact("wco", *identity),
        kept.content_sha256,
        to_unix(answer.issued_at),
    )
    return Claim(subject=order_id, recording=recording, source=answer.reference)


def _doubt(
    desk: _Desk,
    order_id: OrderId,
    declaration: Document,
    standing: CustomsStanding,
    kept: Sequence[_Kept],
) -> tuple[Slot, str | None]:
    """A hold of its own, which no clearance lifts, and why: customs' corrections contradict the
    papers, or the carrier saw customs pick out goods after they had let them go."""
    known = tuple(_claim(desk, order_id, "CUSTOMS_HOLD", each, "doubt") for each in kept)
    corrections = {each.reference for each in standing.corrections}
    doubts = [each for each in kept if each.answer.reference in corrections]
    why = _why_corrections_differ(desk, order_id, declaration, standing, kept)
    if why is None:
        seen = tracking.sightings(desk.world, desk.session, order_id)
        why = contradiction(standing, seen)
        freeing = (Said.CLEARED, Said.RELEASED, Said.EXITED)
        doubts = [each for each in kept if each.answer.said in freeing]
    if why is None or not doubts:
        return Slot(chosen=None, known=known, holding=frozenset()), None
    last = max(doubts, key=lambda each: (each.answer.issued_at, each.answer.reference))
    slot = Slot(
        chosen=_claim(desk, order_id, "CUSTOMS_HOLD", last, "doubt"),
        known=known,
        holding=frozenset(claim.id for claim in known),
    )
    return slot, why


def _why_corrections_differ(
    desk: _Desk,
    order_id: OrderId,
    declaration: Document,
    standing: CustomsStanding,
    kept: Sequence[_Kept],
) -> str | None:
    """Why the declaration, as customs corrected it, no longer agrees with the order's papers."""
    by_reference = {each.answer.reference: each.response.correction for each in kept}
    changes = [by_reference[answer.reference] for answer in standing.corrections]
    found = [change for change in changes if change is not None]
    if not found:
        return None
    declared = reading.read_as(
        "wco-declaration", desk.world.vault.get(desk.session, declaration.sha256)
    )
    if not isinstance(declared, WcoDeclaration):
        raise AssertionError("a declaration was kept as one")
    after = corrected(declared, found)
    session = desk.session
    invoices = [d.reference for d in repository.documents_of(session, order_id, "INVOICE")]
    facts = papers.facts_of(session, repository.order(session, order_id))
    try:
        agreement.check_declaration(facts, declaration.kind, after, invoices)
        agreement.check_correction(declared, after)
    except Contradiction as error:
        return str(error)
    return None


def _keep(
    desk: _Desk, order_id: OrderId, response: WcoResponse, content: bytes, settled: Settled
) -> bytes:
    own = [claim for claim in settled.standing if claim.source == response.reference]
    commitment = naming.keys(desk.world).commit(order_id, CUSTOMS_RESPONSE, sha256(content))
    paper = papers.Paper(
        subject=order_id,
        kind=CUSTOMS_RESPONSE,
        format=response.kind,
        issuer=desk.caller.lei,
        reference=response.reference,
        content=content,
        commitment=own[0].recording.fact.commitment if own else commitment,
        evidence_id=own[0].id if own else None,
        summary={"function": response.function.name, "mrn": response.mrn},
        document=response,
    )
    return papers.store(desk.world, desk.session, desk.caller, paper)
