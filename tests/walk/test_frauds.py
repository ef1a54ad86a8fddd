"""Four frauds that banks have paid for: each stops the money, and the statement names the evidence
in plain words, in both languages."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from entrepot.cli.statement import print_statement
from entrepot.devnet.demo import differences
from entrepot.devnet.statement import Statement
from tests.walk.stage import Walk, open_walk

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]

NAMES = (
    "clearance-invalidated",
    "duplicate-invoice",
    pytest.param("future-invoice", marks=pytest.mark.full),
    pytest.param("reused-container", marks=pytest.mark.full),
)
"""Each is a settlement of its own: two in every run, all in the long matrices."""

CUSTOMS, IMPORTER = "ENTR00CNCUSTOMSNGB23", "ENTR00VANDERMEERBV73"


@pytest.fixture(scope="module", params=NAMES)
def walk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Walk]:
    """One of them, played to its end."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    with open_walk(request.param, folder) as walk:
        walk.play(walk.scenario.steps)
        yield walk


@pytest.fixture(scope="module")
def statement(walk: Walk) -> Statement:
    return walk.statement()


def told(statement: Statement, capsys: pytest.CaptureFixture[str], lang: str) -> str:
    print_statement(statement, lang)
    return capsys.readouterr().out


def test_it_ends_as_the_scenario_expects(walk: Walk, statement: Statement) -> None:
    lei_of = {member.alias: member.lei for member in walk.stack.ground.members}
    assert differences(walk.scenario, statement, lei_of) == []


def test_the_statement_says_why_and_on_which_evidence(
    walk: Walk, statement: Statement, capsys: pytest.CaptureFixture[str]
) -> None:
    english, chinese = told(statement, capsys, "en"), told(statement, capsys, "zh")
    for phrase in ENGLISH[walk.scenario.name]:
        assert phrase in english
    for phrase in CHINESE[walk.scenario.name]:
        assert phrase in chinese


ENGLISH = {
    "clearance-invalidated": (
        "Tranche 2: no money moves",
        "✗ Export declaration invalidated: China Customs, Ningbo, block",
        "✗ Export released by customs: China Customs, Ningbo, block",
        "was taken back",
        "Tranche 1: in breach",
        "came after the money went out",
    ),
    "future-invoice": (
        "Tranche 1: no money moves",
        "○ Gated in at the terminal: nobody has attested it",
        "○ Acknowledgement by the buyer: nobody has attested it",
    ),
    "duplicate-invoice": (
        "looks like the goods of another order",
        "✗ Invoice NHA/2026/931",
        "the same seller, and an invoice number that reads alike",
    ),
    "reused-container": (
        "✗ Transport document BMLNGB2611999",
        "the same container, shipped within two weeks",
    ),
}
CHINESE = {
    "clearance-invalidated": ("未放款", "宁波海关", "已被撤回", "违约情形", "于放款之后出现"),
    "future-invoice": ("不予放款", "无人见证"),
    "duplicate-invoice": ("疑似与另一订单为同一批货物", "NHA/2026/931", "发票号码相近"),
    "reused-container": ("BMLNGB2611999", "同一集装箱"),
}


def test_what_is_taken_back_after_the_money_is_a_breach_that_the_lenders_see(walk: Walk) -> None:
    """Whatever the facts, whoever withdraws: here the buyer its word for the order."""
    if walk.scenario.name != "clearance-invalidated":
        pytest.skip("only this one has paid out on the order that is shown")
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
