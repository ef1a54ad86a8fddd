"""Voyages, events, customs' answers and bills of lading at the door (P3)."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from entrepot.bindings.evidence import LinkVoyage, Record, RecordOnVoyage, Withdraw
from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.titles import (
    BlankEndorse,
    Endorse,
    Issue,
    Surrender,
    TitleForm,
    Transfer,
)
from tests.api.stage import (
    HOLD_INPUTS,
    INPUTS,
    REFERENCE,
    Stage,
    input_file,
    lei,
    member,
)

EXPORT = json.loads((INPUTS / "events-export.json").read_text())
IMPORT = json.loads((INPUTS / "events-import.json").read_text())
DEPARTURE = next(e for e in EXPORT if e.get("transportEventTypeCode") == "DEPA")
GATE_IN = next(e for e in EXPORT if e.get("equipmentEventTypeCode") == "GTIN")
BILL = json.loads((INPUTS / "transport-document.json").read_text())
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


def queued(stage: Stage) -> list[Any]:
    pairs = zip(stage.outbox(), stage.calls(), strict=True)
    return [call for row, call in pairs if row.state == "QUEUED"]


def refused(stage: Stage, answer: Any, status: int, code: str, before: dict[str, str]) -> str:
    told = answer.json()
    assert (answer.status_code, told["code"]) == (status, code), answer.text
    assert stage.digest() == before
    return str(told["detail"])


# voyages


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
    refused(stage, link(stage, order_id, "export_customs"), 403, "attester-not-named", before)
    refused(stage, link(stage, order_id, vessel_imo="9990118"), 422, "invalid-request", before)


# events


def test_departure_is_one_fact_of_the_voyage_for_all_aboard(stage: Stage) -> None:
    voyage_id = aboard(stage, stage.order(), stage.order("PO-2026-1188"))
    answer = report(stage, voyage_id, [{**DEPARTURE, "references": [], "documentReferences": []}])
    assert answer.status_code == 202
    [call] = queued(stage)
    assert isinstance(call, RecordOnVoyage)
    assert call.fact.kind is EvidenceKind.VESSEL_DEPARTED


def test_arrival_counts_only_for_orders_that_end_there(stage: Stage) -> None:
    here, elsewhere = stage.order(), stage.order("PO-2026-1188", destination="DE")
    voyage_id = aboard(stage, here, elsewhere)
    arrival = next(e for e in IMPORT if e.get("transportEventTypeCode") == "ARRI")
    report(stage, voyage_id, [{**arrival, "references": [], "documentReferences": []}])
    [call] = queued(stage)
    assert isinstance(call, Record)
    assert (call.order_id, call.fact.kind) == (here, EvidenceKind.VESSEL_ARRIVED)


def test_forecast_is_answered_as_ignored_and_stored_nowhere(stage: Stage) -> None:
    voyage_id = aboard(stage, stage.order())
    forecast = next(e for e in EXPORT if e["eventClassifierCode"] == "EST")
    answer = report(stage, voyage_id, [forecast])
    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
    [ignored] = answer.json()["result"]["ignored"]
    assert ignored["event_id"] == forecast["eventID"]
    assert "only ACT counts" in ignored["reason"]
    assert queued(stage) == []
    assert stage.get("carrier", "/v1/orders").status_code == 200


def test_empty_container_proves_nothing(stage: Stage) -> None:
    voyage_id = aboard(stage, stage.order())
    answer = report(stage, voyage_id, [{**GATE_IN, "emptyIndicatorCode": "EMPTY"}])
    assert "empty" in answer.json()["result"]["ignored"][0]["reason"]
    assert queued(stage) == []


def test_container_facts_wait_for_all_containers_of_the_bill(stage: Stage) -> None:
    order_id = stage.order()
    voyage_id = aboard(stage, order_id)
    issue(stage, order_id)
    stage.settle()
    gates = [e for e in EXPORT if e.get("equipmentEventTypeCode") == "GTIN"]
    first = report(stage, voyage_id, gates[:2])
    assert [each["reason"][:4] for each in first.json()["result"]["ignored"]] == ["kept"] * 2
    assert queued(stage) == []
    last = report(stage, voyage_id, gates[2:])
    assert last.json()["result"]["ignored"] == []
    [call] = queued(stage)
    assert (call.order_id, call.fact.kind) == (order_id, EvidenceKind.GATED_IN)


def test_p6_events_sent_again_are_recorded_once(stage: Stage) -> None:
    voyage_id = aboard(stage, stage.order())
    report(stage, voyage_id, EXPORT)
    asked = len(queued(stage))
    again = report(stage, voyage_id, [DEPARTURE])
    assert again.status_code == 202
    assert len(queued(stage)) == asked == 7


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
def test_p3_event_of_another_order_or_voyage_takes_the_whole_message_down(
    stage: Stage, change: dict[str, Any], code: str, word: str
) -> None:
    voyage_id = aboard(stage, stage.order())
    before = stage.digest()
    answer = report(stage, voyage_id, [GATE_IN, {**DEPARTURE, **change}])
    assert word in refused(stage, answer, 422, code, before)


def test_events_for_a_voyage_of_another_carrier_find_nothing(stage: Stage) -> None:
    voyage_id = aboard(stage, stage.order())
    before = stage.digest()
    refused(stage, report(stage, voyage_id, EXPORT, "export_customs"), 404, "not-found", before)


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
    assert {answer.status_code for answer in answers} <= {202, 503}
    assert len(queued(stage)) == 7


# customs


def declared(stage: Stage) -> bytes:
    order_id = stage.order()
    for actor, kind, name in (
        ("exporter", "EXPORT_DECLARATION", "export-declaration.xml"),
        ("importer", "IMPORT_DECLARATION", "import-declaration.xml"),
    ):
        path = f"/v1/orders/0x{order_id.hex()}/documents"
        sent = stage.post(actor, path, data={"kind": kind}, files=input_file(name))
        assert sent.status_code == 200, sent.text
    return order_id


def answer_of(stage: Stage, name: str, actor: str = "export_customs", folder: Any = INPUTS) -> Any:
    return stage.post(actor, "/v1/customs-events", files=input_file(name, folder))


@pytest.mark.parametrize(
    ("name", "actor", "kind"),
    [
        ("export-response-accepted.xml", "export_customs", EvidenceKind.EXPORT_ACCEPTED),
        ("export-response-cleared.xml", "export_customs", EvidenceKind.EXPORT_RELEASED),
        ("import-response-cleared.xml", "import_customs", EvidenceKind.IMPORT_RELEASED),
    ],
)
def test_response_finds_its_order_by_its_declaration(
    stage: Stage, name: str, actor: str, kind: EvidenceKind
) -> None:
    order_id = declared(stage)
    answer = answer_of(stage, name, actor)
    assert answer.status_code == 202, answer.text
    call = stage.call()
    assert isinstance(call, Record)
    assert (call.order_id, call.fact.kind) == (order_id, kind)
    assert answer.json()["result"]["order_id"] == f"0x{order_id.hex()}"


def test_response_without_the_traders_reference_is_found_by_its_mrn(stage: Stage) -> None:
    declared(stage)
    answer_of(stage, "export-response-accepted.xml")
    text = (INPUTS / "export-response-cleared.xml").read_text()
    start = text.index("<FunctionalReferenceID>NHA-EX")
    end = text.index("</FunctionalReferenceID>", start) + len("</FunctionalReferenceID>")
    nameless = text[:start] + text[end:]
    files = {"file": ("r.xml", nameless.encode())}
    assert stage.post("export_customs", "/v1/customs-events", files=files).status_code == 202
    assert len(stage.calls()) == 2


@pytest.mark.parametrize(
    ("old", "new"), [("NHA-EX-2026-0931", "NHA-EX-2026-0932"), ("310420260548812345", None)]
)
def test_p3_response_to_another_declaration_is_refused(
    stage: Stage, old: str, new: str | None
) -> None:
    """By another reference and MRN; and by the right reference but another MRN than is known."""
    declared(stage)
    answer_of(stage, "export-response-accepted.xml")
    text = (INPUTS / "export-response-cleared.xml").read_text()
    text = text.replace("310420260548812345", "310420260548812346")
    files = {"file": ("r.xml", text.replace(old, new or "310420260548812346").encode())}
    before = stage.digest()
    answer = stage.post("export_customs", "/v1/customs-events", files=files)
    refused(stage, answer, 422, "uncorrelated-response", before)


def test_response_of_an_authority_that_is_not_named_finds_nothing(stage: Stage) -> None:
    declared(stage)
    with_fintech = answer_of(stage, "export-response-accepted.xml", "carrier")
    assert with_fintech.json()["code"] == "not-permitted"
    before = stage.digest()
    foreign = answer_of(stage, "import-response-cleared.xml", "export_customs")
    refused(stage, foreign, 403, "attester-not-named", before)


def test_hold_is_recorded_and_taken_back_when_the_control_ends(stage: Stage) -> None:
    declared(stage)
    answer_of(stage, "export-response-control.xml", folder=HOLD_INPUTS)
    assert [call.fact.kind for call in queued(stage)] == [EvidenceKind.CUSTOMS_HOLD]
    hold = stage.calls()[0]
    stage.record()
    answer = answer_of(stage, "export-response-cleared-after-control.xml", folder=HOLD_INPUTS)
    assert answer.status_code == 202
    withdrawal, release = queued(stage)
    assert isinstance(withdrawal, Withdraw)
    assert isinstance(release, Record)
    assert answer.json()["result"]["withdrawn"] == ["0x" + withdrawal.evidence_id.hex()]
    assert isinstance(hold, Record)


def test_response_that_changes_nothing_is_kept_and_said_so(stage: Stage) -> None:
    declared(stage)
    text = (INPUTS / "export-response-accepted.xml").read_text()
    received = text.replace("<FunctionCode>01<", "<FunctionCode>02<").encode()
    files = {"file": ("r.xml", received)}
    answer = stage.post("export_customs", "/v1/customs-events", files=files)
    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
    assert "changes nothing" in answer.json()["result"]["ignored"]
    assert stage.outbox() == []


# titles


def issue(stage: Stage, order_id: bytes, bill: Any = None, actor: str = "carrier") -> Any:
    file = {"file": ("bl.json", json.dumps(bill or BILL).encode())}
    return stage.post(actor, "/v1/titles", data={"order_id": f"0x{order_id.hex()}"}, files=file)


def test_bill_becomes_a_title_and_evidence(stage: Stage) -> None:
    order_id = stage.order()
    answer = issue(stage, order_id)
    assert answer.status_code == 202, answer.text
    title, paper, on_board = stage.calls()
    assert isinstance(title, Issue)
    assert isinstance(paper, Record)
    assert isinstance(on_board, Record)
    assert (title.form, title.shipper) == (TitleForm.TO_ORDER, member("exporter"))
    assert paper.fact.kind is EvidenceKind.TRANSPORT_DOCUMENT
    assert on_board.fact.kind is EvidenceKind.SHIPPED_ON_BOARD
    assert title.commitment == paper.fact.commitment
    assert len(answer.json()["result"]["evidence_ids"]) == 2


def test_bill_to_order_without_endorsee_is_the_bearers(stage: Stage) -> None:
    parties = {k: v for k, v in BILL["documentParties"].items() if k != "endorsee"}
    issue(stage, stage.order(), {**BILL, "documentParties": parties})
    call = stage.calls()[0]
    assert isinstance(call, Issue)
    assert (call.form, call.endorsee) == (TitleForm.BLANK, bytes(20))


def with_port(code: str) -> Any:
    transports = {**BILL["transports"], "portOfDischarge": {"UNLocationCode": code}}
    return {**BILL, "transports": transports}


def with_shipper(new: str) -> Any:
    text = json.dumps(BILL["documentParties"]["shipper"]).replace(lei("exporter"), new)
    return {**BILL, "documentParties": {**BILL["documentParties"], "shipper": json.loads(text)}}


@pytest.mark.parametrize(
    ("bill", "code", "word"),
    [
        (with_shipper(lei("bank")), "wrong-party", lei("bank")),
        (with_port("DEHAM"), "contradiction", "DEHAM"),
        ({**BILL, "isElectronic": False}, "contradiction", "paper"),
        ({**BILL, "transportDocumentStatus": "VOID"}, "contradiction", "VOID"),
        (
            json.loads(json.dumps(BILL).replace(REFERENCE, "PO-2026-9999")),
            "other-order",
            "PO-2026-9999",
        ),
    ],
)
def test_p3_bill_of_another_deal_is_refused_without_a_trace(
    stage: Stage, bill: Any, code: str, word: str
) -> None:
    order_id = stage.order()
    before = stage.digest()
    assert word in refused(stage, issue(stage, order_id, bill), 422, code, before)


def test_bill_of_a_carrier_that_is_not_named_is_refused(stage: Stage) -> None:
    order_id = stage.order()
    before = stage.digest()
    answer = issue(stage, order_id, actor="exporter")
    refused(stage, answer, 403, "attester-not-named", before)


@pytest.mark.parametrize(
    ("verb", "body", "kind"),
    [
        ("transfer", {"to": lei("bank")}, Transfer),
        ("endorse", {"to": lei("bank"), "may_endorse": True}, Endorse),
        ("blank-endorse", None, BlankEndorse),
        ("surrender", {"reason": "DELIVERY"}, Surrender),
    ],
)
def test_possessor_acts_on_its_title(stage: Stage, verb: str, body: Any, kind: type) -> None:
    title_id = stage.title(stage.order())
    path = f"/v1/titles/0x{title_id.hex()}:{verb}"
    assert stage.post("exporter", path, json=body or {}).status_code == 202
    assert isinstance(stage.call(), kind)


@pytest.mark.parametrize(
    ("verb", "actor", "state", "status", "code"),
    [
        ("blank-endorse", "importer", "ISSUED", 403, "not-permitted"),
        ("blank-endorse", "exporter", "PLEDGED", 409, "wrong-state"),
        ("accept-surrender", "exporter", "SURRENDERED", 403, "not-permitted"),
        ("accept-surrender", "carrier", "ISSUED", 409, "wrong-state"),
        ("sign", "fintech", "ISSUED", 404, "not-found"),
    ],
)
def test_title_acts_that_may_not_be_are_refused(
    stage: Stage, verb: str, actor: str, state: str, status: int, code: str
) -> None:
    title_id = stage.title(stage.order(), state=state)
    before = stage.digest()
    answer = stage.post(actor, f"/v1/titles/0x{title_id.hex()}:{verb}")
    refused(stage, answer, status, code, before)


def test_carrier_answers_a_surrender(stage: Stage) -> None:
    title_id = stage.title(stage.order(), state="SURRENDERED")
    for verb in ("accept-surrender", "reject-surrender"):
        path = f"/v1/titles/0x{title_id.hex()}:{verb}"
        assert stage.post("carrier", path).status_code == 202
