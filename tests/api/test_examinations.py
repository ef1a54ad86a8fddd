"""Examinations at the door: one notice, waived by two people, refused in time, void with a newer
document; what stands is a fact on the ledger (P3, P4, P7)."""

import json
from datetime import date
from typing import Any

import pytest

from entrepot.bindings.evidence import Record, Withdraw
from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.chain.signer import Keystore
from entrepot.devnet import cast
from entrepot.domain.documents.json_source import parse_json
from entrepot.domain.documents.reading import read
from entrepot.domain.examination.case import Presentation
from entrepot.domain.examination.credit import read_credit_terms
from entrepot.domain.examination.examining import examine
from entrepot.store.tables import OrderAttester
from tests.api.dealing import requested
from tests.api.stage import INPUTS, Stage, input_file, lei, member

CREDIT: dict[str, Any] = {
    "documentType": "credit-terms",
    "schemaVersion": "1",
    "number": "LC-2026-4471",
    "beneficiary": {"name": "Ningbo Haishu Appliance Co., Ltd.", "lei": lei("exporter")},
    "applicant": {"name": "Van der Meer BV", "lei": lei("importer")},
    "currency": "USD",
    "amount": "1284000.00",
    "expiryDate": "2026-12-04",
    "latestShipmentDate": "2026-11-15",
    "incoterm": "CIF",
    "portOfLoading": "CNNGB",
    "portOfDischarge": "NLRTM",
    "goods": {
        "description": "Espresso machines, kitchen machines, steam ovens, robot vacuum cleaners"
    },
    "partialShipments": False,
    "requiredDocuments": ["INVOICE", "TRANSPORT_DOCUMENT", "PACKING_LIST"],
}
LATE = {**CREDIT, "latestShipmentDate": "2026-11-01"}
EXAMINED = ("EXAMINATION_PASSED", "EXAMINATION_WAIVED", "EXAMINATION_REFUSED")


@pytest.fixture
def order(stage: Stage) -> str:
    """The path of an order with its papers, which the bank lends on and is named to examine."""
    _, terms = requested(stage)
    order_id = bytes(terms.order_id)
    kinds = sum(1 << EvidenceKind[kind] for kind in EXAMINED)
    stage.insert(
        OrderAttester(
            order_id=order_id,
            position=20,
            stream=order_id,
            participant_id=member("bank"),
            kinds=kinds,
        )
    )
    path = f"/v1/orders/0x{order_id.hex()}"
    for actor, kind, name in (
        ("exporter", "PACKING_LIST", "packing-list.json"),
        ("carrier", "TRANSPORT_DOCUMENT", "transport-document.json"),
    ):
        answer = stage.post(actor, f"{path}/documents", data={"kind": kind}, files=input_file(name))
        assert answer.status_code == 202, answer.text
    stage.record()
    return path


def keystore_of(stage: Stage) -> Keystore:
    """Where the stage keeps its keys."""
    assert isinstance(stage.world.signers, Keystore)
    return stage.world.signers


def examined(
    stage: Stage, order: str, credit: dict[str, Any], actor: str = "bank", on: str = "2026-11-16"
) -> Any:
    return stage.post(actor, f"{order}/examinations?presented_on={on}", json=credit)


def found(
    stage: Stage, order: str, credit: dict[str, Any], on: str = "2026-11-16"
) -> tuple[str, dict[str, Any]]:
    """The path of an examination, and what is known of it."""
    answer = examined(stage, order, credit, on=on)
    assert answer.status_code == 200, answer.text
    path = f"/v1/examinations/{answer.json()['result']['examination_id']}"
    return path, stage.get("bank", path).json()


def waive(stage: Stage, path: str, actor: str) -> Any:
    return stage.post(actor, f"{path}:waive", json={"reason": "the buyer takes the goods"})


def test_what_complies_is_a_fact_at_once(stage: Stage, order: str) -> None:
    answer = examined(stage, order, CREDIT)
    assert answer.status_code == 202, answer.text
    [call] = stage.queued()
    assert isinstance(call, Record)
    assert call.fact.kind == EvidenceKind.EXAMINATION_PASSED
    told = answer.json()["result"]
    assert (told["state"], told["discrepancies"]) == ("COMPLIES", 0)
    view = stage.get("exporter", f"/v1/examinations/{told['examination_id']}").json()
    assert view["evidence_id"] == told["evidence_ids"][0]
    assert {one["kind"] for one in view["documents"]} == set(CREDIT["requiredDocuments"])
    assert view["answer_by"] == "2026-11-23"


