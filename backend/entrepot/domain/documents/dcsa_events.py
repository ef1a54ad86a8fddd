"""DCSA Track & Trace events: a single one, a list of them, or a message of version 3.0.

2.2 is what carriers have adopted; 3.0 is not final yet and comes in two spellings. Either way the
codes come out as those of 2.2, and times, which must carry their zone, in UTC.
"""

from __future__ import annotations

from entrepot.domain.documents import dcsa_events_v2, dcsa_events_v3
from entrepot.domain.documents.dcsa_model import DcsaEvents as DcsaEvents
from entrepot.domain.documents.dcsa_model import EquipmentEvent as EquipmentEvent
from entrepot.domain.documents.dcsa_model import Event as Event
from entrepot.domain.documents.dcsa_model import EventHeader as EventHeader
from entrepot.domain.documents.dcsa_model import EventRetraction as EventRetraction
from entrepot.domain.documents.dcsa_model import OtherEvent as OtherEvent
from entrepot.domain.documents.dcsa_model import Reference as Reference
from entrepot.domain.documents.dcsa_model import ShipmentEvent as ShipmentEvent
from entrepot.domain.documents.dcsa_model import TransportCall as TransportCall
from entrepot.domain.documents.dcsa_model import TransportEvent as TransportEvent
from entrepot.domain.documents.json_source import JsonNode
from entrepot.domain.documents.places import Places

_MARKS = ("eventType", "events", "eventClassification", "isRetracted", "retractedEventID")


def looks_like_events(root: JsonNode) -> bool:
    """Whether the JSON is a list or has a member that only Track & Trace has."""
    return root.is_array or any(root.find(mark) is not None for mark in _MARKS)


def read_dcsa_events(root: JsonNode) -> DcsaEvents:
    """Read a Track & Trace message. MalformedDocument names the member and the code list.

    Each event comes out once. Of two versions of it in one message the later one stands (3.0);
    the same id for two different events is refused.
    """
    if root.is_array:
        nodes = root.items(least=1)
    else:
        nodes = [root] if root.find("events") is None else root.items("events", least=1)
    newest: dict[tuple[str, str], tuple[Event, Places]] = {}
    retractions: dict[EventRetraction, JsonNode] = {}
    for node in nodes:
        if dcsa_events_v3.is_retraction(node):
            retractions.setdefault(dcsa_events_v3.read_retraction(node), node)
            continue
        places = Places(node)
        is_v3 = node.find("eventClassification") is not None
        reader = dcsa_events_v3.read_event if is_v3 else dcsa_events_v2.read_event
        _keep_newest(newest, reader(node, places), places, node)
    at = Places(root)
    for number, (_, places) in enumerate(newest.values()):
        at.adopt(f"events[{number}]", places)
    for number, node in enumerate(retractions.values()):
        at(f"retractions[{number}]", node)
    return DcsaEvents(
        events=tuple(event for event, _ in newest.values()),
        retractions=tuple(retractions),
        places=at,
    )


def _keep_newest(
    newest: dict[tuple[str, str], tuple[Event, Places]],
    event: Event,
    places: Places,
    node: JsonNode,
) -> None:
    key = (event.header.originator, event.header.id)
    known, _ = newest.setdefault(key, (event, places))
    if known == event:
        return
    known_at, event_at = known.header.updated_at, event.header.updated_at
    if known_at is None or event_at is None or known_at == event_at:
        node.require("eventID").fail("another event of this message has the same id")
    if known_at < event_at:
        newest[key] = (event, places)
