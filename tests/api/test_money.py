"""Facilities, approvals, payments and policies at the door (P1, P2, P4)."""

from dataclasses import replace
from typing import Any, cast

import pytest

from entrepot.bindings.evidence import EvidenceState
from entrepot.bindings.evidence_kinds import EvidenceKind, KindSet
from entrepot.bindings.financing import (
    Approve,
    Decline,
    LiftHold,
    PlaceHold,
    Repay,
    Request,
    SetBands,
    SetLimit,
    SetSandboxCap,
)
from entrepot.bindings.financings import FinancingTerms
from entrepot.bindings.ids import EvidenceId, FinancingId
from entrepot.bindings.settlement_token import Approve as Allow
from entrepot.bindings.settlement_token import Mint
from entrepot.chain import ids
from entrepot.chain.signer import LocalSigner
from entrepot.devnet import cast as members
from entrepot.kit.abi import to_plain
from entrepot.store.tables import EvidenceItem, Facility, FacilityLender, Outbox, Tranche
from tests.api.stage import CHAIN_ID, HEAD, Stage, address_of, contract_at, input_file, lei, member

USD = "USD"
ASKED: dict[str, Any] = {
    "reference": "FAC-2026-0311",
    "settlement_bank": lei("bank"),
    "interest_bps": 650,
    "penalty_bps": 300,
    "fee_bps": 25,
    "reserve_bps": 500,
    "platform": lei("fintech"),
    "platform_share_bps": 2000,
    "day_count": "ACT_360",
    "matures_at": "2027-01-20T00:00:00Z",
    "grace_days": 5,
    "recourse": True,
    "lenders": [
        {"participant": lei("bank"), "funding_bps": 6000, "loss_bps": 5000},
        {"participant": lei("fintech"), "funding_bps": 4000, "loss_bps": 5000},
    ],
    "tranches": [
        {
            "amount": {"amount": "256800.00", "currency": USD},
            "required": ["INVOICE"],
            "required_twice": [],
            "blocking": ["FRAUD_ALERT"],
            "title_pledged": False,
            "not_before": "2026-11-02T00:00:00Z",
            "expires_at": "2026-12-01T00:00:00Z",
        }
    ],
}


def invoiced(stage: Stage) -> bytes:
    """An accepted order with its invoice recorded."""
    order_id = stage.order()
    path = f"/v1/orders/0x{order_id.hex()}/documents"
    stage.post("exporter", path, data={"kind": "INVOICE"}, files=input_file("invoice.xml"))
    stage.record()
    return order_id


def ask(stage: Stage, order_id: bytes, **change: Any) -> Any:
    body = {"order_id": f"0x{order_id.hex()}", **ASKED, **change}
    return stage.post("exporter", "/v1/facilities", json=body)


def requested(stage: Stage, state: str = "REQUESTED", **change: Any) -> tuple[str, FinancingTerms]:
    """A facility as the chain would tell it, and its path."""
    order_id = invoiced(stage)
    ask(stage, order_id)
    call = cast("Request", stage.calls()[-1])
    terms = replace(call.terms, **change)
    financing_id = ids.financing_id(
        CHAIN_ID, contract_at("Financing"), terms.order_id, terms.natural_key
    )
    stage.settle()
    with stage.world.store.reading() as session:
        items = [session.get_one(EvidenceItem, each) for each in terms.basis]
    root = ids.document_root(
        [(EvidenceId(i.evidence_id), EvidenceState[i.state], i.commitment) for i in items]
    )
    stage.insert(
        Facility(
            financing_id=financing_id,
            stream=order_id,
            order_id=order_id,
            state=state,
            exporter=member("exporter"),
            terms=to_plain(terms),
            terms_hash=ids.terms_hash(terms),
            document_root=root,
            token=terms.token,
            corridor="CNNL",
            currency=USD,
            title_id=bytes(32),
            requested_block=HEAD,
        ),
        *(
            FacilityLender(
                financing_id=financing_id,
                lender=share.lender,
                stream=order_id,
                position=position,
                funding_bps=share.funding_bps,
                loss_bps=share.loss_bps,
            )
            for position, share in enumerate(terms.lenders)
        ),
        Tranche(
            financing_id=financing_id,
            position=0,
            stream=order_id,
            state="PENDING",
            amount_minor=terms.tranches[0].amount,
            required=terms.tranches[0].required,
            required_twice=0,
            blocking=0,
            title_pledged=False,
            not_before=0,
            expires_at=0,
        ),
    )
    return f"/v1/facilities/0x{financing_id.hex()}", terms


