"""Which rule terms break by themselves, before anybody looks at the order: the twin of
`Terms.check`."""

from collections.abc import Iterator

from entrepot.bindings.evidence_kinds import KindSet
from entrepot.bindings.financings import FinancingTerms, Product, Tranche
from entrepot.domain.contributions import last_expiry
from entrepot.domain.kinds import ADVERSE
from entrepot.domain.products import minimum_kinds
from entrepot.domain.sharing import WHOLE_BPS

ASSET_KEYS_MAX = 8
BASIS_MAX = 16
LENDERS_MAX = 4
TRANCHES_MAX = 8
RESERVE_BPS_MIN = 500
PLATFORM_BPS_MAX = 2_000
GRACE_DAYS_MAX = 365
DEFAULT_DAYS_MAX = 365
ADVERSE_KINDS = KindSet(sum(1 << kind for kind in ADVERSE))


def first_broken(terms: FinancingTerms, at: int) -> str | None:
    """The field of the first rule that does not hold at a unix time, as the contract names it."""
    return next((field for field, holds in _rules(terms, at) if not holds), None)


def _rules(terms: FinancingTerms, at: int) -> Iterator[tuple[str, bool]]:
    yield "naturalKey", any(terms.natural_key)
    yield "assetKeys", 1 <= len(terms.asset_keys) <= ASSET_KEYS_MAX
    yield "basis", 1 <= len(terms.basis) <= BASIS_MAX
    yield "lenders", _are_lenders_valid(terms)
    yield "tranches", _are_tranches_valid(terms, at)
    yield "interestBps", terms.interest_bps <= WHOLE_BPS
    yield "penaltyBps", terms.penalty_bps <= WHOLE_BPS
    yield "feeBps", terms.fee_bps <= WHOLE_BPS
    yield "reserveBps", RESERVE_BPS_MIN <= terms.reserve_bps <= WHOLE_BPS
    yield "platformShareBps", terms.platform_share_bps <= PLATFORM_BPS_MAX
    yield "platform", (terms.platform_share_bps != 0) == any(terms.platform)
    yield "maturesAt", terms.matures_at > last_expiry(terms)
    yield "graceDays", terms.grace_days <= GRACE_DAYS_MAX
    yield "defaultDays", terms.default_days <= DEFAULT_DAYS_MAX
    yield "product", all(_serves(tranche, terms.product) for tranche in terms.tranches)


def _are_lenders_valid(terms: FinancingTerms) -> bool:
    return (
        1 <= len(terms.lenders) <= LENDERS_MAX
        and len({share.lender for share in terms.lenders}) == len(terms.lenders)
        and sum(share.funding_bps for share in terms.lenders) == WHOLE_BPS
        and sum(share.loss_bps for share in terms.lenders) == WHOLE_BPS
    )


def _are_tranches_valid(terms: FinancingTerms, at: int) -> bool:
    """A kind that is both required and blocking, as adverse ones are, could never be released."""
    return 1 <= len(terms.tranches) <= TRANCHES_MAX and all(
        tranche.amount > 0
        and max(tranche.not_before, at) < tranche.expires_at
        and not _asked(tranche) & (tranche.blocking | ADVERSE_KINDS)
        for tranche in terms.tranches
    )


def _serves(tranche: Tranche, product: Product) -> bool:
    if product is Product.RECEIVABLE_FINANCE and not tranche.title_pledged:
        return False
    return not minimum_kinds(product) & ~_asked(tranche)


def _asked(tranche: Tranche) -> KindSet:
    return KindSet(tranche.required | tranche.required_twice)
