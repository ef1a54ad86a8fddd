"""Track & Trace 3.0: both spellings become the codes of 2.2; later versions and retractions."""

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from entrepot.domain.documents.dcsa_events import (
    DcsaEvents,
    EquipmentEvent,
    EventRetraction,
    OtherEvent,
    ShipmentEvent,
    TransportEvent,
)
from entrepot.domain.documents.reading import read_as
from entrepot.domain.errors import MalformedDocument

PARTY = {"partyCode": "BMLU", "codeListProvider": "NMFTA", "codeListName": "SCAC"}
LOADED: dict[str, Any] = {
    "eventRouting": {"originatingParties": [PARTY]},
    "eventID": "loaded-BQMU4011279",
    "eventDateTime": "2026-11-12T18:40:00+08:00",
    "eventUpdatedDateTime": "2026-11-12T11:00:00Z",
    "eventLocation": {"UNLocationCode": "CNNGB", "facilityType": "PORT_TERMINAL"},
    "eventClassification": {
        "eventType": "EQUIPMENT",
        "eventClassifier": "ACTUAL",
        "equipmentEventType": "LOADED",
    },
    "equipmentDetails": {
        "equipmentReference": "BQMU4011279",
        "emptyIndicator": "LADEN",
        "seals": [{"number": "CN881", "source": "CUSTOMS"}],
    },
    "shipmentDetails": {
        "documentReference": {"type": "TRANSPORT_DOCUMENT", "reference": "BMLNGB2611870"},
        "shipmentReferences": [{"type": "PURCHASE_ORDER_REFERENCE", "reference": "PO-2026-1187"}],
    },
    "transportDetails": {
        "transportCall": {
            "modeOfTransport": "VESSEL",
            "exportVoyageNumberOrReference": {"carrierVoyageNumber": "046W"},
            "vesselTransport": {"vesselIMONumber": "9990117", "vesselName": "Bluemoor Star"},
        }
    },
}


def changed(**members: Any) -> dict[str, Any]:
    return copy.deepcopy(LOADED) | members


def classified(**members: str) -> dict[str, Any]:
    return changed(eventClassification=LOADED["eventClassification"] | members)


def read_events(*events: dict[str, Any]) -> DcsaEvents:
    document = read_as("dcsa-events", json.dumps({"events": events}).encode())
    assert isinstance(document, DcsaEvents)
    return document


def test_read_when_in_words_gives_the_codes_of_2_2() -> None:
    (event,) = read_events(LOADED).events
    assert isinstance(event, EquipmentEvent)
    assert (event.header.classifier, event.header.code) == ("ACT", "LOAD")
    assert event.header.occurred_at == datetime(2026, 11, 12, 10, 40, tzinfo=UTC)
    assert event.header.originator == "NMFTA:SCAC:BMLU"
    assert [(d.type, d.value) for d in event.header.documents] == [("TRD", "BMLNGB2611870")]
    assert [(r.type, r.value) for r in event.header.references] == [("PO", "PO-2026-1187")]
    assert (event.equipment, event.is_laden, event.location) == ("BQMU4011279", True, "CNNGB")
    assert event.seals == ("CN881",)
    assert event.call is not None
    assert (event.call.vessel_imo, event.call.export_voyage) == ("9990117", "046W")


def test_read_when_in_codes_gives_the_same() -> None:
    coded = changed(
        eventClassification={
            "eventTypeCode": "EQUIPMENT",
            "eventClassifierCode": "ACT",
            "equipmentEventTypeCode": "LOAD",
        },
        equipmentDetails={
            "equipmentReference": "BQMU4011279",
            "emptyIndicatorCode": "LADEN",
            "seals": [{"number": "CN881", "source": "CUS"}],
        },
        shipmentDetails={
            "documentReference": {"typeCode": "TRD", "reference": "BMLNGB2611870"},
            "shipmentReferences": [{"typeCode": "PO", "reference": "PO-2026-1187"}],
        },
        eventRouting={"originatingParty": PARTY},
    )
    assert read_events(coded) == read_events(LOADED)


def test_where_points_into_the_message() -> None:
    document = read_events(LOADED)
    assert document.where("events[0].equipment") == "/events/0/equipmentDetails/equipmentReference"
    assert document.where("events[0].header.code") == (
        "/events/0/eventClassification/equipmentEventType"
    )


def test_read_when_an_event_comes_alone_reads_it_too() -> None:
    document = read_as("dcsa-events", json.dumps(LOADED).encode())
    assert isinstance(document, DcsaEvents)
    assert document.events == read_events(LOADED).events


