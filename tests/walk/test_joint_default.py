"""The importer does not pay in time: overdue by itself, default, the loss shared, recourse, the
bill taken, and all of it made good when the money comes at last."""

import json
from datetime import date
from fractions import Fraction
from math import ceil, floor
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from entrepot.cli import main
from entrepot.devnet.statement import Statement
from tests.walk.arithmetic import (
    BANK,
    BANK_HAD_CENTS,
    FEE,
    FINTECH_HAD_CENTS,
    INTEREST,
    PAID_CENTS,
    PLATFORM,
    TRANCHES_CENTS,
    YEAR_DAYS,
)

pytestmark = [pytest.mark.postgres, pytest.mark.anvil, pytest.mark.full]

RELEASED = (date(2026, 11, 6), date(2026, 11, 12), date(2026, 12, 16))
GRACE_ENDS, DEFAULTED, PAID = date(2027, 1, 25), date(2027, 2, 25), date(2027, 3, 25)
PENALTY = Fraction(300, 10_000)
RESERVE_CENTS = 5_136_000  # 5 % of what was lent: it paid principal at the default


@pytest.fixture(scope="module")
def told() -> Any:
    """What `entrepot demo --json` prints."""
    answer = CliRunner().invoke(main, ["demo", "--scenario", "joint-default", "--json"])
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.stdout)


@pytest.fixture(scope="module")
def statement(told: Any) -> Statement:
    return msgspec.convert(told["statement"], Statement)


def test_it_ends_as_the_scenario_expects(told: Any) -> None:
    """Among its steps is a default declared too early, which the contract must refuse."""
    assert told["differences"] == []
    assert told["as_expected"] is True


def test_the_money_is_what_dates_and_fractions_say(statement: Statement) -> None:
    """Until the default everything was outstanding, from then on what the reserve had not paid."""
    drawn = sum(TRANCHES_CENTS)
    left = (drawn - RESERVE_CENTS) * (PAID - DEFAULTED).days
    days = left + sum(
        cents * (DEFAULTED - day).days for cents, day in zip(TRANCHES_CENTS, RELEASED, strict=True)
    )
    late = left + drawn * (DEFAULTED - GRACE_ENDS).days
    interest, penalty = ceil(days * INTEREST / YEAR_DAYS), ceil(late * PENALTY / YEAR_DAYS)
    fee, platform = ceil(drawn * FEE), floor(interest * PLATFORM)
    charges = fee + penalty + interest
    bank = sum(_nearest(part * BANK) for part in (fee, penalty, interest - platform))
    expected = {
        "ENTR00NINGBOHAISHU13": PAID_CENTS - charges,
        "ENTR00VANDERMEERBV73": 0,
        "ENTR00HARBOURBANK155": BANK_HAD_CENTS + bank,
        "ENTR00LANTERNFINCE96": FINTECH_HAD_CENTS + charges - bank,
    }
    found = {b.holder: b.amount_minor for b in statement.balances if b.kind == "deposit"}
    assert found == expected


def test_nothing_is_left_and_every_projection_agrees(statement: Statement) -> None:
    assert statement.sum_minor == 0
    assert {b.amount_minor for b in statement.balances if b.kind == "escrow"} == {0}
    assert statement.audit.differences == ()


def _nearest(cents: Fraction) -> int:
    """With two parties, the largest remainder is rounding to the nearest cent."""
    return floor(cents + Fraction(1, 2))
