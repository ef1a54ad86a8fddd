"""Voyages: the carrier puts orders aboard, and tells what happened to ship and containers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from entrepot.bindings.evidence import LinkVoyage
from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.ids import OrderId, VoyageId
from entrepot.bindings.roles import Permission
from entrepot.domain.documents.dcsa_events import EquipmentEvent, Event, TransportEvent
from entrepot.domain.documents.facts import Shipment
from entrepot.domain.errors import NotFound, OtherVoyage
from entrepot.kit.abi import Address
from entrepot.kit.clock import to_unix
from entrepot.kit.hashing import sha256
from entrepot.steps import World
from entrepot.steps.submission import agreement, checks, evidence, naming, repository, tracking
from entrepot.steps.submission.agreement import OrderFacts
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.steps.submission.intents import Step, submit
from entrepot.steps.submission.papers import bills_of, facts_of, shipments_of
from entrepot.steps.submission.tracking import Message
from entrepot.store.session import Session

OPEN_ORDERS = ("PLACED", "ACCEPTED")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkShipment:
    """Puts an order aboard one ship's one voyage."""

    order_id: OrderId
    vessel_imo: str
    voyage_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportEvents:
    """content: a DCSA Track & Trace 2.2 message, as it was sent."""

    voyage_id: VoyageId
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """Where one report is worked on: who reports, for which voyage, and what is known of it."""

    world: World
    session: Session
    caller: Caller
    sender: Address
    voyage_id: VoyageId
    aboard: Sequence[OrderFacts]
    bills: Mapping[bytes, set[str]]
    shipments: Mapping[bytes, Shipment]


@dataclass(frozen=True, slots=True)
class _Found:
    """A fact of the message, as a call; or the reason why the event of that id proves nothing."""

    event_id: str
    steps: tuple[Step, ...] = ()
    evidence_ids: tuple[str, ...] = ()
    ignored: str | None = None


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
    """Records what the events prove, and says of the others why they prove nothing.

    All or nothing: with one event of another vessel, voyage or order, none is taken.
    """
    desk = _desk(world, session, caller, command.voyage_id)
    found: list[_Found] = []
    boxes: dict[bytes, list[Message]] = {}
    for message in tracking.read(command.content):
        voyage_key = _voyage_key(desk, message.event)
        order = agreement.order_of_event(message.event.header, desk.aboard, desk.bills)
        if (why := tracking.counts_never(message.event)) is not None:
            found.append(_Found(message.id, ignored=why))
        elif isinstance(message.event, TransportEvent):
            found.append(_of_call(desk, message, message.event, voyage_key))
        elif order is None:
            why = "it names no order: add a reference PO or a document reference TRD"
            found.append(_Found(message.id, ignored=why))
        else:
            boxes.setdefault(order.order_id, []).append(message)
    for order_id, messages in boxes.items():
        found += _of_boxes(desk, OrderId(order_id), messages)
    result = {
        "voyage_id": naming.hexed(command.voyage_id),
        "evidence_ids": [each for one in found for each in one.evidence_ids],
        "ignored": [{"event_id": f.event_id, "reason": f.ignored} for f in found if f.ignored],
    }
    steps = [step for one in found for step in one.steps]
    return submit(world, session, caller, "shipments:report", steps, result)


def _desk(world: World, session: Session, caller: Caller, voyage_id: VoyageId) -> _Desk:
    if not repository.voyage_known_to(session, caller.participant_id, voyage_id):
        raise NotFound("shipment")
    aboard = [facts_of(session, order) for order in repository.orders_aboard(session, voyage_id)]
    order_ids = [order.order_id for order in aboard]
    return _Desk(
        world=world,
        session=session,
        caller=caller,
        sender=checks.sender(session, caller, Permission.ATTEST),
        voyage_id=voyage_id,
        aboard=aboard,
        bills=bills_of(session, order_ids),
        shipments=shipments_of(world, session, order_ids),
    )


def _voyage_key(desk: _Desk, event: Event) -> bytes | None:
    """The key of the voyage that the event names; None when it names none.

    OtherVoyage when it is not the one it was sent for.
    """
    call = event.call if isinstance(event, TransportEvent | EquipmentEvent) else None
    if call is None or call.mode != "VESSEL":
        return None
    named = agreement.voyages_of(call)
    for vessel_imo, number in named:
        key = naming.keys(desk.world).voyage(desk.caller.lei, vessel_imo, number)
        if naming.voyage_id(desk.world, desk.caller.participant_id, key) == desk.voyage_id:
            return key
    if not named and isinstance(event, EquipmentEvent):
        return None
    found = ", ".join(f"IMO {imo} voyage {number}" for imo, number in named) or "none"
    raise OtherVoyage(f"the voyage of event {event.header.id}", "that of this shipment", found)


