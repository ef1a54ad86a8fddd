"""What a quote tells is what the model of the contract takes, when all goes out at once."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from entrepot.bindings.financings import FinancingTerms, PayoutKind
from entrepot.domain.accrual import DAY_S, owed
from entrepot.domain.contributions import total
from entrepot.domain.facility import EMPTY
from entrepot.domain.payouts import of_payment
from entrepot.domain.pricing import price
from entrepot.domain.waterfall import accrue
from tests.unit.domain.deal import some_terms


@given(some_terms, st.integers(1, 400), st.integers(0, DAY_S - 1))
def test_price_is_what_is_owed_and_paid_out_at_maturity(
    terms: FinancingTerms, days: int, second: int
) -> None:
    at = 1_800_000_000 + second
    terms = replace(terms, matures_at=(at // DAY_S + days) * DAY_S)
    told, advance = price(terms, at), total(terms)
    drawn = replace(EMPTY, outstanding=advance, drawn=advance, accrued_at=at)
    f = accrue(drawn, terms, terms.matures_at)
    due = owed(f, terms, terms.matures_at)
    assert (told.advance, told.interest, told.fee) == (advance, due.interest, due.fees)
    assert told.repayment == due.fees + due.penalty + due.interest + due.principal
    assert (told.cost, told.net) == (told.repayment - advance, 2 * advance - told.repayment)
    shares = [p.amount for p in of_payment(terms, f, due) if p.kind is PayoutKind.PLATFORM_SHARE]
    assert told.platform_share == sum(shares)
    assert told.days == days
    yearly = advance * told.days * told.annual_rate_bps
    assert yearly >= told.cost * 10_000 * 365 > yearly - advance * told.days
