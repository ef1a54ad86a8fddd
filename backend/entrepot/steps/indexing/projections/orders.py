"""TradeOrders: orders and their named attesters."""

from collections.abc import Sequence
from typing import Any

from entrepot.bindings import trade_orders as words
from entrepot.bindings.trade_orders import Attester, OrderState, OrderTerms
from entrepot.kit.abi import Event
from entrepot.steps.indexing.projections.place import Handler, Place, Rows, need, text
from entrepot.store.tables import OrderAttester, TradeOrder


def _placed(rows: Rows, e: words.OrderPlaced, at: Place) -> None:
    rows.add(
        TradeOrder,
        order_id=e.order_id,
        stream=at.stream,
        state=OrderState.PLACED.name,
        version=1,
        placed_block=at.block_number,
        **_columns(e.terms),
    )
    _name(rows, at, e.attesters)


def _amended(rows: Rows, e: words.OrderAmended, at: Place) -> None:
    order = need(rows, TradeOrder, e.order_id)
    order.version = e.version
    for column, value in _columns(e.terms).items():
        setattr(order, column, value)
    for row in rows.of_stream(OrderAttester):
        rows.remove(OrderAttester, row.order_id, row.position)
    _name(rows, at, e.attesters)


def _columns(terms: OrderTerms) -> dict[str, Any]:
    return {
        "exporter": terms.exporter,
        "importer": terms.importer,
        "currency": text(terms.currency),
        "amount_minor": terms.amount,
        "origin": text(terms.origin),
        "destination": text(terms.destination),
        "commitment": terms.commitment,
        "accept_by": terms.accept_by,
        "ship_by": terms.ship_by,
    }


def _name(rows: Rows, at: Place, attesters: Sequence[Attester]) -> None:
    for position, attester in enumerate(attesters):
        rows.add(
            OrderAttester,
            order_id=at.stream,
            position=position,
            stream=at.stream,
            participant_id=attester.participant,
            kinds=attester.kinds,
        )


def _accepted(rows: Rows, e: words.OrderAccepted, _: Place) -> None:
    need(rows, TradeOrder, e.order_id).state = OrderState.ACCEPTED.name


def _cancelled(rows: Rows, e: words.OrderCancelled, _: Place) -> None:
    need(rows, TradeOrder, e.order_id).state = OrderState.CANCELLED.name


def _disputed(rows: Rows, e: words.OrderDisputed, _: Place) -> None:
    order = need(rows, TradeOrder, e.order_id)
    order.state = OrderState.DISPUTED.name
    order.disputed_by, order.disputed_until = e.actor, e.until


def _resolved(rows: Rows, e: words.DisputeResolved, _: Place) -> None:
    _end_dispute(need(rows, TradeOrder, e.order_id), upheld=e.upheld)


def _dispute_closed(rows: Rows, e: words.DisputeClosed, _: Place) -> None:
    _end_dispute(need(rows, TradeOrder, e.order_id), upheld=False)


def _end_dispute(order: TradeOrder, *, upheld: bool) -> None:
    """A dispute that is not upheld was its party's last over this version."""
    order.state = (OrderState.CANCELLED if upheld else OrderState.ACCEPTED).name
    if not upheld and order.disputed_by == order.exporter:
        order.exporter_failed = order.version
    elif not upheld:
        order.importer_failed = order.version
    order.disputed_by, order.disputed_until = None, None


def _fulfilled(rows: Rows, e: words.OrderFulfilled, _: Place) -> None:
    need(rows, TradeOrder, e.order_id).state = OrderState.FULFILLED.name


HANDLERS: dict[type[Event], Handler] = {
    words.OrderPlaced: _placed,
    words.OrderAmended: _amended,
    words.OrderAccepted: _accepted,
    words.OrderCancelled: _cancelled,
    words.OrderDisputed: _disputed,
    words.DisputeResolved: _resolved,
    words.DisputeClosed: _dispute_closed,
    words.OrderFulfilled: _fulfilled,
}
