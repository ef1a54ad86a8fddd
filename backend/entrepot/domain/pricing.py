"""What a facility would cost by the contract's own rules, before anybody asks for it."""

from dataclasses import dataclass

from entrepot.bindings.financings import FinancingTerms
from entrepot.domain.accrual import Debt, days_between, owed
from entrepot.domain.contributions import total
from entrepot.domain.payouts import platform_part
from entrepot.domain.sharing import WHOLE_BPS, portion_up

YEAR_DAYS = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Minor units of the facility's currency.

    advance: paid out whole, in its tranches. interest, fee: owed at maturity, out of which the
    partner gets platform_share of the interest. cost: both; net: the advance less its cost;
    repayment: the advance and its cost. reserve: kept by the lenders, not by the exporter. days:
    from the quote to maturity. annual_rate_bps: cost to advance as simple interest, ACT/365,
    rounded up.
    """

    advance: int
    interest: int
    fee: int
    cost: int
    net: int
    repayment: int
    platform_share: int
    reserve: int
    days: int
    annual_rate_bps: int


def price(terms: FinancingTerms, at: int) -> Price:
    """If all of it goes out at a unix time and is repaid when it matures: the most that it can
    cost whoever repays by then, for a tranche that goes out later bears less interest.

    `terms` mature on a later day than `at`.
    """
    advance = total(terms)
    due = owed(Debt(outstanding=advance, drawn=advance, accrued_at=at), terms, terms.matures_at)
    cost, days = due.fees + due.interest, days_between(at, terms.matures_at)
    return Price(
        advance=advance,
        interest=due.interest,
        fee=due.fees,
        cost=cost,
        net=advance - cost,
        repayment=advance + cost,
        platform_share=platform_part(terms, due.interest),
        reserve=portion_up(advance, terms.reserve_bps),
        days=days,
        annual_rate_bps=-(-cost * WHOLE_BPS * YEAR_DAYS // (advance * days)),
    )
