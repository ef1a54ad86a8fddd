"""A member's webhooks, and what was sent to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from entrepot.store import webhooks
from entrepot.store.places import BadCursor
from entrepot.store.tables import WebhookDelivery, WebhookEndpoint
from entrepot.views.values import Page, maybe_hexed, page_size


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookView:
    """state: ACTIVE, or DISABLED for a reason: PAUSED by you, FAILING for days, GONE (410).

    waiting: messages that wait to be sent, or sent again. cursor: how far it has come in the list
    of events. secret: only where a new one was made.
    """

    webhook_id: str
    url: str
    types: tuple[str, ...]
    order_id: str | None
    description: str
    state: str
    reason: str
    waiting: int
    cursor: str
    failing_since: str | None
    created_at: str
    secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """status: what the last attempt was answered; error: why it was not answered."""

    delivery_id: str
    event_id: str
    type: str
    cursor: str
    state: str
    attempts: int
    status: int | None
    error: str | None
    tried_at: str | None
    next_at: str | None
    delivered_at: str | None


def list_webhooks(session: Session, caller: bytes) -> tuple[WebhookView, ...]:
    """All of a member's, the oldest first."""
    query = select(WebhookEndpoint).where(WebhookEndpoint.participant_id == caller)
    order = (col(WebhookEndpoint.created_at), col(WebhookEndpoint.webhook_id))
    return tuple(_view(session, row, None) for row in session.exec(query.order_by(*order)))


def get_webhook(
    session: Session, caller: bytes, webhook_id: str, secret: str | None = None
) -> WebhookView | None:
    """One of the member's own."""
    row = webhooks.find(session, caller, webhook_id)
    return None if row is None else _view(session, row, secret)


def list_deliveries(
    session: Session,
    caller: bytes,
    webhook_id: str,
    *,
    state: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[DeliveryView] | None:
    """What was sent and what waits, the newest first; None when the webhook is not the caller's."""
    if webhooks.find(session, caller, webhook_id) is None:
        return None
    query = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)
    if state is not None:
        query = query.where(WebhookDelivery.state == state)
    if after is not None:
        if not (after.isascii() and after.isdigit() and len(after) < 19):
            raise BadCursor(f"{after[:40]!r} is not a cursor of this list")
        query = query.where(col(WebhookDelivery.id) < int(after))
    size = page_size(limit)
    rows = session.exec(query.order_by(col(WebhookDelivery.id).desc()).limit(size + 1)).all()
    more = str(rows[size - 1].id) if len(rows) > size else None
    return Page(tuple(_delivery(row) for row in rows[:size]), more)


def get_delivery(
    session: Session, caller: bytes, webhook_id: str, delivery_id: int
) -> DeliveryView | None:
    """One message to one of the member's own webhooks."""
    row = session.get(WebhookDelivery, delivery_id)
    if row is None or row.webhook_id != webhook_id:
        return None
    return _delivery(row) if webhooks.find(session, caller, webhook_id) else None


def _view(session: Session, row: WebhookEndpoint, secret: str | None) -> WebhookView:
    waiting = session.exec(
        select(func.count()).where(
            WebhookDelivery.webhook_id == row.webhook_id, WebhookDelivery.state == webhooks.PENDING
        )
    ).one()
    return WebhookView(
        webhook_id=row.webhook_id,
        url=row.url,
        types=tuple(row.types),
        order_id=maybe_hexed(row.order_id),
        description=row.description,
        state=row.state,
        reason=row.reason,
        waiting=waiting,
        cursor=row.cursor,
        failing_since=_time(row.failing_since),
        created_at=_time(row.created_at) or "",
        secret=secret,
    )


def _delivery(row: WebhookDelivery) -> DeliveryView:
    return DeliveryView(
        delivery_id=str(row.id),
        event_id=row.event_id,
        type=row.type,
        cursor=row.cursor,
        state=row.state,
        attempts=row.attempts,
        status=row.status,
        error=row.error,
        tried_at=_time(row.tried_at),
        next_at=_time(row.next_at) if row.state == webhooks.PENDING else None,
        delivered_at=_time(row.delivered_at),
    )


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")
