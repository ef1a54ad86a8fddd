"""What the story is about: the order, the facts and the terms of the financing."""

from entrepot.bindings import evidence, trade_orders
from entrepot.bindings.evidence_kinds import EvidenceKind, KindSet
from entrepot.bindings.financings import (
    DayCount,
    FinancingTerms,
    LenderShare,
    Product,
    Tranche,
)
from entrepot.bindings.ids import (
    EvidenceId,
    OrderId,
)
from entrepot.domain.keys import Keys
from entrepot.domain.terms import Outcome
from entrepot.kit.abi import Address, Event
from entrepot.settings import Settings
from tests.store.cast import (
    BANK_A,
    BANK_B,
    CARRIER,
    CUSTOMS_CN,
    CUSTOMS_NL,
    EXPORTER,
    FINTECH,
    HOUR,
    IMPORTER,
    START,
    kind_set,
    word,
)

USD = b"USD"
REFERENCE = "EXP-2026-1187"
KEYS = Keys(Settings().consortium_key.get_secret_value())


def outcome(**changes: object) -> Outcome:
    """A decision that releases, but for `changes`."""
    plain = {
        "met": True,
        "unmet": (),
        "missing": (),
        "missing_twice": (),
        "blocking": (),
        "over_limit": (),
        "proofs": {},
    }
    return Outcome(**{**plain, **changes})  # type: ignore[arg-type]


def terms(order_id: OrderId, amounts: tuple[int, ...]) -> FinancingTerms:
    """Three tranches: on order; on board and export released; import released."""
    steps = (
        (kind_set(EvidenceKind.INVOICE), False),
        (kind_set(EvidenceKind.SHIPPED_ON_BOARD, EvidenceKind.EXPORT_RELEASED), True),
        (kind_set(EvidenceKind.IMPORT_RELEASED), True),
    )
    return FinancingTerms(
        order_id=order_id,
        order_version=1,
        natural_key=word("facility key"),
        product=Product.ORDER_FINANCE,
        token=Address(b"\x22" * 20),
        asset_keys=(KEYS.order_asset(EXPORTER.decode(), REFERENCE),),
        basis=(EvidenceId(word("evidence INVOICE")),),
        lenders=(
            LenderShare(lender=BANK_A, funding_bps=6_000, loss_bps=6_000),
            LenderShare(lender=BANK_B, funding_bps=4_000, loss_bps=4_000),
        ),
        tranches=tuple(
            Tranche(
                amount=amount,
                required=required,
                required_twice=KindSet(0),
                blocking=kind_set(EvidenceKind.CUSTOMS_HOLD, EvidenceKind.DISPUTED),
                title_pledged=pledged,
                not_before=START,
                expires_at=START + 4_000 * HOUR,
            )
            for amount, (required, pledged) in zip(amounts, steps, strict=True)
        ),
        interest_bps=620,
        penalty_bps=300,
        fee_bps=20,
        reserve_bps=500,
        platform=FINTECH,
        platform_share_bps=1_500,
        day_count=DayCount.ACT_360,
        matures_at=START + 3_000 * HOUR,
        grace_days=5,
        default_days=30,
        recourse=True,
    )


def order_placed(order_id: OrderId, amount_minor: int) -> Event:
    return trade_orders.OrderPlaced(
        order_id=order_id,
        exporter=EXPORTER,
        importer=IMPORTER,
        terms=trade_orders.OrderTerms(
            exporter=EXPORTER,
            importer=IMPORTER,
            currency=USD,
            amount=amount_minor,
            origin=b"CN",
            destination=b"NL",
            commitment=word("commercial terms"),
            accept_by=START + 100 * HOUR,
            ship_by=START + 500 * HOUR,
        ),
        attesters=(
            trade_orders.Attester(participant=EXPORTER, kinds=kind_set(EvidenceKind.INVOICE)),
            trade_orders.Attester(
                participant=CARRIER,
                kinds=kind_set(EvidenceKind.SHIPPED_ON_BOARD, EvidenceKind.VESSEL_DEPARTED),
            ),
            trade_orders.Attester(
                participant=CUSTOMS_CN,
                kinds=kind_set(EvidenceKind.EXPORT_RELEASED, EvidenceKind.CUSTOMS_HOLD),
            ),
            trade_orders.Attester(
                participant=CUSTOMS_NL, kinds=kind_set(EvidenceKind.IMPORT_RELEASED)
            ),
        ),
    )


def fact(kind: EvidenceKind, at: int) -> evidence.Fact:
    return evidence.Fact(
        kind=kind,
        source_key=word(f"source {kind.name}"),
        commitment=word(f"content {kind.name}"),
        occurred_at=at,
        supersedes=EvidenceId(bytes(32)),
    )
