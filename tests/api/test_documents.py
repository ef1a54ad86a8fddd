"""Documents at the door: kept, recorded, or refused because they are another order's (P2, P3)."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from entrepot.bindings.evidence import Record, Withdraw
from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.store.tables import OrderReference, VaultContent
from tests.api.stage import HEAD, INPUTS, REFERENCE, Stage, input_file, lei

SAMPLES = Path(__file__).parents[1] / "unit/domain/documents/samples"
INVOICE = (INPUTS / "invoice.xml").read_text()


def send(
    stage: Stage, order_id: bytes, kind: str, file: Any, actor: str = "exporter", **more: str
) -> Any:
    files = file if isinstance(file, dict) else {"file": ("paper", file)}
    path = f"/v1/orders/0x{order_id.hex()}/documents"
    return stage.post(actor, path, data={"kind": kind, **more}, files=files)


def test_invoice_is_kept_and_recorded(stage: Stage) -> None:
    order_id = stage.order()
    answer = send(stage, order_id, "INVOICE", input_file("invoice.xml"))
    assert answer.status_code == 202
    call = stage.call()
    assert isinstance(call, Record)
    assert (call.order_id, call.fact.kind) == (order_id, EvidenceKind.INVOICE)
    assert call.fact.occurred_at == 1_793_836_800
    result = answer.json()["result"]
    document = stage.get("importer", f"/v1/documents/{result['document_id']}").json()
    assert document["reference"] == "NHA-2026-0931"
    assert document["evidence_id"] == result["evidence_ids"][0]
    assert document["commitment"] == "0x" + call.fact.commitment.hex()


def test_p8_document_is_neither_on_the_chain_nor_readable_on_disk(stage: Stage) -> None:
    answer = send(stage, stage.order(), "INVOICE", input_file("invoice.xml"))
    [row] = stage.outbox()
    assert b"NHA-2026-0931" not in row.calldata
    for path in stage.world.settings.vault_path.rglob("*"):
        assert path.is_dir() or b"Ningbo" not in path.read_bytes()
    document_id = answer.json()["result"]["document_id"]
    content = stage.get("exporter", f"/v1/documents/{document_id}/content")
    assert content.content == INVOICE.encode()
    assert content.headers["content-disposition"].startswith("attachment;")
    assert content.headers["content-type"] == "application/octet-stream"


def test_p9_document_that_was_altered_at_rest_is_not_handed_out(stage: Stage) -> None:
    answer = send(stage, stage.order(), "CERTIFICATE_OF_ORIGIN", b"%PDF-1.7\nto be altered\n%%EOF")
    document = stage.get(
        "exporter", f"/v1/documents/{answer.json()['result']['document_id']}"
    ).json()
    with stage.world.store.reading() as session:
        digest = bytes.fromhex(document["sha256"].removeprefix("0x"))
        blob = session.get_one(VaultContent, digest).blob
    assert blob is not None
    [path] = stage.world.settings.vault_path.rglob(blob.hex())
    sealed = path.read_bytes()
    path.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    content = stage.get("exporter", f"/v1/documents/{document['document_id']}/content")
    assert (content.status_code, content.json()["code"]) == (500, "document-damaged")


@pytest.mark.parametrize(
    ("kind", "name"),
    [("PURCHASE_ORDER", "purchase-order.json"), ("PACKING_LIST", "packing-list.json")],
)
def test_our_own_papers_are_recorded(stage: Stage, kind: str, name: str) -> None:
    assert send(stage, stage.order(), kind, input_file(name)).status_code == 202
    assert isinstance(stage.call(), Record)


def test_p6_same_upload_twice_is_one_fact(stage: Stage) -> None:
    order_id = stage.order()
    first = send(stage, order_id, "INVOICE", input_file("invoice.xml")).json()
    second = send(stage, order_id, "INVOICE", input_file("invoice.xml")).json()
    assert second["operation_id"] == first["operation_id"]
    assert len(stage.outbox()) == 1


def test_two_attesters_may_send_the_same_paper(stage: Stage) -> None:
    order_id = stage.order()
    for actor in ("exporter", "importer"):
        answer = send(stage, order_id, "PURCHASE_ORDER", input_file("purchase-order.json"), actor)
        assert answer.status_code == 202
    assert len(stage.outbox()) == 2


@pytest.mark.parametrize(
    ("old", "new", "code", "word"),
    [
        (REFERENCE, "PO-2026-9999", "other-order", "PO-2026-9999"),
        (lei("exporter"), lei("bank"), "wrong-party", lei("bank")),
        (lei("importer"), lei("bank"), "wrong-party", lei("bank")),
        ("USD", "EUR", "wrong-currency", "EUR"),
    ],
)
def test_p3_invoice_of_another_deal_is_refused_without_a_trace(
    stage: Stage, old: str, new: str, code: str, word: str
) -> None:
    order_id = stage.order()
    before = stage.digest()
    answer = send(stage, order_id, "INVOICE", INVOICE.replace(old, new).encode())
    assert word in stage.refused(answer, 422, code, before)


def test_invoice_for_more_than_the_order_is_refused(stage: Stage) -> None:
    order_id = stage.order(amount_minor=128_399_999)
    before = stage.digest()
    answer = send(stage, order_id, "INVOICE", input_file("invoice.xml"))
    assert "1284000.00" in stage.refused(answer, 422, "contradiction", before)


def test_p2_a_second_invoice_may_not_exceed_what_the_first_left(stage: Stage) -> None:
    order_id = stage.order()
    send(stage, order_id, "INVOICE", input_file("invoice.xml"))
    before = stage.digest()
    other = INVOICE.replace("NHA-2026-0931", "NHA-2026-0932").encode()
    stage.refused(send(stage, order_id, "INVOICE", other), 422, "contradiction", before)


@pytest.mark.parametrize("copy", [INVOICE, INVOICE.replace("?>", "?><!-- rescanned -->", 1)])
def test_p2_paper_of_another_order_is_refused_whichever_copy(stage: Stage, copy: str) -> None:
    """Both orders have the same reference in their parties' books, so only its use tells."""
    first = stage.order(REFERENCE)
    assert send(stage, first, "INVOICE", input_file("invoice.xml")).status_code == 202
    second = stage.order(REFERENCE.lower() + " ")
    assert second == first, "normalised references are one order"
    other = stage.order("PO-2026-1188")
    before = stage.digest()
    content = copy.replace(REFERENCE, "PO-2026-1188") if copy != INVOICE else copy
    answer = send(stage, other, "INVOICE", content.encode())
    code = "other-order" if copy == INVOICE else "document-already-used"
    stage.refused(answer, 409 if code.startswith("document") else 422, code, before)


