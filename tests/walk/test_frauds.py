"""Customs take their clearance back after the first tranche: the money stops, the statement names
the evidence in both languages, and what had gone out already is in breach. The other frauds are
played in test_library.py."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from entrepot.cli.statement import unsaid
from entrepot.devnet.demo import differences
from entrepot.devnet.statement import Statement
from tests.walk.stage import Walk, open_walk

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]

CUSTOMS, IMPORTER = "ENTR00CNCUSTOMSNGB23", "ENTR00VANDERMEERBV73"


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """It, played to its end."""
    folder: Path = tmp_path_factory.mktemp("clearance")
    with open_walk("clearance-invalidated", folder) as walk:
        walk.play(walk.scenario.steps)
        yield walk


@pytest.fixture(scope="module")
def statement(walk: Walk) -> Statement:
    return walk.statement()


def test_it_ends_as_the_scenario_expects(walk: Walk, statement: Statement) -> None:
    lei_of = {member.alias: member.lei for member in walk.stack.ground.members}
    assert differences(walk.scenario, statement, lei_of) == []
    assert unsaid(walk.scenario.expect, statement) == []


def test_what_is_taken_back_after_the_money_is_a_breach_that_the_lenders_see(walk: Walk) -> None:
    """Whatever the facts, whoever withdraws: here the buyer its word for the order."""
    order_id = walk.player.names["order"]
    facts = walk.ask("bank.officer-1", "GET", f"/v1/orders/{order_id}/evidence").json()["items"]
    (word,) = (
        fact["evidence_id"]
        for fact in facts
        if (fact["kind"], fact["attester"]["lei"]) == ("PURCHASE_ORDER", IMPORTER)
    )
    body = {"reason": "we never ordered this"}
    path = f"/v1/evidence/{word}:withdraw"
    assert walk.ask("importer", "POST", path, json=body).status_code in (200, 202)
    found = wait_for(walk, lambda causes: ("PURCHASE_ORDER", "WITHDRAWN") in causes)
    assert found[("EXPORT_INVALIDATED", "ADVERSE")] == CUSTOMS
    assert found[("PURCHASE_ORDER", "WITHDRAWN")] == IMPORTER
    outsider = walk.ask("carrier", "GET", "/v1/facilities/{facility}/breaches")
    assert outsider.status_code == 404


def wait_for(walk: Walk, reached: Any) -> dict[tuple[str, str], str]:
    """The causes of the last breach and who stands behind each, once they are as awaited."""
    deadline = time.monotonic() + 60
    while True:
        answer = walk.ask("bank.officer-1", "GET", "/v1/facilities/{facility}/breaches").json()
        causes = {
            (cause["kind"], cause["cause"]): cause["evidence"][0]["attester"]["lei"]
            for cause in answer["items"][-1]["causes"]
        }
        if reached(causes) or time.monotonic() > deadline:
            return causes
        time.sleep(0.1)
