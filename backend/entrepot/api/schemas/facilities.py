"""Facilities and payments as they are sent in."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from entrepot.api.schemas.words import (
    Bps,
    Command,
    Id,
    Instant,
    KindName,
    Lei,
    MoneyIn,
    Reason,
    Reference,
    evidence,
    financing,
    kinds,
    octets,
    one_of,
    order,
    participant,
    unix,
)
from entrepot.bindings.financings import DayCount, LenderShare, Product
from entrepot.steps.submission.approvals import Approval
from entrepot.steps.submission.facilities import (
    BASIS_MAX,
    LENDERS_MAX,
    TRANCHES_MAX,
    AskedTranche,
    RequestFacility,
)
from entrepot.steps.submission.matches import DecideMatch
from entrepot.steps.submission.notes import NOTES_MAX, WriteNote
from entrepot.steps.submission.payments import IssueDeposit, RepayFacility
from entrepot.steps.submission.releases import HoldRelease

DayCountName = Annotated[str, one_of(DayCount)]
ProductName = Annotated[str, one_of(Product)]
Kinds = Annotated[list[KindName], Field(max_length=64)]

_TRANCHE = {
    "amount": {"amount": "642000.00", "currency": "USD"},
    "required": ["PURCHASE_ORDER", "TRANSPORT_DOCUMENT", "SHIPPED_ON_BOARD", "EXPORT_RELEASED"],
    "required_twice": [],
    "blocking": ["CUSTOMS_HOLD", "FRAUD_ALERT"],
    "title_pledged": True,
    "not_before": "2026-11-02T00:00:00Z",
    "expires_at": "2026-12-15T00:00:00Z",
}


class LenderIn(Command):
    """A lender's share of the money, and its share of a loss; each adds up to 10,000."""

    participant: Lei
    funding_bps: Bps
    loss_bps: Bps

    def to_share(self) -> LenderShare:
        return LenderShare(
            lender=participant(self.participant),
            funding_bps=self.funding_bps,
            loss_bps=self.loss_bps,
        )


class TrancheIn(Command):
    """Money that goes out once every kind required is attested and none that blocks is."""

    amount: MoneyIn
    required: Kinds
    required_twice: Kinds
    blocking: Kinds
    title_pledged: bool
    not_before: Instant
    expires_at: Instant

    def to_tranche(self) -> AskedTranche:
        return AskedTranche(
            amount=self.amount.to_money(),
            required=kinds(self.required),
            required_twice=kinds(self.required_twice),
            blocking=kinds(self.blocking),
            title_pledged=self.title_pledged,
            not_before=unix(self.not_before),
            expires_at=unix(self.expires_at),
        )


class RequestFacilityIn(Command):
    """What the exporter asks its lenders for, on one accepted order."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "order_id": "0x" + "5a" * 32,
                    "reference": "FAC-2026-0311",
                    "product": "ORDER_FINANCE",
                    "settlement_bank": "ENTR00HARBOURBANK155",
                    "interest_bps": 650,
                    "penalty_bps": 300,
                    "fee_bps": 25,
                    "reserve_bps": 500,
                    "platform": "ENTR00LANTERNFINCE96",
                    "platform_share_bps": 2000,
                    "day_count": "ACT_360",
                    "matures_at": "2027-01-20T00:00:00Z",
                    "grace_days": 5,
                    "default_days": 30,
                    "recourse": True,
                    "lenders": [
                        {
                            "participant": "ENTR00HARBOURBANK155",
                            "funding_bps": 6000,
                            "loss_bps": 5000,
                        },
                        {
                            "participant": "ENTR00LANTERNFINCE96",
                            "funding_bps": 4000,
                            "loss_bps": 5000,
                        },
                    ],
                    "tranches": [_TRANCHE],
                }
            ]
        }
    )

    order_id: Id
    reference: Reference
    product: ProductName
    settlement_bank: Lei
    lenders: Annotated[list[LenderIn], Field(min_length=1, max_length=LENDERS_MAX)]
    tranches: Annotated[list[TrancheIn], Field(min_length=1, max_length=TRANCHES_MAX)]
    interest_bps: Bps
    penalty_bps: Bps
    fee_bps: Bps
    reserve_bps: Bps
    platform_share_bps: Bps
    day_count: DayCountName
    matures_at: Instant
    grace_days: Annotated[int, Field(ge=0, le=365)]
    default_days: Annotated[
        int, Field(ge=0, le=365, description="Days overdue before a default may be declared.")
    ]
    recourse: bool
    platform: Lei | None = None
    basis: Annotated[list[Id], Field(max_length=BASIS_MAX)] | None = Field(
        default=None,
        description="The evidence that approvals rest on; every document of the order when absent.",
    )

    def to_command(self) -> RequestFacility:
        return RequestFacility(
            order_id=order(self.order_id),
            reference=self.reference,
            product=Product[self.product],
            settlement_bank=participant(self.settlement_bank),
            lenders=tuple(lender.to_share() for lender in self.lenders),
            tranches=tuple(tranche.to_tranche() for tranche in self.tranches),
            interest_bps=self.interest_bps,
            penalty_bps=self.penalty_bps,
            fee_bps=self.fee_bps,
            reserve_bps=self.reserve_bps,
            platform=participant(self.platform) if self.platform else None,
            platform_share_bps=self.platform_share_bps,
            day_count=DayCount[self.day_count],
            matures_at=unix(self.matures_at),
            grace_days=self.grace_days,
            default_days=self.default_days,
            recourse=self.recourse,
            basis=None if self.basis is None else tuple(evidence(each) for each in self.basis),
        )


class ApproveIn(Command):
    """What the officer saw. Without it the statement of this moment is signed, and answered."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"digest": "0x" + "d1" * 32, "deadline": "2026-11-07T07:00:00Z"}]
        }
    )

    digest: Id | None = None
    deadline: Instant | None = None