def test_another_text_of_the_same_number_must_say_what_it_replaces(stage: Stage) -> None:
    order_id = stage.order()
    first = send(stage, order_id, "INVOICE", input_file("invoice.xml")).json()
    stage.record()
    changed = INVOICE.replace("?>", "?><!-- second version -->", 1).encode()
    before = stage.digest()
    answer = send(stage, order_id, "INVOICE", changed)
    stage.refused(answer, 409, "document-already-used", before)
    evidence_id = first["result"]["evidence_ids"][0]
    answer = send(stage, order_id, "INVOICE", changed, supersedes=evidence_id)
    assert answer.status_code == 202
    replaced, call = stage.calls()
    assert isinstance(replaced, Record)
    assert isinstance(call, Record)
    assert call.fact.supersedes == replaced.fact.source_key != call.fact.source_key


def test_p3_two_attesters_of_one_paper_speak_of_one_source(stage: Stage) -> None:
    """Sent in different texts, so that the ledger sees that they contradict each other."""
    order_id = stage.order()
    paper = (INPUTS / "purchase-order.json").read_bytes()
    send(stage, order_id, "PURCHASE_ORDER", paper)
    send(stage, order_id, "PURCHASE_ORDER", paper + b"\n", actor="importer")
    one, other = stage.calls()
    assert isinstance(one, Record)
    assert isinstance(other, Record)
    assert one.fact.source_key == other.fact.source_key
    assert one.fact.commitment != other.fact.commitment


@pytest.mark.parametrize("whose", ["other kind", "unknown"])
def test_only_ones_own_evidence_of_that_kind_is_replaced(stage: Stage, whose: str) -> None:
    order_id = stage.order()
    sent = send(stage, order_id, "PURCHASE_ORDER", input_file("purchase-order.json")).json()
    stage.record()
    supersedes = sent["result"]["evidence_ids"][0] if whose == "other kind" else "0x" + "ab" * 32
    before = stage.digest()
    answer = send(stage, order_id, "INVOICE", input_file("invoice.xml"), supersedes=supersedes)
    status, code = (422, "invalid-input") if whose == "other kind" else (404, "not-found")
    stage.refused(answer, status, code, before)


def test_p3_attester_that_the_order_does_not_name_is_refused(stage: Stage) -> None:
    order_id = stage.order()
    before = stage.digest()
    answer = send(stage, order_id, "INVOICE", input_file("invoice.xml"), "importer")
    assert "INVOICE" in stage.refused(answer, 403, "attester-not-named", before)


