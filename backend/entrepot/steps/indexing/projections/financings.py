"""Financing: facilities from the request to the last repayment."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from entrepot.bindings import financing as words
from entrepot.bindings.financings import FinancingState, FinancingTerms, Payout, PayoutKind
from entrepot.domain.accrual import Debt, counted_days, deadlines
from entrepot.domain.sharing import between
from entrepot.kit.abi import Event, from_plain, to_plain
from entrepot.steps.indexing.projections.place import Handler, Place, need
from entrepot.store.tables import (
    Approval,
    Credit,
    Facility,
    FacilityLender,
    Payment,
    TradeOrder,
    Tranche,
)


def _requested(session: Session, e: words.FinancingRequested, at: Place) -> None:
    order = need(session, TradeOrder, e.order_id)
    overdue_after, default_after = deadlines(e.terms)
    session.add(
        Facility(
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
    )
    _add_lenders(session, e, at)
    _add_tranches(session, e, at)


def _add_lenders(session: Session, e: words.FinancingRequested, at: Place) -> None:
    for position, share in enumerate(e.terms.lenders):
        session.add(
            FacilityLender(
                financing_id=e.financing_id,
                lender=share.lender,
                stream=at.stream,
                position=position,
                funding_bps=share.funding_bps,
                loss_bps=share.loss_bps,
            )
        )


def _add_tranches(session: Session, e: words.FinancingRequested, at: Place) -> None:
    for position, tranche in enumerate(e.terms.tranches):
        session.add(
            Tranche(
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
        )


def _approval_given(session: Session, e: words.ApprovalGiven, at: Place) -> None:
    session.add(
        Approval(
            financing_id=e.financing_id,
            key_id=e.key_id,
            stream=at.stream,
            lender=e.lender,
            digest=e.digest,
            given=e.given,
            needed=e.needed,
            block_number=at.block_number,
        )
    )
    if e.given >= e.needed:
        need(session, FacilityLender, (e.financing_id, e.lender)).approved = True


def _approved(session: Session, e: words.FinancingApproved, _: Place) -> None:
    need(session, Facility, e.financing_id).state = FinancingState.APPROVED.name


def _declined(session: Session, e: words.FinancingDeclined, _: Place) -> None:
    need(session, Facility, e.financing_id).state = FinancingState.DECLINED.name


def _lender_funded(session: Session, e: words.LenderFunded, _: Place) -> None:
    facility = need(session, Facility, e.financing_id)
    facility.escrow_minor += e.principal + e.true_up
    facility.reserve_minor += e.reserve
    lender = need(session, FacilityLender, (e.financing_id, e.lender))
    lender.funded = True
    lender.principal_minor = e.principal
    lender.true_up_minor = e.true_up
    lender.reserve_minor = e.reserve


def _funded(session: Session, e: words.FinancingFunded, _: Place) -> None:
    need(session, Facility, e.financing_id).state = FinancingState.FUNDED.name


def _released(session: Session, e: words.TrancheReleased, at: Place) -> None:
    facility = need(session, Facility, e.financing_id)
    _accrue(facility, at.timestamp)
    facility.state = FinancingState.RELEASED.name
    facility.outstanding_minor = e.outstanding
    facility.drawn_minor += e.amount
    facility.escrow_minor -= e.amount
    facility.reserve_minor = e.reserve
    facility.released_set |= 1 << e.tranche
    facility.title_id = e.title_id
    tranche = need(session, Tranche, (e.financing_id, e.tranche))
    tranche.state = "RELEASED"
    tranche.released_at = at.timestamp
    tranche.released_block = at.block_number
    tranche.released_tx = at.tx_hash
    _share_outstanding(session, facility)


def _tranche_lapsed(session: Session, e: words.TrancheLapsed, _: Place) -> None:
    need(session, Facility, e.financing_id).lapsed_set |= 1 << e.tranche
    need(session, Tranche, (e.financing_id, e.tranche)).state = "LAPSED"


def _lapsed(session: Session, e: words.FinancingLapsed, _: Place) -> None:
    facility = need(session, Facility, e.financing_id)
    facility.state = FinancingState.LAPSED.name
    _give_back(facility, e.returned)


def _repaid(session: Session, e: words.Repaid, at: Place) -> None:
    facility = need(session, Facility, e.financing_id)
    _accrue(facility, at.timestamp)
    paid = _by_kind(e.payouts)
    facility.fees_paid_minor += paid.get(PayoutKind.FEES, 0)
    facility.penalty_paid_minor += paid.get(PayoutKind.PENALTY, 0)
    facility.interest_paid_minor += paid.get(PayoutKind.INTEREST, 0)
    facility.interest_paid_minor += paid.get(PayoutKind.PLATFORM_SHARE, 0)
    facility.restored_minor += paid.get(PayoutKind.RESERVE_RESTORED, 0)
    if e.payer == need(session, TradeOrder, e.order_id).importer:
        facility.paid_by_importer_minor += e.amount
    facility.outstanding_minor = e.outstanding
    _share_outstanding(session, facility)
    session.add(
        Payment(
            financing_id=e.financing_id,
            payment_reference=e.payment_reference,
            stream=at.stream,
            payer=e.payer,
            amount_minor=e.amount,
            outstanding_minor=e.outstanding,
            payouts=[[p.to.decode(), p.kind.name, str(p.amount)] for p in e.payouts],
            block_number=at.block_number,
        )
    )


def _closed(session: Session, e: words.FinancingRepaid, _: Place) -> None:
    facility = need(session, Facility, e.financing_id)
    facility.state = FinancingState.REPAID.name
    _give_back(facility, e.returned)


def _overdue(session: Session, e: words.FinancingOverdue, _: Place) -> None:
    need(session, Facility, e.financing_id).state = FinancingState.OVERDUE.name


def _defaulted(session: Session, e: words.FinancingDefaulted, at: Place) -> None:
    facility = need(session, Facility, e.financing_id)
    _accrue(facility, at.timestamp)
    facility.state = FinancingState.DEFAULTED.name
    facility.outstanding_minor = facility.loss_minor = e.loss
    facility.covered_minor = e.covered
    facility.escrow_minor = facility.reserve_minor = 0
    _share_outstanding(session, facility)


def _recourse_claimed(session: Session, e: words.RecourseClaimed, _: Place) -> None:
    need(session, Facility, e.financing_id).recourse_claimed = True


def _enforced(session: Session, e: words.CollateralEnforced, _: Place) -> None:
    need(session, Facility, e.financing_id).title_id = bytes(32)


def _recovered(session: Session, e: words.FinancingRecovered, _: Place) -> None:
    need(session, Facility, e.financing_id).state = FinancingState.RECOVERED.name


def _write_off_agreed(session: Session, e: words.WriteOffAgreed, _: Place) -> None:
    need(session, FacilityLender, (e.financing_id, e.lender)).write_off_agreed = True


def _written_off(session: Session, e: words.FinancingWrittenOff, at: Place) -> None:
    facility = need(session, Facility, e.financing_id)
    _accrue(facility, at.timestamp)
    facility.state = FinancingState.WRITTEN_OFF.name
    facility.outstanding_minor = 0
    _share_outstanding(session, facility)


def _credited(session: Session, e: words.CreditBooked, at: Place) -> None:
    key = (e.financing_id, e.participant)
    row = session.get(Credit, key)
    if row is None:
        row = Credit(
            financing_id=e.financing_id,
            participant_id=e.participant,
            stream=at.stream,
            amount_minor=0,
        )
        session.add(row)
    row.amount_minor += e.amount


def _credit_claimed(session: Session, e: words.CreditClaimed, _: Place) -> None:
    need(session, Credit, (e.financing_id, e.participant)).amount_minor = 0


def _held(session: Session, e: words.HoldPlaced, _: Place) -> None:
    need(session, Facility, e.financing_id).held = True


def _unheld(session: Session, e: words.HoldLifted, _: Place) -> None:
    need(session, Facility, e.financing_id).held = False


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


def _share_outstanding(session: Session, facility: Facility) -> None:
    query = (
        select(FacilityLender)
        .where(FacilityLender.financing_id == facility.financing_id)
        .order_by(col(FacilityLender.position))
    )
    lenders = list(session.exec(query))
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
