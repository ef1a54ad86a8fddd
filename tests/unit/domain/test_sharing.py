"""Splits are exact, fair to half a unit, and never take back what they gave."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from entrepot.domain.sharing import WHOLE_BPS, between, portion_up, split


@st.composite
def shares(draw: st.DrawFn) -> list[int]:
    cuts = sorted(draw(st.lists(st.integers(0, WHOLE_BPS), max_size=3)))
    edges = [0, *cuts, WHOLE_BPS]
    return [b - a for a, b in pairwise(edges)]


@given(st.integers(0, 10**30), shares())
def test_split_adds_up_to_the_amount(amount: int, bps: list[int]) -> None:
    assert sum(split(amount, bps)) == amount


@given(st.integers(0, 10**9), st.integers(0, 10**6), shares())
def test_no_part_shrinks_as_the_amount_grows(amount: int, more: int, bps: list[int]) -> None:
    assert all(part >= 0 for part in between(amount, amount + more, bps))


@given(st.integers(0, 10**12), shares())
def test_nobody_without_a_share_gets_anything(amount: int, bps: list[int]) -> None:
    assert all(part == 0 for part, share in zip(split(amount, bps), bps, strict=True) if not share)


def test_split_sixty_forty_gives_the_odd_cent_to_the_larger_claim() -> None:
    assert split(101, [6000, 4000]) == [61, 40]
    assert split(102, [6000, 4000]) == [61, 41]


def test_equal_weights_favour_the_earlier() -> None:
    assert split(1, [5000, 5000]) == [1, 0]


def test_portion_up_rounds_what_is_owed_upwards() -> None:
    assert portion_up(1, 500) == 1
    assert portion_up(10_000, 500) == 500
