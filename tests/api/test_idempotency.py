"""A request that is sent again has its effect once (P6)."""

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from entrepot.kit.clock import ManualClock
from entrepot.store.idempotency import KEPT_FOR, claim
from entrepot.store.tables import IdempotencyRecord, Operation
from tests.api.stage import NOW, Stage, input_file, lei, member

KEY = {"Idempotency-Key": "5d0f7c1e-limit"}


def limit(amount: str = "1000.00") -> dict[str, Any]:
    return {"exporter": lei("exporter"), "limit": {"amount": amount, "currency": "USD"}}


def set_limit(stage: Stage, headers: Mapping[str, Any], amount: str = "1000.00") -> Any:
    return stage.post("bank.officer-1", "/v1/limits", json=limit(amount), headers=headers)


def operations(stage: Stage) -> int:
    with stage.world.store.reading() as session:
        return len(session.exec(select(Operation)).all())


def test_p6_same_key_and_request_has_one_effect(stage: Stage) -> None:
    first, second = set_limit(stage, KEY), set_limit(stage, KEY)
    assert (first.status_code, second.status_code) == (202, 202)
    assert second.json() == first.json()
    assert second.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert len(stage.outbox()) == operations(stage) == 1


def test_without_a_key_a_limit_is_set_each_time(stage: Stage) -> None:
    set_limit(stage, {})
    set_limit(stage, {})
    assert len(stage.outbox()) == 2


def test_p6_same_key_and_another_request_is_refused(stage: Stage) -> None:
    set_limit(stage, KEY)
    before = stage.digest()
    answer = set_limit(stage, KEY, "2000.00")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    assert stage.digest() == before


def test_same_key_on_another_path_is_refused(stage: Stage) -> None:
    set_limit(stage, KEY)
    body = {
        "participant": lei("fintech"),
        "amount": {"amount": "1.00", "currency": "USD"},
        "rail_reference": "R1",
    }
    answer = stage.post("bank.officer-1", "/v1/deposits", json=body, headers=KEY)
    assert answer.json()["code"] == "idempotency-key-reused"


def test_p7_the_same_key_of_another_participant_is_its_own(stage: Stage) -> None:
    set_limit(stage, KEY)
    other = stage.post("fintech.officer-1", "/v1/limits", json=limit(), headers=KEY)
    assert other.status_code == 202
    assert "idempotency-replayed" not in other.headers
    assert len(stage.outbox()) == 2


def test_p6_fifty_equal_requests_at_once_have_one_effect(stage: Stage) -> None:
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: set_limit(stage, KEY), range(50)))
    codes = Counter(answer.status_code for answer in answers)
    assert set(codes) <= {202, 409}, codes
    assert codes[202] >= 1
    assert {a.json()["code"] for a in answers if a.status_code == 409} <= {"idempotency-in-flight"}
    assert len({a.json()["operation_id"] for a in answers if a.status_code == 202}) == 1
    assert len(stage.outbox()) == operations(stage) == 1


def test_p6_fifty_equal_requests_without_a_key_place_one_order(stage: Stage) -> None:
    order_id = stage.order(state="PLACED")
    path = f"/v1/orders/0x{order_id.hex()}:accept"
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: stage.post("importer", path), range(50)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["operation_id"] for answer in answers}) == 1
    assert len(stage.outbox()) == operations(stage) == 1


def test_while_a_twin_is_under_way_the_key_is_taken(stage: Stage) -> None:
    with stage.world.store.transaction() as session:
        assert claim(session, member("bank"), KEY["Idempotency-Key"])
        answer = set_limit(stage, KEY)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency-in-flight")
    assert answer.headers["retry-after"] == "1"
    assert set_limit(stage, KEY).status_code == 202


def test_a_refused_request_may_be_mended_under_its_key(stage: Stage) -> None:
    assert set_limit(stage, KEY, "0.001").status_code == 422
    with stage.world.store.reading() as session:
        assert session.exec(select(IdempotencyRecord)).all() == []
    assert set_limit(stage, KEY, "1.00").status_code == 202


def test_a_multipart_request_is_the_same_whatever_its_boundary(stage: Stage) -> None:
    path = f"/v1/orders/0x{stage.order().hex()}/documents"
    answers = [
        stage.post(
            "exporter",
            path,
            data={"kind": "INVOICE"},
            files=input_file("invoice.xml"),
            headers=KEY,
        )
        for _ in range(2)
    ]
    assert answers[1].json() == answers[0].json()
    assert answers[1].headers["idempotency-replayed"] == "true"


def test_a_replay_tells_what_has_become_of_it(stage: Stage) -> None:
    set_limit(stage, KEY)
    stage.settle("MINED")
    assert (set_limit(stage, KEY)).json()["status"] == "succeeded"


def test_a_replay_of_what_failed_tells_why(stage: Stage) -> None:
    set_limit(stage, KEY)
    stage.settle("FAILED", contract="Participants", name="Participants_KycExpired", arguments={})
    answer = set_limit(stage, KEY)
    assert (answer.status_code, answer.json()["code"]) == (409, "participants-kyc-expired")
    assert len(stage.outbox()) == 1


def test_a_key_is_forgotten_after_seven_days(stage: Stage) -> None:
    with stage.world.store.transaction() as session:
        session.add(
            IdempotencyRecord(
                participant_id=member("bank"),
                key=KEY["Idempotency-Key"],
                request_sha256=bytes(32),
                status=202,
                body={"operation_id": "op_of_long_ago"},
                created_at=NOW - KEPT_FOR,
            )
        )
    answer = set_limit(stage, KEY)
    assert answer.status_code == 202
    assert "idempotency-replayed" not in answer.headers
    assert set_limit(stage, KEY).headers["idempotency-replayed"] == "true"
    assert isinstance(stage.world.clock, ManualClock)
    assert timedelta(days=7) == KEPT_FOR


@pytest.mark.parametrize("key", [b"", b"with space", b"\xe9", b"x" * 256])
def test_a_key_that_is_none_is_refused(stage: Stage, key: bytes) -> None:
    answer = set_limit(stage, {"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-invalid")
    assert stage.outbox() == []
