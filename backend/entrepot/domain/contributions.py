"""What the lenders of a facility post, and who leads them: the twin of the sums in `Terms.sol`."""

from dataclasses import dataclass

from entrepot.bindings.financings import FinancingTerms
from entrepot.bindings.ids import ParticipantId
from entrepot.domain.sharing import portion_up, split


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One lender's cash, minor units: its part of the loan, what its part of a loss exceeds that
    by, and its part of the reserve."""

    principal: int
    true_up: int
    reserve: int

    @property
    def escrow(self) -> int:
        """What is kept for releases and for making good a loss."""
        return self.principal + self.true_up


def contributions(terms: FinancingTerms) -> list[Contribution]:
    """In the order of the terms' lenders."""
    amount, losses = total(terms), loss_bps(terms)
    principal = split(amount, funding_bps(terms))
    borne = split(amount, losses)
    kept = split(portion_up(amount, terms.reserve_bps), losses)
    return [
        Contribution(principal=lent, true_up=max(0, loss - lent), reserve=reserve)
        for lent, loss, reserve in zip(principal, borne, kept, strict=True)
    ]


def total(terms: FinancingTerms) -> int:
    """Sum of all tranches."""
    return open_total(terms, 0)


def open_total(terms: FinancingTerms, closed_set: int) -> int:
    """Sum of the tranches whose bit is not set."""
    return sum(t.amount for i, t in enumerate(terms.tranches) if not closed_set >> i & 1)


def last_expiry(terms: FinancingTerms) -> int:
    """Unix time after which no tranche can be released."""
    return max((t.expires_at for t in terms.tranches), default=0)


def lead(terms: FinancingTerms) -> ParticipantId:
    """Who acts for all lenders on the security: the largest loss share, the first of equals."""
    return max(terms.lenders, key=lambda share: share.loss_bps).lender


def funding_bps(terms: FinancingTerms) -> list[int]:
    """Shares of the money lent."""
    return [share.funding_bps for share in terms.lenders]


def loss_bps(terms: FinancingTerms) -> list[int]:
    """Shares of a loss."""
    return [share.loss_bps for share in terms.lenders]
