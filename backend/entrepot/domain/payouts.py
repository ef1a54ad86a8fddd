"""Who receives what of a payment, of a default, and of what is left at the end: the twin of
`Payouts.sol`. Amounts are minor units; nobody is paid nothing."""

from collections.abc import Iterable, Sequence

from entrepot.bindings.financings import (
    Facility,
    FinancingState,
    FinancingTerms,
    Owed,
    Payout,
    PayoutKind,
)
from entrepot.bindings.ids import ParticipantId
from entrepot.domain.contributions import contributions, funding_bps, loss_bps
from entrepot.domain.sharing import WHOLE_BPS, between, split

Payouts = tuple[Payout, ...]


def of_payment(terms: FinancingTerms, f: Facility, paid: Owed) -> Payouts:
    """Splits a payment, each claim on its running total, so that many small payments bring
    everybody the same as one large one. `f` as it was before.

    After a default principal makes good the loss in the shares in which it was borne, and then the
    reserve to those who had posted it.
    """
    funding, loss = funding_bps(terms), loss_bps(terms)
    payouts = _share(terms, funding, PayoutKind.FEES, f.fees_paid, paid.fees)
    payouts += _share(terms, funding, PayoutKind.PENALTY, f.penalty_paid, paid.penalty)
    payouts += _interest(terms, f.interest_paid, paid.interest)
    if f.state is FinancingState.DEFAULTED:
        recovered, restored = f.loss - f.outstanding, f.restored
        payouts += _share(terms, loss, PayoutKind.PRINCIPAL, recovered, paid.principal)
        payouts += _share(terms, loss, PayoutKind.RESERVE_RESTORED, restored, paid.reserve_top_up)
    else:
        repaid = f.drawn - f.outstanding
        payouts += _share(terms, funding, PayoutKind.PRINCIPAL, repaid, paid.principal)
    return payouts


def of_rest(payer: ParticipantId, refund: int, exporter: ParticipantId, residual: int) -> Payouts:
    """Of what was more than the claims, the payer's own again and the exporter's."""
    return _pay(payer, PayoutKind.REFUND, refund) + _pay(exporter, PayoutKind.RESIDUAL, residual)


def of_default(terms: FinancingTerms, f: Facility, cover: int) -> Payouts:
    """Divides escrow and reserve when a default is declared, `cover` of the reserve for principal.
    `f` as it was before.

    Of what the reserve does not cover each lender bears its loss share; those who lent less than
    that make it good out of their true-ups; what is left goes back to whoever posted it.
    """
    funding, loss = funding_bps(terms), loss_bps(terms)
    repaid = f.drawn - f.outstanding
    payouts = _share(terms, funding, PayoutKind.RESERVE_COVER, repaid, cover)
    payouts += _share(terms, loss, PayoutKind.RESERVE_RETURNED, cover, f.reserve - cover)
    true_ups = [posted.true_up for posted in contributions(terms)]
    taken, given = settled(terms, f.outstanding - cover, f.drawn, true_ups)
    payouts += _each(terms, PayoutKind.LOSS_SHARE, given)
    drawn = split(f.drawn, funding)
    left = [
        posted.escrow - lent - made_good
        for posted, lent, made_good in zip(contributions(terms), drawn, taken, strict=True)
    ]
    return payouts + _each(terms, PayoutKind.ESCROW_RETURNED, left)


def settled(
    terms: FinancingTerms, loss: int, drawn: int, true_ups: Sequence[int]
) -> tuple[list[int], list[int]]:
    """What each lender pays out of its true-up, and what each gets, so that all bear their share.

    Rounding can ask for a unit more than was posted: then it is as much less that the others get.
    """
    bears = split(loss, loss_bps(terms))
    exposed = between(drawn - loss, drawn, funding_bps(terms))
    taken = [
        min(max(0, share - lent), posted)
        for share, lent, posted in zip(bears, exposed, true_ups, strict=True)
    ]
    pool = sum(taken)
    given: list[int] = []
    for share, lent in zip(bears, exposed, strict=True):
        given.append(min(max(0, lent - share), pool))
        pool -= given[-1]
    return taken, given


def of_remainder(terms: FinancingTerms, f: Facility) -> Payouts:
    """What the lenders posted and the facility does not need any more."""
    payouts: Payouts = ()
    drawn = split(f.drawn, funding_bps(terms))
    for i, (share, posted) in enumerate(zip(terms.lenders, contributions(terms), strict=True)):
        if f.funded_set >> i & 1:
            payouts += _pay(share.lender, PayoutKind.ESCROW_RETURNED, posted.escrow - drawn[i])
            payouts += _pay(share.lender, PayoutKind.RESERVE_RETURNED, posted.reserve)
    return payouts


def by_recipient(payouts: Iterable[Payout]) -> dict[ParticipantId, int]:
    """What each receives in all, in one transfer."""
    sums: dict[ParticipantId, int] = {}
    for payout in payouts:
        sums[payout.to] = sums.get(payout.to, 0) + payout.amount
    return sums


def platform_part(terms: FinancingTerms, interest: int) -> int:
    """Of all interest paid so far, what is the platform's: rounded down."""
    return interest * terms.platform_share_bps // WHOLE_BPS


def _interest(terms: FinancingTerms, before: int, amount: int) -> Payouts:
    """The platform's part is rounded down, on the running total; the rest is the lenders'."""
    after = before + amount
    platform_before, platform_after = platform_part(terms, before), platform_part(terms, after)
    lenders_before, lenders_after = before - platform_before, after - platform_after
    gained, funding = lenders_after - lenders_before, funding_bps(terms)
    return _share(terms, funding, PayoutKind.INTEREST, lenders_before, gained) + _pay(
        terms.platform, PayoutKind.PLATFORM_SHARE, platform_after - platform_before
    )


def _share(
    terms: FinancingTerms, bps: Sequence[int], kind: PayoutKind, before: int, amount: int
) -> Payouts:
    return _each(terms, kind, between(before, before + amount, bps))


def _each(terms: FinancingTerms, kind: PayoutKind, parts: Sequence[int]) -> Payouts:
    payouts: Payouts = ()
    for share, part in zip(terms.lenders, parts, strict=True):
        payouts += _pay(share.lender, kind, part)
    return payouts


def _pay(to: ParticipantId, kind: PayoutKind, amount: int) -> Payouts:
    return (Payout(to=to, kind=kind, amount=amount),) if amount else ()
