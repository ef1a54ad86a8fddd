"""What an order's financing comes to under each offer: priced, or with the reasons why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any, Final

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.financings import FinancingTerms, Tranche
from entrepot.bindings.ids import OrderId, ParticipantId
from entrepot.chain.ids import terms_hash
from entrepot.domain.errors import InvalidInput
from entrepot.domain.money import Money
from entrepot.domain.offers import (
    Occasion,
    OfferTerms,
    Reason,
    Room,
    advance_of,
    mismatches,
    tranches_of,
)
from entrepot.domain.pricing import price
from entrepot.domain.requests import first_broken
from entrepot.kit.clock import from_unix
from entrepot.steps import World
from entrepot.steps.submission import facilities, goods, naming, repository
from entrepot.steps.submission.facilities import AskedTranche, RequestFacility
from entrepot.store import offers, rooms
from entrepot.store.goods import status_of
from entrepot.store.rooms import Used
from entrepot.store.session import Session
from entrepot.store.tables import Offer, TradeOrder

UNMET: Final = {
    "assetKeys": "no paper of the order says which goods it is about, or too many do",
    "basis": "no document of the order is recorded that an approval could rest on, or too many are",
    "tranches": "the advance is too small to be cut into its tranches",
}
AFTERWARDS: Final = (
    ("EXPORTER_ACCEPTS", "the exporter accepts the quote by a key of its own before it expires"),
    ("LENDERS_APPROVE", "officers of every lender sign the facility's digest"),
    ("LENDERS_FUND", "every lender pays in its share and its part of the reserve"),
)
"""What has to happen whatever the tranches wait for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """wanted: minor units, None for as much as an offer gives; at: unix seconds of chain time."""

    quote_id: str
    partner: ParticipantId | None
    wanted: int | None
    matures_at: int
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """One offer held against one order: priced as JSON, or the reasons why it is not."""

    offer: Offer
    occasion: Occasion
    told: dict[str, Any] | None
    reasons: tuple[Reason, ...]


def weigh(
    world: World, session: Session, order: TradeOrder, wanted: Wanted, found: Sequence[Offer]
) -> list[Weighed]:
    """Each offer, on the facts of this moment; their limits are asked for together."""
    terms = {(offer.offer_id, offer.version): offers.terms_of(offer) for offer in found}
    look = _Look(world, session, order, wanted, list(terms.values()), [o.bank for o in found])
    return [look.weighed(offer, terms[offer.offer_id, offer.version]) for offer in found]


def command_of(terms: OfferTerms, order: TradeOrder, wanted: Wanted) -> RequestFacility:
    """The request that a quote becomes: the same one for the same quote, always."""
    advance = advance_of(terms, order.amount_minor, wanted.wanted)
    share = terms.platform_share_bps if wanted.partner else 0
    return RequestFacility(
        order_id=OrderId(order.order_id),
        reference=wanted.quote_id,
        product=terms.product,
        settlement_bank=terms.settlement_bank,
        lenders=terms.lenders,
        tranches=tuple(
            AskedTranche(
                amount=Money(each.amount, terms.currency),
                required=each.required,
                required_twice=each.required_twice,
                blocking=each.blocking,
                title_pledged=each.title_pledged,
                not_before=each.not_before,
                expires_at=each.expires_at,
            )
            for each in tranches_of(terms, advance, wanted.at)
        ),
        interest_bps=terms.interest_bps,
        penalty_bps=terms.penalty_bps,
        fee_bps=terms.fee_bps,
        reserve_bps=terms.reserve_bps,
        platform=wanted.partner if share else None,
        platform_share_bps=share,
        day_count=terms.day_count,
        matures_at=wanted.matures_at,
        grace_days=terms.grace_days,
        default_days=terms.default_days,
        recourse=terms.recourse,
    )


