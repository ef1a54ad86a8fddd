"""Two persons change a policy in the console: what each may do and is shown, and what is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from entrepot.api.schemas.offers import PublishOfferIn
from entrepot.bindings.financing import SetBands
from entrepot.chain.codec import decode_call
from entrepot.chain.deployment import Token
from entrepot.kit.abi import Address
from entrepot.kit.clock import ManualClock
from entrepot.steps import World
from entrepot.steps.submission import offers
from entrepot.steps.submission.caller import Caller
from entrepot.store.tables import ApprovalBands, Outbox
from tests.api.offering import OFFER
from tests.console.desk import open_desk
from tests.console.test_audit import did, entered, form_of
from tests.store.cast import BANK_A, BANK_B, EXPORTER, officer_of, token_of

pytestmark = pytest.mark.postgres

LATER = "2027-02-01"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Where Bank A issues deposits, asks for more to sign beyond half a million, and offers."""
    with open_desk(tmp_path_factory.mktemp("desk")) as (world, _):
        issued = Token(issuer=BANK_A, currency="USD", decimals=2, address=Address(b"\x33" * 20))
        world = replace(world, deployment=replace(world.deployment, tokens=(issued,)))
        with world.store.transaction() as session:
            bands = [["50000000", "2"], ["900000000", "3"]]
            session.add(ApprovalBands(lender=BANK_A, currency="USD", stream=BANK_A, bands=bands))
            offers.publish(world, session, officer(), offered())
        yield world


def officer() -> Caller:
    key = officer_of(BANK_A, 0)
    return Caller(participant_id=BANK_A, key=key, scopes=frozenset({"decide"}), label="Desk")


def offered() -> offers.PublishOffer:
    own = {"participant": BANK_A.decode(), "funding_bps": 10000, "loss_bps": 10000}
    body = {**OFFER, "settlement_bank": BANK_A.decode(), "lenders": [own], "partners": []}
    return PublishOfferIn.model_validate(body).to_command()


