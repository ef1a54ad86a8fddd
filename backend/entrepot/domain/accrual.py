"""Interest by calendar days (UTC) on whole minor units: the twin of `Interest.sol`."""

from dataclasses import dataclass

from entrepot.bindings.financings import DayCount, Facility, FinancingTerms, Owed
from entrepot.domain.sharing import WHOLE_BPS, portion_up

DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """What a facility has drawn, paid and counted so far. Amounts in minor units, times in unix
    seconds, `principal_days` the sum over days of outstanding principal, `covered` what the reserve
    paid at a default and `restored` what of it has been paid back."""

    outstanding: int = 0
    drawn: int = 0
    covered: int = 0
    restored: int = 0
    fees_paid: int = 0
    penalty_paid: int = 0
    interest_paid: int = 0
    principal_days: int = 0
    penalty_days: int = 0
    accrued_at: int = 0


def days_between(start: int, end: int) -> int:
    """Midnights (UTC) between two unix times."""
    return end // DAY_S - start // DAY_S


def days_late(start: int, end: int, matures_at: int, grace_days: int) -> int:
    """The days between two times that come after `grace_days` past maturity."""
    begin = max(start, matures_at + grace_days * DAY_S)
    return days_between(begin, end) if end > begin else 0


def deadlines(terms: FinancingTerms) -> tuple[int, int]:
    """Unix times: what is owed later than the first is overdue; what is overdue later than the
    second may be declared a default."""
    overdue_after = terms.matures_at + terms.grace_days * DAY_S
    return overdue_after, overdue_after + terms.default_days * DAY_S


def interest_total(principal_days: int, bps: int, day_count: DayCount) -> int:
    """Interest since the beginning, rounded up (ISDA 2006 4.16(d) and (e))."""
    year = 360 if day_count is DayCount.ACT_360 else 365
    return -(-principal_days * bps // (WHOLE_BPS * year))


def counted_days(debt: Debt | Facility, terms: FinancingTerms, at: int) -> tuple[int, int]:
    """principal_days and penalty_days as they stand at a unix time."""
    if debt.accrued_at == 0:
        return debt.principal_days, debt.penalty_days
    days = days_between(debt.accrued_at, at)
    late = days_late(debt.accrued_at, at, terms.matures_at, terms.grace_days)
    return (
        debt.principal_days + debt.outstanding * days,
        debt.penalty_days + debt.outstanding * late,
    )


def owed(debt: Debt | Facility, terms: FinancingTerms, at: int) -> Owed:
    """What is owed at a unix time, in the order in which a payment is applied.

    The reserve is owed what it has paid out, without interest.
    """
    if debt.drawn == 0:
        return Owed(fees=0, penalty=0, interest=0, principal=0, reserve_top_up=0)
    principal_days, penalty_days = counted_days(debt, terms, at)
    interest = interest_total(principal_days, terms.interest_bps, terms.day_count)
    penalty = interest_total(penalty_days, terms.penalty_bps, terms.day_count)
    return Owed(
        fees=portion_up(debt.drawn, terms.fee_bps) - debt.fees_paid,
        penalty=penalty - debt.penalty_paid,
        interest=interest - debt.interest_paid,
        principal=debt.outstanding,
        reserve_top_up=debt.covered - debt.restored,
    )
