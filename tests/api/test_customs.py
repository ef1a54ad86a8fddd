"""Customs' answers at the door: each finds its declaration by what it says of itself (P3)."""

from typing import Any

import pytest

from entrepot.bindings.evidence import Record, Withdraw
from entrepot.bindings.evidence_kinds import EvidenceKind
from tests.api.stage import (
    HOLD_INPUTS,
    INPUTS,
    Stage,
    input_file,
)
from tests.api.test_shipments import GATE_IN, aboard, report


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
    stage.refused(answer, 422, "uncorrelated-response", before)


def test_response_of_an_authority_that_is_not_named_finds_nothing(stage: Stage) -> None:
    declared(stage)
    with_fintech = answer_of(stage, "export-response-accepted.xml", "carrier")
    assert with_fintech.json()["code"] == "not-permitted"
    before = stage.digest()
    foreign = answer_of(stage, "import-response-cleared.xml", "export_customs")
    stage.refused(foreign, 403, "attester-not-named", before)


def test_hold_is_recorded_and_taken_back_when_the_control_ends(stage: Stage) -> None:
    declared(stage)
    answer_of(stage, "export-response-control.xml", folder=HOLD_INPUTS)
    assert [call.fact.kind for call in stage.queued()] == [EvidenceKind.CUSTOMS_HOLD]
    hold = stage.calls()[0]
    stage.record()
    answer = answer_of(stage, "export-response-cleared-after-control.xml", folder=HOLD_INPUTS)
    assert answer.status_code == 202
    withdrawal, release = stage.queued()
    assert isinstance(withdrawal, Withdraw)
    assert isinstance(release, Record)
    assert isinstance(hold, Record)
    named = (withdrawal.order_id, withdrawal.kind, withdrawal.source_key)
    assert named == (hold.order_id, hold.fact.kind, hold.fact.source_key)
    assert len(answer.json()["result"]["withdrawn"]) == 1


def test_response_that_changes_nothing_is_kept_and_said_so(stage: Stage) -> None:
    declared(stage)
    text = (INPUTS / "export-response-accepted.xml").read_text()
    received = text.replace("<FunctionCode>01<", "<FunctionCode>02<").encode()
    files = {"file": ("r.xml", received)}
    answer = stage.post("export_customs", "/v1/customs-events", files=files)
    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
    [item] = answer.json()["result"]["items"]
    assert (item["status"], "changes nothing" in item["reason"]) == ("ignored", True)
    assert stage.outbox() == []


# out of order, late, twice, taken back


def changed(name: str, code: str, reference: str, at: str, **more: str) -> bytes:
    """One of the inputs as another answer: its function, its own number and its time."""
    text = (INPUTS / name).read_text()
    start = text.index("<FunctionCode>")
    text = text[:start] + f"<FunctionCode>{code}<" + text[text.index("</FunctionCode>") + 1 :]
    begin = text.index("<FunctionalReferenceID>") + len("<FunctionalReferenceID>")
    text = text[:begin] + reference + text[text.index("</FunctionalReferenceID>") :]
    begin = text.index("<DateTimeString")
    begin = text.index(">", begin) + 1
    text = text[:begin] + at + text[text.index("</DateTimeString>") :]
    for old, new in more.items():
        text = text.replace(old, new)
    return text.encode()


def send(stage: Stage, *contents: bytes, actor: str = "export_customs") -> Any:
    files = [("file", ("r.xml", content)) for content in contents]
    return stage.post(actor, "/v1/customs-events", files=files)


CLEARED = "export-response-cleared.xml"
INVALIDATION = changed(CLEARED, "10", "INV-1", "20261111093000+08")


def kinds(stage: Stage) -> list[tuple[str, str]]:
    """What is asked of the chain, by call and kind."""
    return [
        (type(call).__name__, getattr(call, "kind", None) or call.fact.kind)
        for call in stage.queued()
    ]


def test_invalidation_takes_the_clearance_back(stage: Stage) -> None:
    declared(stage)
    answer_of(stage, "export-response-accepted.xml")
    answer_of(stage, CLEARED)
    stage.record()
    answer = send(stage, INVALIDATION)
    assert sorted(kinds(stage)) == [
        ("Withdraw", EvidenceKind.EXPORT_ACCEPTED),
        ("Withdraw", EvidenceKind.EXPORT_RELEASED),
    ]
    assert len(answer.json()["result"]["withdrawn"]) == 2


def test_invalidation_takes_back_a_clearance_that_is_still_on_its_way(stage: Stage) -> None:
    declared(stage)
    answer_of(stage, CLEARED)
    send(stage, INVALIDATION)
    assert kinds(stage) == [
        ("Record", EvidenceKind.EXPORT_RELEASED),
        ("Withdraw", EvidenceKind.EXPORT_RELEASED),
    ]


def test_clearance_that_comes_after_its_invalidation_proves_nothing(stage: Stage) -> None:
    declared(stage)
    send(stage, INVALIDATION)
    answer = answer_of(stage, CLEARED)
    [item] = answer.json()["result"]["items"]
    assert item["status"] == "ignored"
    assert stage.queued() == []


def test_late_control_that_is_over_already_holds_nothing(stage: Stage) -> None:
    declared(stage)
    answer_of(stage, CLEARED)
    control = changed(CLEARED, "05", "CTL-1", "20261109093000+08")
    [item] = send(stage, control).json()["result"]["items"]
    assert item["status"] == "ignored", item
    assert kinds(stage) == [("Record", EvidenceKind.EXPORT_RELEASED)]


