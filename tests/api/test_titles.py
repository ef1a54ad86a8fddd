"""Bills of lading at the door (P3)."""

import json
from typing import Any

import pytest

from entrepot.bindings.evidence import Record
from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.titles import (
    BlankEndorse,
    Endorse,
    Issue,
    Reissue,
    Surrender,
    TitleForm,
    Transfer,
)
from tests.api.stage import (
    INPUTS,
    REFERENCE,
    Stage,
    lei,
    member,
)

BILL = json.loads((INPUTS / "transport-document.json").read_text())


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
    assert (title.bill.form, title.bill.shipper) == (TitleForm.TO_ORDER, member("exporter"))
    assert paper.fact.kind is EvidenceKind.TRANSPORT_DOCUMENT
    assert on_board.fact.kind is EvidenceKind.SHIPPED_ON_BOARD
    assert title.bill.commitment == paper.fact.commitment
    assert len(answer.json()["result"]["evidence_ids"]) == 2


def test_bill_to_order_without_endorsee_is_the_bearers(stage: Stage) -> None:
    parties = {k: v for k, v in BILL["documentParties"].items() if k != "endorsee"}
    issue(stage, stage.order(), {**BILL, "documentParties": parties})
    call = stage.calls()[0]
    assert isinstance(call, Issue)
    assert (call.bill.form, call.bill.endorsee) == (TitleForm.BLANK, bytes(20))


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
    assert word in stage.refused(issue(stage, order_id, bill), 422, code, before)


def test_bill_of_a_carrier_that_is_not_named_is_refused(stage: Stage) -> None:
    order_id = stage.order()
    before = stage.digest()
    answer = issue(stage, order_id, actor="exporter")
    stage.refused(answer, 403, "attester-not-named", before)


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
    stage.refused(answer, status, code, before)


def reissue(stage: Stage, title_id: bytes, actor: str = "carrier", bill: Any = None) -> Any:
    file = {"file": ("bl.json", json.dumps(bill or BILL).encode())}
    return stage.post(actor, f"/v1/titles/0x{title_id.hex()}:reissue", files=file)


def test_amended_bill_takes_the_place_of_the_void_one_and_of_its_paper(stage: Stage) -> None:
    order_id = stage.order()
    issue(stage, order_id)
    stage.record()
    first, old = stage.calls()[:2]
    assert isinstance(first, Issue)
    assert isinstance(old, Record)
    title_id = stage.title(
        order_id,
        state="VOID",
        surrender_reason="AMENDMENT",
        commitment=first.bill.commitment,
    )
    answer = reissue(stage, title_id)
    assert answer.status_code == 202, answer.text
    title, paper = stage.calls()[-2:]
    assert isinstance(title, Reissue)
    assert isinstance(paper, Record)
    assert (title.voided, title.bill.form) == (title_id, TitleForm.TO_ORDER)
    assert title.bill.commitment == paper.fact.commitment
    assert paper.fact.supersedes == old.fact.source_key
    assert answer.json()["result"]["title_id"] != f"0x{title_id.hex()}"


def test_amended_bill_stands_alone_when_the_old_paper_was_withdrawn(stage: Stage) -> None:
    title_id = stage.title(stage.order(), state="VOID", surrender_reason="SWITCH")
    assert reissue(stage, title_id).status_code == 202
    paper = stage.calls()[1]
    assert isinstance(paper, Record)
    assert paper.fact.supersedes == bytes(32)


@pytest.mark.parametrize(
    ("actor", "state", "reason", "status", "code"),
    [
        ("exporter", "VOID", "AMENDMENT", 403, "not-permitted"),
        ("carrier", "SURRENDERED", "AMENDMENT", 409, "wrong-state"),
        ("carrier", "VOID", "PAPER", 422, "contradiction"),
        ("fintech", "VOID", "AMENDMENT", 404, "not-found"),
    ],
)
def test_reissue_that_may_not_be_is_refused(
    stage: Stage, actor: str, state: str, reason: str, status: int, code: str
) -> None:
    title_id = stage.title(stage.order(), state=state, surrender_reason=reason)
    before = stage.digest()
    stage.refused(reissue(stage, title_id, actor), status, code, before)


def test_carrier_answers_a_surrender(stage: Stage) -> None:
    title_id = stage.title(stage.order(), state="SURRENDERED")
    for verb in ("accept-surrender", "reject-surrender"):
        path = f"/v1/titles/0x{title_id.hex()}:{verb}"
        assert stage.post("carrier", path).status_code == 202
