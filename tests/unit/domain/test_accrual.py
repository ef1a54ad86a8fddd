"""Interest is counted in principal-days and turned into money once."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from entrepot.bindings.evidence_kinds import KindSet
from entrepot.bindings.financings import DayCount, FinancingTerms, Product, Tranche
from entrepot.bindings.ids import OrderId, ParticipantId
from entrepot.domain.accrual import (
    DAY_S,
    Debt,
    counted_days,
    days_between,
    days_late,
    interest_total,
    owed,
)
from entrepot.kit.abi import Address

TERMS = FinancingTerms(
    order_id=OrderId(bytes(32)),
    order_version=1,
    natural_key=bytes(32),
    product=Product.ORDER_FINANCE,
    token=Address(bytes(20)),
    asset_keys=(),
    basis=(),
    lenders=(),
    tranches=(
        Tranche(
            amount=1_000_000,
            required=KindSet(0),
            required_twice=KindSet(0),
            blocking=KindSet(0),
            title_pledged=False,
            not_before=0,
            expires_at=1,
        ),
    ),
    interest_bps=650,
    penalty_bps=300,
    fee_bps=25,
    reserve_bps=500,
    platform=ParticipantId(bytes(20)),
    platform_share_bps=0,
    day_count=DayCount.ACT_360,
    matures_at=100 * DAY_S,
    grace_days=5,
    default_days=30,
    recourse=False,
)


def test_days_are_midnights_utc_not_hours() -> None:
    assert days_between(DAY_S - 1, DAY_S) == 1
    assert days_between(DAY_S, 2 * DAY_S - 1) == 0


def test_days_late_begin_after_maturity_and_grace() -> None:
    assert days_late(0, 105 * DAY_S, 100 * DAY_S, 5) == 0
    assert days_late(0, 107 * DAY_S, 100 * DAY_S, 5) == 2
    assert days_late(106 * DAY_S, 107 * DAY_S, 100 * DAY_S, 5) == 1


def test_interest_is_rounded_up_once() -> None:
    # 1,000,000.00 for 60 days at 6.5 % on 360: 10,833.33 1/3
    assert interest_total(100_000_000 * 60, 650, DayCount.ACT_360) == 1_083_334
    assert interest_total(100_000_000 * 60, 650, DayCount.ACT_365F) == 1_068_494


@given(st.lists(st.integers(0, 40), min_size=1, max_size=8), st.integers(1, 10**12))
def test_counting_in_pieces_is_counting_at_once(steps: list[int], outstanding: int) -> None:
    start = 3 * DAY_S + 17
    debt = Debt(outstanding=outstanding, drawn=outstanding, accrued_at=start)
    at = start
    for step in steps:
        at += step * DAY_S
        principal_days, penalty_days = counted_days(debt, TERMS, at)
        debt = replace(
            debt, principal_days=principal_days, penalty_days=penalty_days, accrued_at=at
        )
    whole = Debt(outstanding=outstanding, drawn=outstanding, accrued_at=start)
    assert owed(debt, TERMS, at) == owed(whole, TERMS, at)


def test_owed_lists_fees_interest_principal_and_reserve() -> None:
    debt = Debt(
        outstanding=1_000_000, drawn=1_000_000, covered=50_000, restored=49_999, accrued_at=DAY_S
    )
    due = owed(debt, TERMS, 11 * DAY_S)
    assert (due.fees, due.penalty, due.principal) == (2_500, 0, 1_000_000)
    assert due.interest == 1_806  # 1,000,000 x 10 x 6.5 % / 360 = 1,805.56
    assert due.reserve_top_up == 1


def test_nothing_accrues_before_the_first_release() -> None:
    assert counted_days(Debt(), TERMS, 50 * DAY_S) == (0, 0)
