"""Endpoints, their secrets, and what is to be sent to them, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, delete, select

from entrepot.kit.hashing import sha256
from entrepot.store.envelope import Keyring
from entrepot.store.heights import CONDITIONS
from entrepot.store.tables import (
    Progress,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookNotice,
    WebhookSecret,
)

ACTIVE, DISABLED = "ACTIVE", "DISABLED"
PAUSED, FAILING, GONE = "PAUSED", "FAILING", "GONE"
PENDING, DELIVERED = "PENDING", "DELIVERED"

OPEN_MAX = 1_000
"""Deliveries of one endpoint that wait at a time: the feed is read on when some are done."""

KEPT_FOR = timedelta(days=30)
"""How long it is known what was delivered."""


def find(
    session: Session, participant_id: bytes, webhook_id: str, *, lock: bool = False
) -> WebhookEndpoint | None:
    """The participant's own endpoint."""
    query = select(WebhookEndpoint).where(
        WebhookEndpoint.webhook_id == webhook_id, WebhookEndpoint.participant_id == participant_id
    )
    return session.exec(query.with_for_update() if lock else query).first()


def count(session: Session, participant_id: bytes) -> int:
    query = select(func.count()).where(WebhookEndpoint.participant_id == participant_id)
    return session.exec(query).one()


def remove(session: Session, webhook_id: str) -> None:
    """Its secrets and deliveries go with it."""
    session.exec(delete(WebhookEndpoint).where(col(WebhookEndpoint.webhook_id) == webhook_id))


def add_secret(
    session: Session, keyring: Keyring, webhook_id: str, secret: bytes, former_ends: datetime
) -> None:
    """The newest secret; all former ones end then at the latest."""
    secrets = _secrets(session, webhook_id)
    for row in secrets:
        row.ends_at = min(row.ends_at or former_ends, former_ends)
    number = 1 + max((row.number for row in secrets), default=0)
    session.add(
        WebhookSecret(
            webhook_id=webhook_id,
            number=number,
            key_id=keyring.key_id,
            wrapped=keyring.wrap(secret, _bound(webhook_id, number), _PARTY),
        )
    )
    session.flush()


def secrets(session: Session, keyring: Keyring, webhook_id: str, now: datetime) -> list[bytes]:
    """Those that sign now, the newest first."""
    return [
        keyring.unwrap(row.wrapped, _bound(webhook_id, row.number), _PARTY, row.key_id)
        for row in _secrets(session, webhook_id)
        if row.ends_at is None or row.ends_at > now
    ]


def rotate(session: Session, keyring: Keyring, limit: int) -> int:
    """Seals secrets anew that are still under an older key of the node's; answers how many."""
    query = select(WebhookSecret).where(col(WebhookSecret.key_id) != keyring.key_id).limit(limit)
    found = session.exec(query.with_for_update(skip_locked=True)).all()
    for row in found:
        bound = _bound(row.webhook_id, row.number)
        secret = keyring.unwrap(row.wrapped, bound, _PARTY, row.key_id)
        row.wrapped, row.key_id = keyring.wrap(secret, bound, _PARTY), keyring.key_id
    session.flush()
    return len(found)


_PARTY = b"webhook"


def _bound(webhook_id: str, number: int) -> bytes:
    """A sealed secret that is moved to another endpoint opens nothing there."""
    return sha256(f"webhook secret {webhook_id} {number}".encode())


def _secrets(session: Session, webhook_id: str) -> Sequence[WebhookSecret]:
    query = select(WebhookSecret).where(WebhookSecret.webhook_id == webhook_id)
    return session.exec(query.order_by(col(WebhookSecret.number).desc())).all()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSend:
    """A message as it will be sent. lanes: none when it keeps no order."""

    event_id: str
    cursor: str
    type: str
    lanes: list[bytes]
    body: bytes


