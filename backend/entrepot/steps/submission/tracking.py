"""Events of a carrier, one by one: split from their message, kept, and found again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from entrepot.domain.customs import OF_CONTAINER, SeenAtContainer
from entrepot.domain.documents import reading
from entrepot.domain.documents.dcsa_events import (
    DcsaEvents,
    EquipmentEvent,
    Event,
    EventRetraction,
    OtherEvent,
    ShipmentEvent,
    TransportEvent,
)
from entrepot.domain.documents.epcis_events import EpcisEvents
from entrepot.domain.documents.epcis_tracking import one_by_one, tracked
from entrepot.domain.documents.facts import FactDraft, Shipment, facts_of_events
from entrepot.domain.documents.json_source import parse_json
from entrepot.domain.errors import MalformedDocument, UnknownDocument
from entrepot.domain.logistics import Told, standing_events, version_of
from entrepot.kit.hashing import normalise, sha256
from entrepot.steps import World
from entrepot.steps.submission import agreement, naming, papers, repository
from entrepot.steps.submission.caller import Caller
from entrepot.store import correlation
from entrepot.store.session import Session
from entrepot.store.tables import Document

TRACKING_EVENT: Final = "TRACKING_EVENT"
KINDS: Final = frozenset({"dcsa-events", "epcis-events"})
"""What tells of events."""
RETRACTED: Final = "RETRACTED"
"""In the place of a code, of what only takes back an earlier event."""


@dataclass(frozen=True, slots=True)
class Message:
    """One event, or the retraction of one, and the bytes that its facts are committed to: its own
    part of the message."""

    what: Event | EventRetraction
    content: bytes

    @property
    def id(self) -> str:
        return self.what.id if isinstance(self.what, EventRetraction) else self.what.header.id

    @property
    def originator(self) -> str:
        what = self.what
        return what.originator if isinstance(what, EventRetraction) else what.header.originator

    @property
    def version(self) -> datetime:
        """Which of several words on one event it is: the later one stands."""
        what = self.what
        return what.updated_at if isinstance(what, EventRetraction) else version_of(what)

    @property
    def sha256(self) -> bytes:
        return sha256(self.content)

    @property
    def is_retraction(self) -> bool:
        return isinstance(self.what, EventRetraction)

    @property
    def event(self) -> Event | None:
        return None if isinstance(self.what, EventRetraction) else self.what


def split(content: bytes) -> list[bytes]:
    """The events of a message, each in a spelling of its own that is the same on every replay.

    InvalidInput when it is no JSON, or holds none.
    """
    root = parse_json(content)
    if root.is_array:
        root.items(least=1)
    whole: Any = json.loads(content)
    inner: Any = whole
    if isinstance(whole, dict):
        if "epcisBody" in whole:
            return _split_epcis(cast("dict[str, Any]", whole))
        inner = cast("dict[str, Any]", whole).get("events")
    parts = cast("list[Any]", inner) if isinstance(inner, list) else [cast("Any", whole)]
    if not parts:
        root.fail("it needs at least 1 element(s)")
    return [_spelled(part) for part in parts]


def _split_epcis(whole: dict[str, Any]) -> list[bytes]:
    """The events of an EPCIS document, each in a document of its own that is dated as it is."""
    body: Any = whole["epcisBody"]
    answer: Any = _member(_member(body, "queryResults"), "resultsBody")
    events: Any = _member(body if answer is None else answer, "eventList")
    if not isinstance(events, list) or not events:
        raise MalformedDocument("/epcisBody/eventList", "it holds no event")
    return [
        _spelled(
            {
                **whole,
                "type": "EPCISDocument",
                "creationDate": _member(one, "recordTime") or _member(one, "eventTime"),
                "epcisBody": {"eventList": [one]},
            }
        )
        for each in cast("list[Any]", events)
        for one in one_by_one(each)
    ]


def _member(value: Any, name: str) -> Any:
    return cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None


def read(content: bytes) -> Message:
    """One event of DCSA Track & Trace or EPCIS, by itself. InvalidInput says what is wrong."""
    document = reading.read(content)
    match document:
        case DcsaEvents():
            whats = (*document.events, *document.retractions)
        case EpcisEvents():
            name = f"sha-256:{sha256(content).hex()}"
            whats = tuple(tracked(event, name) for event in document.events)
        case _:
            raise UnknownDocument(f"this is a {document.kind}, and tells of no events")
    if len(whats) != 1:
        raise MalformedDocument("", f"{len(whats)} events stand where one is to be")
    return Message(whats[0], content)


def counts_never(event: Event) -> str | None:
    """Why an event can prove nothing, whatever else is known; None when it can."""
    header = event.header
    if header.classifier != "ACT":
        return f"{header.classifier} tells what may come; only ACT counts"
    match event:
        case ShipmentEvent():
            return "it tells of a document's state; send the document itself"
        case TransportEvent() if event.call.mode != "VESSEL":
            return f"it tells of a {event.call.mode}, not of the vessel"
        case EquipmentEvent() if not event.is_laden:
            return "it tells of an empty container"
        case OtherEvent() if event.why is not None:
            return event.why
        case _:
            return None if drafts([event], "") else f"{header.code} is no fact that terms ask for"


def drafts(
    events: Sequence[Event], source: str, shipment: Shipment | None = None
) -> tuple[FactDraft, ...]:
    return facts_of_events(events, source, shipment)


def voyages_named(message: Message) -> tuple[tuple[str, str], ...]:
    """Vessel and voyage numbers that an event names."""
    event = message.event
    call = event.call if isinstance(event, TransportEvent | EquipmentEvent) else None
    if call is None or call.mode != "VESSEL":
        return ()
    return agreement.voyages_of(call)


def references_of(message: Message) -> tuple[set[str], set[str]]:
    """The purchase orders and the bills of lading that an event names, normalised."""
    if message.event is None:
        return set(), set()
    header = message.event.header
    return (
        {normalise(each.value) for each in header.references if each.type == "PO"},
        {normalise(each.value) for each in header.documents if each.type == "TRD"},
    )


def keep(world: World, session: Session, caller: Caller, subject: bytes, message: Message) -> bytes:
    """Keeps the event for the order or voyage it is about; answers its document id."""
    keys = naming.keys(world)
    event = message.event
    paper = papers.Paper(
        subject=subject,
        kind=TRACKING_EVENT,
        format="tracking-event",
        issuer=caller.lei,
        reference=message.id,
        content=message.content,
        commitment=keys.commit(subject, TRACKING_EVENT, sha256(message.content)),
        summary={
            "code": event.header.code if event is not None else RETRACTED,
            "occurred_at": event.header.occurred_at.isoformat() if event is not None else None,
            "version": message.version.isoformat(),
            "originator": message.originator,
        },
        unique=False,
    )
    return papers.store(world, session, caller, paper)


def known_by_id(session: Session, caller: Caller, message: Message) -> Sequence[Document]:
    """All that the carrier has told of that event, for whichever order or voyage."""
    told = correlation.documents_by_reference(
        session, caller.participant_id, TRACKING_EVENT, message.id
    )
    originators = {"", message.originator}
    if message.originator == "" and message.is_retraction:
        return told
    return [each for each in told if str(each.summary["originator"]) in originators]


def known(world: World, session: Session, owner: bytes, *subjects: bytes) -> list[Message]:
    """All that a carrier has told of an order, or of a voyage, so far."""
    return [
        read(world.vault.get(session, each.sha256))
        for subject in subjects
        for each in repository.documents_of(session, subject, TRACKING_EVENT)
        if each.owner == owner
    ]


def sightings(world: World, session: Session, order_id: bytes) -> list[SeenAtContainer]:
    """What carriers saw customs do with the order's containers, as far as their word stands."""
    voyages = correlation.voyages_of(session, order_id)
    documents = [
        each
        for subject in (order_id, *voyages)
        for each in repository.documents_of(session, subject, TRACKING_EVENT)
    ]
    if not any(str(each.summary.get("code")) in OF_CONTAINER for each in documents):
        return []
    told = [
        Told(each.owner.decode("ascii"), read(world.vault.get(session, each.sha256)).what)
        for each in documents
    ]
    return [
        SeenAtContainer(
            container=event.equipment, code=event.header.code, at=event.header.occurred_at
        )
        for event in standing_events(told)[0]
        if isinstance(event, EquipmentEvent)
        and event.equipment is not None
        and event.header.classifier == "ACT"
        and event.header.code in OF_CONTAINER
    ]


def _spelled(event: Any) -> bytes:
    return json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
