"""EPCIS events at the door: what they prove of containers, and why the others prove nothing."""

from typing import Any

import pytest

from entrepot.bindings.evidence import Record, Withdraw
from entrepot.bindings.evidence_kinds import EvidenceKind
from tests.api.stage import Stage, input_file
from tests.api.test_shipments import aboard, report

CONTAINERS = ("BQMU4011279", "BQMU4011284", "BQMU5388040")
NINGBO = "https://vocabulary.uncefact.org/unlocode#CNNGB"
SHIP = "urn:epc:id:imovn:9990117"
BOL = {"type": "bol", "bizTransaction": "urn:epcglobal:cbv:bt:6901234000017:BMLNGB2611870"}
LOADING = {
    "type": "AggregationEvent",
    "eventID": "urn:uuid:5b1f7f0a-0b1c-4a8e-9a54-2611870002aa",
    "eventTime": "2026-11-12T10:00:00+08:00",
    "eventTimeZoneOffset": "+08:00",
    "action": "ADD",
    "bizStep": "loading",
    "parentID": SHIP,
    "childEPCs": [f"urn:epc:id:bic:{each}" for each in CONTAINERS],
    "readPoint": {"id": NINGBO},
    "bizTransactionList": [BOL],
}


def message(*events: dict[str, Any]) -> dict[str, Any]:
    return {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-12T11:00:00Z",
        "epcisBody": {"eventList": list(events)},
    }


@pytest.fixture
def voyage(stage: Stage) -> str:
    """A voyage with an order aboard whose bill of lading is known."""
    order_id = stage.order()
    voyage_id = aboard(stage, order_id)
    bill = input_file("transport-document.json")
    stage.post("carrier", "/v1/titles", data={"order_id": f"0x{order_id.hex()}"}, files=bill)
    stage.record()
    return voyage_id


def items(answer: Any) -> list[dict[str, Any]]:
    return answer.json()["result"]["items"]


def test_loading_of_every_container_is_a_fact_in_whichever_door_it_comes(
    stage: Stage, voyage: str
) -> None:
    answer = stage.post("carrier", "/v1/documents", json=message(LOADING))
    assert answer.json()["result"]["voyage_id"] == voyage, answer.text
    statuses = [each["status"] for each in items(answer)]
    assert statuses == ["ignored", "ignored", "accepted"], "with the last container of the bill"
    [call] = stage.queued()
    assert isinstance(call, Record)
    assert call.fact.kind is EvidenceKind.LOADED
    again = report(stage, voyage, message(LOADING))
    assert [each["status"] for each in items(again)] == ["duplicate"] * 3


def test_error_declaration_takes_the_fact_back(stage: Stage, voyage: str) -> None:
    report(stage, voyage, message(LOADING))
    stage.record()
    error = {"declarationTime": "2026-11-13T00:00:00Z", "reason": "did_not_occur"}
    report(stage, voyage, message({**LOADING, "errorDeclaration": error}))
    [call] = stage.queued()
    assert isinstance(call, Withdraw)
    assert call.kind is EvidenceKind.LOADED


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"bizStep": "shipping"}, "names no vessel"),
        ({"bizStep": "departing"}, "voyage"),
        ({"bizStep": "receiving"}, "GOODS_RECEIVED"),
        ({"parentID": "urn:epc:id:sscc:6901234.0000093101"}, "parent is a vessel"),
        ({"bizTransactionList": []}, "bill of lading"),
        ({"action": "OBSERVE"}, "no fact"),
        ({"type": "AssociationEvent"}, "no fact"),
    ],
)
def test_what_proves_nothing_says_why(
    stage: Stage, voyage: str, change: dict[str, Any], why: str
) -> None:
    answer = report(stage, voyage, message({**LOADING, **change}))
    assert {each["status"] for each in items(answer)} == {"ignored"}
    assert why in items(answer)[0]["reason"]
    assert stage.queued() == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"parentID": "urn:epc:id:imovn:9074729"}, "other-voyage"),
        ({"parentID": "urn:epc:id:imovn:9990118"}, "malformed-document"),
        ({"childEPCs": ["urn:epc:id:bic:BQMU4011270", "urn:epc:id:bic:B1"]}, "malformed-document"),
    ],
)
def test_another_vessel_or_no_number_is_refused(
    stage: Stage, voyage: str, change: dict[str, Any], code: str
) -> None:
    answer = report(stage, voyage, message({**LOADING, **change}))
    assert {each["problem"]["code"] for each in items(answer)} == {code}


def test_loading_at_another_port_is_kept_and_proves_nothing(stage: Stage, voyage: str) -> None:
    place = {"id": "https://vocabulary.uncefact.org/unlocode#NLRTM"}
    answer = report(stage, voyage, message({**LOADING, "readPoint": place}))
    assert "the bill of lading goes CNNGB" in items(answer)[0]["reason"]
    assert stage.queued() == []
