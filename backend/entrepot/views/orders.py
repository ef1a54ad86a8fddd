"""Orders, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import LargeBinary, bindparam, func, or_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Session, col, select

from entrepot.store.asking import Question, ask_again, ask_all
from entrepot.store.tables import OrderAttester, OrderReference, Profile, TradeOrder
from entrepot.store.visibility import ORDER_ASKED, asking, orders_seen
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
    about = ask_all(session, _about([row.order_id for row in rows]))
    return Page(_views(rows, *about), more)


def get_order(session: Session, caller: bytes | None, order_id: bytes) -> OrderView | None:
    """The order as the caller may see it; None when there is none, or none for the caller."""
    asked = {"order_id": order_id, **asking(session, caller)}
    rows, *about = ask_again(session, [(_ORDER, asked), *_about([order_id])])
    return _views(rows, *about)[0] if rows else None


def references(session: Session, order_ids: Sequence[bytes]) -> dict[bytes, str]:
    """The parties' references of these orders; an order without one is absent."""
    query = select(OrderReference).where(col(OrderReference.order_id).in_(order_ids))
    return {row.order_id: row.reference for row in session.exec(query)}


_ids: Any = bindparam("order_ids", type_=ARRAY(LargeBinary))
_ORDER = Question(
    select(TradeOrder).where(
        col(TradeOrder.order_id) == bindparam("order_id", type_=LargeBinary), ORDER_ASKED
    )
)
_ATTESTERS = Question(
    select(OrderAttester)
    .where(col(OrderAttester.order_id) == func.any(_ids))
    .order_by(col(OrderAttester.position))
)
_WORDS = Question(select(OrderReference).where(col(OrderReference.order_id) == func.any(_ids)))
_NAMES = Question(
    select(Profile).where(
        or_(
            *(
                col(Profile.participant_id).in_(select(who).where(order == func.any(_ids)))
                for who, order in (
                    (TradeOrder.exporter, col(TradeOrder.order_id)),
                    (TradeOrder.importer, col(TradeOrder.order_id)),
                    (OrderAttester.participant_id, col(OrderAttester.order_id)),
                )
            )
        )
    )
)


def _about(order_ids: list[bytes]) -> list[tuple[Question, dict[str, Any]]]:
    """What `_views` needs of these orders besides their rows."""
    return [(question, {"order_ids": order_ids}) for question in (_ATTESTERS, _WORDS, _NAMES)]


def _views(
    rows: Sequence[TradeOrder], attesters: list[Any], words: list[Any], profiles: list[Any]
) -> tuple[OrderView, ...]:
    said = {row.order_id: row for row in words}
    parties = Parties.named(profiles)
    return tuple(
        _view(
            row,
            said.get(row.order_id),
            tuple(
                AttesterView(participant=parties[a.participant_id], kinds=kinds(a.kinds))
                for a in attesters
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
