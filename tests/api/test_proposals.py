"""Policies changed by two persons: proposed, confirmed or not, in force from a date."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from entrepot.bindings.financing import SetBands
from entrepot.kit.clock import to_unix
from entrepot.store.tables import ApprovalBands, Block, Passkey, Person
from tests.api.offering import (
    ask_quote,
    changed,
    propose,
    proposed,
    published,
    quoted,
    say,
)
from tests.api.stage import HEAD, NOW, Stage, address_of, member

FEBRUARY = "2027-02-01T00:00:00Z"
LATER = to_unix(NOW + timedelta(days=73))


def usd(amount: str, approvals: int) -> dict[str, Any]:
    return {"up_to": {"amount": amount, "currency": "USD"}, "approvals": approvals}


STRICTER = {"currency": "USD", "bands": [usd("500000.00", 3), usd("9000000.00", 4)]}


def bands_stand(stage: Stage, *bands: tuple[int, int], lender: str = "bank") -> None:
    """As the chain has told them."""
    row = ApprovalBands(lender=member(lender), currency="USD", stream=member(lender))
    row.bands = [[str(up_to), str(approvals)] for up_to, approvals in bands]
    stage.insert(row)


def told(stage: Stage, proposal_id: str) -> dict[str, Any]:
    return dict(stage.get("bank", f"/v1/policy-proposals/{proposal_id}").json())


def state(stage: Stage, proposal_id: str) -> str:
    return str(told(stage, proposal_id)["state"])


def time_comes(stage: Stage, at: int = LATER) -> None:
    stage.insert(Block(number=HEAD + 1, hash=b"later", parent_hash=bytes(32), timestamp=at))


def test_bands_are_shown_beside_what_they_are_to_be_and_set_when_confirmed(stage: Stage) -> None:
    bands_stand(stage, (50_000_000, 2), (900_000_000, 3))
    proposal_id = proposed(stage, approval_bands=STRICTER)
    assert stage.outbox() == []
    found = told(stage, proposal_id)
    assert (found["state"], found["proposed_by"]) == ("OPEN", "bank.officer-1")
    assert found["changes"] == [
        {"field": "bands.1.approvals", "before": "2", "after": "3"},
        {"field": "bands.2.approvals", "before": "3", "after": "4"},
    ]

    assert say(stage, proposal_id, "confirm", reason="Checked").status_code == 202
    call = stage.call()
    assert isinstance(call, SetBands)
    assert [(band.up_to, band.approvals) for band in call.bands] == [
        (50_000_000, 3),
        (900_000_000, 4),
    ]
    [row] = stage.outbox()
    assert (row.sender, row.not_before) == (address_of("bank.officer-2"), None)
    assert state(stage, proposal_id) == "SCHEDULED"
    stage.settle()
    bands_stand(stage, (50_000_000, 3), (900_000_000, 4))
    found = told(stage, proposal_id)
    assert (found["state"], found["decided_by"]) == ("IN_FORCE", "bank.officer-2")
    assert found["decision_reason"] == "Checked"


def test_bands_wait_for_their_date_by_the_chains_clock(stage: Stage) -> None:
    proposal_id = proposed(stage, approval_bands=STRICTER, effective_at=FEBRUARY)
    say(stage, proposal_id, "confirm")
    [row] = stage.outbox()
    assert row.not_before == LATER - 12 * 3600
    found = told(stage, proposal_id)
    assert (found["state"], found["effective_at"]) == ("SCHEDULED", FEBRUARY)
    next_one = told(stage, proposed(stage, approval_bands={**STRICTER, "bands": [usd("5.00", 5)]}))
    assert next_one["changes"][0] == {
        "field": "bands.1.up_to",
        "before": "USD 500000.00",
        "after": "USD 5.00",
    }, "compared with what is to stand by then"


def test_bands_for_a_later_date_do_not_come_over_those_that_were_confirmed_after(
    stage: Stage,
) -> None:
    later = proposed(stage, approval_bands=STRICTER, effective_at=FEBRUARY)
    say(stage, later, "confirm")
    strictest = {**STRICTER, "bands": [usd("9000000.00", 5)]}
    last = proposed(stage, approval_bands=strictest, effective_at="2027-03-01T00:00:00Z")
    say(stage, last, "confirm")
    assert [row.cancel for row in stage.outbox()] == [False, False], "one after the other"
    at_once = proposed(stage, approval_bands={**STRICTER, "bands": [usd("5.00", 3)]})
    say(stage, at_once, "confirm")
    assert [row.cancel for row in stage.outbox()] == [True, True, False]
    found = [state(stage, each) for each in (later, last, at_once)]
    assert found == ["SUPERSEDED", "SUPERSEDED", "SCHEDULED"]


def test_what_the_chain_refuses_is_told_and_can_be_proposed_anew(stage: Stage) -> None:
    proposal_id = proposed(stage, approval_bands=STRICTER)
    say(stage, proposal_id, "confirm")
    stage.settle("REVERTED")
    assert state(stage, proposal_id) == "FAILED"
    assert say(stage, proposed(stage, approval_bands=STRICTER), "confirm").status_code == 202


def test_offer_is_quoted_as_before_until_the_date_and_as_changed_from_then(stage: Stage) -> None:
    order_id, consent_id, _ = quoted(stage)
    change = {"interest_bps": 700, "valid_until": FEBRUARY}
    proposal_id = proposed(stage, offer=change, effective_at="2026-12-01T00:00:00Z")

    def interest() -> Any:
        [offer] = ask_quote(stage, order_id, consent_id).json()["offers"]
        return offer["version"], offer["interest_bps"]

    assert interest() == (1, 650), "proposed alone changes nothing"
    assert told(stage, proposal_id)["changes"] == [
        {"field": "interest_bps", "before": "650", "after": "700"},
        {"field": "valid_until", "before": "2027-06-30T00:00:00Z", "after": FEBRUARY},
    ]
    assert say(stage, proposal_id, "confirm").json()["result"]["version"] == 2
    assert interest() == (1, 650), "its date is ahead"
    assert state(stage, proposal_id) == "SCHEDULED"
    time_comes(stage, to_unix(NOW + timedelta(days=11)))
    assert interest() == (2, 700)
    assert state(stage, proposal_id) == "IN_FORCE"
    third = proposed(stage, offer={"interest_bps": 600})
    say(stage, third, "confirm")
    assert (state(stage, proposal_id), state(stage, third)) == ("SUPERSEDED", "IN_FORCE")


def test_p4_nobody_confirms_or_declines_their_own(stage: Stage) -> None:
    proposal_id = proposed(stage, approval_bands=STRICTER)
    before = stage.digest()
    for word, body in (("confirm", {}), ("decline", {"reason": "No"})):
        answer = say(stage, proposal_id, word, "bank.officer-1", **body)
        assert "you proposed this" in stage.refused(answer, 403, "not-permitted", before)


def test_p4_nobody_confirms_their_own_by_another_key(stage: Stage) -> None:
    """One person, whose login in the console goes with the one key, and whose passkey with it."""
    stage.insert(
        Person(
            person_id=b"one",
            participant_id=member("bank"),
            label="one",
            key_address=address_of("bank.officer-1"),
            created_at=NOW,
        ),
        Passkey(
            credential_id=b"theirs",
            person_id=b"one",
            public_key=b"",
            signer=address_of("bank.officer-2"),
            sign_count=0,
            created_at=NOW,
        ),
    )
    proposal_id = proposed(stage, approval_bands=STRICTER)
    before = stage.digest()
    stage.refused(say(stage, proposal_id, "confirm"), 403, "not-permitted", before)


def test_proposal_of_a_policy_that_has_changed_is_not_confirmed(stage: Stage) -> None:
    published(stage)
    first, second = (proposed(stage, offer={"interest_bps": bps}) for bps in (700, 800))
    of_bands = proposed(stage, approval_bands=STRICTER)
    say(stage, second, "confirm")
    bands_stand(stage, (1_000, 5))
    before = stage.digest()
    for proposal_id in (first, of_bands):
        assert state(stage, proposal_id) == "OVERTAKEN"
        answer = say(stage, proposal_id, "confirm")
        assert "has changed since" in stage.refused(answer, 409, "policy-overtaken", before)
    assert say(stage, first, "decline", reason="Too late").status_code == 200


def test_declined_and_withdrawn_proposals_stay_so(stage: Stage) -> None:
    declined, withdrawn = (proposed(stage, approval_bands=STRICTER) for _ in range(2))
    assert say(stage, declined, "decline", reason="The board said three").status_code == 200
    before = stage.digest()
    answer = say(stage, withdrawn, "withdraw")
    assert "somebody else" in stage.refused(answer, 403, "not-permitted", before)
    assert say(stage, withdrawn, "withdraw", "bank.officer-1").status_code == 200
    before = stage.digest()
    for proposal_id in (declined, withdrawn):
        stage.refused(say(stage, proposal_id, "confirm"), 409, "wrong-state", before)
    found = [told(stage, each) for each in (declined, withdrawn)]
    assert [each["state"] for each in found] == ["DECLINED", "WITHDRAWN"]
    assert found[0]["decision_reason"] == "The board said three"
    listed = stage.get("bank", "/v1/policy-proposals", params={"limit": 1}).json()
    rest = stage.get("bank", "/v1/policy-proposals", params={"after": listed["next"]}).json()
    assert [each["number"] for each in (*listed["items"], *rest["items"])] == [2, 1]


def test_of_two_who_confirm_at_once_one_is_told_that_it_is_done(stage: Stage) -> None:
    proposal_id = proposed(stage, approval_bands=STRICTER)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: say(stage, proposal_id, "confirm"), range(2)))
    assert sorted(answer.status_code for answer in answers) == [202, 409]
    assert len(stage.outbox()) == 1


def test_p4_bands_that_stand_are_not_changed_by_one_alone(stage: Stage) -> None:
    assert stage.post("bank.officer-1", "/v1/approval-bands", json=STRICTER).status_code == 202
    bands_stand(stage, (50_000_000, 3), (900_000_000, 4))
    before = stage.digest()
    looser = {**STRICTER, "bands": [usd("9000000.00", 2)]}
    answer = stage.post("bank.officer-1", "/v1/approval-bands", json=looser)
    stage.refused(answer, 409, "two-persons-needed", before)


@pytest.mark.parametrize(
    ("body", "status", "code", "why"),
    [
        ({}, 422, "invalid-input", "exactly one"),
        ({"approval_bands": STRICTER, "offer": {}}, 422, "invalid-input", "exactly one"),
        (
            {"approval_bands": STRICTER, "effective_at": "2026-11-19T23:59:59Z"},
            422,
            "invalid-input",
            "this day is over",
        ),
        (
            {"approval_bands": {**STRICTER, "bands": [usd("5.00", 3), usd("6.00", 2)]}},
            422,
            "invalid-input",
            "no fewer",
        ),
        ({"offer": {"reference": "UNKNOWN"}}, 404, "not-found", "offer"),
        ({"offer": {"platform_share_bps": 2001}}, 422, "invalid-input", "platform_share_bps"),
        ({"offer": {}}, 409, "conflict", "nothing would change"),
        ({"offer": {}, "effective_at": "2027-07-01T00:00:00Z"}, 422, "invalid-input", "valid_from"),
    ],
)
def test_what_could_not_be_confirmed_is_not_proposed(
    stage: Stage, body: dict[str, Any], status: int, code: str, why: str
) -> None:
    published(stage)
    before = stage.digest()
    assert why in stage.refused(propose(stage, **body), status, code, before)


def test_today_is_not_in_the_past(stage: Stage) -> None:
    published(stage)
    assert changed(stage, "2026-11-20T00:00:00Z", interest_bps=700) == 2
    offers = stage.get("bank", "/v1/offers").json()["items"]
    assert offers[-1]["valid_from"] == "2026-11-20T12:00:00Z", "never from before it was confirmed"


def test_proposals_are_for_those_who_may_decide_for_a_lender(stage: Stage) -> None:
    before = stage.digest()
    answer = propose(stage, "importer.officer-1", approval_bands=STRICTER)
    stage.refused(answer, 403, "not-permitted", before)
    answer = propose(stage, "bank", approval_bands=STRICTER)
    stage.refused(answer, 403, "scope-missing", before)
