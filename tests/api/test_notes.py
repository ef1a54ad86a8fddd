"""Questions and answers about a facility, and why a lender declined: read by two, and no others."""

import pytest

from entrepot.bindings.financing import Decline
from tests.api.dealing import requested
from tests.api.stage import Stage, lei


def texts(stage: Stage, actor: str, path: str) -> list[tuple[str, str]]:
    answer = stage.get(actor, f"{path}/notes")
    assert answer.status_code == 200, answer.text
    return [(each["kind"], each["text"]) for each in answer.json()["items"]]


def test_question_and_answer_are_read_by_these_two_alone(stage: Stage) -> None:
    path, _ = requested(stage)
    before = stage.outbox()
    asked = stage.post("bank.officer-1", f"{path}/notes", json={"text": "Which vessel?"})
    assert asked.status_code in (200, 202), asked.text
    number = asked.json()["result"]["number"]
    answer = {"text": "Meridian Aurora", "answers": number}
    assert stage.post("exporter", f"{path}/notes", json=answer).status_code in (200, 202)
    both = [("QUESTION", "Which vessel?"), ("ANSWER", "Meridian Aurora")]
    assert texts(stage, "bank.officer-2", path) == both
    assert texts(stage, "exporter", path) == both
    assert texts(stage, "regulator.officer-1", path) == both
    assert texts(stage, "fintech.officer-1", path) == []
    assert texts(stage, "importer", path) == []
    assert stage.outbox() == before, "nothing of it goes to the chain"


def test_officer_who_wrote_is_told_to_their_own_participant_only(stage: Stage) -> None:
    path, _ = requested(stage)
    stage.post("bank.officer-1", f"{path}/notes", json={"text": "Which vessel?"})
    [own] = stage.get("bank.officer-2", f"{path}/notes").json()["items"]
    [other] = stage.get("exporter", f"{path}/notes").json()["items"]
    assert own["officer"] is not None
    assert other["officer"] is None
    assert other["author"]["lei"] == lei("bank")


@pytest.mark.parametrize(
    ("actor", "body", "status"),
    [
        ("exporter", {"text": "Hello?"}, 403),
        ("importer", {"text": "Which vessel?"}, 403),
        ("bank.officer-1", {"text": "An answer", "answers": 1}, 403),
        ("exporter", {"text": "To nothing", "answers": 2}, 404),
        ("carrier", {"text": "Which vessel?"}, 404),
        ("bank.officer-1", {"text": ""}, 422),
        ("bank.officer-1", {"text": "x" * 501}, 422),
    ],
)
def test_who_may_not_write_writes_nothing(
    stage: Stage, actor: str, body: dict[str, object], status: int
) -> None:
    path, _ = requested(stage)
    stage.post("bank.officer-1", f"{path}/notes", json={"text": "Which vessel?"})
    assert stage.post(actor, f"{path}/notes", json=body).status_code == status
    assert len(texts(stage, "regulator.officer-1", path)) == 1


def test_reason_for_declining_is_kept_once_for_the_exporter(stage: Stage) -> None:
    path, terms = requested(stage)
    reason = {"reason": "the limit for this buyer is used up"}
    for _ in range(2):
        assert stage.post("fintech.officer-1", f"{path}:decline", json=reason).status_code == 202
    assert stage.queued()[-1] == Decline(terms=terms)
    assert texts(stage, "exporter", path) == [("DECLINED", reason["reason"])]
    assert texts(stage, "bank.officer-1", path) == []
