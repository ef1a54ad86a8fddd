"""Customs hold the goods before the second tranche: no money moves until the hold is withdrawn, and
the statement says why."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from entrepot.cli.decision import in_words
from entrepot.cli.words import Words
from entrepot.devnet.demo import differences
from entrepot.devnet.statement import Statement
from tests.walk.arithmetic import settle
from tests.walk.stage import Walk, open_walk

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]

CUSTOMS = "ENTR00CNCUSTOMSNGB23"


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    folder: Path = tmp_path_factory.mktemp("customs-hold")
    with open_walk("customs-hold", folder) as walk:
        walk.play(walk.scenario.steps)
        yield walk


@pytest.fixture(scope="module")
def statement(walk: Walk) -> Statement:
    return walk.statement()


def test_the_contract_refuses_while_the_hold_stands(walk: Walk) -> None:
    refused = next(p for p in walk.played if p.status == 409)
    assert refused.answer["code"] == "financing-conditions-not-met"
    assert refused.answer["detail"] == "not met: BLOCKED; blocked by CUSTOMS_HOLD"
    assert refused.answer["contract_error"]["name"] == "Financing_ConditionsNotMet"


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


def test_the_decision_is_told_in_both_languages(statement: Statement) -> None:
    assert statement.decision is not None
    names = {met.attester.lei: met.attester for one in statement.releases for met in one.evidence}
    english = "\n".join(in_words(statement.decision, names, Words("en")))
    chinese = "\n".join(in_words(statement.decision, names, Words("zh")))
    assert "✗ Held by customs: China Customs, Ningbo" in english
    assert "deciding again gives the same" in english
    assert "✗ 海关扣留: 宁波海关" in chinese


def test_a_day_later_is_a_day_of_interest_less(statement: Statement) -> None:
    days = (date(2026, 11, 6), date(2026, 11, 13), date(2026, 12, 16))
    due = settle(days, date(2027, 1, 15))
    deposits = {b.holder: b.amount_minor for b in statement.balances if b.kind == "deposit"}
    assert deposits["ENTR00NINGBOHAISHU13"] == due.exporter
    assert deposits["ENTR00HARBOURBANK155"] == due.bank
    assert deposits["ENTR00LANTERNFINCE96"] == due.fintech
    assert statement.sum_minor == 0


def test_it_ends_as_the_scenario_expects(walk: Walk, statement: Statement) -> None:
    members = {member.alias: member.lei for member in walk.stack.ground.members}
    assert differences(walk.scenario, statement, members) == []
