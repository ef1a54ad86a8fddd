"""Bills of lading: issued by the carrier, then moved by whoever holds them (DCSA PINT 3.0)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.ids import FinancingId, OrderId, ParticipantId, TitleId
from entrepot.bindings.roles import Permission
from entrepot.bindings.titles import (
    AcceptSurrender,
    Bill,
    BlankEndorse,
    Endorse,
    Issue,
    OfferPledge,
    Reissue,
    RejectSurrender,
    Sign,
    Surrender,
    SurrenderReason,
    TitleForm,
    Transfer,
    WithdrawPledgeOffer,
)
from entrepot.domain.documents.dcsa_transport_document import TransportDocument
from entrepot.domain.documents.facts import facts_of_transport_document
from entrepot.domain.documents.fields import fields_of
from entrepot.domain.documents.reading import read_as
from entrepot.domain.errors import Contradiction, UnknownDocument
from entrepot.kit.abi import Address, Call
from entrepot.kit.clock import to_unix
from entrepot.kit.hashing import sha256
from entrepot.steps import World
from entrepot.steps.submission import (
    agreement,
    checks,
    evidence,
    examinations,
    naming,
    papers,
    repository,
)
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.intents import Step, submit
from entrepot.steps.submission.reading import at_midnight, described_bill
from entrepot.store.session import Session
from entrepot.store.tables import Title

NOBODY = ParticipantId(bytes(20))


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueTitle:
    """content: a DCSA EBL 3.0 transport document, as the carrier issues it."""

    order_id: OrderId
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ReissueTitle:
    """content: the amended transport document."""

    title_id: TitleId
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTitle:
    """An act on one title that needs no more words."""

    title_id: TitleId


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferTitle:
    title_id: TitleId
    to: ParticipantId


@dataclass(frozen=True, slots=True, kw_only=True)
class EndorseTitle:
    """may_endorse: PINT ENDORSE_TO_ORDER rather than ENDORSE."""

    title_id: TitleId
    to: ParticipantId
    may_endorse: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SurrenderTitle:
    title_id: TitleId
    reason: SurrenderReason


@dataclass(frozen=True, slots=True, kw_only=True)
class PledgeTitle:
    title_id: TitleId
    financing_id: FinancingId


def issue(world: World, session: Session, caller: Caller, command: IssueTitle) -> Accepted:
    """The named carrier issues a bill to the shipper; the paper counts as evidence too."""
    order = checks.seen_order(session, caller, command.order_id)
    checks.named(session, order, caller, EvidenceKind.TRANSPORT_DOCUMENT)
    checks.in_state("order", order.state, "ACCEPTED")
    sender = checks.sender(session, caller, Permission.ATTEST)
    bill = _read(command.content)
    agreement.check_issuable(bill)
    agreement.check_transport_document(papers.facts_of(session, order), bill)
    form, endorsee = _form(session, bill)
    recordings = _recordings(world, session, caller, command, bill)
    commitment = recordings[0].fact.commitment
    reference_key = naming.keys(world).title(bill.reference)
    title_id = naming.title_id(world, caller.participant_id, reference_key)
    document_id = _keep(world, session, caller, command, bill, recordings[0])
    call = Issue(
        order_id=command.order_id,
        reference_key=reference_key,
        bill=Bill(
            form=form,
            shipper=ParticipantId(order.exporter),
            endorsee=endorsee,
            commitment=commitment,
        ),
    )
    steps = [
        _step(world, f"title:{title_id.hex()}:issue", call, sender),
        *(evidence.on_order(world, command.order_id, each, sender) for each in recordings),
    ]
    result = {
        "title_id": naming.hexed(title_id),
        "document_id": naming.hexed(document_id),
        "evidence_ids": [naming.hexed(each.evidence_id) for each in recordings],
    }
    return submit(world, session, caller, "titles:issue", steps, result)


def reissue(world: World, session: Session, caller: Caller, command: ReissueTitle) -> Accepted:
    """The carrier issues the amended bill instead of a void one, to who surrendered that. The new
    paper takes the place of the old one as evidence too, if that still stands."""
    title = checks.seen_title(session, caller, command.title_id)
    checks.in_state("title", title.state, "VOID")
    checks.only("carrier", title.carrier, caller)
    if title.surrender_reason == SurrenderReason.PAPER.name:
        raise Contradiction("the medium of the void bill", "electronic", "paper")
    order = checks.seen_order(session, caller, title.order_id)
    sender = checks.sender(session, caller, Permission.ATTEST)
    bill = _read(command.content)
    agreement.check_issuable(bill)
    agreement.check_transport_document(papers.facts_of(session, order), bill)
    form, endorsee = _form(session, bill)
    title_id = naming.reissued_title_id(world, command.title_id)
    again = IssueTitle(order_id=OrderId(title.order_id), content=command.content)
    recording = _amended(world, session, caller, again, bill, title)
    document_id = _keep(world, session, caller, again, bill, recording)
    call = Reissue(
        voided=command.title_id,
        bill=Bill(
            form=form,
            shipper=ParticipantId(order.exporter),
            endorsee=endorsee,
            commitment=recording.fact.commitment,
        ),
    )
    steps = [
        _step(world, f"title:{title_id.hex()}:issue", call, sender),
        evidence.on_order(world, again.order_id, recording, sender),
        *examinations.void(world, session, again.order_id, "TRANSPORT_DOCUMENT"),
    ]
    result = {
        "title_id": naming.hexed(title_id),
        "document_id": naming.hexed(document_id),
        "evidence_ids": [naming.hexed(recording.evidence_id)],
    }
    return submit(world, session, caller, "titles:reissue", steps, result)


def transfer(world: World, session: Session, caller: Caller, command: TransferTitle) -> Accepted:
    """Hands over possession only."""
    title = _held(session, caller, command.title_id)
    checks.member(session, command.to, "to")
    call = Transfer(title_id=command.title_id, to=command.to)
    return _act(world, session, caller, title, "transfer", call)


def endorse(world: World, session: Session, caller: Caller, command: EndorseTitle) -> Accepted:
    """Names a new endorsee."""
    title = _held(session, caller, command.title_id)
    checks.only("endorsee", title.endorsee, caller)
    checks.member(session, command.to, "to")
    call = Endorse(title_id=command.title_id, to=command.to, may_endorse=command.may_endorse)
    return _act(world, session, caller, title, "endorse", call)


def blank_endorse(world: World, session: Session, caller: Caller, command: OnTitle) -> Accepted:
    """From then on possession suffices."""
    title = _held(session, caller, command.title_id)
    checks.only("endorsee", title.endorsee, caller)
    call = BlankEndorse(title_id=command.title_id)
    return _act(world, session, caller, title, "blank-endorse", call)


def sign(world: World, session: Session, caller: Caller, command: OnTitle) -> Accepted:
    """Leaves a visible mark of the possessor."""
    title = _held(session, caller, command.title_id)
    return _act(world, session, caller, title, "sign", Sign(title_id=command.title_id))


def surrender(world: World, session: Session, caller: Caller, command: SurrenderTitle) -> Accepted:
    """Returns the bill to its carrier, for the goods or for another bill."""
    title = _held(session, caller, command.title_id)
    call = Surrender(title_id=command.title_id, reason=command.reason)
    return _act(world, session, caller, title, "surrender", call)


def accept_surrender(world: World, session: Session, caller: Caller, command: OnTitle) -> Accepted:
    """The carrier accepts; the bill is accomplished or void."""
    title = _surrendered(session, caller, command.title_id)
    call = AcceptSurrender(title_id=command.title_id)
    return _act(world, session, caller, title, "accept-surrender", call, Permission.ATTEST)


def reject_surrender(world: World, session: Session, caller: Caller, command: OnTitle) -> Accepted:
    """The carrier rejects; possession returns."""
    title = _surrendered(session, caller, command.title_id)
    call = RejectSurrender(title_id=command.title_id)
    return _act(world, session, caller, title, "reject-surrender", call, Permission.ATTEST)


def offer_pledge(world: World, session: Session, caller: Caller, command: PledgeTitle) -> Accepted:
    """The possessor lets the facility take the bill; repaid, it goes to the order's importer."""
    title = _held(session, caller, command.title_id)
    facility = checks.seen_facility(session, caller, command.financing_id)
    if facility.order_id != title.order_id:
        raise Contradiction("the title's order", "that of the facility", "another one")
    order = checks.seen_order(session, caller, title.order_id)
    call = OfferPledge(
        title_id=command.title_id,
        pledgee=naming.contract(world, "Financing"),
        financing_id=command.financing_id,
        deliver_to=ParticipantId(order.importer),
    )
    return _act(world, session, caller, title, "offer-pledge", call)


