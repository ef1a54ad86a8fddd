"""What lenders post: their part, cash for a larger loss share, and their part of the reserve."""

from hypothesis import given

from entrepot.bindings.financings import FinancingTerms
from entrepot.domain.contributions import contributions, last_expiry, lead, open_total, total
from entrepot.domain.sharing import portion_up, split
from tests.unit.domain.deal import TERMS, lender, some_terms, with_shares


def test_contributions_by_funding_and_loss_share() -> None:
    first, second = contributions(TERMS)
    assert (first.principal, first.true_up, first.reserve) == (60_000, 0, 2_500)
    assert (second.principal, second.true_up, second.reserve) == (40_000, 10_000, 2_500)
    assert second.escrow == 50_000


@given(some_terms)
def test_contributions_add_up_to_loan_and_reserve(terms: FinancingTerms) -> None:
    posted = contributions(terms)
    assert sum(one.principal for one in posted) == total(terms)
    assert sum(one.reserve for one in posted) == portion_up(total(terms), terms.reserve_bps)


@given(some_terms)
def test_contributions_cover_each_loss_share(terms: FinancingTerms) -> None:
    bears = split(total(terms), [share.loss_bps for share in terms.lenders])
    posted = contributions(terms)
    assert all(one.escrow >= part for one, part in zip(posted, bears, strict=True))


def test_open_total_leaves_out_what_is_closed() -> None:
    assert open_total(TERMS, 0) == total(TERMS) == 100_000
    assert open_total(TERMS, 1) == 0


def test_lead_is_the_first_of_the_largest_loss_shares() -> None:
    assert lead(TERMS) == lender(0)
    assert lead(with_shares((9_000, 4_999), (1_000, 5_001))) == lender(1)


def test_last_expiry_of_all_tranches() -> None:
    assert last_expiry(TERMS) == TERMS.tranches[0].expires_at
