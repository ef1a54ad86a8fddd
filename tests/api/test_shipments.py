"""Voyages and events at the door (P3)."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from entrepot.bindings.evidence import LinkVoyage, Record, RecordOnVoyage, Withdraw
from entrepot.bindings.evidence_kinds import EvidenceKind
from tests.api.stage import (
    INPUTS,
    Stage,
    input_file,
)

EXPORT = json.loads((INPUTS / "events-export.json").read_text())
IMPORT = json.loads((INPUTS / "events-import.json").read_text())
DEPARTURE = next(e for e in EXPORT if e.get("transportEventTypeCode") == "DEPA")
GATE_IN = next(e for e in EXPORT if e.get("equipmentEventTypeCode") == "GTIN")
VESSEL = {"vessel_imo": "9990117", "voyage_number": "046W"}


def link(stage: Stage, order_id: bytes, actor: str = "carrier", **change: str) -> Any:
    body = {"order_id": f"0x{order_id.hex()}", **VESSEL, **change}
    return stage.post(actor, "/v1/shipments", json=body)


def aboard(stage: Stage, *order_ids: bytes) -> str:
    """Orders aboard the voyage of the inputs; its id."""
    voyage_id = ""
    for order_id in order_ids:
        voyage_id = link(stage, order_id).json()["result"]["voyage_id"]
        stage.aboard(order_id, bytes.fromhex(voyage_id[2:]))
    stage.settle()
    return voyage_id


def report(stage: Stage, voyage_id: str, events: Any, actor: str = "carrier") -> Any:
    return stage.post(actor, f"/v1/shipments/{voyage_id}/events", json=events)


def test_link_asks_the_chain_and_tells_the_voyage(stage: Stage) -> None:
    order_id = stage.order()
    answer = link(stage, order_id)
    assert answer.status_code == 202
    call = stage.call()
    assert isinstance(call, LinkVoyage)
    assert call.order_id == order_id
    assert b"9990117" not in stage.outbox()[0].calldata


def test_link_by_who_is_not_the_named_carrier_is_refused(stage: Stage) -> None:
    order_id = stage.order()
    before = stage.digest()
    stage.refused(link(stage, order_id, "export_customs"), 403, "attester-not-named", before)
    stage.refused(link(stage, order_id, vessel_imo="9990118"), 422, "invalid-request", before)


def test_departure_is_one_fact_of_the_voyage_for_all_aboard(stage: Stage) -> None:
    voyage_id = aboard(stage, stage.order(), stage.order("PO-2026-1188"))
    answer = report(stage, voyage_id, [{**DEPARTURE, "references": [], "documentReferences": []}])
    assert answer.status_code == 202
    [call] = stage.queued()
    assert isinstance(call, RecordOnVoyage)
    assert call.fact.kind is EvidenceKind.VESSEL_DEPARTED


def test_arrival_counts_only_for_orders_that_end_there(stage: Stage) -> None:
    here, elsewhere = stage.order(), stage.order("PO-2026-1188", destination="DE")
    voyage_id = aboard(stage, here, elsewhere)
    arrival = next(e for e in IMPORT if e.get("transportEventTypeCode") == "ARRI")
    changes = {"references": [], "documentReferences": [], "eventDateTime": "2026-11-19T05:20:00Z"}
    report(stage, voyage_id, [{**arrival, **changes}])
    [call] = stage.queued()
    assert isinstance(call, Record)
    assert (call.order_id, call.fact.kind) == (here, EvidenceKind.VESSEL_ARRIVED)


def test_forecast_is_answered_as_ignored_and_stored_nowhere(stage: Stage) -> None:
    voyage_id = aboard(stage, stage.order())
    forecast = next(e for e in EXPORT if e["eventClassifierCode"] == "EST")
    answer = report(stage, voyage_id, [forecast])
    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
    [ignored] = answer.json()["result"]["items"]
    assert (ignored["id"], ignored["status"]) == (forecast["eventID"], "ignored")
    assert "only ACT counts" in ignored["reason"]
    assert stage.queued() == []
    assert stage.get("carrier", "/v1/orders").status_code == 200


def test_empty_container_proves_nothing(stage: Stage) -> None:
    voyage_id = aboard(stage, stage.order())
    answer = report(stage, voyage_id, [{**GATE_IN, "emptyIndicatorCode": "EMPTY"}])
    assert "empty" in answer.json()["result"]["items"][0]["reason"]
    assert stage.queued() == []


def test_container_facts_wait_for_all_containers_of_the_bill(stage: Stage) -> None:
    order_id = stage.order()
    voyage_id = aboard(stage, order_id)
    bill = input_file("transport-document.json")
    stage.post("carrier", "/v1/titles", data={"order_id": f"0x{order_id.hex()}"}, files=bill)
    stage.settle()
    gates = [e for e in EXPORT if e.get("equipmentEventTypeCode") == "GTIN"]
    first = report(stage, voyage_id, gates[:2])
    assert [each["reason"][:4] for each in first.json()["result"]["items"]] == ["kept"] * 2
    assert stage.queued() == []
    last = report(stage, voyage_id, gates[2:])
    assert [each["status"] for each in last.json()["result"]["items"]] == ["accepted"]
    [call] = stage.queued()
    assert (call.order_id, call.fact.kind) == (order_id, EvidenceKind.GATED_IN)


def test_p6_events_sent_again_are_recorded_once(stage: Stage) -> None:
    voyage_id = aboard(stage, stage.order())
    report(stage, voyage_id, EXPORT)
    asked = len(stage.queued())
    again = report(stage, voyage_id, [DEPARTURE])
    assert (again.status_code, statuses(again)) == (200, ["duplicate"])
    assert len(again.json()["result"]["evidence_ids"]) == 1
    assert len(stage.queued()) == asked == 7


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        (
            {"references": [{"referenceType": "PO", "referenceValue": "PO-2026-9999"}]},
            "other-order",
            "po-2026-9999",
        ),
        (
            {
                "documentReferences": [
                    {"documentReferenceType": "TRD", "documentReferenceValue": "OTHERBILL1"}
                ],
                "references": [],
            },
            "other-order",
            "otherbill1",
        ),
        (
            {
                "transportCall": {
                    **DEPARTURE["transportCall"],
                    "exportVoyageNumber": "047W",
                    "importVoyageNumber": "047E",
                }
            },
            "other-voyage",
            "047W",
        ),
        (
            {
                "transportCall": {
                    **DEPARTURE["transportCall"],
                    "vessel": {"vesselIMONumber": "9321483"},
                }
            },
            "other-voyage",
            "9321483",
        ),
        ({"eventDateTime": "yesterday"}, "malformed-document", "/eventDateTime"),
        ({"eventClassifierCode": "MAY"}, "malformed-document", "ACT"),
    ],
)
def test_p3_event_of_another_order_or_voyage_is_refused_and_stops_no_other(
    stage: Stage, change: dict[str, Any], code: str, word: str
) -> None:
    voyage_id = aboard(stage, stage.order())
    before = stage.digest()
    wrong = {**DEPARTURE, **change}
    alone = report(stage, voyage_id, [wrong])
    assert word in stage.refused(alone, 422, code, before)
    items = report(stage, voyage_id, [wrong, GATE_IN]).json()["result"]["items"]
    assert [item["status"] for item in items] == ["refused", "accepted"]
    assert (items[0]["problem"]["code"], word in items[0]["problem"]["detail"]) == (code, True)
    assert [call.fact.kind for call in stage.queued()] == [EvidenceKind.GATED_IN]


def test_events_for_a_voyage_of_another_carrier_find_nothing(stage: Stage) -> None:
    voyage_id = aboard(stage, stage.order())
    before = stage.digest()
    stage.refused(report(stage, voyage_id, EXPORT, "export_customs"), 404, "not-found", before)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"[1]", b"null", b"{" * 5000])
def test_events_that_are_none_are_refused(stage: Stage, body: bytes) -> None:
    voyage_id = aboard(stage, stage.order())
    before = stage.digest()
    answer = stage.post(
        "carrier",
        f"/v1/shipments/{voyage_id}/events",
        content=body,
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code in (413, 422), answer.text
    assert stage.digest() == before


def test_p6_the_same_events_from_many_senders_at_once_are_recorded_once(stage: Stage) -> None:
    voyage_id = aboard(stage, stage.order())
    orders = [EXPORT, list(reversed(EXPORT))] * 4
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda events: report(stage, voyage_id, events), orders))
    assert {answer.status_code for answer in answers} <= {200, 202, 503}
    assert len(stage.queued()) == 7


# what is told again, corrected, taken back, or cannot be


def statuses(answer: Any) -> list[str]:
    return [item["status"] for item in answer.json()["result"]["items"]]


def later(event: dict[str, Any], minute: int, **change: Any) -> dict[str, Any]:
    """A corrected version of the event."""
    return {**event, "eventCreatedDateTime": f"2026-11-13T00:{minute:02}:00Z", **change}


def test_p6_same_event_again_is_a_duplicate_and_no_second_fact(stage: Stage) -> None:
    voyage_id = aboard(stage, stage.order())
    first = report(stage, voyage_id, [GATE_IN])
    stage.record()
    again = report(stage, voyage_id, [GATE_IN, GATE_IN])
    assert statuses(again) == ["duplicate", "duplicate"]
    assert again.json()["result"]["evidence_ids"] == first.json()["result"]["evidence_ids"]
    assert stage.queued() == []


def test_other_words_under_the_same_id_are_refused_unless_they_are_newer(stage: Stage) -> None:
    voyage_id = aboard(stage, stage.order())
    report(stage, voyage_id, [GATE_IN])
    before = stage.digest()
    other = {**GATE_IN, "eventDateTime": "2026-11-09T09:00:00+08:00"}
    detail = stage.refused(report(stage, voyage_id, [other]), 409, "document-already-used", before)
    assert "not newer" in detail
    older = {**other, "eventCreatedDateTime": "2026-11-01T00:00:00Z"}
    assert statuses(report(stage, voyage_id, [older])) == ["ignored"]


def test_correction_replaces_the_fact(stage: Stage) -> None:
    voyage_id = aboard(stage, stage.order())
    report(stage, voyage_id, [GATE_IN])
    [first] = stage.queued()
    stage.record()
    corrected = later(GATE_IN, 1, eventDateTime="2026-11-09T09:00:00+08:00")
    answer = report(stage, voyage_id, [corrected])
    withdrawal, record = sorted(stage.queued(), key=lambda call: isinstance(call, Record))
    assert isinstance(withdrawal, Withdraw)
    assert isinstance(record, Record)
    assert isinstance(first, Record)
    assert withdrawal.source_key == first.fact.source_key != record.fact.source_key
    assert statuses(answer) == ["accepted"]


def test_correction_to_a_plan_takes_the_fact_back(stage: Stage) -> None:
    voyage_id = aboard(stage, stage.order())
    report(stage, voyage_id, [GATE_IN])
    stage.record()
    answer = report(stage, voyage_id, [later(GATE_IN, 1, eventClassifierCode="EST")])
    assert statuses(answer) == ["ignored"]
    [withdrawal] = stage.queued()
    assert isinstance(withdrawal, Withdraw)
    assert len(answer.json()["result"]["withdrawn"]) == 1


def test_event_that_contradicts_another_takes_both_facts_away(stage: Stage) -> None:
    """Loaded before it was gated in: nobody is chosen."""
    voyage_id = aboard(stage, stage.order())
    report(stage, voyage_id, [GATE_IN])
    stage.record()
    loaded = next(
        e
        for e in EXPORT
        if e.get("equipmentEventTypeCode") == "LOAD"
        and e["equipmentReference"] == GATE_IN["equipmentReference"]
    )
    answer = report(stage, voyage_id, [{**loaded, "eventDateTime": "2026-11-08T00:00:00Z"}])
    [item] = answer.json()["result"]["items"]
    assert (item["status"], "contradicts GTIN" in item["reason"]) == ("ignored", True)
    [withdrawal] = stage.queued()
    assert isinstance(withdrawal, Withdraw)
    assert withdrawal.kind is EvidenceKind.GATED_IN


def test_event_in_the_future_is_kept_and_flagged(stage: Stage) -> None:
    voyage_id = aboard(stage, stage.order())
    ahead = {**DEPARTURE, "eventDateTime": "2027-11-12T22:40:00+08:00"}
    [item] = report(stage, voyage_id, [ahead]).json()["result"]["items"]
    assert (item["status"], "in the future" in item["reason"]) == ("ignored", True)
    assert stage.queued() == []


def test_fact_for_which_the_order_names_another_is_not_asked_for(stage: Stage) -> None:
    voyage_id = aboard(stage, stage.order())
    gated_out = {
        **GATE_IN,
        "eventID": "4f0c2a07-6b1d-4e0a-9c35-261187000099",
        "equipmentEventTypeCode": "GTOT",
    }
    [item] = report(stage, voyage_id, [gated_out]).json()["result"]["items"]
    assert "does not name you as an attester of GATED_OUT" in item["reason"]
    assert stage.queued() == []
