"""A lender holds a release before it is signed: who may, what others are told, what is refused."""

from typing import Any

import pytest

from entrepot.store.holds import release_stem
from entrepot.store.outbox import Intent, enqueue
from entrepot.store.tables import Outbox
from tests.api.dealing import requested
from tests.api.stage import Stage, contract_at, lei

WHY = {"reason": "the customer's account is being looked into"}
ON = {"reason": "nothing was found"}


def act(stage: Stage, actor: str, path: str, verb: str = "hold", **request: Any) -> Any:
    request.setdefault("json", ON if verb == "resume" else WHY)
    return stage.post(actor, f"{path}/tranches/0:{verb}", **request)


def holds(stage: Stage, actor: str, path: str) -> list[dict[str, Any]]:
    answer = stage.get(actor, f"{path}/release-holds")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def standing(stage: Stage, actor: str, path: str) -> list[str]:
    """Who holds the tranche, as its conditions and the list of releases have it."""
    [tranche] = stage.get(actor, f"{path}/conditions").json()["items"]
    listed = stage.get(actor, "/v1/releases").json()["items"]
    told = [each["holder"]["lei"] for each in tranche["holds"]]
    assert told == [each["holder"]["lei"] for one in listed for each in one["holds"]]
    return told


def ask(stage: Stage, path: str) -> None:
    """As the worker does when the conditions are met."""
    stem = release_stem(bytes.fromhex(path.rpartition("0x")[2]), 0)
    intent = Intent(
        key=f"{stem}1:ab",
        operation_id="release-x",
        verb="Financing.release",
        sender=bytes(20),
        target=contract_at("Financing"),
        calldata=b"",
    )
    with stage.world.store.transaction() as session:
        enqueue(session, intent, stage.world.clock.now())


def test_p7_hold_is_told_to_all_and_its_reason_to_the_holders_people(stage: Stage) -> None:
    path, _ = requested(stage, state="FUNDED")
    before = stage.outbox()
    answer = act(stage, "bank.officer-1", path)
    assert answer.status_code == 200, answer.text
    assert answer.json()["status"] == "succeeded"
    assert stage.outbox() == before, "nothing of it goes to the chain"
    for own in ("bank.officer-2", "regulator.officer-1"):
        [hold] = holds(stage, own, path)
        assert (hold["officer"], hold["reason"]) == ("bank.officer-1", WHY["reason"])
    for other in ("exporter", "importer", "fintech.officer-1"):
        [hold] = holds(stage, other, path)
        assert hold["holder"]["lei"] == lei("bank")
        assert hold["held_at"] is not None
        assert (hold["officer"], hold["reason"]) == (None, None)
        assert standing(stage, other, path) == [lei("bank")]
    before = stage.digest()
    asked = stage.post("exporter", f"{path}/tranches/0:release")
    assert lei("bank") in stage.refused(asked, 409, "wrong-state", before)


def test_each_lender_lets_go_of_its_own_hold_and_what_was_is_kept(stage: Stage) -> None:
    path, _ = requested(stage, state="FUNDED")
    for lender in ("bank.officer-1", "fintech.officer-1"):
        assert act(stage, lender, path).status_code == 200
    assert standing(stage, "exporter", path) == [lei("bank"), lei("fintech")]
    assert act(stage, "bank.officer-2", path, "resume").status_code == 200
    assert standing(stage, "exporter", path) == [lei("fintech")]
    assert act(stage, "fintech.officer-1", path, "resume").status_code == 200
    assert standing(stage, "exporter", path) == []
    assert act(stage, "bank.officer-2", path).status_code == 200
    told = [(x["number"], x["officer"], x["ended_by"]) for x in holds(stage, "regulator", path)]
    assert told == [
        (1, "bank.officer-1", "bank.officer-2"),
        (2, "fintech.officer-1", "fintech.officer-1"),
        (3, "bank.officer-2", None),
    ]
    assert holds(stage, "bank.officer-1", path)[0]["ended_because"] == ON["reason"]
    assert holds(stage, "exporter", path)[0]["ended_because"] is None


@pytest.mark.parametrize(
    ("actor", "body", "status"),
    [
        ("exporter", WHY, 403),
        ("regulator.officer-1", WHY, 403),
        ("bank.reader", WHY, 403),
        ("carrier.officer-1", WHY, 404),
        ("bank.officer-1", {}, 422),
        ("bank.officer-1", {"reason": "x" * 501}, 422),
    ],
)
def test_who_may_not_hold_holds_nothing(
    stage: Stage, actor: str, body: dict[str, str], status: int
) -> None:
    path, _ = requested(stage, state="FUNDED")
    assert act(stage, actor, path, json=body).status_code == status
    assert holds(stage, "regulator", path) == []


def test_hold_that_changes_nothing_or_comes_too_late_is_refused(stage: Stage) -> None:
    path, _ = requested(stage, state="FUNDED")
    ask(stage, path)
    stage.settle("SIGNED")
    before = stage.digest()
    told = stage.refused(act(stage, "bank.officer-1", path), 409, "wrong-state", before)
    assert told == "the release is SIGNED, and this needs it to be QUEUED, or not asked for yet"
    stage.refused(act(stage, "bank.officer-1", path, "resume"), 409, "wrong-state", before)
    assert stage.post("bank.officer-1", f"{path}/tranches/5:hold", json=WHY).status_code == 404


def test_queued_release_is_taken_back_once_for_a_key(stage: Stage) -> None:
    path, _ = requested(stage, state="FUNDED")
    ask(stage, path)
    before = stage.digest()
    assert act(stage, "bank.officer-1", path, params={"dry_run": "true"}).status_code == 200
    assert stage.digest() == before
    key = {"Idempotency-Key": "hold-1"}
    first, again = (act(stage, "bank.officer-1", path, headers=key) for _ in range(2))
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    before = stage.digest()
    stage.refused(act(stage, "bank.officer-1", path), 409, "wrong-state", before)
    row: Outbox = stage.outbox()[-1]
    assert (row.state, row.error) == ("FAILED", {"name": "Held"})
    assert len(holds(stage, "bank.officer-1", path)) == 1
