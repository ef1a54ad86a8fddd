"""Conditions are a grammar of their own: they count and compare, and can do nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.devnet.cases.breakpoints import breakpoint_of, names_of
from entrepot.devnet.cases.case import Happening
from entrepot.devnet.cases.commands import NotUnderstood, duration, moment
from entrepot.devnet.cases.expressions import ExpressionError, condition

FACTS = {"outstanding": 900, "limit": 1_000, "title": "PLEDGED", "held": False, "order.amount": 7}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("outstanding > limit", False),
        ("outstanding + 101 > limit", True),
        ("outstanding - 1 - 1 == 898", True),
        ("2 + 3 * order.amount", 23),
        ("(2 + 3) * order.amount", 35),
        ("title == 'PLEDGED' and not held", True),
        ('title != "PLEDGED" or held', False),
        ("not not held", False),
        ("held == false", True),
        ("true or nowhere", True),
        ("1_000 <= limit", True),
        ("title == 3", False),
    ],
)
def test_a_condition_counts_and_compares(text: str, value: object) -> None:
    assert condition(text)(FACTS) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "missing at the end"),
        ("outstanding >", "missing at the end"),
        ("(outstanding", "not closed"),
        ("outstanding limit", "not understood from 'limit'"),
        ("__import__('os')", "not understood"),
        ("title.__class__", "there is no"),
        ("outstanding[0]", "not understood"),
        ("lambda: 1", "not understood"),
        ("outstanding ** 9", "a name or a number is wanted"),
        ("nowhere > 1", "there is no 'nowhere'"),
        ("title > 1", "have no order"),
        ("title + 1", "words are not counted"),
        ("(" * 50 + "1" + ")" * 50, "too many parentheses"),
        ("1 + " * 200 + "1", "400 characters"),
        ("9" * 90 + " * " + "9" * 90, "too large"),
    ],
)
def test_what_is_no_condition_is_refused(text: str, said: str) -> None:
    with pytest.raises(ExpressionError, match=said):
        condition(text)(FACTS)


@given(st.text(max_size=60))
def test_any_text_is_a_condition_or_refused(text: str) -> None:
    try:
        found = condition(text)(FACTS)
    except ExpressionError:
        return
    assert isinstance(found, int | str)


def test_an_event_goes_by_its_type_and_by_its_contract() -> None:
    event = Happening(
        id="1",
        type="entrepot.facility.tranche_released",
        subject="0x",
        data={},
        ledger_event="Financing.TrancheReleased",
    )
    assert names_of(event) == {
        "facility.tranche_released",
        "financing.tranche_released",
        "financing.released",
    }


def test_a_breakpoint_is_on_or_when() -> None:
    assert breakpoint_of(" on entrepot.customs.* ").event == "customs.*"
    assert breakpoint_of("when held").condition is not None
    for text in ("", "on", "when", "if held"):
        with pytest.raises(ExpressionError):
            breakpoint_of(text)


def test_durations_and_dates_read_as_people_write_them() -> None:
    assert duration("+1d12h").total_seconds() == 36 * 3600
    assert moment("2026-12-01").isoformat() == "2026-12-01T00:00:00+00:00"
    assert moment("2026-12-01T08:00:00+08:00").timestamp() == moment("2026-12-01").timestamp()
    for text in ("90", "d", "+1y", "1d 2h"):
        with pytest.raises(NotUnderstood):
            duration(text)