def withdraw_pledge(world: World, session: Session, caller: Caller, command: OnTitle) -> Accepted:
    """Takes an offer back that has not been taken."""
    title = _held(session, caller, command.title_id)
    call = WithdrawPledgeOffer(title_id=command.title_id)
    return _act(world, session, caller, title, "withdraw-pledge", call)


def _read(content: bytes) -> TransportDocument:
    document = read_as("dcsa-transport-document", content)
    if not isinstance(document, TransportDocument):
        raise UnknownDocument(f"this is a {document.kind}, not a dcsa-transport-document")
    return document


def _form(session: Session, bill: TransportDocument) -> tuple[TitleForm, ParticipantId]:
    """Straight with its consignee, to order with its endorsee, else blank: the bearer's."""
    parties = bill.parties
    named = parties.endorsee if bill.is_to_order else parties.consignee
    if named is None:
        return TitleForm.BLANK, NOBODY
    if named.lei is None:
        raise Contradiction("the LEI of the title's holder", "that of a participant", "none")
    holder = ParticipantId(named.lei.encode("ascii"))
    checks.member(session, holder, "endorsee" if bill.is_to_order else "consignee")
    return (TitleForm.TO_ORDER if bill.is_to_order else TitleForm.STRAIGHT), holder


def _recordings(
    world: World, session: Session, caller: Caller, command: IssueTitle, bill: TransportDocument
) -> list[evidence.Recording]:
    """TRANSPORT_DOCUMENT, and SHIPPED_ON_BOARD when the bill says so and the caller may."""
    digest = sha256(command.content)
    fact = naming.keys(world).fact
    paper_key = fact("document", "TRANSPORT_DOCUMENT", bill.carrier_code, bill.reference)
    day = at_midnight(_dated(bill))
    order = checks.seen_order(session, caller, command.order_id)
    made = day if day is not None else repository.block_time(session, order.placed_block)
    named = repository.attested_kinds(session, order.order_id, caller.participant_id)
    kinds = [(EvidenceKind.TRANSPORT_DOCUMENT, paper_key, made)]
    for draft in facts_of_transport_document(bill):
        if named >> EvidenceKind[draft.kind] & 1:
            source_key, at = fact("dcsa", draft.source_id), to_unix(draft.occurred_at)
            kinds.append((EvidenceKind[draft.kind], source_key, at))
    return [
        evidence.of_subject(
            world, caller, command.order_id, kind, key, digest, at, fields=fields_of(bill)
        )
        for kind, key, at in kinds
    ]


