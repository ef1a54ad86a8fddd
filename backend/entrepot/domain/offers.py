"""Terms that a lender publishes, and which of them an order fits.

An offer is drawn up into a facility's own terms, so that what the contract would refuse is refused
when it is published. Amounts are minor units of the offer's currency, times unix seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from entrepot.bindings.evidence_kinds import EvidenceKey, EvidenceKind, KindSet
from entrepot.bindings.financings import (
    DayCount,
    FinancingTerms,
    LenderShare,
    Product,
    Tranche,
)
from entrepot.bindings.ids import AssetKey, OrderId, ParticipantId
from entrepot.domain.accrual import DAY_S, days_between
from entrepot.domain.money import Money
from entrepot.domain.requests import first_broken
from entrepot.domain.sharing import WHOLE_BPS, split
from entrepot.kit.abi import NO_ADDRESS

NOT_KEPT: Final = {
    "lenders": "1 to 4 different ones, whose funding_bps and loss_bps each add up to 10,000",
    "tranches": "1 to 8, of which none requires a kind that blocks it",
    "reserveBps": "500 to 10,000: a facility keeps at least 5 % of what is outstanding",
    "platformShareBps": "at most 2,000: a partner gets at most 20 % of the interest",
    "maturesAt": "tenor_days_max must be more than every tranche's open_days",
    "product": "each tranche must ask for what the product needs at the least",
}
"""What the contract asks of terms, by the field that it names in its refusal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedTranche:
    """Its part of the advance, and what it waits for. open_days: how long it may be released."""

    share_bps: int
    required: KindSet
    required_twice: KindSet
    blocking: KindSet
    title_pledged: bool
    open_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferTerms:
    """advance_bps: of the order's amount, at the most. corridors: "CNNL", none for all that a
    regulator has opened. buyer_max, country_max: what the publishing lender may have lent and
    promised on one buyer, or on all of one country; None for no such limit."""

    product: Product
    currency: str
    settlement_bank: ParticipantId
    amount_min: int
    amount_max: int
    advance_bps: int
    tenor_days_max: int
    interest_bps: int
    penalty_bps: int
    fee_bps: int
    reserve_bps: int
    platform_share_bps: int
    day_count: DayCount
    grace_days: int
    default_days: int
    recourse: bool
    lenders: tuple[LenderShare, ...]
    tranches: tuple[OfferedTranche, ...]
    corridors: tuple[str, ...]
    buyer_max: int | None
    country_max: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a lender allows for the exporter, and what of it is lent or promised."""

    lender: str
    limit: int
    used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """All that is looked at to see whether an order fits an offer, at one block.

    named, named_twice: kinds that the order names one attester for, or two. goods_free: what the
    register leaves to lend on the goods, None while nothing is held on them; goods_apart: their
    keys belong to several consignments. used: for the buyer and for its country by the publisher.
    """

    at: int
    order_state: str
    currency: str
    order_amount: int
    corridor: str
    wanted: int | None
    matures_at: int
    named: int
    named_twice: int
    rooms: tuple[Room, ...]
    buyer_used: int
    country_used: int
    sandbox_cap: int
    sandbox_used: int
    sandbox_ends_at: int
    goods_free: int | None
    goods_currency: str
    goods_apart: bool


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an order does not fit: code is stable, text for people. No text tells a limit or how
    much of it is used, which are the lender's, or who else lends on the goods."""

    code: str
    text: str


