"""Offers, as those see them whom they are for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from entrepot.kit.clock import to_unix
from entrepot.store.offers import terms_of
from entrepot.store.tables import Offer, OfferWithdrawal
from entrepot.store.visibility import offers_seen
from entrepot.views.cursors import BadCursor
from entrepot.views.values import (
    Amount,
    Page,
    Parties,
    Party,
    amount,
    kinds,
    page_size,
    rfc3339,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferLenderView:
    lender: Party
    funding_bps: int
    loss_bps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferTrancheView:
    """share_bps: of the advance. open_days: how long after the quote it may be released."""

    share_bps: int
    required: tuple[str, ...]
    required_twice: tuple[str, ...]
    blocking: tuple[str, ...]
    title_pledged: bool
    open_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferView:
    """One version. partners: empty for all members, and told to the publisher only; so are its
    limits for a buyer and a country. withdrawn_at: with all its versions."""

    offer_id: str
    version: int
    reference: str
    bank: Party
    product: str
    currency: str
    settlement_bank: Party
    amount_min: Amount
    amount_max: Amount
    advance_bps: int
    tenor_days_max: int
    interest_bps: int
    penalty_bps: int
    fee_bps: int
    reserve_bps: int
    platform_share_bps: int
    day_count: str
    grace_days: int
    default_days: int
    recourse: bool
    lenders: tuple[OfferLenderView, ...]
    tranches: tuple[OfferTrancheView, ...]
    corridors: tuple[str, ...]
    buyer_max: Amount | None
    country_max: Amount | None
    partners: tuple[Party, ...]
    valid_from: str | None
    valid_until: str | None
    published_at: str | None
    withdrawn_at: str | None


def list_offers(
    session: Session,
    caller: bytes | None,
    *,
    offer_id: str | None = None,
    limit: int = 50,
    after: str | None = None,
) -> Page[OfferView]:
    """Every version of the offers that are for the caller, by id and version; of one offer when
    it is named. BadCursor when `after` is none."""
    query = select(Offer).where(offers_seen(session, caller))
    if offer_id is not None:
        query = query.where(Offer.offer_id == offer_id)
    if after is not None:
        last, _, number = after.rpartition(".")
        if not (last and number.isdecimal() and len(number) < 10):
            raise BadCursor(f"{after[:40]!r} is not a cursor of this list")
        here = col(Offer.offer_id)
        query = query.where((here > last) | (here == last) & (col(Offer.version) > int(number)))
    size = page_size(limit)
    order = (col(Offer.offer_id), col(Offer.version))
    rows = list(session.exec(query.order_by(*order).limit(size + 1)))
    shown = rows[:size]
    more = f"{shown[-1].offer_id}.{shown[-1].version}" if len(rows) > size else None
    return Page(_views(session, caller, shown), more)


def get_offer(session: Session, caller: bytes | None, offer_id: str) -> OfferView | None:
    """Its newest version."""
    query = select(Offer).where(Offer.offer_id == offer_id, offers_seen(session, caller))
    row = session.exec(query.order_by(col(Offer.version).desc()).limit(1)).first()
    return _views(session, caller, [row])[0] if row else None


def _views(session: Session, caller: bytes | None, rows: Sequence[Offer]) -> tuple[OfferView, ...]:
    ids = {row.offer_id for row in rows}
    ended = session.exec(select(OfferWithdrawal).where(col(OfferWithdrawal.offer_id).in_(ids)))
    withdrawn = {row.offer_id: to_unix(row.withdrawn_at) for row in ended}
    parties = Parties(
        session,
        [p for row in rows for p in (row.bank, *row.lenders, *row.partners)]
        + [terms_of(row).settlement_bank for row in rows],
    )
    return tuple(_view(row, caller, parties, withdrawn.get(row.offer_id)) for row in rows)


def _view(
    row: Offer, caller: bytes | None, parties: Parties, withdrawn_at: int | None
) -> OfferView:
    terms = terms_of(row)
    own = caller is None or caller == row.bank

    def money(minor: int | None) -> Amount | None:
        return amount(minor, terms.currency) if own and minor is not None else None

    return OfferView(
        offer_id=row.offer_id,
        version=row.version,
        reference=row.reference,
        bank=parties[row.bank],
        product=terms.product.name,
        currency=terms.currency,
        settlement_bank=parties[terms.settlement_bank],
        amount_min=amount(terms.amount_min, terms.currency),
        amount_max=amount(terms.amount_max, terms.currency),
        advance_bps=terms.advance_bps,
        tenor_days_max=terms.tenor_days_max,
        interest_bps=terms.interest_bps,
        penalty_bps=terms.penalty_bps,
        fee_bps=terms.fee_bps,
        reserve_bps=terms.reserve_bps,
        platform_share_bps=terms.platform_share_bps,
        day_count=terms.day_count.name,
        grace_days=terms.grace_days,
        default_days=terms.default_days,
        recourse=terms.recourse,
        lenders=tuple(
            OfferLenderView(
                lender=parties[share.lender],
                funding_bps=share.funding_bps,
                loss_bps=share.loss_bps,
            )
            for share in terms.lenders
        ),
        tranches=tuple(
            OfferTrancheView(
                share_bps=each.share_bps,
                required=kinds(each.required),
                required_twice=kinds(each.required_twice),
                blocking=kinds(each.blocking),
                title_pledged=each.title_pledged,
                open_days=each.open_days,
            )
            for each in terms.tranches
        ),
        corridors=terms.corridors,
        buyer_max=money(terms.buyer_max),
        country_max=money(terms.country_max),
        partners=tuple(parties[each] for each in row.partners) if own else (),
        valid_from=rfc3339(row.valid_from),
        valid_until=rfc3339(row.valid_until),
        published_at=rfc3339(to_unix(row.created_at)),
        withdrawn_at=rfc3339(withdrawn_at),
    )
