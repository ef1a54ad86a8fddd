"""What the conditions of a tranche look at, gathered from the facilities of an order and what they
rest on, and their answer as `Financing.conditions` gives it. The rules are in
`entrepot.domain.terms`."""

from collections.abc import Collection

from entrepot.bindings.evidence_kinds import EvidenceKind, KindSet
from entrepot.bindings.financings import Condition, Conditions, FinancingState
from entrepot.bindings.ids import AssetKey, ParticipantId
from entrepot.domain.contributions import funding_bps
from entrepot.domain.encumbrances import NO_ASSET, Register
from entrepot.domain.facility import Record
from entrepot.domain.sharing import between
from entrepot.domain.surroundings import Surroundings
from entrepot.domain.terms import Facts, LenderFacts, Outcome

Records = Collection[Record]

NO_SUCH_TRANCHE = Conditions(
    unmet=1 << Condition.TRANCHE,
    missing=KindSet(0),
    missing_twice=KindSet(0),
    blocking=KindSet(0),
)
"""Nothing else is looked at then."""


def facts_of(
    record: Record,
    index: int,
    records: Records,
    around: Surroundings,
    register: Register,
    at: int,
) -> Facts:
    """All that the conditions of tranche `index` look at; `records` are all facilities."""
    f, tranche, basis = record.f, record.terms.tranches[index], record.terms.basis
    held = register.holding(record.financing_id)
    bill = around.bill_for(record.financing_id)
    family = register.family_of(AssetKey(bill.title_id)) if bill else NO_ASSET
    return Facts(
        at=at,
        facility_state=f.state.name,
        held=f.held,
        released=bool(f.released_set >> index & 1),
        lapsed=bool(f.lapsed_set >> index & 1),
        amount_minor=tranche.amount,
        not_before=tranche.not_before,
        expires_at=tranche.expires_at,
        required=_kinds(tranche.required),
        required_twice=_kinds(tranche.required_twice),
        blocking=_kinds(tranche.blocking),
        title_pledged=tranche.title_pledged,
        order_state=around.order.state,
        order_version=around.order.version,
        terms_order_version=record.terms.order_version,
        importer=record.importer.hex(),
        exporter_active=around.members[f.exporter].active,
        basis_withdrawn=tuple(item.hex() for item in basis if not around.is_recorded(item)),
        attesters=around.attesters(),
        attestations=around.attestations(),
        title=bill.facts() if bill else None,
        title_linked_elsewhere=family not in (NO_ASSET, held.family),
        lenders=_lenders(record, tranche.amount, records, around),
        sandbox_cap_minor=around.sandbox_cap,
        sandbox_used_minor=outstanding(records),
        sandbox_ends_at=around.sandbox_ends_at,
        outstanding_minor=f.outstanding,
        reserve_minor=f.reserve,
        reserve_bps=record.terms.reserve_bps,
        reserved_minor=held.reserved,
        reservation_expires_at=held.expires_at,
        under_recourse=is_under_recourse(records),
    )


def answer(outcome: Outcome) -> Conditions:
    """As the contract spells it: a bit for each."""
    return Conditions(
        unmet=sum(1 << Condition[name] for name in outcome.unmet),
        missing=_set_of(outcome.missing),
        missing_twice=_set_of(outcome.missing_twice),
        blocking=_set_of(outcome.blocking),
    )


def used(records: Records, lender: ParticipantId) -> int:
    """A lender's share of all that is outstanding."""
    return sum(
        exposure
        for record in records
        for share, exposure in zip(record.terms.lenders, record.exposures(), strict=True)
        if share.lender == lender
    )


def outstanding(records: Records) -> int:
    """Of all facilities."""
    return sum(record.f.outstanding for record in records)


def is_under_recourse(records: Records) -> bool:
    """Whether the exporter is called on for a default that has not ended."""
    return any(
        record.f.recourse_claimed and record.state is FinancingState.DEFAULTED for record in records
    )


def _lenders(
    record: Record, amount: int, records: Records, around: Surroundings
) -> tuple[LenderFacts, ...]:
    parts = between(record.f.drawn, record.f.drawn + amount, funding_bps(record.terms))
    return tuple(
        LenderFacts(
            lender=share.lender.hex(),
            active=around.members[share.lender].active,
            limit_minor=around.limits.get(share.lender, 0),
            used_minor=used(records, share.lender),
            share_minor=part,
        )
        for share, part in zip(record.terms.lenders, parts, strict=True)
    )


def _kinds(kinds: KindSet) -> tuple[str, ...]:
    return tuple(kind.name for kind in EvidenceKind if kinds >> kind & 1)


def _set_of(names: tuple[str, ...]) -> KindSet:
    return KindSet(sum(1 << EvidenceKind[name] for name in names))