def enqueue(
    session: Session, endpoint: WebhookEndpoint, messages: Sequence[ToSend], now: datetime
) -> None:
    """Behind all that waits already, and each once in a round."""
    if not messages:
        return
    rows = [
        {
            "webhook_id": endpoint.webhook_id,
            "round": endpoint.round,
            "event_id": message.event_id,
            "cursor": message.cursor,
            "type": message.type,
            "lanes": message.lanes,
            "body": message.body,
            "state": PENDING,
            "attempts": 0,
            "next_at": now,
        }
        for message in messages
    ]
    session.execute(insert(WebhookDelivery).values(rows).on_conflict_do_nothing())
    endpoint.wake_at = min(endpoint.wake_at, now)


def to_read(session: Session, upto: int, limit: int) -> Sequence[WebhookEndpoint]:
    """Active endpoints for which the feed is to be read on, locked."""
    query = (
        select(WebhookEndpoint)
        .where(WebhookEndpoint.state == ACTIVE, WebhookEndpoint.read_upto < upto)
        .order_by(col(WebhookEndpoint.read_upto), col(WebhookEndpoint.webhook_id))
        .limit(limit)
    )
    return session.exec(query.with_for_update(skip_locked=True)).all()


def to_send(session: Session, now: datetime, limit: int) -> Sequence[WebhookEndpoint]:
    """Active endpoints that may have something due, locked; the longest waiting first."""
    query = (
        select(WebhookEndpoint)
        .where(WebhookEndpoint.state == ACTIVE, WebhookEndpoint.wake_at <= now)
        .order_by(col(WebhookEndpoint.wake_at), col(WebhookEndpoint.webhook_id))
        .limit(limit)
    )
    return session.exec(query.with_for_update(skip_locked=True)).all()


def open_count(session: Session, webhook_id: str) -> int:
    query = select(func.count()).select_from(WebhookDelivery).where(*_open(webhook_id))
    return session.exec(query).one()


def open_deliveries(session: Session, webhook_id: str) -> list[WebhookDelivery]:
    """All that waits, in order."""
    query = select(WebhookDelivery).where(*_open(webhook_id)).order_by(col(WebhookDelivery.id))
    return list(session.exec(query))


def delivery_id(session: Session, webhook_id: str, event_id: str) -> int | None:
    """The newest delivery of an event to an endpoint."""
    query = select(func.max(WebhookDelivery.id)).where(
        WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.event_id == event_id
    )
    return session.exec(query).one()


def try_all_now(session: Session, endpoint: WebhookEndpoint, now: datetime) -> None:
    """What waits for another attempt is tried at once, as if for the first time."""
    session.exec(
        update(WebhookDelivery).where(*_open(endpoint.webhook_id)).values(next_at=now, attempts=0)
    )
    endpoint.wake_at = now


def _open(webhook_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(WebhookDelivery.webhook_id) == webhook_id, col(WebhookDelivery.state) == PENDING


def forget_old(session: Session, now: datetime, limit: int) -> int:
    """Deletes what was delivered long ago; answers how many rows."""
    old = (
        select(WebhookDelivery.id)
        .where(WebhookDelivery.state == DELIVERED)
        .where(col(WebhookDelivery.delivered_at) < now - KEPT_FOR)
        .limit(limit)
    )
    gone = delete(WebhookDelivery).where(col(WebhookDelivery.id).in_(old))
    return len(session.exec(gone.returning(col(WebhookDelivery.id))).all())


def switch_off(session: Session, endpoint: WebhookEndpoint, reason: str) -> None:
    """Disables the endpoint and puts the notice into the feed.

    It is put after the last block that is dealt with, while that one is held still: what nobody was
    told of yet, so that no cursor has passed it.
    """
    endpoint.state, endpoint.reason = DISABLED, reason
    dealt = session.get(Progress, CONDITIONS, populate_existing=True, with_for_update=True)
    session.merge(
        WebhookNotice(
            block_number=(-1 if dealt is None else dealt.block_number) + 1,
            webhook_id=endpoint.webhook_id,
            participant_id=endpoint.participant_id,
            reason=reason,
            url=endpoint.url,
        )
    )


def may_take(delivery: WebhookDelivery, now: datetime) -> bool:
    """Whether nobody is sending it, and its time has come."""
    return not is_leased(delivery, now) and delivery.next_at <= now


def is_leased(delivery: WebhookDelivery, now: datetime) -> bool:
    return delivery.leased_until is not None and delivery.leased_until > now
