"""Financing inside a partner's own flow: quoted by consent, accepted by the exporter, approved by
the bank, released, repaid; and the partner's share of the interest as the contract paid it."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func
from sqlmodel import col, select

from entrepot.bindings.settlement_token import BalanceOfView
from entrepot.cli import main
from entrepot.devnet.waiting import wait_until_caught_up
from entrepot.kit.abi import Address
from entrepot.store.tables import Facility, Participant, Posting
from tests.api.offering import OFFER
from tests.api.stage import lei, member
from tests.walk.stage import Walk, open_walk

pytestmark = [pytest.mark.postgres, pytest.mark.anvil, pytest.mark.full]

WAIT = {"Prefer": "wait=20"}
RELEASED, REPAID = date(2026, 11, 6), date(2027, 1, 15)
ADVANCE = 89_880_000
PAID_IN = 80_000_000
"""What the partner had paid in before, minor units."""
INTEREST = -(-ADVANCE * (REPAID - RELEASED).days * 650 // (10_000 * 360))
SHARE = INTEREST * 1500 // 10_000


@dataclass
class Embedded:
    """What was told on the way. first: while all was quoted; refused: asked for in vain."""

    walk: Walk
    consent_id: str
    quote: dict[str, Any]
    refused: dict[str, Any]
    facility_id: str

    def ask(self, actor: str, path: str, **request: Any) -> Any:
        return self.walk.ask(actor, "GET", path, **request)


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    folder: Path = tmp_path_factory.mktemp("embedded-finance")
    with open_walk("straight-walk", folder) as walk:
        steps = walk.scenario.steps
        asking = next(i for i, step in enumerate(steps) if step.post == "/v1/facilities")
        walk.play(steps[:asking])
        told = _accepted(walk)
        bank = [s for s in steps[asking:] if s.actor.startswith("bank.") and "{facility}" in s.post]
        walk.play(bank)
        walk.play([s for s in steps if s.name == "first tranche released"])
        assert told.ask("fintech", f"/v1/quotes/{told.quote['quote_id']}").json()["state"] == (
            "RELEASED"
        )
        walk.play(steps[-3:-1])
        wait_until_caught_up(walk.world)
        yield told


def _accepted(walk: Walk) -> Embedded:
    """An offer, a consent, a quote, and the exporter's word for it."""
    done = walk.ask("bank.officer-1", "POST", "/v1/offers", json=OFFER)
    assert done.status_code == 201, done.text
    asked = {
        "owner": lei("exporter"),
        "purpose": "FINANCING",
        "access": {"orders": [walk.player.names["order"]]},
        "fields": ["orders.amount"],
        "recurring_indicator": True,
        "frequency_per_day": 50,
        "valid_until": walk.world.clock.now().date().isoformat(),
    }
    made = walk.ask("fintech", "POST", "/v1/consents", json=asked).json()["result"]
    consent_id = made["consent_id"]
    refused = {"unauthorised": _quote(walk, consent_id).json()}
    walk.ask("exporter", "POST", f"/v1/consents/{consent_id}:authorise")
    refused["no consent"] = _quote(walk, None).json()
    too_much = {"amount": {"amount": "899000.00", "currency": "USD"}}
    refused["too much"] = _quote(walk, consent_id, **too_much).json()
    quote = _quote(walk, consent_id).json()
    body = {"offer_id": quote["offers"][0]["offer_id"], "hash": quote["hash"]}
    path = f"/v1/quotes/{quote['quote_id']}:accept"
    refused["by the partner"] = walk.ask("fintech", "POST", path, json=body).json()
    refused["over a fifth"] = _greedy(walk)
    done = walk.ask("exporter", "POST", path, json=body, headers=WAIT)
    assert (done.status_code, done.json()["status"]) == (200, "succeeded"), done.text
    facility_id = done.json()["result"]["financing_id"]
    walk.player.names["facility"] = facility_id
    wait_until_caught_up(walk.world)
    return Embedded(walk, consent_id, quote, refused, facility_id)


def _greedy(walk: Walk) -> Any:
    """What the contract itself says to a share of more than 20 % of the interest."""
    step = next(step for step in walk.scenario.steps if step.post == "/v1/facilities")
    body = {**(step.body or {}), "order_id": walk.player.names["order"]}
    body |= {"platform_share_bps": 2001}
    return walk.ask("exporter", "POST", "/v1/facilities?dry_run=true", json=body).json()


def _quote(walk: Walk, consent_id: str | None, **change: Any) -> Any:
    body = {
        "order_id": walk.player.names["order"],
        "matures_at": "2027-01-20T00:00:00Z",
        **change,
    }
    headers = {"Consent-ID": consent_id} if consent_id else {}
    return walk.ask("fintech", "POST", "/v1/quotes", json=body, headers=headers)


def test_nothing_is_quoted_or_accepted_without_the_exporters_word(embedded: Embedded) -> None:
    codes = {why: told.get("code") for why, told in embedded.refused.items()}
    assert codes == {
        "unauthorised": "consent-invalid",
        "no consent": "not-found",
        "too much": None,
        "by the partner": "not-permitted",
        "over a fifth": "financing-invalid-terms",
    }
    assert embedded.refused["too much"]["offers"] == []
    [unmatched] = embedded.refused["too much"]["unmatched"]
    assert [each["code"] for each in unmatched["reasons"]] == ["ADVANCE"]


