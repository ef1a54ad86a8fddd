"""Which claim a payment serves first, and what it leaves: the twin of `Waterfall.sol`."""

from dataclasses import replace

from entrepot.bindings.financings import Facility, FinancingTerms, Owed
from entrepot.domain.accrual import counted_days


def accrue(f: Facility, terms: FinancingTerms, at: int) -> Facility:
    """The facility with principal and penalty days counted up to a unix time."""
    principal_days, penalty_days = counted_days(f, terms, at)
    return replace(f, principal_days=principal_days, penalty_days=penalty_days, accrued_at=at)


def run(due: Owed, amount: int) -> tuple[Owed, int]:
    """What each claim receives, and the rest; together they are the amount."""
    fees = min(due.fees, amount)
    penalty = min(due.penalty, amount - fees)
    interest = min(due.interest, amount - fees - penalty)
    principal = min(due.principal, amount - fees - penalty - interest)
    top_up = min(due.reserve_top_up, amount - fees - penalty - interest - principal)
    paid = Owed(
        fees=fees,
        penalty=penalty,
        interest=interest,
        principal=principal,
        reserve_top_up=top_up,
    )
    return paid, amount - fees - penalty - interest - principal - top_up


def book(f: Facility, paid: Owed) -> Facility:
    """The facility after a payment."""
    return replace(
        f,
        fees_paid=f.fees_paid + paid.fees,
        penalty_paid=f.penalty_paid + paid.penalty,
        interest_paid=f.interest_paid + paid.interest,
        outstanding=f.outstanding - paid.principal,
        restored=f.restored + paid.reserve_top_up,
    )
