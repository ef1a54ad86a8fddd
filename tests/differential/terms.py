"""Random terms: all products, one to four lenders with any shares, tiny and large tranches."""

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import strategies as st

from entrepot.bindings.evidence_kinds import EvidenceKey, EvidenceKind, KindSet
from entrepot.bindings.financings import (
    DayCount,
    FinancingTerms,
    LenderShare,
    Product,
    Tranche,
)
from entrepot.bindings.ids import AssetKey, OrderId, ParticipantId
from entrepot.domain.products import minimum_kinds
from entrepot.domain.sharing import WHOLE_BPS
from entrepot.kit.abi import Address
from tests.differential.stage import DAY_S, GENESIS, LENDERS, PRICE, who

TWICE = KindSet(1 << EvidenceKind.INSPECTION_CERTIFICATE)
ADVERSE = KindSet(1 << EvidenceKind.CUSTOMS_HOLD)
GOODS = tuple(AssetKey(bytes([n]) * 32) for n in range(1, 5))
CONSIGNMENTS = (GOODS[:1], GOODS[:2], GOODS[1:3], GOODS[1::-1], GOODS[2:])
NOBODY = ParticipantId(bytes(20))
NEVER_SAID = EvidenceKey(attester=NOBODY, kind=EvidenceKind.INVOICE, source_key=b"\7" * 32)

THIRD = PRICE // 3
amounts = st.one_of(
    st.integers(1, 30), st.integers(1, 100_000), st.integers(1, THIRD), st.just(THIRD)
)
rates = st.one_of(st.just(0), st.integers(1, 2_000), st.integers(1, WHOLE_BPS))


@st.composite
def shares(draw: st.DrawFn, count: int) -> list[int]:
    """Basis points that make a whole; nothing and next to nothing come often."""
    edge = st.one_of(st.sampled_from([0, 1, 5_000, 6_000, 9_999, WHOLE_BPS]), st.integers(0, 10**4))
    cuts = sorted(draw(st.lists(edge, min_size=count - 1, max_size=count - 1)))
    return [high - low for low, high in pairwise([0, *cuts, WHOLE_BPS])]


@st.composite
def lenders(draw: st.DrawFn) -> tuple[LenderShare, ...]:
    count = draw(st.sampled_from([1, 2, 2, 3, 3, 4]))
    names = draw(st.permutations(LENDERS))[:count]
    funding, loss = draw(shares(count)), draw(shares(count))
    return tuple(
        LenderShare(lender=who(name), funding_bps=lent, loss_bps=borne)
        for name, lent, borne in zip(names, funding, loss, strict=True)
    )


@st.composite
def tranches(draw: st.DrawFn, product: Product) -> tuple[Tranche, ...]:
    needs_bill = product is Product.RECEIVABLE_FINANCE
    return tuple(
        Tranche(
            amount=draw(amounts),
            required=minimum_kinds(product),
            required_twice=draw(st.sampled_from([KindSet(0), KindSet(0), TWICE])),
            blocking=draw(st.sampled_from([KindSet(0), ADVERSE])),
            title_pledged=needs_bill or draw(st.sampled_from([False, False, True])),
            not_before=draw(st.sampled_from([0, 0, GENESIS + 2 * DAY_S])),
            expires_at=GENESIS + draw(st.integers(10, 30)) * DAY_S,
        )
        for _ in range(draw(st.integers(1, 3)))
    )


@st.composite
def terms(
    draw: st.DrawFn, order_id: OrderId, token: Address, basis: EvidenceKey, number: int
) -> FinancingTerms:
    """Such as would be taken: facility `number` of the order."""
    product = draw(st.sampled_from(Product))
    platform_share = draw(st.sampled_from([0, 0, 1, 999, 2_000]))
    platform = draw(st.sampled_from(["platform", *LENDERS]))
    return FinancingTerms(
        order_id=order_id,
        order_version=1,
        natural_key=bytes([number]) * 32,
        product=product,
        token=token,
        asset_keys=draw(st.sampled_from(CONSIGNMENTS)),
        basis=(basis,),
        lenders=draw(lenders()),
        tranches=draw(tranches(product)),
        interest_bps=draw(rates),
        penalty_bps=draw(rates),
        fee_bps=draw(rates),
        reserve_bps=draw(st.sampled_from([500, 501, 1_000, 3_333, WHOLE_BPS])),
        platform=who(platform) if platform_share else NOBODY,
        platform_share_bps=platform_share,
        day_count=draw(st.sampled_from(DayCount)),
        matures_at=GENESIS + draw(st.integers(31, 60)) * DAY_S + draw(st.integers(0, DAY_S)),
        grace_days=draw(st.integers(0, 5)),
        default_days=draw(st.integers(0, 5)),
        recourse=draw(st.booleans()),
    )


def simple_terms(
    order_id: OrderId,
    token: Address,
    basis: EvidenceKey,
    shares: Sequence[tuple[int, int]],
    amount: int,
) -> FinancingTerms:
    """One tranche, lenders with these funding and loss shares, a rate and a fee."""
    return FinancingTerms(
        order_id=order_id,
        order_version=1,
        natural_key=b"\1" * 32,
        product=Product.ORDER_FINANCE,
        token=token,
        asset_keys=GOODS[:1],
        basis=(basis,),
        lenders=tuple(
            LenderShare(lender=who(name), funding_bps=funding, loss_bps=loss)
            for name, (funding, loss) in zip(LENDERS, shares, strict=False)
        ),
        tranches=(
            Tranche(
                amount=amount,
                required=minimum_kinds(Product.ORDER_FINANCE),
                required_twice=KindSet(0),
                blocking=KindSet(0),
                title_pledged=False,
                not_before=0,
                expires_at=GENESIS + 10 * DAY_S,
            ),
        ),
        interest_bps=650,
        penalty_bps=300,
        fee_bps=25,
        reserve_bps=500,
        platform=who("platform"),
        platform_share_bps=2_000,
        day_count=DayCount.ACT_360,
        matures_at=GENESIS + 60 * DAY_S,
        grace_days=5,
        default_days=5,
        recourse=True,
    )


BREAKAGES: tuple[dict[str, object], ...] = (
    {"order_version": 2},
    {"natural_key": bytes(32)},
    {"asset_keys": ()},
    {"basis": ()},
    {"basis": (NEVER_SAID,)},
    {"lenders": ()},
    {"lenders": (LenderShare(lender=who("carrier"), funding_bps=10_000, loss_bps=10_000),)},
    {"lenders": (LenderShare(lender=who("bank"), funding_bps=9_999, loss_bps=10_000),)},
    {"lenders": (LenderShare(lender=who("bank"), funding_bps=5_000, loss_bps=5_000),) * 2},
    {"tranches": ()},
    {"interest_bps": WHOLE_BPS + 1},
    {"penalty_bps": WHOLE_BPS + 1},
    {"fee_bps": WHOLE_BPS + 1},
    {"reserve_bps": 499},
    {"platform_share_bps": 2_001},
    {"platform": who("platform"), "platform_share_bps": 0},
    {"matures_at": GENESIS},
    {"grace_days": 366},
    {"default_days": 366},
)
"""What makes sound terms unsound, one rule each."""

TRANCHE_BREAKAGES: tuple[dict[str, object], ...] = (
    {"amount": 0},
    {"amount": PRICE + 1},
    {"expires_at": GENESIS},
    {"not_before": GENESIS + 99 * DAY_S},
    {"required": KindSet(0), "required_twice": KindSet(0)},
    {"required": ADVERSE, "blocking": ADVERSE},
)
"""The same for their first tranche."""
