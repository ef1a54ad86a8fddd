"""Voyages: the carrier puts orders aboard one, and tells what happened to ship and containers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from entrepot.bindings.evidence import LinkVoyage
from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.ids import OrderId, VoyageId
from entrepot.bindings.roles import Permission
from entrepot.domain.documents.dcsa_events import TransportEvent
from entrepot.domain.errors import DocumentUsed, NotFound
from entrepot.steps import World
from entrepot.steps.submission import agreement, checks, naming, repository, tracking, voyages
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.intents import Step, submit
from entrepot.steps.submission.items import Item, summary, take
from entrepot.steps.submission.papers import bills_of, facts_of, shipments_of
from entrepot.steps.submission.tracking import Message
from entrepot.steps.submission.voyages import Desk, Outcome
from entrepot.store.session import Session
from entrepot.store.tables import Document

OPEN_ORDERS = ("PLACED", "ACCEPTED")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkShipment:
    """Puts an order aboard one ship's one voyage."""

    order_id: OrderId
    vessel_imo: str
    voyage_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportEvents:
    """content: a DCSA Track & Trace message, one event or many, as it was sent."""

    voyage_id: VoyageId
    content: bytes


@dataclass(frozen=True, slots=True)
class _Told:
    """A message that is to be weighed, and the orders and the voyage that it is about."""

    message: Message
    subjects: tuple[bytes, ...]


def link(world: World, session: Session, caller: Caller, command: LinkShipment) -> Accepted:
    """The carrier named for VESSEL_DEPARTED on the order puts it aboard its voyage."""
    order = checks.seen_order(session, caller, command.order_id)
    checks.named(session, order, caller, EvidenceKind.VESSEL_DEPARTED)
    checks.in_state("order", order.state, *OPEN_ORDERS)
    sender = checks.sender(session, caller, Permission.ATTEST)
    voyage_key = naming.keys(world).voyage(caller.lei, command.vessel_imo, command.voyage_number)
    voyage_id = naming.voyage_id(world, caller.participant_id, voyage_key)
    step = Step(
        key=f"voyage:{voyage_id.hex()}:link:{command.order_id.hex()}",
        call=LinkVoyage(order_id=command.order_id, voyage_key=voyage_key),
        target=naming.contract(world, "Evidence"),
        sender=sender,
    )
    result = {"order_id": naming.hexed(command.order_id), "voyage_id": naming.hexed(voyage_id)}
    return submit(world, session, caller, "shipments:link", [step], result)


def report(world: World, session: Session, caller: Caller, command: ReportEvents) -> Accepted:
    """Keeps each event, then records what the carrier's words now prove, with all it told before,
    and withdraws what they prove no longer; says of each why it proves nothing.

    Each is taken by itself: one of another vessel, voyage or order is refused, and the others are
    taken.
    """
    desk = _desk(world, session, caller, command.voyage_id)
    contents = tracking.split(command.content)
    items = [Item(index=number) for number in range(len(contents))]
    told: dict[int, _Told] = {}
    repository.lock(session, f"tracking:{command.voyage_id.hex()}")
    take(session, items, lambda item: _take(desk, item, contents[item.index], told))
    subjects = {subject for each in told.values() for subject in each.subjects}
    outcome = Outcome()
    if command.voyage_id in subjects:
        outcome.add(voyages.settle_voyage(desk))
    for order in desk.aboard:
        if order.order_id in subjects:
            outcome.add(voyages.settle_order(desk, order))
    for item in items:
        if item.index in told:
            _tell(item, told[item.index].message, outcome)
    result = {"voyage_id": naming.hexed(command.voyage_id), **summary(items)}
    return submit(world, session, caller, "shipments:report", outcome.steps, result)


def _desk(world: World, session: Session, caller: Caller, voyage_id: VoyageId) -> Desk:
    if not repository.voyage_known_to(session, caller.participant_id, voyage_id):
        raise NotFound("shipment")
    aboard = [facts_of(session, order) for order in repository.orders_aboard(session, voyage_id)]
    order_ids = [order.order_id for order in aboard]
    return Desk(
        world=world,
        session=session,
        caller=caller,
        sender=checks.sender(session, caller, Permission.ATTEST),
        voyage_id=voyage_id,
        aboard=aboard,
        bills=bills_of(session, order_ids),
        shipments=shipments_of(world, session, order_ids),
    )


def _take(desk: Desk, item: Item, content: bytes, told: dict[int, _Told]) -> None:
    """Keeps one event for what it is about; it is weighed with all the others afterwards."""
    message = tracking.read(content)
    item.id = message.id
    known = tracking.known_by_id(desk.session, desk.caller, message)
    subjects = dict.fromkeys(document.order_id for document in known)
    if any(document.sha256 == message.sha256 for document in known):
        item.status = "duplicate"
    elif not _is_news(item, message, known):
        return
    else:
        subjects |= dict.fromkeys(_subjects(desk, item, message, is_known=bool(known)))
        for subject in subjects:
            document_id = tracking.keep(desk.world, desk.session, desk.caller, subject, message)
            item.document_id = naming.hexed(document_id)
    if subjects:
        told[item.index] = _Told(message, tuple(subjects))


def _is_news(item: Item, message: Message, known: Sequence[Document]) -> bool:
    """Whether it is later than what was told under its id; DocumentUsed when it is not, and says
    something else."""
    versions = {datetime.fromisoformat(str(d.summary["version"])): d.summary["code"] for d in known}
    of_same_kind = [
        moment
        for moment, code in versions.items()
        if (code == tracking.RETRACTED) == message.is_retraction
    ]
    if message.version in of_same_kind:
        raise DocumentUsed(
            f"event {message.id} was told in other words before, and is not newer",
            "give a correction a later eventUpdatedDateTime, and another event another eventID",
        )
    if versions and message.version < max(versions):
        item.ignore(f"a later word on event {message.id} is known, of {max(versions).isoformat()}")
        return False
    return True


def _subjects(desk: Desk, item: Item, message: Message, *, is_known: bool) -> list[bytes]:
    """What it is about: the voyage or an order; nothing when it can prove nothing and corrects
    nothing. OtherVoyage, OtherOrder when it belongs elsewhere."""
    event = message.event
    if event is None:
        # Taken back before it was told: kept, so that it is known when it comes.
        return [] if is_known else [desk.voyage_id]
    voyages.voyage_key(desk, event)
    order = agreement.order_of_event(event.header, desk.aboard, desk.bills)
    never = tracking.counts_never(event)
    if never is not None:
        item.ignore(never)
        return []
    if isinstance(event, TransportEvent):
        return [desk.voyage_id]
    if order is None:
        item.ignore("it names no order: add a reference PO or a document reference TRD")
        return []
    item.order_id = naming.hexed(order.order_id)
    return [order.order_id]


def _tell(item: Item, message: Message, outcome: Outcome) -> None:
    evidence_ids = outcome.recorded.get(message.id, [])
    item.evidence_ids = [naming.hexed(each) for each in evidence_ids]
    item.withdrawn = [naming.hexed(each) for each in outcome.withdrawn.get(message.id, [])]
    why = outcome.why.get(message.id)
    if not evidence_ids and not message.is_retraction and item.reason is None:
        item.ignore(why or voyages.WAITS)
    item.reason = item.reason or why