def advance_of(terms: OfferTerms, order_amount: int, wanted: int | None) -> int:
    """What would be lent: what was asked for, else as much as the offer gives on the order."""
    most = min(order_amount * terms.advance_bps // WHOLE_BPS, terms.amount_max)
    return most if wanted is None else wanted


def tranches_of(terms: OfferTerms, advance: int, at: int) -> tuple[Tranche, ...]:
    """The advance in the tranches of a facility that is asked for at a time."""
    parts = split(advance, [each.share_bps for each in terms.tranches])
    return tuple(
        Tranche(
            amount=part,
            required=each.required,
            required_twice=each.required_twice,
            blocking=each.blocking,
            title_pledged=each.title_pledged,
            not_before=at,
            expires_at=at + each.open_days * DAY_S,
        )
        for part, each in zip(parts, terms.tranches, strict=True)
    )


def broken(terms: OfferTerms) -> str | None:
    """Why it can't be published: a rule of its own, or one of the contract's; None if it can."""
    if not 0 < terms.amount_min <= terms.amount_max:
        return "amount_min: more than zero, and not more than amount_max"
    if sum(each.share_bps for each in terms.tranches) != WHOLE_BPS:
        return "tranches: their share_bps add up to 10,000"
    if not 1 <= terms.advance_bps <= WHOLE_BPS:
        return "advance_bps: 1 to 10,000"
    field = first_broken(_sample(terms), at=0)
    return None if field is None else f"{_spelled(field)}: {NOT_KEPT.get(field, 'out of range')}"


def mismatches(terms: OfferTerms, occasion: Occasion) -> tuple[Reason, ...]:
    """Everything that keeps the order from being financed so; none when nothing does."""
    if occasion.order_state != "ACCEPTED":
        return (Reason("ORDER", f"the order is {occasion.order_state}, not ACCEPTED"),)
    if occasion.currency != terms.currency:
        return (Reason("CURRENCY", f"it is for {terms.currency}, not {occasion.currency}"),)
    advance = advance_of(terms, occasion.order_amount, occasion.wanted)
    return (
        *_of_amount(terms, occasion, advance),
        *_of_dates(terms, occasion),
        *_of_attesters(terms, occasion),
        *_of_limits(terms, occasion, advance),
        *_of_goods(occasion, advance),
    )


def _of_amount(terms: OfferTerms, occasion: Occasion, advance: int) -> Iterator[Reason]:
    most = Money(occasion.order_amount * terms.advance_bps // WHOLE_BPS, terms.currency)
    asked = Money(advance, terms.currency)
    if asked.amount_minor < terms.amount_min:
        least = Money(terms.amount_min, terms.currency)
        yield Reason("AMOUNT", f"{asked} is less than the least of {least}")
    if asked.amount_minor > terms.amount_max:
        yield Reason(
            "AMOUNT", f"{asked} is more than the most of {Money(terms.amount_max, terms.currency)}"
        )
    if asked > most:
        yield Reason("ADVANCE", f"{asked} is more than the {most} it gives on this order")


def _of_dates(terms: OfferTerms, occasion: Occasion) -> Iterator[Reason]:
    days = days_between(occasion.at, occasion.matures_at)
    if days > terms.tenor_days_max:
        yield Reason("TENOR", f"{days} days are more than the most of {terms.tenor_days_max}")
    last = max(each.open_days for each in terms.tranches)
    if occasion.matures_at <= occasion.at + last * DAY_S:
        yield Reason("TENOR", f"it must mature more than {last} days from now, after its tranches")


def _of_attesters(terms: OfferTerms, occasion: Occasion) -> Iterator[Reason]:
    once = twice = 0
    for each in terms.tranches:
        once |= each.required | each.required_twice
        twice |= each.required_twice
    for kind in EvidenceKind:
        if (once & ~occasion.named) >> kind & 1:
            yield Reason("ATTESTERS", f"the order names nobody to attest {kind.name}")
        elif (twice & ~occasion.named_twice) >> kind & 1:
            yield Reason("ATTESTERS", f"the order names only one to attest {kind.name}, not two")


def _of_limits(terms: OfferTerms, occasion: Occasion, advance: int) -> Iterator[Reason]:
    parts = split(advance, [share.funding_bps for share in terms.lenders])
    for share, part, room in zip(terms.lenders, parts, occasion.rooms, strict=True):
        if room.used + part > room.limit:
            name = share.lender.decode("ascii", "replace")
            yield Reason("LIMIT", f"the limit of {name} for the exporter has no room for this")
    if terms.buyer_max is not None and occasion.buyer_used + advance > terms.buyer_max:
        yield Reason("BUYER", "the lender's limit for the buyer has no room for this")
    if terms.country_max is not None and occasion.country_used + advance > terms.country_max:
        yield Reason("COUNTRY", "the lender's limit for the buyer's country has no room for this")
    if terms.corridors and occasion.corridor not in terms.corridors:
        yield Reason(
            "CORRIDOR", f"it is not for {occasion.corridor[:2]} to {occasion.corridor[2:]}"
        )
    if occasion.at >= occasion.sandbox_ends_at:
        yield Reason("SANDBOX", "no regulator has opened this corridor in this currency")
    elif occasion.sandbox_used + advance > occasion.sandbox_cap:
        yield Reason("SANDBOX", "the regulator's cap on this corridor has no room for this")


def _of_goods(occasion: Occasion, advance: int) -> Iterator[Reason]:
    if occasion.goods_apart:
        yield Reason("REGISTER", "the register has the order's papers under several consignments")
    elif occasion.goods_free is not None and occasion.goods_currency != occasion.currency:
        yield Reason("REGISTER", "the goods are financed already, in another currency")
    elif occasion.goods_free is not None and advance > occasion.goods_free:
        yield Reason("REGISTER", "the goods are financed already: too little is free to lend on")


def _sample(terms: OfferTerms) -> FinancingTerms:
    """A facility on the most that it lends for the longest, asked for at the beginning of time."""
    one = bytes(31) + b"\1"
    return FinancingTerms(
        order_id=OrderId(one),
        order_version=1,
        natural_key=one,
        product=terms.product,
        token=NO_ADDRESS,
        asset_keys=(AssetKey(one),),
        basis=(
            EvidenceKey(
                attester=terms.settlement_bank, kind=EvidenceKind.PURCHASE_ORDER, source_key=one
            ),
        ),
        lenders=terms.lenders,
        tranches=tranches_of(terms, terms.amount_max, 0),
        interest_bps=terms.interest_bps,
        penalty_bps=terms.penalty_bps,
        fee_bps=terms.fee_bps,
        reserve_bps=terms.reserve_bps,
        platform=terms.settlement_bank if terms.platform_share_bps else ParticipantId(bytes(20)),
        platform_share_bps=terms.platform_share_bps,
        day_count=terms.day_count,
        matures_at=terms.tenor_days_max * DAY_S,
        grace_days=terms.grace_days,
        default_days=terms.default_days,
        recourse=terms.recourse,
    )


def _spelled(field: str) -> str:
    """platformShareBps as the API spells it."""
    return "".join(f"_{one.lower()}" if one.isupper() else one for one in field)
