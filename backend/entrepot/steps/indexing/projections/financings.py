"""Financing: facilities from the request to the last repayment."""

from collections.abc import Iterable

from entrepot.bindings import financing as words
from entrepot.bindings.financings import FinancingState, FinancingTerms, Payout, PayoutKind
from entrepot.domain.accrual import Debt, counted_days, deadlines
from entrepot.domain.sharing import between
from entrepot.kit.abi import Event, from_plain, to_plain
from entrepot.steps.indexing.projections.place import Handler, Place, Rows, need
from entrepot.store.tables import (
    Approval,
    Credit,
    Facility,
    FacilityLender,
    Payment,
    TradeOrder,
    Tranche,
)


def _requested(rows: Rows, e: words.FinancingRequested, at: Place) -> None:
    order = need(rows, TradeOrder, e.order_id)
    overdue_after, default_after = deadlines(e.terms)
    rows.add(
        Facility,
        financing_id=e.financing_id,
        stream=at.stream,
        order_id=e.order_id,
        state=FinancingState.REQUESTED.name,
        exporter=e.exporter,
        terms=to_plain(e.terms),
        terms_hash=e.terms_hash,
        document_root=e.document_root,
        token=e.terms.token,
        corridor=order.origin + order.destination,
        currency=order.currency,
        title_id=bytes(32),
        overdue_after=overdue_after,
        default_after=default_after,
        requested_block=at.block_number,
    )
    _add_lenders(rows, e, at)
    _add_tranches(rows, e, at)


def _add_lenders(rows: Rows, e: words.FinancingRequested, at: Place) -> None:
    for position, share in enumerate(e.terms.lenders):
        rows.add(
            FacilityLender,
            financing_id=e.financing_id,
            lender=share.lender,
            stream=at.stream,
            position=position,
            funding_bps=share.funding_bps,
            loss_bps=share.loss_bps,
        )


def _add_tranches(rows: Rows, e: words.FinancingRequested, at: Place) -> None:
    for position, tranche in enumerate(e.terms.tranches):
        rows.add(
            Tranche,
            financing_id=e.financing_id,
            position=position,
            stream=at.stream,
            state="PENDING",
            amount_minor=tranche.amount,
            required=tranche.required,
            required_twice=tranche.required_twice,
            blocking=tranche.blocking,
            title_pledged=tranche.title_pledged,
            not_before=tranche.not_before,
            expires_at=tranche.expires_at,
        )


def _approval_given(rows: Rows, e: words.ApprovalGiven, at: Place) -> None:
    rows.add(
        Approval,
        financing_id=e.financing_id,
        key_id=e.key_id,
        stream=at.stream,
        lender=e.lender,
        digest=e.digest,
        given=e.given,
        needed=e.needed,
        block_number=at.block_number,
    )
    if e.given >= e.needed:
        need(rows, FacilityLender, e.financing_id, e.lender).approved = True


def _approved(rows: Rows, e: words.FinancingApproved, _: Place) -> None:
    need(rows, Facility, e.financing_id).state = FinancingState.APPROVED.name


def _declined(rows: Rows, e: words.FinancingDeclined, _: Place) -> None:
    need(rows, Facility, e.financing_id).state = FinancingState.DECLINED.name


def _lender_funded(rows: Rows, e: words.LenderFunded, _: Place) -> None:
    facility = need(rows, Facility, e.financing_id)
    facility.escrow_minor += e.principal + e.true_up
    facility.reserve_minor += e.reserve
    lender = need(rows, FacilityLender, e.financing_id, e.lender)
    lender.funded = True
    lender.principal_minor = e.principal
    lender.true_up_minor = e.true_up
    lender.reserve_minor = e.reserve


def _funded(rows: Rows, e: words.FinancingFunded, _: Place) -> None:
    need(rows, Facility, e.financing_id).state = FinancingState.FUNDED.name


