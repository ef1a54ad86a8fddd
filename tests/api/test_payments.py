"""Payments, deposits and policies at the door (P1, P4, P6)."""

from typing import Any

import pytest

from entrepot.bindings.financing import (
    Repay,
    SetBands,
    SetLimit,
    SetSandboxCap,
)
from entrepot.bindings.settlement_token import Approve as Allow
from entrepot.bindings.settlement_token import Mint
from tests.api.dealing import USD, requested
from tests.api.stage import Stage, address_of, contract_at, lei, member


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
    stage.refused(answer, 409, "already-asked", before)


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
    stage.refused(answer, 422, code, before)


def test_nothing_is_repaid_before_anything_is_released(stage: Stage) -> None:
    path, _ = requested(stage)
    before = stage.digest()
    body = {"amount": {"amount": "5.00", "currency": USD}, "reference": "VDM-1"}
    answer = stage.post("importer.officer-1", f"{path}/repayments", json=body)
    stage.refused(answer, 409, "wrong-state", before)


def deposit(stage: Stage, actor: str, amount: str = "10.00", currency: str = USD) -> Any:
    body = {
        "participant": lei("fintech"),
        "amount": {"amount": amount, "currency": currency},
        "rail_reference": "HBK-IN-1",
    }
    return stage.post(actor, "/v1/deposits", json=body)


def test_bank_issues_its_own_deposits_once_a_rail_reference(stage: Stage) -> None:
    assert deposit(stage, "bank.officer-1").status_code == 202
    call = stage.queued()[-1]
    assert isinstance(call, Mint)
    assert (call.to, call.amount) == (member("fintech"), 1_000)
    assert b"HBK-IN-1" not in stage.outbox()[0].calldata
    before = stage.digest()
    stage.refused(deposit(stage, "bank.officer-1", "20.00"), 409, "already-asked", before)
    stage.refused(deposit(stage, "fintech.officer-1"), 403, "not-permitted", before)
    stage.refused(deposit(stage, "bank.officer-1", currency="EUR"), 403, "not-permitted", before)


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
    stage.refused(answer, 403, "not-permitted", before)
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
        [
            {"up_to": {"amount": "5.00", "currency": USD}, "approvals": 3},
            {"up_to": {"amount": "6.00", "currency": USD}, "approvals": 2},
        ],
    ],
)
def test_p4_bands_never_ask_for_fewer_than_two(stage: Stage, bands: Any) -> None:
    before = stage.digest()
    body = {"currency": USD, "bands": bands}
    answer = stage.post("bank.officer-1", "/v1/approval-bands", json=body)
    assert answer.status_code == 422
    assert stage.digest() == before
