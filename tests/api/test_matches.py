"""Near matches: a person decides, nothing is refused by itself, others stay hidden (P2, P7)."""

from typing import Any

import pytest
from sqlmodel import select

from entrepot.store.tables import AssetLink, Facility, Holding, NearMatchDecision, PaperFingerprint
from tests.api.dealing import requested
from tests.api.stage import INPUTS, Stage, lei, member

INVOICE = (INPUTS / "invoice.xml").read_bytes()
BILL = (INPUTS / "transport-document.json").read_bytes()
OTHER_ORDER = "PO-2026-4711"
RESPELLED = "NHA 2026/O931"


def other_order(stage: Stage, number: str) -> str:
    """Another order of the same exporter, with this invoice under that number."""
    content = INVOICE.replace(b"NHA-2026-0931", number.encode())
    content = content.replace(b"PO-2026-1187", OTHER_ORDER.encode())
    return sent(stage, "exporter", "INVOICE", content)


def sent(stage: Stage, actor: str, kind: str, content: bytes) -> str:
    order_id = stage.order(OTHER_ORDER)
    path = f"/v1/orders/0x{order_id.hex()}/documents"
    answer = stage.post(actor, path, data={"kind": kind}, files={"file": ("paper", content)})
    assert answer.status_code == 202, answer.text
    stage.record()
    return "0x" + order_id.hex()


def financed(stage: Stage, order_id: str, committed_minor: int = 0, state: str = "FUNDED") -> None:
    """A facility on the other order, by a lender that is no party to ours."""
    key, raw = bytes(31) + b"\7", bytes.fromhex(order_id[2:])
    stage.insert(
        Facility(
            financing_id=b"\7" * 32,
            stream=raw,
            order_id=raw,
            state=state,
            exporter=member("exporter"),
            terms={"asset_keys": ["0x" + key.hex()], "platform": "0x" + "00" * 20},
            terms_hash=bytes(32),
            document_root=bytes(32),
            token=bytes(20),
            corridor="CNNL",
            currency="USD",
            title_id=bytes(32),
            requested_block=1,
        )
    )
    if committed_minor:
        stage.insert(
            AssetLink(asset_key=key, family=key, round=0, stream=raw),
            Holding(
                financing_id=b"\7" * 32,
                stream=raw,
                order_id=raw,
                family=key,
                currency="USD",
                capacity_minor=128_400_000,
                reserved_minor=0,
                committed_minor=committed_minor,
                expires_at=0,
            ),
        )


def near(stage: Stage, path: str, actor: str = "bank.officer-1") -> list[dict[str, Any]]:
    answer = stage.get(actor, f"{path}/near-matches")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def decide(stage: Stage, path: str, match: str, verdict: str, actor: str = "bank.officer-1") -> Any:
    body = {"verdict": verdict, "reason": "both packing lists were compared"}
    return stage.post(actor, f"{path}/near-matches/{match}:decide", json=body)


@pytest.fixture
def path(stage: Stage) -> str:
    """Our facility; the same invoice, its number spelled otherwise, is financed by another."""
    financed(stage, other_order(stage, RESPELLED), committed_minor=25_680_000)
    return requested(stage)[0]


def test_p2_invoice_sent_again_with_another_number_format_waits_for_a_person(
    stage: Stage, path: str
) -> None:
    [match] = near(stage, path)
    assert [each["kind"] for each in match["alike"]] == ["INVOICE_NUMBER"]
    assert [(p["kind"], p["reference"]) for p in match["papers"]] == [("INVOICE", "NHA-2026-0931")]
    assert match["decision"] is None
    facility = stage.get("bank.officer-1", path).json()
    assert facility["near_matches"] == 1
    before = stage.digest()
    answer = stage.post("bank.officer-1", f"{path}/approvals")
    told = stage.refused(answer, 409, "near-match-stands", before)
    assert "INVOICE_NUMBER" in told


def test_p7_lender_learns_status_and_free_balance_of_the_others_and_nothing_else(
    stage: Stage, path: str
) -> None:
    [match] = near(stage, path)
    assert match["status"] == "COMMITTED"
    assert match["available"] == {"amount": "1027200.00", "currency": "USD"}
    assert set(match) == {"match_id", "alike", "papers", "status", "available", "decision"}
    text = stage.get("bank.officer-1", f"{path}/near-matches").text
    other = stage.order(OTHER_ORDER)
    for secret in (OTHER_ORDER, RESPELLED, other.hex(), "07" * 32, "256800", lei("exporter")):
        assert secret not in text, secret


def test_officer_signs_once_a_person_has_decided_that_they_are_other_goods(
    stage: Stage, path: str
) -> None:
    [match] = near(stage, path)
    assert decide(stage, path, match["match_id"], "OTHER_GOODS").status_code == 200
    [again] = near(stage, path)
    assert again["decision"]["verdict"] == "OTHER_GOODS"
    assert again["decision"]["officer"] == "bank.officer-1"
    assert again["decision"]["decided_at"]
    assert stage.get("bank.officer-1", path).json()["near_matches"] == 0
    assert stage.post("bank.officer-1", f"{path}/approvals").status_code == 202