def refused(stage: Stage, answer: Any, status: int, code: str, before: dict[str, str]) -> str:
    told = answer.json()
    assert (answer.status_code, told["code"]) == (status, code), answer.text
    assert stage.digest() == before
    return str(told["detail"])


def last(stage: Stage) -> Any:
    return stage.calls()[-1]


# asking


def test_request_carries_the_goods_and_the_basis(stage: Stage) -> None:
    order_id = invoiced(stage)
    answer = ask(stage, order_id)
    assert answer.status_code == 202, answer.text
    call = last(stage)
    assert isinstance(call, Request)
    assert call.terms.token == contract_at("SettlementToken")
    assert call.terms.tranches[0].required == KindSet(1 << EvidenceKind.INVOICE)
    assert len(call.terms.asset_keys) == 2, "the order's key and the invoice's"
    assert len(call.terms.basis) == 1
    result = answer.json()["result"]
    assert result["basis"] == ["0x" + call.terms.basis[0].hex()]


def test_p2_request_of_another_exporter_for_the_same_invoice_has_its_key(stage: Stage) -> None:
    """The key depends on seller and number alone, so that any bank meets it again."""
    ask(stage, invoiced(stage))
    invoice_key = last(stage).terms.asset_keys[1]
    stage.reset()
    ask(stage, invoiced(stage), reference="ANOTHER-FACILITY")
    assert last(stage).terms.asset_keys[1] == invoice_key


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
    assert word in refused(stage, answer, 404 if code == "not-found" else 422, code, before)


@pytest.mark.parametrize("state", ["PLACED", "DISPUTED", "CANCELLED"])
def test_request_on_an_order_that_is_not_accepted_is_refused(stage: Stage, state: str) -> None:
    order_id = stage.order(state=state)
    before = stage.digest()
    refused(stage, ask(stage, order_id), 409, "wrong-state", before)


# approving


def test_p4_approval_is_the_officers_own_signature_over_the_digest(stage: Stage) -> None:
    path, terms = requested(stage)
    answer = stage.post("bank.officer-1", f"{path}/approvals")
    assert answer.status_code == 202, answer.text
    call = last(stage)
    assert isinstance(call, Approve)
    assert call.terms == terms
    assert call.signer == address_of("bank.officer-1")
    result = answer.json()["result"]
    signer = LocalSigner(members.secret_of("bank.officer-1"))
    assert call.signature == signer.sign_digest(bytes.fromhex(result["digest"][2:]))
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
    refused(stage, answer, 409, "asset-keys-differ", before)


def test_p3_officer_signs_nothing_when_a_document_was_withdrawn(stage: Stage) -> None:
    path, terms = requested(stage)
    stage.withdraw(terms.basis[0])
    before = stage.digest()
    answer = stage.post("bank.officer-1", f"{path}/approvals")
    refused(stage, answer, 409, "basis-changed", before)


def test_officer_signs_nothing_but_what_was_on_the_screen(stage: Stage) -> None:
    path, _ = requested(stage)
    before = stage.digest()
    answer = stage.post("bank.officer-1", f"{path}/approvals", json={"digest": "0x" + "d1" * 32})
    refused(stage, answer, 409, "basis-changed", before)


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
    refused(stage, stage.post(actor, f"{path}/approvals"), status, code, before)