def test_one_notice_lists_what_is_wrong_with_both_values_and_places(
    stage: Stage, order: str
) -> None:
    _, view = found(stage, order, {**LATE, "incoterm": "FOB"})
    assert view["state"] == "DISCREPANT"
    assert stage.queued() == []
    wrong = {f["rule"]: f for f in view["findings"] if f["severity"] == "DISCREPANCY"}
    assert set(wrong) == {"SHIPPED_LATE", "FREIGHT"}
    late = wrong["SHIPPED_LATE"]
    assert late["article"] == "UCP 600 20(a)(ii), 29(c)"
    assert (late["asked"]["value"], late["asked"]["place"]) == ("2026-11-01", "/latestShipmentDate")
    assert (late["found"]["value"], late["found"]["place"]) == ("2026-11-12", "/shippedOnBoardDate")
    assert "2026-11-12" in late["text"]
    assert "2026-11-12" in late["text_zh"]


def test_the_stored_examination_can_be_made_again_from_the_same_bytes(
    stage: Stage, order: str
) -> None:
    _, view = found(stage, order, LATE)
    content = [
        stage.get("bank", f"/v1/documents/{one['document_id']}/content").content
        for one in view["documents"]
    ]
    credit = read_credit_terms(parse_json(json.dumps(LATE).encode()))
    documents = tuple(read(each) for each in content)
    again = examine(credit, Presentation(documents, date(2026, 11, 16)))  # pyright: ignore[reportArgumentType]
    assert [f.en for f in again.findings] == [f["text"] for f in view["findings"]]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("bank.officer-1", "bank.officer-2"),
        ("importer.officer-1", "bank.officer-1"),
        ("bank.officer-1", "importer.officer-1"),
    ],
)
def test_p4_two_people_waive_and_the_bank_records_it(
    stage: Stage, order: str, first: str, second: str
) -> None:
    path, _ = found(stage, order, LATE)
    assert waive(stage, path, first).json()["result"]["state"] == "DISCREPANT"
    before = stage.digest()
    stage.refused(waive(stage, path, first), 409, "already-asked", before)
    stage.refused(stage.post("bank", f"{path}:record"), 409, "wrong-state", before)
    assert waive(stage, path, second).json()["result"]["state"] == "WAIVED"
    assert stage.post("bank", f"{path}:record").status_code == 202
    [call] = stage.queued()
    assert call.fact.kind == EvidenceKind.EXAMINATION_WAIVED
    view = stage.get("exporter", path).json()
    assert [one["label"] for one in view["waivers"]] == [first, second]


def test_p4_the_buyers_people_alone_do_not_bind_the_bank(stage: Stage, order: str) -> None:
    path, _ = found(stage, order, LATE)
    waive(stage, path, "importer.officer-1")
    assert waive(stage, path, "importer.officer-2").json()["result"]["state"] == "DISCREPANT"
    assert waive(stage, path, "bank.officer-1").json()["result"]["state"] == "WAIVED"


def test_the_presenter_and_strangers_have_no_word(stage: Stage, order: str) -> None:
    path, _ = found(stage, order, LATE)
    before = stage.digest()
    stage.refused(waive(stage, path, "exporter.officer-1"), 404, "not-found", before)
    stage.refused(waive(stage, path, "carrier.officer-1"), 404, "not-found", before)
    stage.refused(waive(stage, path, "bank"), 403, "scope-missing", before)
    stage.refused(stage.post("importer", f"{path}:refuse"), 403, "not-permitted", before)
    stage.refused(examined(stage, order, CREDIT, "importer"), 403, "attester-not-named", before)
    assert stage.get("carrier", path).status_code == 404
    assert stage.get("carrier", f"{order}/examinations").status_code == 404


