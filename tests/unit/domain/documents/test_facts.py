"""What counts as a fact, and, more important, what does not."""

import dataclasses
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from entrepot.domain.documents.dcsa_events import DcsaEvents, Event
from entrepot.domain.documents.dcsa_transport_document import TransportDocument
from entrepot.domain.documents.facts import (
    KIND_OF_DOCUMENT,
    CustomsOutcome,
    Shipment,
    facts_of_events,
    facts_of_transport_document,
    outcome_of_response,
    shipment_of,
)
from entrepot.domain.documents.reading import read
from entrepot.domain.documents.wco_declaration import Direction
from entrepot.domain.documents.wco_response import ResponseFunction, WcoResponse

ROOT = Path(__file__).parents[4]
SOURCE = "BMLX"


@pytest.fixture
def bill(inputs: Path) -> TransportDocument:
    document = read((inputs / "straight-walk/transport-document.json").read_bytes())
    assert isinstance(document, TransportDocument)
    return document


@pytest.fixture
def shipment(bill: TransportDocument) -> Shipment:
    return shipment_of(bill)


@pytest.fixture
def messages(inputs: Path) -> list[dict[str, Any]]:
    exported = (inputs / "straight-walk/events-export.json").read_text()
    imported = (inputs / "straight-walk/events-import.json").read_text()
    return [*json.loads(exported), *json.loads(imported)]


def events_of(messages: list[dict[str, Any]]) -> tuple[Event, ...]:
    document = read(json.dumps(messages).encode())
    assert isinstance(document, DcsaEvents)
    return document.events


def kinds_of(messages: list[dict[str, Any]], shipment: Shipment | None) -> list[str]:
    return [fact.kind for fact in facts_of_events(events_of(messages), SOURCE, shipment)]


def test_events_when_all_is_well_prove_the_whole_voyage(
    messages: list[dict[str, Any]], shipment: Shipment
) -> None:
    facts = facts_of_events(events_of(messages), SOURCE, shipment)
    assert [(fact.kind, fact.occurred_at) for fact in facts] == [
        ("GATED_IN", datetime(2026, 11, 9, 2, 22, tzinfo=UTC)),
        ("LOADED", datetime(2026, 11, 12, 9, 48, tzinfo=UTC)),
        ("VESSEL_DEPARTED", datetime(2026, 11, 12, 14, 40, tzinfo=UTC)),
        ("VESSEL_ARRIVED", datetime(2026, 12, 14, 4, 20, tzinfo=UTC)),
        ("DISCHARGED", datetime(2026, 12, 14, 12, 37, tzinfo=UTC)),
    ]
    assert all(fact.source_id.startswith("BMLX:") for fact in facts)
    assert len({fact.source_id for fact in facts}) == len(facts)


def test_events_when_in_another_order_prove_the_same(
    messages: list[dict[str, Any]], shipment: Shipment
) -> None:
    events = events_of(messages)
    backwards = facts_of_events(reversed(events), SOURCE, shipment)
    assert backwards == facts_of_events(events, SOURCE, shipment)


def test_estimate_of_arrival_is_no_arrival(messages: list[dict[str, Any]]) -> None:
    estimate = [event for event in messages if event["eventClassifierCode"] == "EST"]
    assert len(estimate) == 1
    assert kinds_of(estimate, None) == []


def first_load(messages: list[dict[str, Any]]) -> dict[str, Any]:
    return next(each for each in messages if each.get("equipmentEventTypeCode") == "LOAD")


def departure(messages: list[dict[str, Any]]) -> dict[str, Any]:
    return next(each for each in messages if each.get("transportEventTypeCode") == "DEPA")


def empty_container(messages: list[dict[str, Any]]) -> None:
    first_load(messages)["emptyIndicatorCode"] = "EMPTY"


def planned_load(messages: list[dict[str, Any]]) -> None:
    first_load(messages)["eventClassifierCode"] = "PLN"


def another_container(messages: list[dict[str, Any]]) -> None:
    first_load(messages)["equipmentReference"] = "NARU3472484"


def load_at_another_port(messages: list[dict[str, Any]]) -> None:
    first_load(messages)["eventLocation"] = {"UNLocationCode": "CNSHA"}


def truck_departs(messages: list[dict[str, Any]]) -> None:
    departure(messages)["transportCall"]["modeOfTransport"] = "TRUCK"


def departure_from_a_port_on_the_way(messages: list[dict[str, Any]]) -> None:
    departure(messages)["transportCall"]["UNLocationCode"] = "SGSIN"


def departure_from_nowhere(messages: list[dict[str, Any]]) -> None:
    del departure(messages)["transportCall"]["UNLocationCode"]


@pytest.mark.parametrize(
    ("spoil", "missing"),
    [
        (empty_container, "LOADED"),
        (planned_load, "LOADED"),
        (another_container, "LOADED"),
        (load_at_another_port, "LOADED"),
        (truck_departs, "VESSEL_DEPARTED"),
        (departure_from_a_port_on_the_way, "VESSEL_DEPARTED"),
        (departure_from_nowhere, "VESSEL_DEPARTED"),
    ],
)
def test_events_when_one_is_not_what_it_seems_lack_that_fact(
    messages: list[dict[str, Any]],
    shipment: Shipment,
    spoil: Callable[[list[dict[str, Any]]], None],
    missing: str,
) -> None:
    whole = kinds_of(messages, shipment)
    spoil(messages)
    assert kinds_of(messages, shipment) == [kind for kind in whole if kind != missing]


