"""EPCIS 2.0: five types of event, the vocabulary in three spellings, and what each type needs."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from entrepot.domain.documents.epcis_events import (
    BIZ_STEPS,
    DISPOSITIONS,
    EpcisEvents,
    ErrorDeclaration,
)
from entrepot.domain.documents.reading import read
from entrepot.domain.errors import MalformedDocument


@pytest.fixture
def message() -> dict[str, Any]:
    return json.loads((Path(__file__).parent / "samples/epcis.json").read_text())


def read_events(message: object) -> EpcisEvents:
    document = read(json.dumps(message).encode())
    assert isinstance(document, EpcisEvents)
    return document


def test_read_when_sound_gives_five_types(message: dict[str, Any]) -> None:
    events = read_events(message).events
    assert [event.type.removesuffix("Event") for event in events] == [
        *("Object", "Aggregation", "Association", "Transaction", "Transformation")
    ]
    shipped, loaded, _, invoiced, made = events
    assert (shipped.biz_step, shipped.disposition) == ("shipping", "in_transit")
    assert shipped.occurred_at == datetime(2026, 11, 9, 1, 14, tzinfo=UTC)
    assert shipped.quantities[0].quantity == Decimal(800)
    assert (loaded.biz_step, loaded.parent) == ("loading", "urn:epc:id:bic:BQMU4011279")
    assert invoiced.transactions[0][0] == "inv"
    assert (made.action, made.quantities[0].unit) == (None, "KGM")
    assert made.error == ErrorDeclaration(
        declared_at=datetime(2026, 11, 2, tzinfo=UTC),
        reason="incorrect_data",
        corrective_ids=("urn:uuid:5b1f7f0a-0b1c-4a8e-9a54-261187000109",),
    )


def test_vocabularies_are_those_of_cbv_2() -> None:
    assert (len(BIZ_STEPS), len(DISPOSITIONS)) == (41, 33)


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("shipping", "shipping"),
        ("urn:epcglobal:cbv:bizstep:shipping", "shipping"),
        ("https://ref.gs1.org/cbv/BizStep-shipping", "shipping"),
        ("https://example.org/steps/fumigating", "https://example.org/steps/fumigating"),
    ],
)
def test_vocabulary_comes_out_as_the_bare_word(
    message: dict[str, Any], written: str, word: str
) -> None:
    message["epcisBody"]["eventList"][0]["bizStep"] = written
    assert read_events(message).events[0].biz_step == word


@pytest.mark.parametrize(
    ("number", "member", "value", "place", "why"),
    [
        (0, "type", "ObjektEvent", "/type", "code list"),
        (0, "action", None, "/action", "missing"),
        (0, "action", "CHANGE", "/action", "code list"),
        (0, "bizStep", "shiping", "/bizStep", "vocabulary"),
        (0, "disposition", "in transit", "/disposition", "vocabulary"),
        (0, "eventTime", "2026-11-09T09:14:00", "/eventTime", "no time zone"),
        (0, "eventTimeZoneOffset", "+15:00", "/eventTimeZoneOffset", "offset"),
        (0, "eventTimeZoneOffset", None, "/eventTimeZoneOffset", "missing"),
        (0, "epcList", ["not a URI"], "/epcList/0", "URI"),
        (1, "parentID", None, "/parentID", "missing"),
        (1, "childEPCs", [], "", "no children"),
        (3, "bizTransactionList", [], "/bizTransactionList", "at least 1"),
        (4, "outputEPCList", [], "", "inputs and outputs"),
        (4, "errorDeclaration", {"reason": "oops"}, "/errorDeclaration/declarationTime", "missing"),
    ],
)
def test_read_when_wrong_says_where(
    message: dict[str, Any], number: int, member: str, value: object, place: str, why: str
) -> None:
    message["epcisBody"]["eventList"][number][member] = value
    with pytest.raises(MalformedDocument, match=why) as refusal:
        read_events(message)
    assert refusal.value.location == f"/epcisBody/eventList/{number}{place}"


def test_read_when_goods_are_named_by_nothing_refuses(message: dict[str, Any]) -> None:
    event = message["epcisBody"]["eventList"][0]
    del event["epcList"], event["quantityList"]
    with pytest.raises(MalformedDocument, match="about nothing"):
        read_events(message)
    event["sensorElementList"] = [{"sensorReport": []}]
    assert read_events(message).events[0].epcs == ()


def test_read_when_an_id_is_used_twice_wants_a_declared_error(message: dict[str, Any]) -> None:
    events = message["epcisBody"]["eventList"]
    events.append(events[0] | {"disposition": "damaged"})
    with pytest.raises(MalformedDocument, match="/5/eventID: another event"):
        read_events(message)
    events[-1] = events[0] | {"errorDeclaration": {"declarationTime": "2026-11-10T00:00:00Z"}}
    assert len(read_events(message).events) == 6