def test_facility_that_is_over_is_not_approved(stage: Stage) -> None:
    path, _ = requested(stage, state="DECLINED")
    before = stage.digest()
    answer = stage.post("bank.officer-1", f"{path}/approvals")
    refused(stage, answer, 409, "wrong-state", before)


def test_lender_declines(stage: Stage) -> None:
    path, terms = requested(stage)
    assert stage.post("fintech.officer-1", f"{path}:decline").status_code == 202
    assert last(stage) == Decline(terms=terms)


def test_regulator_holds_and_lets_go_again_and_again(stage: Stage) -> None:
    path, _ = requested(stage)
    financing_id = FinancingId(bytes.fromhex(path.rpartition("0x")[2]))
    before = stage.digest()
    answer = stage.post("bank.officer-1", f"{path}:hold")
    refused(stage, answer, 403, "not-permitted", before)
    for held, verb, call in ((False, "hold", PlaceHold), (True, "lift-hold", LiftHold)) * 2:
        with stage.world.store.transaction() as session:
            session.get_one(Facility, financing_id).held = held
        wrong = "lift-hold" if verb == "hold" else "hold"
        assert stage.post("regulator.officer-1", f"{path}:{wrong}").status_code == 409
        assert stage.post("regulator.officer-1", f"{path}:{verb}").status_code == 202
        assert last(stage) == call(financing_id=financing_id)
        stage.settle()


# releasing


def test_release_asks_the_chain_beforehand_and_leaves_no_trace_without_it(stage: Stage) -> None:
    path, _ = requested(stage, state="FUNDED")
    before = stage.digest()
    answer = stage.post("exporter", f"{path}/tranches/0:release")
    refused(stage, answer, 503, "unavailable", before)


def test_p1_release_of_what_is_released_is_refused(stage: Stage) -> None:
    path, _ = requested(stage, state="RELEASED")
    financing_id = bytes.fromhex(path.rpartition("0x")[2])
    with stage.world.store.transaction() as session:
        session.get_one(Tranche, (financing_id, 0)).state = "RELEASED"
    before = stage.digest()
    answer = stage.post("exporter", f"{path}/tranches/0:release")
    assert "RELEASED" in refused(stage, answer, 409, "wrong-state", before)


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
    refused(stage, answer, 409, "already-asked", before)


@pytest.mark.parametrize("tranche", ["7", "-1", "x", "16"])
def test_release_of_a_tranche_that_is_none_is_refused(stage: Stage, tranche: str) -> None:
    path, _ = requested(stage, state="FUNDED")
    answer = stage.post("exporter", f"{path}/tranches/{tranche}:release")
    assert answer.status_code in (404, 422)


# paying


def test_repayment_allows_first_and_then_pays(stage: Stage) -> None:
    path, terms = requested(stage, state="RELEASED")
    body = {"amount": {"amount": "1000.00", "currency": USD}, "reference": "VDM-1"}
    answer = stage.post("importer.officer-1", f"{path}/repayments", json=body)
    assert answer.status_code == 202, answer.text
    allow, pay = stage.calls()[-2:]
    assert allow == Allow(spender=contract_at("Financing"), value=100_000)
    assert isinstance(pay, Repay)
    assert (pay.terms, pay.amount) == (terms, 100_000)
    allowed, paid = stage.outbox()[-2:]
    assert allowed.sender == address_of("importer.treasury")
    assert paid.sender == address_of("importer.officer-1")
    assert allowed.operation_id == paid.operation_id


def test_p6_payment_reference_pays_once(stage: Stage) -> None:
    path, _ = requested(stage, state="RELEASED")
    body = {"amount": {"amount": "1000.00", "currency": USD}, "reference": "VDM-1"}
    first = stage.post("importer.officer-1", f"{path}/repayments", json=body).json()
    again = stage.post("importer.officer-1", f"{path}/repayments", json=body).json()
    assert again["operation_id"] == first["operation_id"]
    before = stage.digest()
    more = {**body, "amount": {"amount": "2000.00", "currency": USD}}
    answer = stage.post("importer.officer-1", f"{path}/repayments", json=more)
    refused(stage, answer, 409, "already-asked", before)


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [("0.00", "USD", "invalid-input"), ("5.00", "EUR", "wrong-currency")],
)
def test_payment_that_is_none_is_refused(
    stage: Stage, amount: str, currency: str, code: str
) -> None:
    path, _ = requested(stage, state="RELEASED")
    before = stage.digest()
    body = {"amount": {"amount": amount, "currency": currency}, "reference": "VDM-1"}
    answer = stage.post("importer.officer-1", f"{path}/repayments", json=body)
    refused(stage, answer, 422, code, before)