def _released(rows: Rows, e: words.TrancheReleased, at: Place) -> None:
    facility = need(rows, Facility, e.financing_id)
    _accrue(facility, at.timestamp)
    facility.state = FinancingState.RELEASED.name
    facility.outstanding_minor = e.outstanding
    facility.drawn_minor += e.amount
    facility.escrow_minor -= e.amount
    facility.reserve_minor = e.reserve
    facility.released_set |= 1 << e.tranche
    facility.title_id = e.title_id
    tranche = need(rows, Tranche, e.financing_id, e.tranche)
    tranche.state = "RELEASED"
    tranche.released_at = at.timestamp
    tranche.released_block = at.block_number
    tranche.released_tx = at.tx_hash
    _share_outstanding(rows, facility)


def _tranche_lapsed(rows: Rows, e: words.TrancheLapsed, _: Place) -> None:
    need(rows, Facility, e.financing_id).lapsed_set |= 1 << e.tranche
    need(rows, Tranche, e.financing_id, e.tranche).state = "LAPSED"


def _lapsed(rows: Rows, e: words.FinancingLapsed, _: Place) -> None:
    facility = need(rows, Facility, e.financing_id)
    facility.state = FinancingState.LAPSED.name
    _give_back(facility, e.returned)


def _repaid(rows: Rows, e: words.Repaid, at: Place) -> None:
    facility = need(rows, Facility, e.financing_id)
    _accrue(facility, at.timestamp)
    paid = _by_kind(e.payouts)
    facility.fees_paid_minor += paid.get(PayoutKind.FEES, 0)
    facility.penalty_paid_minor += paid.get(PayoutKind.PENALTY, 0)
    facility.interest_paid_minor += paid.get(PayoutKind.INTEREST, 0)
    facility.interest_paid_minor += paid.get(PayoutKind.PLATFORM_SHARE, 0)
    facility.restored_minor += paid.get(PayoutKind.RESERVE_RESTORED, 0)
    if e.payer == need(rows, TradeOrder, e.order_id).importer:
        facility.paid_by_importer_minor += e.amount
    facility.outstanding_minor = e.outstanding
    _share_outstanding(rows, facility)
    rows.add(
        Payment,
        financing_id=e.financing_id,
        payment_reference=e.payment_reference,
        stream=at.stream,
        payer=e.payer,
        amount_minor=e.amount,
        outstanding_minor=e.outstanding,
        payouts=[[p.to.decode(), p.kind.name, str(p.amount)] for p in e.payouts],
        block_number=at.block_number,
    )


def _closed(rows: Rows, e: words.FinancingRepaid, _: Place) -> None:
    facility = need(rows, Facility, e.financing_id)
    facility.state = FinancingState.REPAID.name
    _give_back(facility, e.returned)


def _overdue(rows: Rows, e: words.FinancingOverdue, _: Place) -> None:
    need(rows, Facility, e.financing_id).state = FinancingState.OVERDUE.name


def _defaulted(rows: Rows, e: words.FinancingDefaulted, at: Place) -> None:
    facility = need(rows, Facility, e.financing_id)
    _accrue(facility, at.timestamp)
    facility.state = FinancingState.DEFAULTED.name
    facility.outstanding_minor = facility.loss_minor = e.loss
    facility.covered_minor = e.covered
    facility.escrow_minor = facility.reserve_minor = 0
    _share_outstanding(rows, facility)


def _recourse_claimed(rows: Rows, e: words.RecourseClaimed, _: Place) -> None:
    need(rows, Facility, e.financing_id).recourse_claimed = True


def _enforced(rows: Rows, e: words.CollateralEnforced, _: Place) -> None:
    need(rows, Facility, e.financing_id).title_id = bytes(32)


def _recovered(rows: Rows, e: words.FinancingRecovered, _: Place) -> None:
    need(rows, Facility, e.financing_id).state = FinancingState.RECOVERED.name


