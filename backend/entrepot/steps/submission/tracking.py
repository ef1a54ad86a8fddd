"""Events of a carrier, one by one: split from their message, kept, and found again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from entrepot.domain.documents import reading
from entrepot.domain.documents.dcsa_events import (
    DcsaEvents,
    EquipmentEvent,
    Event,
    ShipmentEvent,
    TransportEvent,
)
from entrepot.domain.documents.facts import FactDraft, Shipment, facts_of_events
from entrepot.domain.errors import UnknownDocument
from entrepot.kit.hashing import sha256
from entrepot.steps import World
from entrepot.steps.submission import naming, papers, repository
from entrepot.steps.submission.caller import Caller
from entrepot.store.session import Session

TRACKING_EVENT: Final = "TRACKING_EVENT"


@dataclass(frozen=True, slots=True)
class Message:
    """One event and the bytes that its facts are committed to: its own part of the message."""

    event: Event
    content: bytes

    @property
    def id(self) -> str:
        return self.event.header.id


def read(content: bytes) -> list[Message]:
    """The events of a DCSA Track & Trace message, each id once."""
    document = reading.read_as("dcsa-events", content)
    if not isinstance(document, DcsaEvents):
        raise UnknownDocument(f"this is a {document.kind}, not a dcsa-events")
    if document.retractions:
        raise UnknownDocument("it retracts an event, which is not taken here yet")
    whole = json.loads(content)
    return [
        Message(event, _spelled(_part(whole, document.where(f"events[{number}]"))))
        for number, event in enumerate(document.events)
    ]


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
        case _:
            return None if drafts([event], "") else f"{header.code} is no fact that terms ask for"


def drafts(
    events: Sequence[Event], source: str, shipment: Shipment | None = None
) -> tuple[FactDraft, ...]:
    return facts_of_events(events, source, shipment)


def keep(world: World, session: Session, caller: Caller, subject: bytes, message: Message) -> bytes:
    """Keeps the event for the order or voyage it is about; answers its document id."""
    keys = naming.keys(world)
    paper = papers.Paper(
        subject=subject,
        kind=TRACKING_EVENT,
        format="dcsa-event",
        issuer=caller.lei,
        reference=message.id,
        content=message.content,
        commitment=keys.commit(subject, TRACKING_EVENT, sha256(message.content)),
        summary={
            "code": message.event.header.code,
            "occurred_at": message.event.header.occurred_at.isoformat(),
        },
        unique=False,
    )
    return papers.store(world, session, caller, paper)


def known(world: World, session: Session, caller: Caller, subject: bytes) -> list[Message]:
    """All that the carrier has told of the order so far."""
    documents = repository.documents_of(session, subject, TRACKING_EVENT)
    own = [each for each in documents if each.owner == caller.participant_id]
    return [message for each in own for message in read(world.vault.get(session, each.sha256))]


def _part(whole: Any, pointer: str) -> dict[str, Any]:
    """An event's own JSON in its message."""
    part = whole
    for step in pointer.split("/")[1:]:
        part = part[int(step)] if step.isdigit() else part[step]
    return part


def _spelled(event: dict[str, Any]) -> bytes:
    """The same bytes on every replay."""
    return json.dumps(event, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