def _of_call(
    desk: _Desk, message: Message, event: TransportEvent, voyage_key: bytes | None
) -> _Found:
    """A departure from the orders' ports of loading, an arrival at their ports of discharge.

    A call that is so for every order aboard is one fact of the voyage, however many they are.
    """
    here = [order for order in desk.aboard if _is_at_port(desk, order, event)]
    if voyage_key is None or not here:
        why = f"no order aboard begins or ends its voyage at {event.call.location}"
        return _Found(message.id, ignored=why)
    if len(here) == len(desk.aboard):
        recording = _recording(desk, desk.voyage_id, message, event)
        step = evidence.on_voyage(desk.world, voyage_key, recording, desk.sender)
        return _Found(message.id, (step,), (naming.hexed(recording.evidence_id),))
    recordings = [
        (OrderId(o.order_id), _recording(desk, OrderId(o.order_id), message, event)) for o in here
    ]
    steps = tuple(
        evidence.on_order(desk.world, order_id, recording, desk.sender)
        for order_id, recording in recordings
    )
    return _Found(message.id, steps, tuple(naming.hexed(r.evidence_id) for _, r in recordings))


def _is_at_port(desk: _Desk, order: OrderFacts, event: TransportEvent) -> bool:
    """At the port that the bill names, or in the order's country while there is no bill."""
    shipment = desk.shipments.get(order.order_id)
    if shipment is not None:
        return bool(tracking.drafts([event], "", shipment))
    country = order.origin if event.header.code == "DEPA" else order.destination
    return event.call.location is not None and event.call.location[:2] == country


def _recording(
    desk: _Desk, subject: OrderId | VoyageId, message: Message, event: TransportEvent
) -> evidence.Recording:
    draft = tracking.drafts([event], desk.caller.lei)[0]
    kind = EvidenceKind[draft.kind]
    recording = evidence.of_subject(
        desk.world,
        desk.caller,
        subject,
        kind,
        naming.keys(desk.world).fact("dcsa", draft.source_id),
        sha256(message.content),
        to_unix(draft.occurred_at),
    )
    document_id = tracking.keep(desk.world, desk.session, desk.caller, subject, message)
    repository.tie(desk.session, document_id, recording.evidence_id)
    return recording


def _of_boxes(desk: _Desk, order_id: OrderId, messages: Sequence[Message]) -> list[_Found]:
    """What the containers of one order have been through, with all that was told before.

    Once there is a bill of lading, a fact stands when it holds for every container on it.
    """
    ids = {
        message.id: tracking.keep(desk.world, desk.session, desk.caller, order_id, message)
        for message in messages
    }
    shipment = desk.shipments.get(order_id)
    told = {m.id: m for m in (*_known_boxes(desk, order_id), *messages)}
    found: list[_Found] = []
    events = [message.event for message in told.values()]
    for draft in tracking.drafts(events, desk.caller.lei, shipment):
        message = told[draft.source_id.rpartition(":")[2]]
        recording = evidence.of_subject(
            desk.world,
            desk.caller,
            order_id,
            EvidenceKind[draft.kind],
            naming.keys(desk.world).fact("dcsa", draft.source_id),
            sha256(message.content),
            to_unix(draft.occurred_at),
        )
        if message.id in ids:
            repository.tie(desk.session, ids[message.id], recording.evidence_id)
        step = evidence.on_order(desk.world, order_id, recording, desk.sender)
        found.append(_Found(message.id, (step,), (naming.hexed(recording.evidence_id),)))
    counted = {one.event_id for one in found}
    why = "kept; it counts once it holds for every container of the bill of lading, at its port"
    return found + [_Found(m.id, ignored=why) for m in messages if m.id not in counted]


def _known_boxes(desk: _Desk, order_id: OrderId) -> list[Message]:
    known = tracking.known(desk.world, desk.session, desk.caller, order_id)
    return [message for message in known if isinstance(message.event, EquipmentEvent)]