def _write_off_agreed(rows: Rows, e: words.WriteOffAgreed, _: Place) -> None:
    need(rows, FacilityLender, e.financing_id, e.lender).write_off_agreed = True


def _written_off(rows: Rows, e: words.FinancingWrittenOff, at: Place) -> None:
    facility = need(rows, Facility, e.financing_id)
    _accrue(facility, at.timestamp)
    facility.state = FinancingState.WRITTEN_OFF.name
    facility.outstanding_minor = 0
    _share_outstanding(rows, facility)


def _credited(rows: Rows, e: words.CreditBooked, at: Place) -> None:
    row = rows.get(Credit, e.financing_id, e.participant)
    if row is None:
        row = rows.add(
            Credit,
            financing_id=e.financing_id,
            participant_id=e.participant,
            stream=at.stream,
            amount_minor=0,
        )
    row.amount_minor += e.amount


def _credit_claimed(rows: Rows, e: words.CreditClaimed, _: Place) -> None:
    need(rows, Credit, e.financing_id, e.participant).amount_minor = 0


def _held(rows: Rows, e: words.HoldPlaced, _: Place) -> None:
    need(rows, Facility, e.financing_id).held = True


def _unheld(rows: Rows, e: words.HoldLifted, _: Place) -> None:
    need(rows, Facility, e.financing_id).held = False


def _accrue(facility: Facility, at: int) -> None:
    """Counts principal and penalty days up to a block's time, as the contract does."""
    debt = Debt(
        outstanding=facility.outstanding_minor,
        principal_days=facility.principal_days,
        penalty_days=facility.penalty_days,
        accrued_at=facility.accrued_at,
    )
    terms = from_plain(FinancingTerms, facility.terms)
    facility.principal_days, facility.penalty_days = counted_days(debt, terms, at)
    facility.accrued_at = at


def _share_outstanding(rows: Rows, facility: Facility) -> None:
    lenders = [
        row for row in rows.of_stream(FacilityLender) if row.financing_id == facility.financing_id
    ]
    lenders.sort(key=lambda row: row.position)
    bps = [lender.funding_bps for lender in lenders]
    repaid = facility.drawn_minor - facility.outstanding_minor
    shares = zip(lenders, between(repaid, facility.drawn_minor, bps), strict=True)
    for lender, share in shares:
        lender.outstanding_minor = share


def _give_back(facility: Facility, returned: Iterable[Payout]) -> None:
    back = _by_kind(returned)
    facility.escrow_minor -= back.get(PayoutKind.ESCROW_RETURNED, 0)
    facility.reserve_minor -= back.get(PayoutKind.RESERVE_RETURNED, 0)


def _by_kind(payouts: Iterable[Payout]) -> dict[PayoutKind, int]:
    totals: dict[PayoutKind, int] = {}
    for payout in payouts:
        totals[payout.kind] = totals.get(payout.kind, 0) + payout.amount
    return totals


HANDLERS: dict[type[Event], Handler] = {
    words.FinancingRequested: _requested,
    words.ApprovalGiven: _approval_given,
    words.FinancingApproved: _approved,
    words.FinancingDeclined: _declined,
    words.LenderFunded: _lender_funded,
    words.FinancingFunded: _funded,
    words.TrancheReleased: _released,
    words.TrancheLapsed: _tranche_lapsed,
    words.FinancingLapsed: _lapsed,
    words.Repaid: _repaid,
    words.FinancingRepaid: _closed,
    words.FinancingOverdue: _overdue,
    words.FinancingDefaulted: _defaulted,
    words.RecourseClaimed: _recourse_claimed,
    words.CollateralEnforced: _enforced,
    words.FinancingRecovered: _recovered,
    words.WriteOffAgreed: _write_off_agreed,
    words.FinancingWrittenOff: _written_off,
    words.CreditBooked: _credited,
    words.CreditClaimed: _credit_claimed,
    words.HoldPlaced: _held,
    words.HoldLifted: _unheld,
}