def test_a_refusal_stops_money_and_comes_in_time_or_not_at_all(stage: Stage, order: str) -> None:
    path, _ = found(stage, order, LATE)
    assert stage.post("bank", f"{path}:refuse").status_code == 202
    [call] = stage.queued()
    assert call.fact.kind == EvidenceKind.EXAMINATION_REFUSED
    stage.record()
    late, view = found(stage, order, LATE, on="2026-11-12")
    assert view["answer_by"] == "2026-11-19"
    before = stage.digest()
    why = stage.refused(stage.post("bank", f"{late}:refuse"), 409, "conflict", before)
    assert "2026-11-19" in why


def test_a_document_taken_back_voids_it_and_takes_its_fact_back(stage: Stage, order: str) -> None:
    keystore_of(stage).add(cast.secret_of("bank.desk"))
    passed = examined(stage, order, CREDIT).json()["result"]
    stage.record()
    documents = stage.get("exporter", f"{order}/documents").json()["items"]
    [invoice] = [one["evidence_id"] for one in documents if one["kind"] == "INVOICE"]
    answer = stage.post("exporter", f"/v1/evidence/{invoice}:withdraw", json={"reason": "an error"})
    assert answer.status_code == 202, answer.text
    kinds = [call.kind for call in stage.queued() if isinstance(call, Withdraw)]
    assert kinds == [EvidenceKind.INVOICE, EvidenceKind.EXAMINATION_PASSED]
    view = stage.get("bank", f"/v1/examinations/{passed['examination_id']}").json()
    assert view["state"] == "VOID"


def test_a_document_that_was_not_examined_voids_nothing_when_taken_back(
    stage: Stage, order: str
) -> None:
    passed = examined(stage, order, CREDIT).json()["result"]
    stage.record()
    sent = stage.post(
        "importer",
        f"{order}/documents",
        data={"kind": "PURCHASE_ORDER"},
        files=input_file("purchase-order.json"),
    )
    stage.record()
    [evidence] = sent.json()["result"]["evidence_ids"]
    answer = stage.post("importer", f"/v1/evidence/{evidence}:withdraw", json={"reason": "none"})
    assert answer.status_code == 202, answer.text
    view = stage.get("bank", f"/v1/examinations/{passed['examination_id']}").json()
    assert view["state"] == "COMPLIES"


def test_a_newer_document_voids_it_and_takes_its_fact_back(stage: Stage, order: str) -> None:
    keystore_of(stage).add(cast.secret_of("bank.desk"))
    passed = examined(stage, order, CREDIT).json()["result"]
    stage.record()
    invoice = (INPUTS / "invoice.xml").read_text().replace("2027-01-15", "2027-01-16")
    documents = stage.get("exporter", f"{order}/documents").json()["items"]
    [old] = [one["evidence_id"] for one in documents if one["kind"] == "INVOICE"]
    answer = stage.post(
        "exporter",
        f"{order}/documents",
        data={"kind": "INVOICE", "supersedes": old},
        files={"file": ("invoice.xml", invoice.encode())},
    )
    assert answer.status_code == 202, answer.text
    recorded, withdrawn = stage.queued()
    assert isinstance(recorded, Record)
    assert isinstance(withdrawn, Withdraw)
    assert withdrawn.kind == EvidenceKind.EXAMINATION_PASSED
    view = stage.get("bank", f"/v1/examinations/{passed['examination_id']}").json()
    assert view["state"] == "VOID"
    assert [
        one["number"] for one in stage.get("bank", f"{order}/examinations").json()["items"]
    ] == [1]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"beneficiary": {"name": "X", "lei": lei("fintech")}}, "contradiction"),
        ({"currency": "EUR"}, "contradiction"),
        ({"expiryDate": "soon"}, "malformed-document"),
        ({"documentType": "wish"}, "malformed-document"),
    ],
)
def test_wrong_terms_change_nothing(
    stage: Stage, order: str, change: dict[str, Any], code: str
) -> None:
    before = stage.digest()
    stage.refused(examined(stage, order, {**CREDIT, **change}), 422, code, before)


def test_a_bank_that_sees_no_papers_examines_none(stage: Stage) -> None:
    order_id = stage.order()
    kinds = 1 << EvidenceKind.EXAMINATION_PASSED
    named = {"order_id": order_id, "stream": order_id, "position": 20, "kinds": kinds}
    stage.insert(OrderAttester(participant_id=member("bank"), **named))
    before = stage.digest()
    answer = examined(stage, f"/v1/orders/0x{order_id.hex()}", CREDIT)
    stage.refused(answer, 409, "conflict", before)
