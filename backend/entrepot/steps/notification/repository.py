"""Messages made of the feed, and which of them are next."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

import orjson
from sqlmodel import Session

from entrepot.bindings.participants import ParticipantState
from entrepot.chain.codec import decode_event
from entrepot.domain import cloudevents
from entrepot.store import feed, webhooks
from entrepot.store.feed import Asked
from entrepot.store.heights import Heights
from entrepot.store.places import Place
from entrepot.store.tables import Participant, WebhookDelivery, WebhookEndpoint
from entrepot.store.webhooks import ToSend

LEASE = timedelta(seconds=60)
"""Longer than an attempt may take; after it, whoever held it is taken for dead."""


def read_on(
    session: Session, endpoint: WebhookEndpoint, known: Heights, chain_id: int, now: datetime
) -> int:
    """Queues the next page of the feed for an endpoint, and remembers how far it was read; answers
    how many messages."""
    room = webhooks.OPEN_MAX - webhooks.open_count(session, endpoint.webhook_id)
    endpoint.full = room <= 0
    if endpoint.full or not _is_heard(session, endpoint.participant_id):
        endpoint.read_upto = known.told
        return 0
    asked = Asked(
        chain_id=chain_id,
        upto=known.told,
        final=known.final,
        after=Place.read(endpoint.cursor),
        limit=min(room, 100),
        types=cloudevents.chosen(tuple(endpoint.types)) if endpoint.types else None,
        order=endpoint.order_id,
    )
    found = feed.read(session, endpoint.participant_id, asked, decode_event)
    laned = feed.lanes_of(session, endpoint.participant_id, found.items)
    webhooks.enqueue(session, endpoint, [_message(*each) for each in laned], now)
    endpoint.cursor = str(found.next)
    if found.at_end:
        endpoint.read_upto = known.told
    return len(found.items)


def _is_heard(session: Session, participant_id: bytes) -> bool:
    participant = session.get(Participant, participant_id)
    return participant is None or participant.state == ParticipantState.ACTIVE.name


def _message(item: feed.Item, lanes: list[bytes]) -> ToSend:
    event = item.event
    return ToSend(
        event_id=event.id,
        cursor=event.cursor,
        type=event.type,
        lanes=lanes,
        body=orjson.dumps(asdict(event)),
    )


def next_of(
    session: Session, endpoint: WebhookEndpoint, now: datetime, limit: int, at_once: int
) -> Iterator[WebhookDelivery]:
    """Leases what is next: the first that waits of each order, while it is its time. What waits for
    another attempt holds back what comes after it of the same order, and nothing else.

    limit: how many to take; at_once: how many may be under way.
    """
    waiting = webhooks.open_deliveries(session, endpoint.webhook_id)
    limit = min(limit, at_once - sum(webhooks.is_leased(each, now) for each in waiting))
    heads = list(_heads(waiting))
    taken: list[WebhookDelivery] = []
    for delivery in heads:
        if webhooks.may_take(delivery, now) and len(taken) < limit:
            delivery.leased_until = now + LEASE
            delivery.attempts += 1
            delivery.tried_at = now
            taken.append(delivery)
    endpoint.wake_at = _wakes_at(heads, now)
    session.flush()
    yield from taken


def _heads(waiting: Sequence[WebhookDelivery]) -> Iterator[WebhookDelivery]:
    held: set[bytes] = set()
    for delivery in waiting:
        if held.isdisjoint(delivery.lanes):
            yield delivery
        held.update(delivery.lanes)


def _wakes_at(heads: Sequence[WebhookDelivery], now: datetime) -> datetime:
    """When one of them may be taken, unless something happens before."""
    times = (
        each.leased_until if each.leased_until and each.leased_until > now else each.next_at
        for each in heads
    )
    return min(times, default=now + timedelta(days=365))
