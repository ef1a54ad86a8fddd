"""Track & Trace events: the standard's code lists, zones and identities, or a refusal."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from entrepot.domain.documents.dcsa_events import DcsaEvents, EquipmentEvent, TransportEvent
from entrepot.domain.documents.reading import read_as
from entrepot.domain.errors import MalformedDocument


@pytest.fixture
def message(inputs: Path) -> list[dict[str, Any]]:
    return json.loads((inputs / "straight-walk/events-export.json").read_text())


def read_events(message: object) -> DcsaEvents:
    document = read_as("dcsa-events", json.dumps(message).encode())
    assert isinstance(document, DcsaEvents)
    return document


def test_read_when_sound_gives_typed_events_in_utc(message: list[dict[str, Any]]) -> None:
    events = read_events(message).events
    assert [event.header.code for event in events] == [
        *("GTIN", "GTIN", "GTIN", "LOAD", "LOAD", "LOAD", "DEPA", "ARRI")
    ]
    gated, departed = events[0], events[6]
    assert isinstance(gated, EquipmentEvent)
    assert (gated.equipment, gated.location, gated.is_laden) == ("BQMU4011279", "CNNGB", True)
    assert isinstance(departed, TransportEvent)
    assert departed.call.vessel_imo == "9990117"
    assert departed.call.export_voyage == "046W"
    assert departed.header.occurred_at == datetime(2026, 11, 12, 14, 40, tzinfo=UTC)
    assert events[7].header.classifier == "EST"


def test_read_when_single_gives_one_event(message: list[dict[str, Any]]) -> None:
    assert len(read_events(message[6]).events) == 1


def test_read_when_an_event_is_repeated_gives_it_once(message: list[dict[str, Any]]) -> None:
    assert len(read_events([*message, message[0]]).events) == len(message)


def test_read_when_two_events_share_an_id_refuses(message: list[dict[str, Any]]) -> None:
    message[1]["eventID"] = message[0]["eventID"]
    with pytest.raises(MalformedDocument, match="/1/eventID: another event"):
        read_events(message)


def change(path: str, value: object) -> Callable[[list[dict[str, Any]]], None]:
    def apply(message: list[dict[str, Any]]) -> None:
        *parents, last = path.strip("/").split("/")
        node: Any = message
        for name in parents:
            node = node[int(name) if name.isdigit() else name]
        node[last] = value

    return apply


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        ("/0/eventType", "CUSTOMS", "code list"),
        ("/0/eventClassifierCode", "REQ", "tells of none"),
        ("/0/eventClassifierCode", "ACTUAL", "code list"),
        ("/0/equipmentEventTypeCode", "DEPA", "code list"),
        ("/0/emptyIndicatorCode", "FULL", "code list"),
        ("/0/equipmentReference", "BQMU4011278", "check digit should be 9"),
        ("/0/eventLocation/UNLocationCode", "XYABC", "no country XY"),
        ("/0/eventID", 123456789, "not a string"),
        ("/0/eventID", "incorrect", "not a UUID"),
        ("/0/eventID", None, "missing"),
        ("/0/eventDateTime", "2026-11-09T09:14:00", "no time zone"),
        ("/0/eventDateTime", "2026-02-30T09:14:00Z", "not a moment"),
        ("/0/eventDateTime", "0001-01-01T00:00:00+14:00", "not a moment"),
        ("/0/references/0/referenceType", "ZZ", "code list"),
        ("/6/transportEventTypeCode", "LOAD", "code list"),
        ("/6/transportCall/modeOfTransport", "AIR", "code list"),
        ("/6/transportCall/facilityTypeCode", "MOON", "code list"),
        ("/6/transportCall/vessel/vesselIMONumber", "9990118", "check digit"),
        ("/6/transportCall", None, "missing"),
        ("/6/transportCall", [], "not an object"),
    ],
)
def test_read_when_a_code_is_wrong_says_where(
    message: list[dict[str, Any]], path: str, value: object, why: str
) -> None:
    change(path, value)(message)
    with pytest.raises(MalformedDocument, match=why) as refusal:
        read_events(message)
    assert refusal.value.location == path


def test_read_when_a_shipment_event_is_planned_refuses() -> None:
    event = {
        "eventID": "3f0c2a01-6b1d-4e0a-9c35-261187000001",
        "eventCreatedDateTime": "2026-11-09T11:00:00Z",
        "eventType": "SHIPMENT",
        "eventClassifierCode": "PLN",
        "eventDateTime": "2026-11-09T11:00:00Z",
        "shipmentEventTypeCode": "ISSU",
        "documentTypeCode": "TRD",
        "documentID": "BMLNGB2611870",
    }
    with pytest.raises(MalformedDocument, match="always ACT"):
        read_events([event])
    assert len(read_events([event | {"eventClassifierCode": "ACT"}]).events) == 1
