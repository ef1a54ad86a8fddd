"""Prefer: wait, and what an operation tells of itself."""

import threading
import time
from typing import Any

import pytest

from tests.api.stage import HEAD, Stage, lei

LIMIT = {"exporter": lei("exporter"), "limit": {"amount": "1000.00", "currency": "USD"}}


def set_limit(stage: Stage, prefer: str) -> Any:
    return stage.post("bank.officer-1", "/v1/limits", json=LIMIT, headers={"Prefer": prefer})


def soon(action: Any) -> threading.Thread:
    thread = threading.Timer(0.2, action)
    thread.start()
    return thread


def test_wait_until_it_is_mined_and_indexed(stage: Stage) -> None:
    thread = soon(lambda: stage.settle("MINED"))
    answer = set_limit(stage, "wait=10")
    thread.join()
    assert answer.status_code == 200
    assert answer.headers["preference-applied"] == "wait=10"
    [transaction] = answer.json()["transactions"]
    assert (transaction["status"], transaction["block"]) == ("MINED", HEAD)


def test_wait_when_mined_but_not_yet_indexed_goes_on(stage: Stage) -> None:
    thread = soon(lambda: stage.settle("MINED", block=HEAD + 1))
    answer = set_limit(stage, "wait=1")
    thread.join()
    assert (answer.status_code, answer.json()["status"]) == (202, "pending")


def test_wait_when_refused_tells_the_contracts_own_reason(stage: Stage) -> None:
    error = {
        "contract": "Financing",
        "name": "Financing_ConditionsNotMet",
        "arguments": {
            "tranche": "0",
            "conditions": {"unmet": str(1 << 6), "missing": "3", "missing_twice": "0"},
        },
    }
    thread = soon(lambda: stage.settle("FAILED", **error))
    answer = set_limit(stage, "wait=10")
    thread.join()
    told = answer.json()
    assert (answer.status_code, told["code"]) == (409, "financing-conditions-not-met")
    assert told["contract_error"] == error
    assert told["detail"] == "not met: EVIDENCE; missing PURCHASE_ORDER, INVOICE"
    assert told["mend"]


def test_wait_when_nothing_happens_ends_in_time(stage: Stage) -> None:
    started = time.monotonic()
    answer = set_limit(stage, "wait=1")
    assert answer.status_code == 202
    assert answer.headers["retry-after"] == "1"
    assert 0.5 < time.monotonic() - started < 5


@pytest.mark.parametrize(
    "prefer", ["", "respond-async", "wait=", "wait=-1", "wait=x", "handling=lax"]
)
def test_other_preferences_are_not_waited_for(stage: Stage, prefer: str) -> None:
    started = time.monotonic()
    assert set_limit(stage, prefer).status_code == 202
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("QUEUED", "pending"),
        ("SIGNED", "pending"),
        ("SENT", "pending"),
        ("MINED", "succeeded"),
        ("FINAL", "succeeded"),
        ("FAILED", "failed"),
        ("REVERTED", "failed"),
    ],
)
def test_operation_tells_where_it_is(stage: Stage, state: str, status: str) -> None:
    operation_id = set_limit(stage, "").json()["operation_id"]
    stage.settle(state, name="Reverted")
    answer = stage.get("bank.officer-2", f"/v1/operations/{operation_id}")
    assert (answer.status_code, answer.json()["status"]) == (200, status)
    assert (answer.json()["error"] is None) == (status != "failed")
    if status == "failed":
        assert answer.json()["error"]["status"] == 409


def test_p7_operation_of_another_is_not_found(stage: Stage) -> None:
    operation_id = set_limit(stage, "").json()["operation_id"]
    assert stage.get("fintech", f"/v1/operations/{operation_id}").status_code == 404
