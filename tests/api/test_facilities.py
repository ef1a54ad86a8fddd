"""Facilities at the door: asked for, approved by several, released once (P1 to P4)."""

from typing import Any

import pytest

from entrepot.bindings.evidence_kinds import EvidenceKind, KindSet
from entrepot.bindings.financing import (
    Approve,
    Decline,
    LiftHold,
    PlaceHold,
    Request,
)
from entrepot.bindings.ids import FinancingId
from entrepot.chain.signer import LocalSigner
from entrepot.devnet import cast as members
from entrepot.store.tables import Facility, Outbox, Tranche
from tests.api.dealing import ASKED, ask, invoiced, requested
from tests.api.stage import Stage, address_of, contract_at, lei


def test_request_carries_the_goods_and_the_basis(stage: Stage) -> None:
    order_id = invoiced(stage)
    answer = ask(stage, order_id)
    assert answer.status_code == 202, answer.text
    call = stage.queued()[-1]
    assert isinstance(call, Request)
    assert call.terms.token == contract_at("SettlementToken")
    assert call.terms.tranches[0].required == KindSet(
        1 << EvidenceKind.PURCHASE_ORDER | 1 << EvidenceKind.INVOICE
    )
    assert len(call.terms.asset_keys) == 2, "the order's key and the invoice's"
    assert len(call.terms.basis) == 1
    result = answer.json()["result"]
    assert result["basis"] == ["0x" + call.terms.basis[0].hex()]


def test_p2_request_of_another_exporter_for_the_same_invoice_has_its_key(stage: Stage) -> None:
    """The key depends on seller and number alone, so that any bank meets it again."""
    ask(stage, invoiced(stage))
    invoice_key = stage.queued()[-1].terms.asset_keys[1]
    stage.reset()
    ask(stage, invoiced(stage), reference="ANOTHER-FACILITY")
    assert stage.queued()[-1].terms.asset_keys[1] == invoice_key


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [
        ({"settlement_bank": lei("fintech")}, "invalid-input", "settlement_bank"),
        ({"lenders": ASKED["lenders"][:1]}, "invalid-input", "6000"),
        ({"lenders": ASKED["lenders"][:1] * 2}, "invalid-input", "add up"),
        (
            {"lenders": [{"participant": lei("carrier"), "funding_bps": 10000, "loss_bps": 10000}]},
            "invalid-input",
            "BANK",
        ),
        ({"lenders": []}, "invalid-request", "lenders"),
        ({"tranches": []}, "invalid-request", "tranches"),
        ({"interest_bps": 10001}, "invalid-request", "interest_bps"),
        ({"interest_bps": "650"}, "invalid-request", "interest_bps"),
        ({"day_count": "ACT_ACT"}, "invalid-request", "day_count"),
        ({"basis": ["0x" + "ab" * 32]}, "not-found", "evidence"),
        (
            {
                "tranches": [
                    {**ASKED["tranches"][0], "amount": {"amount": "1.00", "currency": "EUR"}}
                ]
            },
            "wrong-currency",
            "EUR",
        ),
        (
            {
                "tranches": [
                    {
                        **ASKED["tranches"][0],
                        "amount": {"amount": "1284000.01", "currency": "USD"},
                    }
                ]
            },
            "invalid-input",
            "1284000.01",
        ),
    ],
)
def test_request_that_breaks_a_rule_is_refused_without_a_trace(
    stage: Stage, change: dict[str, Any], code: str, word: str
) -> None:
    order_id = invoiced(stage)
    before = stage.digest()
    answer = ask(stage, order_id, **change)
    assert word in stage.refused(answer, 404 if code == "not-found" else 422, code, before)


@pytest.mark.parametrize("state", ["PLACED", "DISPUTED", "CANCELLED"])
def test_request_on_an_order_that_is_not_accepted_is_refused(stage: Stage, state: str) -> None:
    order_id = stage.order(state=state)
    before = stage.digest()
    stage.refused(ask(stage, order_id), 409, "wrong-state", before)


def test_p4_approval_is_the_officers_own_signature_over_the_digest(stage: Stage) -> None:
    path, terms = requested(stage)
    answer = stage.post("bank.officer-1", f"{path}/approvals")
    assert answer.status_code == 202, answer.text
    call = stage.queued()[-1]
    assert isinstance(call, Approve)
    assert call.terms == terms
    (signed,) = call.sign_offs
    assert signed.signer == address_of("bank.officer-1")
    result = answer.json()["result"]
    signer = LocalSigner(members.secret_of("bank.officer-1"))
    assert signed.signature == signer.sign_digest(bytes.fromhex(result["digest"][2:]))
    assert "60.00 %" in result["statement"]
    assert "USD 256800.00" in result["statement"]