def test_nothing_is_repaid_before_anything_is_released(stage: Stage) -> None:
    path, _ = requested(stage)
    before = stage.digest()
    body = {"amount": {"amount": "5.00", "currency": USD}, "reference": "VDM-1"}
    answer = stage.post("importer.officer-1", f"{path}/repayments", json=body)
    refused(stage, answer, 409, "wrong-state", before)


def deposit(stage: Stage, actor: str, amount: str = "10.00", currency: str = USD) -> Any:
    body = {
        "participant": lei("fintech"),
        "amount": {"amount": amount, "currency": currency},
        "rail_reference": "HBK-IN-1",
    }
    return stage.post(actor, "/v1/deposits", json=body)


def test_bank_issues_its_own_deposits_once_a_rail_reference(stage: Stage) -> None:
    assert deposit(stage, "bank.officer-1").status_code == 202
    call = last(stage)
    assert isinstance(call, Mint)
    assert (call.to, call.amount) == (member("fintech"), 1_000)
    assert b"HBK-IN-1" not in stage.outbox()[0].calldata
    before = stage.digest()
    refused(stage, deposit(stage, "bank.officer-1", "20.00"), 409, "already-asked", before)
    refused(stage, deposit(stage, "fintech.officer-1"), 403, "not-permitted", before)
    refused(stage, deposit(stage, "bank.officer-1", currency="EUR"), 403, "not-permitted", before)


# policies


@pytest.mark.parametrize(
    ("actor", "path", "body", "kind"),
    [
        (
            "bank.officer-1",
            "limits",
            {"exporter": lei("exporter"), "limit": {"amount": "0.00", "currency": USD}},
            SetLimit,
        ),
        (
            "regulator.officer-1",
            "sandbox-caps",
            {
                "origin": "CN",
                "destination": "NL",
                "cap": {"amount": "5.00", "currency": USD},
                "ends_at": "2027-12-31T00:00:00Z",
            },
            SetSandboxCap,
        ),
        (
            "bank.officer-1",
            "approval-bands",
            {
                "currency": USD,
                "bands": [{"up_to": {"amount": "5.00", "currency": USD}, "approvals": 2}],
            },
            SetBands,
        ),
    ],
)
def test_policy_is_set_by_whom_it_belongs_to(
    stage: Stage, actor: str, path: str, body: Any, kind: type
) -> None:
    before = stage.digest()
    answer = stage.post("carrier.officer-1", f"/v1/{path}", json=body)
    refused(stage, answer, 403, "not-permitted", before)
    assert stage.post(actor, f"/v1/{path}", json=body).status_code == 202
    assert isinstance(stage.call(), kind)


@pytest.mark.parametrize(
    "bands",
    [
        [],
        [{"up_to": {"amount": "5.00", "currency": "EUR"}, "approvals": 2}],
        [{"up_to": {"amount": "5.00", "currency": USD}, "approvals": 1}],
        [
            {"up_to": {"amount": "5.00", "currency": USD}, "approvals": 2},
            {"up_to": {"amount": "5.00", "currency": USD}, "approvals": 3},
        ],
    ],
)
def test_p4_bands_never_ask_for_fewer_than_two(stage: Stage, bands: Any) -> None:
    before = stage.digest()
    body = {"currency": USD, "bands": bands}
    answer = stage.post("bank.officer-1", "/v1/approval-bands", json=body)
    assert answer.status_code == 422
    assert stage.digest() == before
