"""The one door for standard payloads: kind and order are found in the content."""

import json
from typing import Any

import pytest

from entrepot.bindings.evidence import Record, RecordOnVoyage
from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.titles import Issue
from tests.api.stage import INPUTS, Stage
from tests.api.test_shipments import aboard

XML, JSON = "application/xml", "application/json"


def send(stage: Stage, actor: str, name: str, media_type: str, query: str = "") -> Any:
    content = (INPUTS / name).read_bytes()
    headers = {"Content-Type": media_type}
    return stage.post(actor, f"/v1/documents{query}", content=content, headers=headers)


@pytest.mark.parametrize(
    ("actor", "name", "media_type", "kind"),
    [
        ("exporter", "invoice.xml", XML, EvidenceKind.INVOICE),
        ("exporter", "packing-list.json", JSON, EvidenceKind.PACKING_LIST),
        ("importer", "purchase-order.json", JSON, EvidenceKind.PURCHASE_ORDER),
    ],
)
def test_paper_finds_its_order_by_its_references(
    stage: Stage, actor: str, name: str, media_type: str, kind: EvidenceKind
) -> None:
    order_id = stage.order()
    stage.order("PO-2026-1188")
    answer = send(stage, actor, name, media_type)
    assert answer.status_code == 202, answer.text
    call = stage.call()
    assert isinstance(call, Record)
    assert (call.order_id, call.fact.kind) == (order_id, kind)


def test_bill_from_its_carrier_is_issued_as_a_title(stage: Stage) -> None:
    order_id = stage.order()
    assert send(stage, "carrier", "transport-document.json", JSON).status_code == 202
    issue = stage.calls()[0]
    assert isinstance(issue, Issue)
    assert issue.order_id == order_id


def test_declaration_is_found_by_its_invoice_and_the_answer_by_its_declaration(
    stage: Stage,
) -> None:
    order_id = stage.order()
    send(stage, "exporter", "invoice.xml", XML)
    kept = send(stage, "exporter", "export-declaration.xml", XML)
    assert kept.status_code == 200, kept.text
    answer = send(stage, "export_customs", "export-response-cleared.xml", XML)
    assert answer.json()["result"]["order_id"] == f"0x{order_id.hex()}"
    assert stage.calls()[-1].fact.kind is EvidenceKind.EXPORT_RELEASED  # type: ignore[attr-defined]


def test_events_find_their_voyage_by_vessel_and_number(stage: Stage) -> None:
    voyage_id = aboard(stage, stage.order())
    answer = send(stage, "carrier", "events-export.json", JSON)
    assert answer.json()["result"]["voyage_id"] == voyage_id
    assert any(isinstance(call, RecordOnVoyage) for call in stage.queued())


def test_several_at_once_are_each_told_of_and_one_refused_stops_no_other(stage: Stage) -> None:
    stage.order()
    names = ("invoice.xml", "packing-list.json", "transport-document.json")
    files = [("file", (name, (INPUTS / name).read_bytes())) for name in names]
    files.append(("file", ("junk.xml", b"<a/>")))
    result = stage.post("exporter", "/v1/documents", files=files).json()["result"]
    statuses = [item["status"] for item in result["items"]]
    assert statuses == ["accepted", "accepted", "refused", "refused"]
    codes = [item["problem"]["code"] for item in result["items"] if item["problem"]]
    assert codes == ["attester-not-named", "unknown-document"]
    assert all(item["operation_id"] for item in result["items"][:2])
    assert len(stage.queued()) == 2


def test_p6_same_payload_again_is_a_duplicate_and_no_second_fact(stage: Stage) -> None:
    stage.order()
    send(stage, "exporter", "invoice.xml", XML)
    [item] = send(stage, "exporter", "invoice.xml", XML).json()["result"]["items"]
    assert item["status"] == "duplicate"
    assert item["evidence_ids"]
    assert len(stage.queued()) == 1


def test_paper_that_names_no_order_of_yours_asks_for_one(stage: Stage) -> None:
    stage.order("PO-2026-1188")
    before = stage.digest()
    answer = send(stage, "exporter", "invoice.xml", XML)
    told = stage.refused(answer, 422, "other-order", before)
    assert "PO-2026-1187" in told
    assert "?order=" in answer.json()["mend"]


def test_scan_says_its_kind_and_order_in_the_query(stage: Stage) -> None:
    order_id = stage.order()
    query = f"?kind=CERTIFICATE_OF_ORIGIN&order=0x{order_id.hex()}"
    answer = stage.post(
        "exporter",
        f"/v1/documents{query}",
        content=b"%PDF-1.7\na certificate\n%%EOF\n",
        headers={"Content-Type": "application/pdf"},
    )
    assert answer.status_code == 202, answer.text
    assert stage.call().fact.kind is EvidenceKind.CERTIFICATE_OF_ORIGIN  # type: ignore[attr-defined]


def test_answers_of_customs_come_as_xml_or_as_json_of_it(stage: Stage) -> None:
    stage.order()
    send(stage, "exporter", "invoice.xml", XML)
    send(stage, "exporter", "export-declaration.xml", XML)
    texts = [
        (INPUTS / f"export-response-{name}.xml").read_text() for name in ("cleared", "accepted")
    ]
    alone = stage.post(
        "export_customs",
        "/v1/customs-events",
        content=texts[0],
        headers={"Content-Type": XML},
    )
    assert alone.status_code == 202, alone.text
    both = stage.post("export_customs", "/v1/customs-events", json=texts)
    statuses = [item["status"] for item in both.json()["result"]["items"]]
    assert statuses == ["duplicate", "accepted"]


def test_body_of_another_media_type_is_refused(stage: Stage) -> None:
    before = stage.digest()
    answer = stage.post(
        "exporter", "/v1/documents", content=b"hello", headers={"Content-Type": "text/plain"}
    )
    stage.refused(answer, 415, "unsupported-media-type", before)
    empty = stage.post("exporter", "/v1/documents", files=[], data={"kind": "x"})
    assert empty.status_code in (415, 422)
    assert json.dumps(stage.digest()) == json.dumps(before)
