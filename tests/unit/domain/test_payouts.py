"""Who gets what of a payment, a default and a remainder: all of it, and by the agreed shares."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from entrepot.bindings.financings import (
    Facility,
    FinancingState,
    FinancingTerms,
    Owed,
    PayoutKind,
)
from entrepot.domain.contributions import contributions, total
from entrepot.domain.facility import EMPTY
from entrepot.domain.payouts import (
    Payouts,
    by_recipient,
    of_default,
    of_payment,
    of_remainder,
    of_rest,
    settled,
)
from entrepot.domain.sharing import split
from entrepot.domain.waterfall import book
from tests.differential.stage import who
from tests.unit.domain.deal import EXPORTER, IMPORTER, TERMS, lender, some_terms, with_shares

parts = st.integers(0, 10**9)


def told(payouts: Payouts) -> list[tuple[bytes, str, int]]:
    return [(p.to, p.kind.name, p.amount) for p in payouts]


def drawn_of(terms: FinancingTerms, drawn: int, repaid: int) -> Facility:
    """So much of it has been drawn, so much of that repaid."""
    posted = contributions(terms)
    return replace(
        EMPTY,
        state=FinancingState.OVERDUE,
        drawn=drawn,
        outstanding=drawn - repaid,
        escrow=sum(one.escrow for one in posted) - drawn,
        reserve=sum(one.reserve for one in posted),
        funded_set=(1 << len(posted)) - 1,
    )


def test_of_payment_splits_each_claim_by_funding_share() -> None:
    f = drawn_of(TERMS, 100_000, 0)
    paid = Owed(fees=101, penalty=10, interest=99, principal=1_000, reserve_top_up=0)
    first, second, platform = lender(0), lender(1), who("platform")
    assert told(of_payment(TERMS, f, paid)) == [
        (first, "FEES", 61),
        (second, "FEES", 40),
        (first, "PENALTY", 6),
        (second, "PENALTY", 4),
        (first, "INTEREST", 48),
        (second, "INTEREST", 32),
        (platform, "PLATFORM_SHARE", 19),
        (first, "PRINCIPAL", 600),
        (second, "PRINCIPAL", 400),
    ]


def test_of_payment_after_a_default_goes_by_loss_share() -> None:
    f = replace(drawn_of(TERMS, 100_000, 5_000), state=FinancingState.DEFAULTED, loss=95_000)
    paid = Owed(fees=0, penalty=0, interest=0, principal=11, reserve_top_up=3)
    assert told(of_payment(TERMS, f, paid)) == [
        (lender(0), "PRINCIPAL", 6),
        (lender(1), "PRINCIPAL", 5),
        (lender(0), "RESERVE_RESTORED", 2),
        (lender(1), "RESERVE_RESTORED", 1),
    ]


@given(
    some_terms,
    st.builds(
        Owed,
        **dict.fromkeys(("fees", "penalty", "interest"), parts),
        principal=parts,
        reserve_top_up=st.just(0),
    ),
)
def test_of_payment_hands_out_all_of_it(terms: FinancingTerms, paid: Owed) -> None:
    f = drawn_of(terms, paid.principal, 0)
    due = paid.fees + paid.penalty + paid.interest + paid.principal
    assert sum(by_recipient(of_payment(terms, f, paid)).values()) == due


@given(some_terms, st.lists(st.integers(0, 50), min_size=1, max_size=40), st.booleans())
def test_of_payment_cut_in_pieces_brings_everybody_the_same(
    terms: FinancingTerms, pieces: list[int], defaulted: bool
) -> None:
    whole = sum(pieces)
    f = drawn_of(terms, whole, 0)
    if defaulted:
        f = replace(f, state=FinancingState.DEFAULTED, loss=whole, covered=whole)

    def paid(n: int) -> Owed:
        top_up = n if defaulted else 0
        return Owed(fees=n, penalty=n, interest=n, principal=n, reserve_top_up=top_up)

    cut: Payouts = ()
    at = f
    for piece in pieces:
        cut += of_payment(terms, at, paid(piece))
        at = book(at, paid(piece))
    assert by_recipient(cut) == by_recipient(of_payment(terms, f, paid(whole)))


def test_of_rest_names_the_payers_own_and_the_exporters() -> None:
    assert told(of_rest(IMPORTER, 2, EXPORTER, 3)) == [
        (IMPORTER, "REFUND", 2),
        (EXPORTER, "RESIDUAL", 3),
    ]
    assert of_rest(IMPORTER, 0, EXPORTER, 0) == ()


def test_of_default_reserve_first_then_loss_shares() -> None:
    f = drawn_of(TERMS, 100_000, 0)
    assert told(of_default(TERMS, f, 5_000)) == [
        (lender(0), "RESERVE_COVER", 3_000),
        (lender(1), "RESERVE_COVER", 2_000),
        (lender(0), "LOSS_SHARE", 9_500),
        (lender(1), "ESCROW_RETURNED", 500),
    ]


@given(some_terms, st.data())
def test_of_default_empties_escrow_and_reserve(terms: FinancingTerms, data: st.DataObject) -> None:
    drawn = data.draw(st.integers(1, total(terms)))
    f = drawn_of(terms, drawn, data.draw(st.integers(0, drawn - 1)))
    payouts = of_default(terms, f, min(f.reserve, f.outstanding))
    assert sum(payout.amount for payout in payouts) == f.escrow + f.reserve


@given(some_terms, st.data())
def test_settled_leaves_each_lender_its_loss_share(
    terms: FinancingTerms, data: st.DataObject
) -> None:
    """But for a unit a lender, where rounding asks for more than was posted."""
    drawn = data.draw(st.integers(1, total(terms)))
    loss = data.draw(st.integers(1, drawn))
    taken, given_ = settled(terms, loss, drawn, [one.true_up for one in contributions(terms)])
    assert sum(taken) == sum(given_)
    funding = [share.funding_bps for share in terms.lenders]
    after, before = split(drawn, funding), split(drawn - loss, funding)
    exposed = [a - b for a, b in zip(after, before, strict=True)]
    bears = split(loss, [share.loss_bps for share in terms.lenders])
    borne = [e + t - g for e, t, g in zip(exposed, taken, given_, strict=True)]
    assert all(abs(b - e) <= len(bears) for b, e in zip(borne, bears, strict=True))


def test_settled_takes_no_more_than_was_posted() -> None:
    """2 at 70/30 is 1 and 1; the loss of 1 falls on the first, who had posted nothing for it."""
    terms = with_shares((7_000, 6_865), (3_000, 3_135))
    assert settled(terms, 1, 2, [0, 0]) == ([0, 0], [0, 0])


@given(some_terms, st.integers(0, 15))
def test_of_remainder_is_what_those_who_funded_had_posted(
    terms: FinancingTerms, funded_set: int
) -> None:
    payouts = of_remainder(terms, replace(EMPTY, funded_set=funded_set))
    posted = [one for i, one in enumerate(contributions(terms)) if funded_set >> i & 1]
    assert sum(p.amount for p in payouts) == sum(one.escrow + one.reserve for one in posted)
    kinds = {payout.kind for payout in payouts}
    assert kinds <= {PayoutKind.ESCROW_RETURNED, PayoutKind.RESERVE_RETURNED}
