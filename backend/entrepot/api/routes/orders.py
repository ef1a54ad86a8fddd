"""Orders: from placing to fulfilment, with all that is known of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Response

from entrepot.api.deps import Desk, SharedReader, hands_in
from entrepot.api.routes.paths import (
    ACT,
    COMMAND,
    Currency,
    Expand,
    IdInPath,
    LeiWanted,
    State,
    Turn,
    by,
    lists,
    router,
    shows,
)
from entrepot.api.schemas import words
from entrepot.api.schemas.orders import DisputeIn, PlaceOrderIn
from entrepot.steps.submission import orders
from entrepot.steps.submission.orders import OnOrder
from entrepot.views import evidence, facilities, timeline, titles
from entrepot.views import orders as order_views
from entrepot.views.evidence import EvidenceView
from entrepot.views.facilities import FacilityView
from entrepot.views.orders import OrderView
from entrepot.views.timeline import TimelineEntry
from entrepot.views.titles import TitleView

api = router("orders")
Submits = Annotated[Desk, hands_in("submit")]


@api.post("/orders", summary="Place an order", **COMMAND)
def place_order(body: PlaceOrderIn, desk: Submits) -> Response:
    """The exporter places what the two have agreed on; `result.order_id` is known at once."""
    return desk.submit(orders.place, body.to_command())


@api.post("/orders/{order_id}:accept", summary="Accept an order", **ACT)
def accept_order(order_id: IdInPath, desk: Submits) -> Response:
    """The importer accepts the order exactly as it stands here now."""
    return desk.submit(orders.accept, _on(order_id))


@api.post("/orders/{order_id}:cancel", summary="Withdraw an order", **ACT)
def cancel_order(order_id: IdInPath, desk: Submits) -> Response:
    """Either party withdraws an order that nobody has accepted."""
    return desk.submit(orders.cancel, _on(order_id))


@api.post("/orders/{order_id}:fulfil", summary="Confirm an order's fulfilment", **ACT)
def fulfil_order(order_id: IdInPath, desk: Submits) -> Response:
    """The importer confirms that the order has been carried out."""
    return desk.submit(orders.fulfil, _on(order_id))


@api.post("/orders/{order_id}:dispute", summary="Dispute an order", **COMMAND)
def dispute_order(order_id: IdInPath, body: DisputeIn, desk: Submits) -> Response:
    """Either party freezes an accepted order; its reason stays off the chain."""
    return desk.submit(orders.dispute, body.to_command(order_id))


@api.post("/orders/{order_id}:close-dispute", summary="Close a dispute", **ACT)
def close_dispute(order_id: IdInPath, desk: Submits) -> Response:
    """Ends a dispute that no arbiter has resolved in time: the order goes on as it was."""
    return desk.submit(orders.close_dispute, _on(order_id))


@api.get("/orders", summary="Orders, newest first", **lists(OrderView))
def list_orders(
    window: SharedReader,
    turn: Turn,
    state: State = None,
    exporter: LeiWanted = None,
    importer: LeiWanted = None,
    currency: Currency = None,
) -> Response:
    """Those that the caller is a party to, attests on, lends on or supervises. `sort`: placed, or
    amount within one currency."""
    return window.page(
        lambda session, caller: order_views.list_orders(
            session,
            caller,
            asked=turn,
            state=state,
            exporter=words.lei_of(exporter),
            importer=words.lei_of(importer),
            currency=currency,
        ),
        by=by("orders", turn, exporter=exporter, importer=importer, amount=currency),
    )


@api.get("/orders/{order_id:plain}", summary="One order", **shows(OrderView))
def get_order(order_id: IdInPath, window: SharedReader, expand: Expand = None) -> Response:
    """The order with its attesters. `expand`: evidence, titles, facilities."""
    wanted = words.order(order_id)
    return window.one(
        "order",
        lambda session, caller: order_views.get_order(session, caller, wanted),
        expand,
        {
            "evidence": (
                EvidenceView,
                lambda session, caller: evidence.of_order(session, caller, wanted),
            ),
            "titles": (
                TitleView,
                lambda session, caller: titles.of_order(session, caller, wanted),
            ),
            "facilities": (
                FacilityView,
                lambda session, caller: facilities.list_facilities(
                    session, caller, order_id=wanted
                ),
            ),
        },
    )


@api.get("/orders/{order_id:plain}/timeline", summary="An order's life", **lists(TimelineEntry))
def get_timeline(order_id: IdInPath, window: SharedReader) -> Response:
    """Every event of the order, its goods and its money, in the order of the chain."""
    finality = window.world.settings.finality
    return window.page(
        lambda session, caller: timeline.of_order(
            session, caller, words.order(order_id), finality=finality
        ),
        "order",
    )


@api.get("/orders/{order_id:plain}/evidence", summary="An order's evidence", **lists(EvidenceView))
def list_evidence(order_id: IdInPath, window: SharedReader) -> Response:
    """Facts about the order, and about the voyages it is aboard."""
    return window.page(
        lambda session, caller: evidence.of_order(session, caller, words.order(order_id)), "order"
    )


@api.get(
    "/orders/{order_id:plain}/titles", summary="An order's bills of lading", **lists(TitleView)
)
def list_titles(order_id: IdInPath, window: SharedReader) -> Response:
    """Live and past ones."""
    return window.page(
        lambda session, caller: titles.of_order(session, caller, words.order(order_id)), "order"
    )


def _on(order_id: str) -> OnOrder:
    return OnOrder(order_id=words.order(order_id))