def test_p9_order_whose_words_are_not_known_here_takes_no_paper(stage: Stage) -> None:
    order_id = stage.order()
    with stage.world.store.transaction() as session:
        session.delete(session.get_one(OrderReference, order_id))
    before = stage.digest()
    answer = send(stage, order_id, "INVOICE", input_file("invoice.xml"))
    stage.refused(answer, 409, "conflict", before)


@pytest.mark.parametrize("kind", ["VESSEL_DEPARTED", "CUSTOMS_HOLD", "WISH"])
def test_kind_that_is_no_document_is_refused(stage: Stage, kind: str) -> None:
    order_id = stage.order()
    before = stage.digest()
    answer = send(stage, order_id, kind, input_file("invoice.xml"))
    assert "INVOICE" in stage.refused(answer, 422, "invalid-input", before)


@pytest.mark.parametrize(
    ("kind", "content", "code"),
    [
        ("INVOICE", b"%PDF-1.7\nscan\n%%EOF", "unknown-document"),
        ("INVOICE", b"\x00\x01\x02", "unknown-document"),
        ("INVOICE", b"", "unknown-document"),
        ("INVOICE", b"<Invoice", "malformed-document"),
        ("INVOICE", (INPUTS / "packing-list.json").read_bytes(), "unknown-document"),
        ("INVOICE", INVOICE.replace("1284000.00", "1284000.01").encode(), "nonconforming-document"),
        (
            "INVOICE",
            b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
            "malformed-document",
        ),
        ("CERTIFICATE_OF_ORIGIN", b"GIF89a", "unknown-document"),
        ("CERTIFICATE_OF_ORIGIN", b"{", "malformed-document"),
        ("CERTIFICATE_OF_ORIGIN", b"{}", "unknown-document"),
        ("CERTIFICATE_OF_ORIGIN", b"%PDF-1.7\n/Launch\n%%EOF", "malformed-document"),
        ("CERTIFICATE_OF_ORIGIN", b"PK\x03\x04", "unknown-document"),
        ("CERTIFICATE_OF_ORIGIN", b"<a>" * 200, "oversized-document"),
    ],
)
def test_file_that_is_no_such_paper_is_refused_without_a_trace(
    stage: Stage, kind: str, content: bytes, code: str
) -> None:
    order_id = stage.order()
    before = stage.digest()
    answer = send(stage, order_id, kind, content)
    stage.refused(answer, 413 if code.startswith("oversized") else 422, code, before)


def test_nonconforming_invoice_lists_the_rules_it_breaks(stage: Stage) -> None:
    order_id = stage.order()
    wrong = INVOICE.replace("1284000.00", "1284000.01").encode()
    told = send(stage, order_id, "INVOICE", wrong).json()
    assert any("BR-CO-" in place["why"] for place in told["errors"])


def test_scan_is_taken_where_nothing_reads_it(stage: Stage) -> None:
    answer = send(stage, stage.order(), "CERTIFICATE_OF_ORIGIN", b"%PDF-1.7\ncertificate\n%%EOF")
    assert answer.status_code == 202
    document_id = answer.json()["result"]["document_id"]
    assert stage.get("exporter", f"/v1/documents/{document_id}").json()["format"] == "pdf"
    content = stage.get("exporter", f"/v1/documents/{document_id}/content")
    assert content.headers["content-disposition"].endswith('.pdf"')


@pytest.mark.parametrize(
    ("kind", "name", "reference", "form"),
    [
        (
            "CERTIFICATE_OF_ORIGIN",
            "certificate-of-origin.json",
            "CCPIT-26-0411-8817",
            "certificate-of-origin",
        ),
        ("PURCHASE_ORDER", "order.xml", REFERENCE, "purchase-order"),
    ],
)
def test_paper_in_another_format_is_read_and_recorded(
    stage: Stage, kind: str, name: str, reference: str, form: str
) -> None:
    answer = send(stage, stage.order(), kind, (SAMPLES / name).read_bytes())
    assert answer.status_code == 202
    document = stage.get(
        "exporter", f"/v1/documents/{answer.json()['result']['document_id']}"
    ).json()
    assert (document["reference"], document["format"]) == (reference, form)


def test_certificate_of_another_order_is_refused(stage: Stage) -> None:
    paper = (SAMPLES / "certificate-of-origin.json").read_text().replace(REFERENCE, "PO-9")
    answer = send(stage, stage.order(), "CERTIFICATE_OF_ORIGIN", paper.encode())
    assert (answer.status_code, answer.json()["code"]) == (422, "other-order")


