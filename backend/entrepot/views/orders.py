"""Orders, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from entrepot.store.tables import OrderAttester, OrderReference, TradeOrder
from entrepot.store.visibility import orders_seen
from entrepot.views.paging import NEWEST, Asked, narrowed, turn
from entrepot.views.values import (
    Amount,
    Page,
    Parties,
    Party,
    amount,
    hexed,
    kinds,
    rfc3339,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttesterView:
    participant: Party
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """`reference` and `details` are the parties' own words, known only off the chain."""

    order_id: str
    reference: str
    state: str
    version: int
    exporter: Party
    importer: Party
    amount: Amount
    origin: str
    destination: str
    commitment: str
    accept_by: str | None
    ship_by: str | None
    placed_block: int
    attesters: tuple[AttesterView, ...]
    details: dict[str, Any]


def list_orders(
    session: Session,
    caller: bytes | None,
    *,
    asked: Asked = NEWEST,
    state: str | None = None,
    exporter: bytes | None = None,
    importer: bytes | None = None,
    currency: str | None = None,
) -> Page[OrderView]:
    """The caller's orders, narrowed as asked. ValueError for no such order or cursor."""
    query = select(TradeOrder).where(orders_seen(session, caller))
    query = narrowed(
        query,
        {
            TradeOrder.state: state,
            TradeOrder.exporter: exporter,
            TradeOrder.importer: importer,
            TradeOrder.currency: currency,
        },
    )
    sorts = {"placed": col(TradeOrder.placed_block), "amount": col(TradeOrder.amount_minor)}
    rows, more = turn(
        session, query, asked, sorts=sorts, row_id=col(TradeOrder.order_id), within=currency
    )
    return Page(_views(session, rows), more)


def get_order(session: Session, caller: bytes | None, order_id: bytes) -> OrderView | None:
    query = select(TradeOrder).where(TradeOrder.order_id == order_id, orders_seen(session, caller))
    row = session.exec(query).first()
    return _views(session, [row])[0] if row else None


def references(session: Session, order_ids: Sequence[bytes]) -> dict[bytes, str]:
    """The parties' references of these orders; an order without one is absent."""
    query = select(OrderReference).where(col(OrderReference.order_id).in_(order_ids))
    return {row.order_id: row.reference for row in session.exec(query)}


def _views(session: Session, rows: Sequence[TradeOrder]) -> tuple[OrderView, ...]:
    ids = [row.order_id for row in rows]
    named = list(
        session.exec(
            select(OrderAttester)
            .where(col(OrderAttester.order_id).in_(ids))
            .order_by(col(OrderAttester.position))
        )
    )
    words = {
        row.order_id: row
        for row in session.exec(select(OrderReference).where(col(OrderReference.order_id).in_(ids)))
    }
    parties = Parties(
        session,
        [p for row in rows for p in (row.exporter, row.importer)]
        + [row.participant_id for row in named],
    )
    return tuple(
        _view(
            row,
            words.get(row.order_id),
            tuple(
                AttesterView(participant=parties[a.participant_id], kinds=kinds(a.kinds))
                for a in named
                if a.order_id == row.order_id
            ),
            parties,
        )
        for row in rows
    )


def _view(
    row: TradeOrder,
    words: OrderReference | None,
    attesters: tuple[AttesterView, ...],
    parties: Parties,
) -> OrderView:
    return OrderView(
        order_id=hexed(row.order_id),
        reference=words.reference if words else "",
        state=row.state,
        version=row.version,
        exporter=parties[row.exporter],
        importer=parties[row.importer],
        amount=amount(row.amount_minor, row.currency),
        origin=row.origin,
        destination=row.destination,
        commitment=hexed(row.commitment),
        accept_by=rfc3339(row.accept_by),
        ship_by=rfc3339(row.ship_by),
        placed_block=row.placed_block,
        attesters=attesters,
        details=words.details if words else {},
    )
