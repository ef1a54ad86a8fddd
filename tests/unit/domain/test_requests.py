"""Sound terms are taken, and each rule that is broken is named."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from entrepot.bindings.evidence_kinds import EvidenceKind, KindSet
from entrepot.bindings.financings import FinancingTerms, LenderShare, Product
from entrepot.domain.requests import first_broken
from tests.differential.stage import GENESIS, who
from tests.unit.domain.deal import TERMS, some_terms


@given(some_terms)
def test_sound_terms_break_nothing(terms: FinancingTerms) -> None:
    assert first_broken(terms, GENESIS) is None


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("naturalKey", {"natural_key": bytes(32)}),
        ("assetKeys", {"asset_keys": ()}),
        ("assetKeys", {"asset_keys": TERMS.asset_keys * 9}),
        ("basis", {"basis": ()}),
        ("basis", {"basis": TERMS.basis * 17}),
        ("lenders", {"lenders": ()}),
        ("lenders", {"lenders": TERMS.lenders[:1]}),
        (
            "lenders",
            {"lenders": (LenderShare(lender=who("a"), funding_bps=5000, loss_bps=5000),) * 2},
        ),
        ("tranches", {"tranches": ()}),
        ("tranches", {"tranches": TERMS.tranches * 9}),
        ("interestBps", {"interest_bps": 10_001}),
        ("penaltyBps", {"penalty_bps": 10_001}),
        ("feeBps", {"fee_bps": 10_001}),
        ("reserveBps", {"reserve_bps": 499}),
        ("reserveBps", {"reserve_bps": 10_001}),
        ("platformShareBps", {"platform_share_bps": 2_001}),
        ("platform", {"platform_share_bps": 0}),
        ("platform", {"platform": bytes(20)}),
        ("maturesAt", {"matures_at": TERMS.tranches[0].expires_at}),
        ("graceDays", {"grace_days": 366}),
        ("defaultDays", {"default_days": 366}),
        ("product", {"product": Product.INVOICE_DISCOUNTING}),
    ],
)
def test_broken_rule_is_named(field: str, changes: dict[str, Any]) -> None:
    assert first_broken(replace(TERMS, **changes), GENESIS) == field


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("tranches", {"amount": 0}),
        ("tranches", {"expires_at": GENESIS}),
        ("tranches", {"not_before": TERMS.tranches[0].expires_at}),
        ("tranches", {"blocking": TERMS.tranches[0].required}),
        ("tranches", {"required": KindSet(1 << EvidenceKind.CUSTOMS_HOLD)}),
        ("product", {"required": KindSet(0)}),
    ],
)
def test_broken_rule_of_a_tranche_is_named(field: str, changes: dict[str, Any]) -> None:
    tranche = replace(TERMS.tranches[0], **changes)
    assert first_broken(replace(TERMS, tranches=(tranche,)), GENESIS) == field


def test_what_is_asked_for_twice_is_asked_for() -> None:
    tranche = TERMS.tranches[0]
    twice = replace(tranche, required=KindSet(0), required_twice=tranche.required)
    assert first_broken(replace(TERMS, tranches=(twice,)), GENESIS) is None


def test_receivables_are_financed_on_a_pledged_bill() -> None:
    tranche = replace(
        TERMS.tranches[0],
        required=KindSet(2**EvidenceKind.GATED_IN - 1 | 1 << EvidenceKind.SHIPPED_ON_BOARD),
    )
    receivable = replace(TERMS, product=Product.RECEIVABLE_FINANCE, tranches=(tranche,))
    assert first_broken(receivable, GENESIS) == "product"
    pledged = replace(receivable, tranches=(replace(tranche, title_pledged=True),))
    assert first_broken(pledged, GENESIS) is None