def fields_of(page: str) -> dict[str, list[str]]:
    """What a form has in it, by name."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input [^>]*?name="(\w+)"[^>]*? value="([^"]*)"', page):
        found.setdefault(name, []).append(value)
    return found


def proposed(client: TestClient, path: str, **change: object) -> str:
    """Where the proposal is that comes of a form that is filled in otherwise."""
    page = client.get(path)
    asked = {**fields_of(page.text), **form_of(page.text), "reason": "The board", **change}
    answer = client.post(path.partition("?")[0], data=asked)
    assert answer.status_code == 200, answer.text
    return answer.url.path


def proposed_in(client: TestClient, currency: str) -> str:
    """The first bands of a currency, proposed."""
    first = {"currency": currency, "up_to": ["9.00"], "approvals": ["2"]}
    return proposed(client, "/policies/change/bands", **first)


def test_a_colleague_confirms_bands_and_the_ledger_is_asked_on_the_date(world: World) -> None:
    maker, checker = entered(world, token_of(BANK_A)), entered(world, token_of(BANK_A, 1))
    assert "/policies/change/bands?currency=USD" in maker.get("/policies").text
    path = proposed(
        maker,
        "/policies/change/bands?currency=USD",
        effective_on=LATER,
        approvals=["3", "4", "", ""],
    )
    own = maker.get(path).text
    assert "You proposed this" in own
    assert f"{path}/confirm" not in own
    assert maker.post(f"{path}/confirm", data=form_of(own)).status_code == 409

    seen = checker.get(path).text
    assert "Band 2 · Sign-offs" in seen
    assert re.findall(r"<b>(\d)</b>|class=\"was\">(\d)<", seen) == [
        ("", "2"),
        ("3", ""),
        ("", "3"),
        ("4", ""),
    ]
    confirmed = checker.post(f"{path}/confirm", data=form_of(seen) | {"reason": "Checked"})
    assert "Confirmed." in confirmed.text
    assert "scheduled" in confirmed.text
    with world.store.reading() as session:
        [row] = session.exec(select(Outbox).where(Outbox.verb == "Financing.setBands"))
    call = decode_call("Financing", row.calldata)
    assert isinstance(call, SetBands)
    assert [band.approvals for band in call.bands] == [3, 4]
    assert (row.sender, row.not_before) == (officer_of(BANK_A, 1), 1_801_440_000)
    assert did(checker)[:2] == ["Confirmed a change of a policy", "Proposed a change of a policy"]
    trail = checker.get("/audit").text
    assert "The board" in trail
    assert "Checked" in trail
    listed = checker.get("/policies").text
    assert path in listed
    assert "Credit officer" in checker.get("/policies?as=csv").text


def test_a_colleague_declines_an_offers_change_and_another_is_taken_back(world: World) -> None:
    maker, checker = entered(world, token_of(BANK_A)), entered(world, token_of(BANK_A, 1))
    form = re.search(r"/policies/change/offer\?offer=off_[0-9a-f]{32}", maker.get("/policies").text)
    assert form
    declined, withdrawn = (
        proposed(maker, form.group(), interest_bps=percent) for percent in ("7.25", "7.5")
    )
    seen = checker.get(declined).text
    assert "6.5%" in seen
    assert "7.25%" in seen
    said = form_of(seen) | {"reason": "Too dear"}
    assert "Too dear" in checker.post(f"{declined}/decline", data=said).text
    assert checker.post(f"{withdrawn}/withdraw", data=form_of(seen)).status_code == 409
    own = form_of(maker.get(withdrawn).text)
    assert "Taken back." in maker.post(f"{withdrawn}/withdraw", data=own).text
    assert did(maker)[:2] == ["Took back a proposal", "Declined a change of a policy"]


def test_what_is_filled_in_wrongly_stays_and_says_why(world: World) -> None:
    maker = entered(world, token_of(BANK_A))
    path = "/policies/change/bands?currency=USD"
    page = maker.get(path).text
    asked = {**fields_of(page), **form_of(page), "reason": "The board"}
    for change, why in (
        ({"approvals": ["1", "3", "", ""]}, "at least two"),
        ({"approvals": ["two", "3", "", ""]}, "is no number"),
        ({"effective_on": "2026-11-17"}, "this day is over"),
        ({"effective_on": "soon"}, "is no date"),
        ({"reason": " "}, "whoever confirms it"),
        ({}, "nothing would change"),
    ):
        answer = maker.post("/policies/change/bands", data=asked | change)
        assert answer.status_code == 409
        assert why in answer.text
        assert 'value="500000.00"' in answer.text


@pytest.mark.parametrize(
    "change",
    [{"interest_bps": "1e999999"}, {"interest_bps": "6.505"}, {"fee_bps": "-1"}, {"fee_bps": ""}],
    ids=str,
)
def test_what_is_no_percentage_is_refused(world: World, change: dict[str, str]) -> None:
    maker = entered(world, token_of(BANK_A))
    path = re.findall(r"/policies/change/offer\?offer=\w+", maker.get("/policies").text)[0]
    page = maker.get(path).text
    asked = {**fields_of(page), **form_of(page), "reason": "The board", **change}
    answer = maker.post("/policies/change/offer", data=asked)
    assert answer.status_code == 409
    assert "two decimals at most" in answer.text


def test_proposals_are_for_deciders_of_the_same_bank_in_their_own_session(world: World) -> None:
    maker, other = entered(world, token_of(BANK_A)), entered(world, token_of(BANK_B))
    path = proposed_in(maker, "EUR")
    own = form_of(other.get("/policies/change/bands").text)
    assert other.get(path).status_code == 404
    for word in ("confirm", "decline", "withdraw"):
        answer = other.post(f"{path}/{word}", data=own | {"reason": "No"})
        assert answer.status_code == 404, word
    assert "/policies/change" not in entered(world, token_of(EXPORTER)).get("/policies").text
    colleague = entered(world, token_of(BANK_A, 1))
    assert colleague.post(f"{path}/confirm", data={"csrf": "guessed"}).status_code == 403
    said = form_of(colleague.get(path).text) | {"reason": "a\0b"}
    assert colleague.post(f"{path}/decline", data=said).status_code == 422
    assert colleague.get("/policies/change/bands?currency=%00").status_code == 422


def test_a_decision_needs_a_login_of_the_last_minutes(world: World) -> None:
    maker, checker = entered(world, token_of(BANK_A)), entered(world, token_of(BANK_A, 1))
    path = proposed_in(maker, "GBP")
    form = form_of(checker.get(path).text)
    clock = world.clock
    assert isinstance(clock, ManualClock)
    clock.move(timedelta(seconds=world.settings.step_up_s))
    answer = checker.post(f"{path}/confirm", data=form, follow_redirects=False)
    assert answer.status_code == 303
    assert "again=1" in answer.headers["location"]
    assert path.replace("/", "%2F") in answer.headers["location"]