def plain(value: Any) -> Any:
    """Facts as JSON that every reader keeps exact: whole numbers as decimal strings."""
    match value:
        case bool() | str() | None:
            return value
        case IntEnum():
            return value.name
        case int():
            return str(value)
        case dict():
            return {str(name): plain(each) for name, each in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case tuple() | list():
            return [plain(each) for each in value]  # pyright: ignore[reportUnknownVariableType]
        case _:
            raise TypeError(f"no fact: {value!r}")


class _Look:
    """What is known of one order, fetched once for all offers."""

    def __init__(
        self,
        world: World,
        session: Session,
        order: TradeOrder,
        wanted: Wanted,
        all_terms: Sequence[OfferTerms],
        banks: Sequence[bytes],
    ) -> None:
        self.world, self.session, self.order, self.wanted = world, session, order, wanted
        lenders = {share.lender for terms in all_terms for share in terms.lenders} | {*banks}
        importer = repository.participant(session, order.importer)
        country = importer.jurisdiction if importer else ""
        self.used = rooms.used(session, lenders, order, country)
        self.limits = rooms.limits(session, lenders, order)
        self.corridor = order.origin + order.destination
        self.sandbox = rooms.sandbox(session, self.corridor, order.currency)
        self.keys = goods.asset_keys(world, session, order)
        self.goods = status_of(session, self.keys)
        self.apart = rooms.families(session, self.keys) > 1
        self.attested = rooms.attested(session, order.order_id)
        self.named = [a.kinds for a in repository.order_attesters(session, order.order_id)]

    def weighed(self, offer: Offer, terms: OfferTerms) -> Weighed:
        occasion = self._occasion(offer, terms)
        reasons = mismatches(terms, occasion)
        told = None
        if not reasons:
            told, reasons = self._priced(offer, terms)
        return Weighed(offer=offer, occasion=occasion, told=told, reasons=reasons)

    def _occasion(self, offer: Offer, terms: OfferTerms) -> Occasion:
        order, cap = self.order, self.sandbox
        own = self.used.get(offer.bank, Used())
        once = twice = 0
        for kinds in self.named:
            once, twice = once | kinds, twice | once & kinds
        return Occasion(
            at=self.wanted.at,
            order_state=order.state,
            currency=order.currency,
            order_amount=order.amount_minor,
            corridor=self.corridor,
            wanted=self.wanted.wanted,
            matures_at=self.wanted.matures_at,
            named=once,
            named_twice=twice,
            rooms=tuple(
                Room(
                    lender=share.lender.decode("ascii"),
                    limit=self.limits.get(share.lender, 0),
                    used=self.used.get(share.lender, Used()).exporter,
                )
                for share in terms.lenders
            ),
            buyer_used=own.buyer,
            country_used=own.country,
            sandbox_cap=cap[0],
            sandbox_used=cap[1],
            sandbox_ends_at=cap[2],
            goods_free=self.goods.available_minor,
            goods_currency=self.goods.currency,
            goods_apart=self.apart,
        )

    def _priced(
        self, offer: Offer, terms: OfferTerms
    ) -> tuple[dict[str, Any] | None, tuple[Reason, ...]]:
        """As the facility's own command draws it up, which may still refuse."""
        command = command_of(terms, self.order, self.wanted)
        try:
            drawn, _ = facilities.drafted(self.world, self.session, self.order, command, self.keys)
        except InvalidInput as error:
            return None, (Reason("TERMS", str(error)),)
        if field := first_broken(drawn, self.wanted.at):
            return None, (Reason("TERMS", UNMET.get(field, f"the contract refuses {field}")),)
        return self._told(offer, terms, drawn), ()

    def _told(self, offer: Offer, terms: OfferTerms, drawn: FinancingTerms) -> dict[str, Any]:
        cost = asdict(price(drawn, self.wanted.at))
        rates = ("interest_bps", "penalty_bps", "fee_bps", "reserve_bps", "platform_share_bps")
        limits = ("grace_days", "default_days", "recourse")
        return {
            "offer_id": offer.offer_id,
            "version": offer.version,
            "reference": offer.reference,
            "bank": offer.bank.decode("ascii"),
            "product": terms.product.name,
            "lenders": [
                {
                    "participant": share.lender.decode("ascii"),
                    "funding_bps": share.funding_bps,
                    "loss_bps": share.loss_bps,
                }
                for share in terms.lenders
            ],
            "days": cost.pop("days"),
            "annual_rate_bps": cost.pop("annual_rate_bps"),
            **{name: self._money(minor) for name, minor in cost.items()},
            **{name: getattr(drawn, name) for name in (*rates, *limits)},
            "day_count": drawn.day_count.name,
            "matures_at": instant(drawn.matures_at),
            "tranches": [self._tranche(each) for each in drawn.tranches],
            "conditions": [{"code": code, "text": text} for code, text in AFTERWARDS],
            "terms_hash": naming.hexed(terms_hash(drawn)),
        }

    def _tranche(self, each: Tranche) -> dict[str, Any]:
        once, twice = self.attested
        return {
            "amount": self._money(each.amount),
            "required": _kinds(each.required),
            "required_twice": _kinds(each.required_twice),
            "blocking": _kinds(each.blocking),
            "missing": _kinds(each.required & ~once | each.required_twice & ~twice),
            "title_pledged": each.title_pledged,
            "not_before": instant(each.not_before),
            "expires_at": instant(each.expires_at),
        }

    def _money(self, minor: int) -> dict[str, str]:
        currency = self.order.currency
        return {"amount": Money(minor, currency).to_decimal_string(), "currency": currency}


def instant(at: int) -> str:
    """Unix seconds as RFC 3339."""
    return from_unix(at).strftime("%Y-%m-%dT%H:%M:%SZ")


def _kinds(of: int) -> list[str]:
    return [kind.name for kind in EvidenceKind if of >> kind & 1]
