"""Offers and quotes as they are sent in."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from entrepot.api.schemas.facilities import DayCountName, Kinds, LenderIn, ProductName
from entrepot.api.schemas.words import (
    Bps,
    Command,
    Country,
    Id,
    Instant,
    Lei,
    MoneyIn,
    Reference,
    kinds,
    octets,
    order,
    participant,
    unix,
)
from entrepot.bindings.financings import DayCount, Product
from entrepot.domain.errors import WrongCurrency
from entrepot.domain.offers import OfferedTranche, OfferTerms
from entrepot.steps.submission.facilities import LENDERS_MAX, TRANCHES_MAX
from entrepot.steps.submission.offers import PARTNERS_MAX, PublishOffer
from entrepot.steps.submission.quotes import AcceptQuote, CreateQuote

CORRIDORS_MAX = 200
OfferId = Annotated[str, StringConstraints(pattern=r"^off_[0-9a-f]{32}$")]
Days = Annotated[int, Field(ge=1, le=3650)]


class OfferTrancheIn(Command):
    """A part of the advance, what it waits for, and how many days after the quote it may go out."""

    share_bps: Bps
    required: Kinds
    required_twice: Kinds
    blocking: Kinds
    title_pledged: bool
    open_days: Days

    def to_tranche(self) -> OfferedTranche:
        return OfferedTranche(
            share_bps=self.share_bps,
            required=kinds(self.required),
            required_twice=kinds(self.required_twice),
            blocking=kinds(self.blocking),
            title_pledged=self.title_pledged,
            open_days=self.open_days,
        )


class CorridorIn(Command):
    origin: Country
    destination: Country


class PublishOfferIn(Command):
    """What a lender is ready to finance, at which price, for whom. Amounts are in one currency."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reference": "ORDER-USD-90",
                    "product": "ORDER_FINANCE",
                    "settlement_bank": "ENTR00HARBOURBANK155",
                    "amount_min": {"amount": "50000.00", "currency": "USD"},
                    "amount_max": {"amount": "900000.00", "currency": "USD"},
                    "advance_bps": 7000,
                    "tenor_days_max": 120,
                    "interest_bps": 650,
                    "penalty_bps": 300,
                    "fee_bps": 25,
                    "reserve_bps": 500,
                    "platform_share_bps": 1500,
                    "day_count": "ACT_360",
                    "grace_days": 5,
                    "default_days": 30,
                    "recourse": True,
                    "lenders": [
                        {
                            "participant": "ENTR00HARBOURBANK155",
                            "funding_bps": 10000,
                            "loss_bps": 10000,
                        }
                    ],
                    "tranches": [
                        {
                            "share_bps": 10000,
                            "required": ["PURCHASE_ORDER", "INVOICE"],
                            "required_twice": ["PURCHASE_ORDER"],
                            "blocking": ["SANCTIONS_HOLD", "FRAUD_ALERT", "DISPUTED"],
                            "title_pledged": False,
                            "open_days": 30,
                        }
                    ],
                    "corridors": [{"origin": "CN", "destination": "NL"}],
                    "buyer_max": {"amount": "2000000.00", "currency": "USD"},
                    "partners": ["ENTR00LANTERNFINCE96"],
                    "valid_from": "2026-11-02T00:00:00Z",
                    "valid_until": "2027-06-30T00:00:00Z",
                }
            ]
        }
    )

    reference: Reference
    product: ProductName
    settlement_bank: Lei
    amount_min: MoneyIn
    amount_max: MoneyIn
    advance_bps: Bps
    tenor_days_max: Days
    interest_bps: Bps
    penalty_bps: Bps
    fee_bps: Bps
    reserve_bps: Bps
    platform_share_bps: Bps
    day_count: DayCountName
    grace_days: Annotated[int, Field(ge=0, le=365)]
    default_days: Annotated[int, Field(ge=0, le=365)]
    recourse: bool
    lenders: Annotated[list[LenderIn], Field(min_length=1, max_length=LENDERS_MAX)]
    tranches: Annotated[list[OfferTrancheIn], Field(min_length=1, max_length=TRANCHES_MAX)]
    corridors: Annotated[list[CorridorIn], Field(max_length=CORRIDORS_MAX)] = Field(
        default=[], description="Between which countries; empty for all that are open."
    )
    buyer_max: MoneyIn | None = Field(
        default=None, description="What you may have lent and promised on one buyer."
    )
    country_max: MoneyIn | None = Field(
        default=None, description="What you may have lent and promised on the buyers of a country."
    )
    partners: Annotated[list[Lei], Field(max_length=PARTNERS_MAX)] = Field(
        default=[], description="Whom it is for; empty for every member."
    )
    valid_from: Instant
    valid_until: Instant

    def to_command(self) -> PublishOffer:
        return PublishOffer(
            reference=self.reference,
            terms=self._terms(),
            partners=tuple(participant(each) for each in self.partners),
            valid_from=unix(self.valid_from),
            valid_until=unix(self.valid_until),
        )

    def _terms(self) -> OfferTerms:
        corridors = {each.origin + each.destination for each in self.corridors}
        return OfferTerms(
            product=Product[self.product],
            currency=self.amount_min.currency,
            settlement_bank=participant(self.settlement_bank),
            amount_min=self.amount_min.to_money().amount_minor,
            amount_max=self._minor("amount_max", self.amount_max),
            advance_bps=self.advance_bps,
            tenor_days_max=self.tenor_days_max,
            interest_bps=self.interest_bps,
            penalty_bps=self.penalty_bps,
            fee_bps=self.fee_bps,
            reserve_bps=self.reserve_bps,
            platform_share_bps=self.platform_share_bps,
            day_count=DayCount[self.day_count],
            grace_days=self.grace_days,
            default_days=self.default_days,
            recourse=self.recourse,
            lenders=tuple(each.to_share() for each in self.lenders),
            tranches=tuple(each.to_tranche() for each in self.tranches),
            corridors=tuple(sorted(corridors)),
            buyer_max=self._maybe("buyer_max", self.buyer_max),
            country_max=self._maybe("country_max", self.country_max),
        )

    def _minor(self, name: str, money: MoneyIn) -> int:
        if money.currency != self.amount_min.currency:
            raise WrongCurrency(name, self.amount_min.currency, money.currency)
        return money.to_money().amount_minor

    def _maybe(self, name: str, money: MoneyIn | None) -> int | None:
        return None if money is None else self._minor(name, money)


class CreateQuoteIn(Command):
    """The order that is to be financed, when it is to be repaid, and how much is wanted."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "order_id": "0x" + "5a" * 32,
                    "amount": {"amount": "800000.00", "currency": "USD"},
                    "matures_at": "2027-01-20T00:00:00Z",
                }
            ]
        }
    )

    order_id: Id
    matures_at: Instant
    amount: MoneyIn | None = Field(
        default=None, description="The advance; as much as each offer gives when absent."
    )

    def to_command(self, consent_id: str | None) -> CreateQuote:
        return CreateQuote(
            order_id=order(self.order_id),
            amount=self.amount.to_money() if self.amount else None,
            matures_at=unix(self.matures_at),
            consent_id=consent_id,
        )


class AcceptQuoteIn(Command):
    """Which of its offers, and the hash of the quote as it was seen."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"offer_id": "off_" + "5a" * 16, "hash": "0x" + "d1" * 32}]}
    )

    offer_id: OfferId
    hash: Id

    def to_command(self, quote_id: str) -> AcceptQuote:
        return AcceptQuote(quote_id=quote_id, offer_id=self.offer_id, hash=octets(self.hash))