def test_declaration_is_kept_and_asks_nothing_of_the_chain(stage: Stage) -> None:
    order_id = stage.order()
    answer = send(stage, order_id, "EXPORT_DECLARATION", input_file("export-declaration.xml"))
    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
    assert stage.outbox() == []


@pytest.mark.parametrize(
    ("kind", "old", "new", "code"),
    [
        ("IMPORT_DECLARATION", "", "", "contradiction"),
        ("EXPORT_DECLARATION", "USD", "EUR", "wrong-currency"),
        ("EXPORT_DECLARATION", "NHA-2026-0931", "NHA-2026-0999", "other-order"),
    ],
)
def test_declaration_of_other_goods_is_refused(
    stage: Stage, kind: str, old: str, new: str, code: str
) -> None:
    order_id = stage.order()
    send(stage, order_id, "INVOICE", input_file("invoice.xml"))
    text = (INPUTS / "export-declaration.xml").read_text()
    before = stage.digest()
    answer = send(stage, order_id, kind, (text.replace(old, new) if old else text).encode())
    stage.refused(answer, 422, code, before)


@pytest.mark.parametrize("state", ["CANCELLED", "FULFILLED", "DISPUTED"])
def test_order_that_is_over_takes_no_document(stage: Stage, state: str) -> None:
    order_id = stage.order(state=state)
    before = stage.digest()
    answer = send(stage, order_id, "INVOICE", input_file("invoice.xml"))
    stage.refused(answer, 409, "wrong-state", before)


def test_unknown_form_field_is_not_taken_for_anything(stage: Stage) -> None:
    answer = send(stage, stage.order(), "INVOICE", input_file("invoice.xml"), owner=lei("bank"))
    document_id = answer.json()["result"]["document_id"]
    owner = stage.get("exporter", f"/v1/documents/{document_id}").json()["owner"]
    assert owner["lei"] == lei("exporter")


def test_evidence_is_withdrawn_by_its_attester_only(stage: Stage) -> None:
    order_id = stage.order()
    sent = send(stage, order_id, "INVOICE", input_file("invoice.xml")).json()
    stage.record()
    path = f"/v1/evidence/{sent['result']['evidence_ids'][0]}:withdraw"
    before = stage.digest()
    other = stage.post("importer", path, json={"reason": "I doubt it"})
    stage.refused(other, 403, "not-permitted", before)
    assert stage.post("exporter", path, json={"reason": "wrong price"}).status_code == 202
    call = stage.calls()[-1]
    assert isinstance(call, Withdraw)
    assert stage.get("exporter", path.removesuffix(":withdraw")).json()["state"] == "RECORDED"
    assert stage.get("exporter", "/v1/orders").json()["as_of_block"] == HEAD


def test_p2_one_paper_sent_to_many_orders_at_once_serves_one(stage: Stage) -> None:
    orders = [stage.order(f"PO-{number}") for number in range(8)]
    paper = b"%PDF-1.7\none certificate\n%%EOF"
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda each: send(stage, each, "CERTIFICATE_OF_ORIGIN", paper), orders)
        )
    assert sorted(answer.status_code for answer in answers) == [202, *[409] * 7]
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"document-already-used"}
    assert len(stage.outbox()) == 1


def raise_flag(stage: Stage, order_id: bytes, actor: str = "carrier", **change: str) -> Any:
    body = {"kind": "CARRIER_HOLD", "reason": "freight has not been paid", **change}
    return stage.post(actor, f"/v1/orders/0x{order_id.hex()}/flags", json=body)


def test_flag_is_raised_withdrawn_and_raised_again(stage: Stage) -> None:
    order_id = stage.order()
    first = raise_flag(stage, order_id).json()
    call = stage.call()
    assert isinstance(call, Record)
    assert call.fact.kind is EvidenceKind.CARRIER_HOLD
    assert b"freight" not in stage.outbox()[0].calldata
    stage.record()
    before = stage.digest()
    stage.refused(raise_flag(stage, order_id), 409, "already-asked", before)
    stage.withdraw(bytes.fromhex(first["result"]["evidence_ids"][0][2:]))
    second = raise_flag(stage, order_id).json()
    assert second["result"]["evidence_ids"] != first["result"]["evidence_ids"]


def test_flag_of_who_is_not_named_for_it_is_refused(stage: Stage) -> None:
    order_id = stage.order()
    before = stage.digest()
    answer = raise_flag(stage, order_id, "exporter")
    stage.refused(answer, 403, "attester-not-named", before)
    answer = raise_flag(stage, order_id, kind="CUSTOMS_HOLD")
    stage.refused(answer, 422, "invalid-request", before)