def test_facility_on_the_ledger_has_the_terms_that_were_quoted(embedded: Embedded) -> None:
    [offer] = embedded.quote["offers"]
    facility = embedded.ask("fintech", f"/v1/facilities/{embedded.facility_id}").json()
    assert facility["state"] == "REPAID"
    assert facility["terms_hash"] == offer["terms_hash"]
    assert facility["amount"] == offer["advance"] == {"amount": "898800.00", "currency": "USD"}
    assert facility["terms"]["platform"]["lei"] == lei("fintech")
    told = embedded.ask("fintech", f"/v1/quotes/{embedded.quote['quote_id']}").json()
    assert (told["state"], told["facility_id"]) == ("REPAID", embedded.facility_id)


def test_partner_follows_the_facility_by_its_events(embedded: Embedded) -> None:
    order = {"order": embedded.walk.player.names["order"], "limit": "200"}
    types = [
        each["type"] for each in embedded.ask("fintech", "/v1/events", params=order).json()["items"]
    ]
    for wanted in ("requested", "approved", "funded", "repaid"):
        assert f"entrepot.facility.{wanted}" in types
    carriers = embedded.ask("carrier", "/v1/events", params=order).json()["items"]
    assert not [each for each in carriers if each["type"].startswith("entrepot.facility.")]


def test_the_partners_statement_is_what_the_contract_paid(embedded: Embedded) -> None:
    told = embedded.ask("fintech", "/v1/statements").json()
    [line] = told["items"]
    assert line["kind"] == "PLATFORM_SHARE"
    assert line["facility_id"] == embedded.facility_id
    assert (line["share_bps"], line["at"][:10]) == (1500, str(REPAID))
    assert line["interest"]["amount"] == _decimal(INTEREST)
    assert line["amount"]["amount"] == _decimal(SHARE)
    assert told["totals"] == [
        {"month": "2027-01", "kind": "PLATFORM_SHARE", "payouts": 1, "amount": line["amount"]}
    ]
    world = embedded.walk.world
    receipt = world.node.receipt(bytes.fromhex(line["tx"][2:]))
    assert receipt is not None
    assert receipt.block_number == line["block"]
    with world.store.reading() as session:
        facility = session.get_one(Facility, bytes.fromhex(embedded.facility_id[2:]))
        account = session.get_one(Participant, member("fintech")).account
        journal = session.exec(
            select(func.sum(Posting.amount_minor)).where(
                col(Posting.account).endswith(f"/{lei('fintech')}/PLATFORM_SHARE")
            )
        ).one()
    held = world.node.call(Address(facility.token), BalanceOfView(account=Address(account)))
    assert journal == SHARE
    assert held == PAID_IN + SHARE


def test_all_that_a_repayment_brought_is_in_somebodys_statement(embedded: Embedded) -> None:
    sums = {
        who: sum(
            int(line["amount"]["amount"].replace(".", ""))
            for line in embedded.ask(who, "/v1/statements").json()["items"]
        )
        for who in ("bank", "fintech", "exporter", "importer", "carrier")
    }
    assert sum(sums.values()) == 128_400_000
    assert (sums["fintech"], sums["carrier"]) == (SHARE, 0)


def test_statement_comes_as_csv_and_by_period(embedded: Embedded) -> None:
    answer = embedded.ask("fintech", "/v1/statements", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    [row] = csv.DictReader(answer.text.splitlines())
    assert (row["amount"], row["currency"], row["share_bps"]) == (_decimal(SHARE), "USD", "1500")
    for params, count in (
        ({"from": "2027-01-15", "until": "2027-01-16"}, 1),
        ({"until": "2027-01-15"}, 0),
        ({"from": "2027-01-16"}, 0),
        ({"kind": "INTEREST"}, 0),
    ):
        told = embedded.ask("fintech", "/v1/statements", params=params).json()
        assert len(told["items"]) == len(told["totals"]) == count, params


def test_command_prints_the_statement(embedded: Embedded) -> None:
    state = str(embedded.walk.stack.ground.settings.state_folder)
    where = ["statements", "--as", "fintech", "--state", state]
    words = CliRunner().invoke(main, where, catch_exceptions=False)
    assert words.output.count(f"USD {_decimal(SHARE)}") == 2
    data = CliRunner().invoke(main, [*where, "--json", "--from", "2027-01-16"])
    assert json.loads(data.output)["items"] == []
    plain = CliRunner().invoke(main, [*where, "--csv", "--kind", "PLATFORM_SHARE"])
    [row] = csv.DictReader(plain.output.splitlines())
    assert row["amount"] == _decimal(SHARE)


def test_revoked_consent_quotes_nothing_more(embedded: Embedded) -> None:
    path = f"/v1/consents/{embedded.consent_id}:revoke"
    assert embedded.walk.ask("exporter", "POST", path).status_code == 200
    answer = _quote(embedded.walk, embedded.consent_id)
    assert (answer.status_code, answer.json()["code"]) == (403, "consent-invalid")


def test_share_over_a_fifth_is_refused_by_the_bank_and_by_the_contract(embedded: Embedded) -> None:
    over = {**OFFER, "reference": "GREEDY", "platform_share_bps": 2001}
    answer = embedded.walk.ask("bank.officer-1", "POST", "/v1/offers", json=over)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")
    told = embedded.refused["over a fifth"]["contract_error"]
    assert told["name"] == "Financing_InvalidTerms"
    field = bytes.fromhex(told["arguments"]["field"][2:]).rstrip(b"\0")
    assert field == b"platformShareBps"


def _decimal(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"