def test_p6_approval_said_twice_is_one_even_as_time_goes_on(stage: Stage) -> None:
    path, _ = requested(stage)
    first = stage.post("bank.officer-1", f"{path}/approvals").json()
    second = stage.post("bank.officer-1", f"{path}/approvals").json()
    assert second == first
    other = stage.post("bank.officer-2", f"{path}/approvals").json()
    assert other["operation_id"] != first["operation_id"]


def test_p2_officer_signs_nothing_when_the_goods_are_others(stage: Stage) -> None:
    path, _ = requested(stage, asset_keys=(b"\1" * 32,))
    before = stage.digest()
    answer = stage.post("bank.officer-1", f"{path}/approvals")
    stage.refused(answer, 409, "asset-keys-differ", before)


def test_p3_officer_signs_nothing_when_a_document_was_withdrawn(stage: Stage) -> None:
    path, terms = requested(stage)
    stage.withdraw(terms.basis[0])
    before = stage.digest()
    answer = stage.post("bank.officer-1", f"{path}/approvals")
    stage.refused(answer, 409, "basis-changed", before)


def test_officer_signs_nothing_but_what_was_on_the_screen(stage: Stage) -> None:
    path, _ = requested(stage)
    before = stage.digest()
    answer = stage.post("bank.officer-1", f"{path}/approvals", json={"digest": "0x" + "d1" * 32})
    stage.refused(answer, 409, "basis-changed", before)


@pytest.mark.parametrize(
    ("actor", "status", "code"),
    [
        ("exporter.officer-1", 403, "not-permitted"),
        ("importer.officer-1", 403, "not-permitted"),
        ("carrier.officer-1", 404, "not-found"),
    ],
)
def test_p4_only_a_lender_approves(stage: Stage, actor: str, status: int, code: str) -> None:
    path, _ = requested(stage)
    before = stage.digest()
    stage.refused(stage.post(actor, f"{path}/approvals"), status, code, before)


def test_facility_that_is_over_is_not_approved(stage: Stage) -> None:
    path, _ = requested(stage, state="DECLINED")
    before = stage.digest()
    answer = stage.post("bank.officer-1", f"{path}/approvals")
    stage.refused(answer, 409, "wrong-state", before)


def test_lender_declines(stage: Stage) -> None:
    path, terms = requested(stage)
    assert stage.post("fintech.officer-1", f"{path}:decline").status_code == 202
    assert stage.queued()[-1] == Decline(terms=terms)


def test_regulator_holds_and_lets_go_again_and_again(stage: Stage) -> None:
    path, terms = requested(stage)
    financing_id = FinancingId(bytes.fromhex(path.rpartition("0x")[2]))
    before = stage.digest()
    answer = stage.post("bank.officer-1", f"{path}:hold")
    stage.refused(answer, 403, "not-permitted", before)
    for held, verb, call in ((False, "hold", PlaceHold), (True, "lift-hold", LiftHold)) * 2:
        with stage.world.store.transaction() as session:
            session.get_one(Facility, financing_id).held = held
        wrong = "lift-hold" if verb == "hold" else "hold"
        assert stage.post("regulator.officer-1", f"{path}:{wrong}").status_code == 409
        assert stage.post("regulator.officer-1", f"{path}:{verb}").status_code == 202
        assert stage.queued()[-1] == call(terms=terms)
        stage.settle()


def test_release_asks_the_chain_beforehand_and_leaves_no_trace_without_it(stage: Stage) -> None:
    path, _ = requested(stage, state="FUNDED")
    before = stage.digest()
    answer = stage.post("exporter", f"{path}/tranches/0:release")
    stage.refused(answer, 503, "unavailable", before)


def test_p1_release_of_what_is_released_is_refused(stage: Stage) -> None:
    path, _ = requested(stage, state="RELEASED")
    financing_id = bytes.fromhex(path.rpartition("0x")[2])
    with stage.world.store.transaction() as session:
        session.get_one(Tranche, (financing_id, 0)).state = "RELEASED"
    before = stage.digest()
    answer = stage.post("exporter", f"{path}/tranches/0:release")
    assert "RELEASED" in stage.refused(answer, 409, "wrong-state", before)


def test_p1_release_while_the_worker_asks_for_it_is_refused(stage: Stage) -> None:
    path, terms = requested(stage, state="FUNDED")
    stage.insert(
        Outbox(
            key=f"release:{path.rpartition('0x')[2]}:0@100:abc",
            operation_id="release",
            verb="Financing.request",
            sender=bytes(20),
            target=bytes(20),
            calldata=b"",
            created_at=stage.world.clock.now(),
        )
    )
    assert terms
    before = stage.digest()
    answer = stage.post("exporter", f"{path}/tranches/0:release")
    stage.refused(answer, 409, "already-asked", before)


@pytest.mark.parametrize("tranche", ["7", "-1", "x", "16"])
def test_release_of_a_tranche_that_is_none_is_refused(stage: Stage, tranche: str) -> None:
    path, _ = requested(stage, state="FUNDED")
    answer = stage.post("exporter", f"{path}/tranches/{tranche}:release")
    assert answer.status_code in (404, 422)
