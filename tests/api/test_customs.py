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
    assert "changes nothing" in answer.json()["result"]["ignored"]
    assert stage.outbox() == []