def test_gating_out_laden_after_discharge_counts(
    messages: list[dict[str, Any]], shipment: Shipment
) -> None:
    for number, event in enumerate(list(messages[-3:])):
        gate_id = f"5f0c2a01-6b1d-4e0a-9c35-26118700000{number}"
        messages.append(event | {"eventID": gate_id, "equipmentEventTypeCode": "GTOT"})
    assert kinds_of(messages, shipment).count("GATED_OUT") == 1


def test_shipped_on_board_needs_an_issued_bill_that_says_so(bill: TransportDocument) -> None:
    (fact,) = facts_of_transport_document(bill)
    assert (fact.kind, fact.source_id) == ("SHIPPED_ON_BOARD", "BMLX:BMLNGB2611870:on-board")
    assert fact.occurred_at == datetime(2026, 11, 12, tzinfo=UTC)
    for changed in (
        dataclasses.replace(bill, status="DRAFT"),
        dataclasses.replace(bill, status="SURRENDERED_FOR_AMENDMENT"),
        dataclasses.replace(bill, shipped_on_board_on=None),
    ):
        assert facts_of_transport_document(changed) == ()


def answer(inputs: Path, function: ResponseFunction, direction: Direction) -> CustomsOutcome:
    response = read((inputs / "straight-walk/export-response-cleared.xml").read_bytes())
    assert isinstance(response, WcoResponse)
    return outcome_of_response(dataclasses.replace(response, function=function), direction)


@pytest.mark.parametrize(
    ("function", "exported", "imported"),
    [
        ("ACCEPTED", "EXPORT_ACCEPTED", "IMPORT_ACCEPTED"),
        ("RELEASED", "EXPORT_RELEASED", "IMPORT_RELEASED"),
        ("CLEARED", "EXPORT_RELEASED", "IMPORT_RELEASED"),
        ("EXITED", "EXPORT_EXITED", None),
        ("UNDER_CONTROL", "CUSTOMS_HOLD", "CUSTOMS_HOLD"),
        ("RECEIVED", None, None),
        ("REJECTED", None, None),
        ("DOCUMENTS_REQUIRED", None, None),
        ("CORRECTED_BY_CUSTOMS", None, None),
        ("INVALIDATED", None, None),
        ("REQUEST_ANSWERED", None, None),
        ("TAX_DUE", None, None),
        ("BALANCE_INSUFFICIENT", None, None),
        ("BALANCE_REMINDER", None, None),
        ("GOODS_EXIT_REQUESTED", None, None),
        ("DETAINED", None, None),
        ("TRANSFER_PERMITTED", None, None),
        ("MESSAGE_IN_ERROR", None, None),
        ("CLEARANCE_REQUESTED", None, None),
    ],
)
def test_answer_of_customs_proves_its_kind_in_its_direction(
    inputs: Path, function: str, exported: str | None, imported: str | None
) -> None:
    for direction, kind in ((Direction.EXPORT, exported), (Direction.IMPORT, imported)):
        outcome = answer(inputs, ResponseFunction[function], direction)
        assert [fact.kind for fact in outcome.facts] == ([kind] if kind else [])


def test_every_function_code_is_decided() -> None:
    assert len(ResponseFunction) == 19


def test_source_id_is_mrn_function_and_issue_time(inputs: Path) -> None:
    (fact,) = answer(inputs, ResponseFunction.CLEARED, Direction.EXPORT).facts
    assert fact.source_id == "310420260548812345:09:2026-11-10T01:30:00Z"


def test_clearance_lifts_customs_own_hold(inputs: Path) -> None:
    (retraction,) = answer(inputs, ResponseFunction.CLEARED, Direction.EXPORT).retractions
    assert retraction.kinds == ("CUSTOMS_HOLD",)
    assert retraction.mrn == "310420260548812345"


@pytest.mark.parametrize("function", [ResponseFunction.REJECTED, ResponseFunction.INVALIDATED])
def test_ending_takes_back_what_was_reached_but_no_hold(
    inputs: Path, function: ResponseFunction
) -> None:
    (exported,) = answer(inputs, function, Direction.EXPORT).retractions
    assert exported.kinds == ("EXPORT_ACCEPTED", "EXPORT_RELEASED", "EXPORT_EXITED")
    (imported,) = answer(inputs, function, Direction.IMPORT).retractions
    assert imported.kinds == ("IMPORT_ACCEPTED", "IMPORT_RELEASED")


def test_kinds_are_members_of_the_ledgers_enum(
    inputs: Path, messages: list[dict[str, Any]], shipment: Shipment, bill: TransportDocument
) -> None:
    source = (ROOT / "contracts/types/EvidenceKinds.sol").read_text()
    enum = re.search(r"enum EvidenceKind \{([^}]*)\}", source)
    assert enum is not None
    members = {name.strip() for name in enum[1].split(",")}
    named = {*KIND_OF_DOCUMENT.values(), *kinds_of(messages, shipment)}
    named |= {fact.kind for fact in facts_of_transport_document(bill)}
    for function in ResponseFunction:
        for direction in Direction:
            outcome = answer(inputs, function, direction)
            named |= {fact.kind for fact in outcome.facts}
            named |= {kind for each in outcome.retractions for kind in each.kinds}
    assert named <= members