def test_many_at_once_in_any_order_lead_to_the_same_facts(stage: Stage) -> None:
    declared(stage)
    accepted = (INPUTS / "export-response-accepted.xml").read_bytes()
    cleared = (INPUTS / CLEARED).read_bytes()
    foreign = changed(CLEARED, "09", "X-1", "20261110093000+08", **{"NHA-EX-2026-0931": "OTHER"})
    foreign = foreign.replace(b"310420260548812345", b"310420260548812346")
    answer = send(stage, cleared, foreign, accepted, cleared)
    items = answer.json()["result"]["items"]
    assert [i["status"] for i in items] == ["accepted", "refused", "accepted", "duplicate"]
    assert items[1]["problem"]["code"] == "uncorrelated-response"
    assert sorted(kinds(stage)) == [
        ("Record", EvidenceKind.EXPORT_ACCEPTED),
        ("Record", EvidenceKind.EXPORT_RELEASED),
    ]


def test_other_words_under_customs_own_number_are_refused(stage: Stage) -> None:
    declared(stage)
    answer_of(stage, CLEARED)
    before = stage.digest()
    text = (INPUTS / CLEARED).read_text().replace("<FunctionCode>09<", "<FunctionCode>08<")
    stage.refused(send(stage, text.encode()), 409, "document-already-used", before)


def correction(element: str) -> bytes:
    """A RES of customs that changes the first goods item."""
    item = f"<GovernmentAgencyGoodsItem><SequenceNumeric>1</SequenceNumeric><Commodity>{element}"
    inner = f"<GoodsShipment>{item}</Commodity></GovernmentAgencyGoodsItem></GoodsShipment>"
    second = f"<Declaration><FunctionCode>9</FunctionCode>{inner}</Declaration>"
    text = changed(CLEARED, "07", "RES-1", "20261110092900+08").decode()
    return text.replace("</Response>", f"{second}</Response>").encode()


LIGHTER = "<GoodsMeasure><GrossMassMeasure>100</GrossMassMeasure></GoodsMeasure>"
CHEAPER = '<InvoiceLine><ItemChargeAmount currencyID="USD">1.00</ItemChargeAmount></InvoiceLine>'


@pytest.mark.parametrize(("element", "word"), [(LIGHTER, "gross mass"), (CHEAPER, "price")])
def test_correction_that_contradicts_the_papers_holds_and_no_clearance_lifts_it(
    stage: Stage, element: str, word: str
) -> None:
    declared(stage)
    [item] = send(stage, correction(element)).json()["result"]["items"]
    assert word in item["reason"]
    assert kinds(stage) == [("Record", EvidenceKind.CUSTOMS_HOLD)]
    stage.record()
    answer_of(stage, CLEARED)
    assert kinds(stage) == [("Record", EvidenceKind.EXPORT_RELEASED)]


def test_correction_of_other_things_holds_nothing(stage: Stage) -> None:
    declared(stage)
    [item] = send(stage, correction("")).json()["result"]["items"]
    assert item["status"] == "ignored"
    assert stage.queued() == []


def test_finer_kinds_are_recorded_where_the_order_names_the_authority_for_them(
    stage: Stage,
) -> None:
    order_id = declared(stage)
    named = ("EXPORT_ACCEPTED", "EXPORT_RELEASED", "CUSTOMS_HOLD", "EXPORT_INVALIDATED")
    stage.name(order_id, "export_customs", named)
    answer_of(stage, CLEARED)
    stage.record()
    send(stage, INVALIDATION)
    assert sorted(kinds(stage)) == [
        ("Record", EvidenceKind.EXPORT_INVALIDATED),
        ("Withdraw", EvidenceKind.EXPORT_RELEASED),
    ]


# customs against what the carrier saw of them


def seen(code: str, at: str, event_id: str) -> dict[str, Any]:
    return {
        **GATE_IN,
        "eventID": event_id,
        "equipmentEventTypeCode": code,
        "eventDateTime": at,
        "eventCreatedDateTime": at,
    }


PICKED = seen("CUSI", "2026-11-11T00:00:00Z", "4f0c2a07-6b1d-4e0a-9c35-261187000091")
LET_GO = seen("CUSR", "2026-11-12T00:00:00Z", "4f0c2a07-6b1d-4e0a-9c35-261187000092")


def test_container_picked_out_after_the_clearance_holds_the_goods_until_let_go(
    stage: Stage,
) -> None:
    order_id = declared(stage)
    answer_of(stage, CLEARED)
    voyage_id = aboard(stage, order_id)
    [item] = report(stage, voyage_id, [PICKED]).json()["result"]["items"]
    assert "after" in item["reason"]
    assert kinds(stage) == [("Record", EvidenceKind.CARRIER_HOLD)]
    stage.record()
    report(stage, voyage_id, [LET_GO])
    assert kinds(stage) == [("Withdraw", EvidenceKind.CARRIER_HOLD)]


def test_late_clearance_does_not_pass_over_what_the_carrier_saw_since(stage: Stage) -> None:
    voyage_id = aboard(stage, declared(stage))
    report(stage, voyage_id, [PICKED])
    assert stage.queued() == []
    [item] = answer_of(stage, CLEARED).json()["result"]["items"]
    assert "CUSI" in item["reason"]
    assert sorted(kinds(stage)) == [
        ("Record", EvidenceKind.EXPORT_RELEASED),
        ("Record", EvidenceKind.CUSTOMS_HOLD),
    ]


def test_carriers_word_lifts_no_hold_of_customs(stage: Stage) -> None:
    order_id = declared(stage)
    stage.name(order_id, "carrier", ("VESSEL_DEPARTED", "CUSTOMS_RELEASED", "CARRIER_HOLD"))
    send(stage, changed(CLEARED, "05", "CTL-1", "20261111093000+08"))
    voyage_id = aboard(stage, order_id)
    [item] = report(stage, voyage_id, [LET_GO]).json()["result"]["items"]
    assert "their word stands" in item["reason"]
    assert stage.queued() == []