def test_p2_officer_signs_nothing_when_they_were_decided_to_be_the_same_goods(
    stage: Stage, path: str
) -> None:
    [match] = near(stage, path)
    decide(stage, path, match["match_id"], "OTHER_GOODS")
    decide(stage, path, match["match_id"], "SAME_GOODS")
    before = stage.digest()
    answer = stage.post("bank.officer-1", f"{path}/approvals")
    stage.refused(answer, 409, "near-match-stands", before)


def test_each_lender_decides_for_itself_and_sees_its_own_decision_only(
    stage: Stage, path: str
) -> None:
    [match] = near(stage, path)
    decide(stage, path, match["match_id"], "OTHER_GOODS")
    [theirs] = near(stage, path, "fintech.officer-1")
    assert theirs["decision"] is None
    answer = stage.post("fintech.officer-1", f"{path}/approvals")
    assert answer.json()["code"] == "near-match-stands"


def test_p6_decision_said_twice_is_kept_once_and_another_beside_it(stage: Stage, path: str) -> None:
    [match] = near(stage, path)
    for verdict in ("SAME_GOODS", "SAME_GOODS", "OTHER_GOODS"):
        decide(stage, path, match["match_id"], verdict)
    with stage.world.store.reading() as session:
        rows = session.exec(select(NearMatchDecision)).all()
    assert sorted((row.number, row.verdict) for row in rows) == [
        (1, "SAME_GOODS"),
        (2, "OTHER_GOODS"),
    ]


def test_match_when_more_is_alike_must_be_decided_again(stage: Stage, path: str) -> None:
    [match] = near(stage, path)
    decide(stage, path, match["match_id"], "OTHER_GOODS")
    with stage.world.store.transaction() as session:
        for row in session.exec(select(PaperFingerprint)).all():
            session.merge(
                PaperFingerprint(
                    document_id=row.document_id,
                    kind="CONTAINER_AND_DATE",
                    key=b"the same container".ljust(32),
                    order_id=row.order_id,
                )
            )
    [again] = near(stage, path)
    assert again["match_id"] != match["match_id"]
    assert again["decision"] is None
    assert {each["kind"] for each in again["alike"]} == {"INVOICE_NUMBER", "CONTAINER_AND_DATE"}


def test_p2_container_used_again_is_a_near_match(stage: Stage) -> None:
    bill = BILL.replace(b"BMLNGB2611870", b"BMLNGB2611999")
    other = bill.replace(b"PO-2026-1187", OTHER_ORDER.encode())
    financed(stage, sent(stage, "carrier", "TRANSPORT_DOCUMENT", other))
    path, terms = requested(stage)
    order = "0x" + terms.order_id.hex()
    answer = stage.post(
        "carrier",
        f"/v1/orders/{order}/documents",
        data={"kind": "TRANSPORT_DOCUMENT"},
        files={"file": ("paper", BILL)},
    )
    assert answer.status_code == 202, answer.text
    [match] = near(stage, path)
    assert [each["kind"] for each in match["alike"]] == ["CONTAINER_AND_DATE"]


@pytest.mark.parametrize("state", ["DECLINED", "LAPSED"])
def test_order_that_nobody_financed_is_no_match(stage: Stage, state: str) -> None:
    financed(stage, other_order(stage, RESPELLED), state=state)
    path, _ = requested(stage)
    assert near(stage, path) == []
    assert stage.post("bank.officer-1", f"{path}/approvals").status_code == 202


def test_invoice_of_another_number_is_no_match(stage: Stage) -> None:
    financed(stage, other_order(stage, "NHA-2026-0932"))
    assert near(stage, requested(stage)[0]) == []


@pytest.mark.parametrize("actor", ["exporter", "importer", "carrier"])
def test_p7_who_lends_nothing_learns_of_no_match(stage: Stage, path: str, actor: str) -> None:
    """An exporter could try out numbers otherwise."""
    answer = stage.get(actor, f"{path}/near-matches")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    if actor != "carrier":
        assert stage.get(actor, path).json()["near_matches"] == 0


def test_p4_only_a_lenders_officer_decides(stage: Stage, path: str) -> None:
    [match] = near(stage, path)
    for actor, status in (("exporter.officer-1", 403), ("carrier.officer-1", 404)):
        before = stage.digest()
        answer = decide(stage, path, match["match_id"], "OTHER_GOODS", actor)
        assert answer.status_code == status, answer.text
        assert stage.digest() == before
    assert decide(stage, path, "0x" + "ab" * 32, "OTHER_GOODS").status_code == 404