def _amended(
    world: World,
    session: Session,
    caller: Caller,
    command: IssueTitle,
    bill: TransportDocument,
    void: Title,
) -> evidence.Recording:
    """The amended paper as evidence. Its number may be the old one's, so the void title's id tells
    the versions apart."""
    standing = [
        item.source_key
        for item in repository.evidence_of(session, void.order_id)
        if (item.attester, item.commitment, item.state)
        == (void.carrier, void.commitment, "RECORDED")
    ]
    key = naming.keys(world).fact(
        "document", "TRANSPORT_DOCUMENT", bill.carrier_code, bill.reference, void.title_id.hex()
    )
    day = at_midnight(_dated(bill))
    order = checks.seen_order(session, caller, command.order_id)
    return evidence.of_subject(
        world,
        caller,
        command.order_id,
        EvidenceKind.TRANSPORT_DOCUMENT,
        key,
        sha256(command.content),
        day if day is not None else repository.block_time(session, order.placed_block),
        standing[0] if standing else evidence.NO_SOURCE,
        fields_of(bill),
    )


def _dated(bill: TransportDocument) -> date | None:
    return bill.issued_on or bill.shipped_on_board_on


def _keep(
    world: World,
    session: Session,
    caller: Caller,
    command: IssueTitle,
    bill: TransportDocument,
    recording: evidence.Recording,
) -> bytes:
    described = described_bill(bill)
    paper = papers.Paper(
        subject=command.order_id,
        kind="TRANSPORT_DOCUMENT",
        format=described.format,
        issuer=described.issuer,
        reference=bill.reference,
        content=command.content,
        commitment=recording.fact.commitment,
        evidence_id=recording.evidence_id,
        summary=described.summary,
        document=bill,
    )
    return papers.store(world, session, caller, paper)


def _held(session: Session, caller: Caller, title_id: TitleId) -> Title:
    title = checks.seen_title(session, caller, title_id)
    checks.in_state("title", title.state, "ISSUED")
    checks.only("possessor", title.possessor, caller)
    return title


def _surrendered(session: Session, caller: Caller, title_id: TitleId) -> Title:
    title = checks.seen_title(session, caller, title_id)
    checks.in_state("title", title.state, "SURRENDERED")
    checks.only("carrier", title.carrier, caller)
    return title


def _act(
    world: World,
    session: Session,
    caller: Caller,
    title: Title,
    verb: str,
    call: Call,
    permission: Permission = Permission.SUBMIT,
) -> Accepted:
    """A title may come back to its holder and be handed on again: each act has its own key."""
    sender = checks.sender(session, caller, permission)
    step = _step(world, naming.once(f"title:{title.title_id.hex()}:{verb}"), call, sender)
    result = {"title_id": naming.hexed(title.title_id)}
    return submit(world, session, caller, f"titles:{verb}", [step], result)


def _step(world: World, key: str, call: Call, sender: Address) -> Step:
    return Step(key=key, call=call, target=naming.contract(world, "Titles"), sender=sender)
