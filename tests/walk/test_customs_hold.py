"""Customs hold the goods before the second tranche: no money moves until the hold is withdrawn, and
the statement says why."""

import json
from datetime import date
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from entrepot.cli import main
from entrepot.cli.statement import print_statement
from entrepot.devnet.statement import Statement
from tests.walk.arithmetic import settle

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]

CUSTOMS = "ENTR00CNCUSTOMSNGB23"


@pytest.fixture(scope="module")
def told() -> Any:
    """What `entrepot demo --json` prints."""
    answer = CliRunner().invoke(main, ["demo", "--scenario", "customs-hold", "--json"])
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)


@pytest.fixture(scope="module")
def statement(told: Any) -> Statement:
    return msgspec.convert(told["statement"], Statement)


def test_it_ends_as_the_scenario_expects(told: Any) -> None:
    """Among its steps is a release that the contract must refuse, blocked by the hold alone."""
    assert told["as_expected"] is True
    assert told["differences"] == []


def test_the_money_follows_the_withdrawal_and_nothing_else(statement: Statement) -> None:
    second = statement.releases[1]
    assert (second.needed_event, second.needed_withdrawn) == ("Held by customs", True)
    assert second.blocks_to_money == 1
    departed = next(met for met in second.evidence if met.kind == "VESSEL_DEPARTED")
    assert departed.block < second.needed_block


def test_the_statement_says_why_it_waited(statement: Statement) -> None:
    held = [one.held_up for one in statement.releases]
    assert [len(one) for one in held] == [0, 1, 0]
    (hold,) = held[1][0].by
    assert (hold.kind, hold.attester.lei) == ("CUSTOMS_HOLD", CUSTOMS)
    assert statement.decision is not None
    assert statement.decision.outcome["unmet"] == ["BLOCKED"]
    assert statement.decision.outcome["missing"] == []


def test_the_statement_is_told_in_both_languages(
    statement: Statement, capsys: pytest.CaptureFixture[str]
) -> None:
    print_statement(statement, "en")
    english = capsys.readouterr().out
    print_statement(statement, "zh")
    chinese = capsys.readouterr().out
    assert "✗ waited, though all the rest was there: Held by customs: China Customs" in english
    assert "paid 1 block after “Held by customs: withdrawn”" in english
    assert "DECISION, TRANCHE 2: NOT MET" in english
    assert "deciding again gives the same" in english
    assert "             0  USD  Sum" in english
    assert "✗ 其余俱备而等待: 海关扣留: 宁波海关" in chinese
    assert statement.digest in chinese


def test_a_day_later_is_a_day_of_interest_less(statement: Statement) -> None:
    days = (date(2026, 11, 6), date(2026, 11, 13), date(2026, 12, 16))
    due = settle(days, date(2027, 1, 15))
    deposits = {b.holder: b.amount_minor for b in statement.balances if b.kind == "deposit"}
    assert deposits["ENTR00NINGBOHAISHU13"] == due.exporter
    assert deposits["ENTR00HARBOURBANK155"] == due.bank
    assert deposits["ENTR00LANTERNFINCE96"] == due.fintech
    assert statement.sum_minor == 0