def test_read_transport_and_shipment_events() -> None:
    departed = changed(
        eventID="departed",
        eventClassification={
            "eventType": "TRANSPORT",
            "eventClassifier": "ESTIMATED",
            "transportEventType": "DEPARTED",
        },
    )
    issued = changed(
        eventID="issued",
        eventClassification={
            "eventType": "SHIPMENT",
            "eventClassifier": "ACTUAL",
            "shipmentEventType": "ISSUED",
        },
    )
    first, second = read_events(departed, issued).events
    assert isinstance(first, TransportEvent)
    assert (first.header.classifier, first.header.code) == ("EST", "DEPA")
    assert first.call.location == "CNNGB"
    assert isinstance(second, ShipmentEvent)
    assert (second.header.code, second.document_type) == ("ISSU", "TRD")


@pytest.mark.parametrize(
    ("classification", "code"),
    [
        ({"eventType": "IOT", "iotEventType": "DOOR_OPENED"}, "DOOR_OPENED"),
        ({"eventTypeCode": "IOT", "iotEventTypeCode": "DETC"}, "DETC"),
        ({"eventType": "REEFER", "reeferEventType": "MEASURED"}, "MEAS"),
        ({"eventType": "TRANSPORT", "transportEventType": "APPROACHING"}, "APPROACHING"),
    ],
)
def test_read_when_it_is_no_event_of_2_2_gives_an_other(
    classification: dict[str, str], code: str
) -> None:
    event = changed(eventClassification={"eventClassifier": "ACTUAL", **classification})
    (found,) = read_events(event).events
    assert isinstance(found, OtherEvent)
    assert (found.header.code, found.equipment) == (code, "BQMU4011279")


def test_read_when_two_versions_are_there_keeps_the_later() -> None:
    later = changed(
        eventUpdatedDateTime="2026-11-12T12:00:00Z", eventDateTime="2026-11-12T19:00:00+08:00"
    )
    for message in ((LOADED, later), (later, LOADED)):
        (event,) = read_events(*message).events
        assert event.header.occurred_at == datetime(2026, 11, 12, 11, 0, tzinfo=UTC)


def test_read_when_two_originators_use_one_id_keeps_both() -> None:
    other = changed(eventRouting={"originatingParty": PARTY | {"partyCode": "OTHR"}})
    assert len(read_events(LOADED, other).events) == 2


def test_read_when_one_version_says_two_things_refuses() -> None:
    other = changed(eventDateTime="2026-11-12T19:00:00+08:00")
    with pytest.raises(MalformedDocument, match="/events/1/eventID: another event"):
        read_events(LOADED, other)


def test_read_when_retracted_reads_nothing_but_what_is_taken_back() -> None:
    bare = {
        "eventID": "loaded-BQMU4011279",
        "isRetracted": True,
        "eventUpdatedDateTime": "2026-11-13T00:00:00Z",
        "eventRouting": {"originatingParty": PARTY},
    }
    document = read_events(bare)
    at = datetime(2026, 11, 13, tzinfo=UTC)
    taken_back = EventRetraction("loaded-BQMU4011279", at, "NMFTA:SCAC:BMLU")
    assert (document.events, document.retractions) == ((), (taken_back,))
    named = bare | {"eventID": "new", "retractedEventID": bare["eventID"]}
    assert read_events(named).retractions == (taken_back,)
    assert read_events(changed(isRetracted=False)).events == read_events(LOADED).events


@pytest.mark.parametrize(
    ("event", "place", "why"),
    [
        (classified(eventClassifier="REQUESTED"), "/eventClassification/eventClassifier", "none"),
        (classified(eventClassifierCode="ACT"), "/eventClassification/eventClassifier", "too"),
        (
            classified(equipmentEventType="LOADDED"),
            "/eventClassification/equipmentEventType",
            "list",
        ),
        (changed(eventUpdatedDateTime=None), "/eventUpdatedDateTime", "missing"),
        (changed(eventDateTime="2026-11-12T18:40:00"), "/eventDateTime", "no time zone"),
        (changed(eventID="x" * 101), "/eventID", "100 characters"),
        (changed(isRetracted="yes"), "/isRetracted", "true or false"),
        (
            changed(eventLocation={"UNLocationCode": "XYABC"}),
            "/eventLocation/UNLocationCode",
            "no country",
        ),
    ],
)
def test_read_when_wrong_says_where(event: dict[str, Any], place: str, why: str) -> None:
    with pytest.raises(MalformedDocument, match=why) as refusal:
        read_events(event)
    assert refusal.value.location == f"/events/0{place}"
