"""Quotes as they were told, and what has become of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter
from sqlmodel import Session, col, select

from entrepot.kit.clock import to_unix
from entrepot.store.tables import Block, Facility, Outbox, OutboxState, Quote
from entrepot.store.tenancy import beyond
from entrepot.store.visibility import quotes_seen
from entrepot.views.cursors import read_row, write_row
from entrepot.views.values import Amount, Page, hexed, page_size, rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedLenderView:
    participant: str
    funding_bps: int
    loss_bps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedTrancheView:
    """missing: the kinds that it requires and that nobody, or only one of two, had attested yet."""

    amount: Amount
    required: tuple[str, ...]
    required_twice: tuple[str, ...]
    blocking: tuple[str, ...]
    missing: tuple[str, ...]
    title_pledged: bool
    not_before: str
    expires_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonView:
    """code: stable. text: in plain words."""

    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedOfferView:
    """advance: paid out whole. interest and fee: owed at maturity if all goes out at once, the
    most they can be by then; cost is both, net the advance less cost, repayment the two together.
    platform_share: the partner's part of the interest. reserve: the lenders keep it. days: to
    maturity. annual_rate_bps: cost as simple interest, ACT/365, rounded up. terms_hash: of the
    facility's terms, as the ledger will have it.
    """

    offer_id: str
    version: int
    reference: str
    bank: str
    product: str
    lenders: tuple[QuotedLenderView, ...]
    advance: Amount
    interest: Amount
    fee: Amount
    cost: Amount
    net: Amount
    repayment: Amount
    platform_share: Amount
    reserve: Amount
    days: int
    annual_rate_bps: int
    interest_bps: int
    penalty_bps: int
    fee_bps: int
    reserve_bps: int
    platform_share_bps: int
    day_count: str
    matures_at: str
    grace_days: int
    default_days: int
    recourse: bool
    tranches: tuple[QuotedTrancheView, ...]
    conditions: tuple[ReasonView, ...]
    terms_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmatchedOfferView:
    offer_id: str
    version: int
    reference: str
    bank: str
    reasons: tuple[ReasonView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteView:
    """state: OPEN, EXPIRED, ACCEPTED, or the facility's own once there is one. hash: over what was
    told, which is all up to facts_hash; that is over what each offer was held against, which is
    kept. block: at which it was told. facility_id: of the facility that it becomes."""

    quote_id: str
    order_id: str
    order_version: int
    exporter: str
    partner: str | None
    wanted: Amount | None
    matures_at: str
    block: int
    block_hash: str
    at: str
    expires_at: str
    offers: tuple[QuotedOfferView, ...]
    unmatched: tuple[UnmatchedOfferView, ...]
    facts_hash: str
    hash: str
    state: str
    accepted_offer: str | None
    accepted_at: str | None
    facility_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """As it stands in the row."""

    quote_id: str
    order_id: str
    order_version: int
    exporter: str
    partner: str | None
    wanted: Amount | None
    matures_at: str
    block: int
    block_hash: str
    at: str
    expires_at: str
    offers: tuple[QuotedOfferView, ...]
    unmatched: tuple[UnmatchedOfferView, ...]
    facts_hash: str


_TOLD: TypeAdapter[_Told] = TypeAdapter(_Told)


def list_quotes(
    session: Session, caller: bytes | None, *, limit: int = 50, after: str | None = None
) -> Page[QuoteView]:
    """Those that the caller may see, the oldest first. BadCursor when `after` is none."""
    query = select(Quote).where(quotes_seen(session, caller))
    if after is not None:
        block, last = read_row(after)
        here = col(Quote.quote_id)
        query = query.where(
            (col(Quote.as_of_block) > block)
            | (col(Quote.as_of_block) == block) & (here > _quote_id(last))
        )
    size = page_size(limit)
    order = (col(Quote.as_of_block), col(Quote.quote_id))
    rows = list(session.exec(query.order_by(*order).limit(size + 1)))
    shown = rows[:size]
    more = None
    if len(rows) > size:
        more = write_row(shown[-1].as_of_block, bytes.fromhex(shown[-1].quote_id[4:]))
    return Page(_views(session, shown), more)


def get_quote(session: Session, caller: bytes | None, quote_id: str) -> QuoteView | None:
    """One, for its exporter, and for the partner while it may."""
    query = select(Quote).where(Quote.quote_id == quote_id, quotes_seen(session, caller))
    row = session.exec(query).first()
    return _views(session, [row])[0] if row else None


def _views(session: Session, rows: Sequence[Quote]) -> tuple[QuoteView, ...]:
    """What became of a quote is told to whoever sees it: the state, and nothing of the money."""
    with beyond(session):
        head = session.exec(select(Block).order_by(col(Block.number).desc()).limit(1)).first()
        query = select(Facility.financing_id, Facility.state).where(
            col(Facility.financing_id).in_({row.financing_id for row in rows})
        )
        states = dict(session.exec(query).all())
        asked = _asked(session, rows)
    now = head.timestamp if head else 0
    return tuple(
        _view(row, now, states.get(row.financing_id), row.operation_id in asked) for row in rows
    )


def _asked(session: Session, rows: Sequence[Quote]) -> set[str]:
    """The operations whose call is under way or done: one that failed accepted nothing."""
    query = select(Outbox.operation_id).where(
        col(Outbox.operation_id).in_({row.operation_id for row in rows if row.operation_id}),
        col(Outbox.state).not_in((OutboxState.FAILED, OutboxState.REVERTED)),
    )
    return set(session.exec(query))


def _view(row: Quote, now: int, facility_state: str | None, accepted: bool) -> QuoteView:
    told = _TOLD.validate_python(row.told)
    state = "EXPIRED" if now >= row.expires_at else "OPEN"
    if accepted:
        state = "ACCEPTED"
    return QuoteView(
        quote_id=told.quote_id,
        order_id=told.order_id,
        order_version=told.order_version,
        exporter=told.exporter,
        partner=told.partner,
        wanted=told.wanted,
        matures_at=told.matures_at,
        block=told.block,
        block_hash=told.block_hash,
        at=told.at,
        expires_at=told.expires_at,
        offers=told.offers,
        unmatched=told.unmatched,
        facts_hash=told.facts_hash,
        hash=hexed(row.hash),
        state=facility_state or state,
        accepted_offer=row.accepted_offer if accepted else None,
        accepted_at=rfc3339(to_unix(row.accepted_at)) if accepted and row.accepted_at else None,
        facility_id=hexed(row.financing_id) if accepted else None,
    )


def _quote_id(written: bytes) -> str:
    return f"quo_{written.hex()}"