def approval(facility_id: str, seen: ApproveIn | None) -> Approval:
    """The command of an approval, with or without what was seen."""
    digest = seen.digest if seen else None
    deadline = seen.deadline if seen else None
    return Approval(
        financing_id=financing(facility_id),
        digest=octets(digest) if digest else None,
        deadline=unix(deadline) if deadline else None,
    )


class DecideMatchIn(Command):
    """A person's verdict on a near match, and why."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "verdict": "OTHER_GOODS",
                    "reason": "part shipments of one contract; both packing lists were compared",
                }
            ]
        }
    )

    verdict: Literal["SAME_GOODS", "OTHER_GOODS"]
    reason: Reason

    def to_command(self, facility_id: str, match_id: str) -> DecideMatch:
        return DecideMatch(
            financing_id=financing(facility_id),
            match_id=octets(match_id),
            verdict=self.verdict,
            reason=self.reason,
        )


class DeclineIn(Command):
    """Why a lender says no, for the exporter to read."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "the limit for this buyer is used up"}]}
    )

    reason: Reason | None = None


class HoldReleaseIn(Command):
    """Why a lender holds a release, or lets go of it: for its own people and regulators."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "the buyer's bank asked us to call back"}]}
    )

    reason: Reason

    def to_command(self, facility_id: str, tranche: int) -> HoldRelease:
        return HoldRelease(financing_id=financing(facility_id), tranche=tranche, reason=self.reason)


class NoteIn(Command):
    """A question, or the answer to one."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "Which vessel are the goods to go with?"}]}
    )

    text: Reason
    answers: Annotated[int, Field(ge=1, le=NOTES_MAX)] | None = None

    def to_command(self, facility_id: str) -> WriteNote:
        return WriteNote(financing_id=financing(facility_id), text=self.text, answers=self.answers)


class RepaymentIn(Command):
    """A payment out of the payer's own account."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "amount": {"amount": "1284000.00", "currency": "USD"},
                    "reference": "VDM-PAY-2027-0015",
                }
            ]
        }
    )

    amount: MoneyIn
    reference: Reference

    def to_command(self, financing_id: str) -> RepayFacility:
        return RepayFacility(
            financing_id=financing(financing_id),
            amount=self.amount.to_money(),
            reference=self.reference,
        )


class DepositIn(Command):
    """Money that came in over a payment rail."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "participant": "ENTR00LANTERNFINCE96",
                    "amount": {"amount": "800000.00", "currency": "USD"},
                    "rail_reference": "HBK-IN-20261102-0417",
                }
            ]
        }
    )

    participant: Lei
    amount: MoneyIn
    rail_reference: Reference

    def to_command(self) -> IssueDeposit:
        return IssueDeposit(
            participant=participant(self.participant),
            amount=self.amount.to_money(),
            rail_reference=self.rail_reference,
        )
