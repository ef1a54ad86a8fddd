"""A member's webhooks: where it wants to be told, how that is signed, and telling it again.

Nothing here goes to the chain: what is asked for is done when it is answered.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import orjson

from entrepot.domain import cloudevents, standard_webhooks
from entrepot.domain.cloudevents import CloudEvent
from entrepot.domain.errors import Conflict, InvalidInput, NotFound
from entrepot.kit.egress import EgressRefused, target_of
from entrepot.steps import World
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.store import feed, webhooks
from entrepot.store.heights import heights
from entrepot.store.places import BadCursor, Place
from entrepot.store.session import Session
from entrepot.store.tables import WebhookDelivery, WebhookEndpoint
from entrepot.store.webhooks import ToSend

ENDPOINTS_MAX: Final = 20
STATES: Final = (webhooks.ACTIVE, webhooks.DISABLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateWebhook:
    """after: the cursor to be told from; from now on without one. order_id: only of that order."""

    url: str
    types: tuple[str, ...]
    order_id: bytes | None
    description: str
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeWebhook:
    """What is None stays as it is."""

    webhook_id: str
    url: str | None = None
    types: tuple[str, ...] | None = None
    description: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnWebhook:
    webhook_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateSecret:
    """overlap_s: how long the former secret signs too."""

    webhook_id: str
    overlap_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    webhook_id: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeliver:
    webhook_id: str
    delivery_id: int


def create(world: World, session: Session, caller: Caller, command: CreateWebhook) -> Accepted:
    """An endpoint with a secret of its own."""
    _check_url(world, command.url)
    _check_types(command.types)
    if webhooks.count(session, caller.participant_id) >= ENDPOINTS_MAX:
        raise Conflict(f"you have {ENDPOINTS_MAX} webhooks already: delete one first")
    now, known = world.clock.now(), heights(session, world.settings.finality)
    start = str(feed.end_of(max(known.told, 0)))
    webhook_id = uuid4().hex
    session.add(
        WebhookEndpoint(
            webhook_id=webhook_id,
            participant_id=caller.participant_id,
            url=command.url,
            description=command.description,
            types=list(command.types),
            order_id=command.order_id,
            cursor=start if command.after is None else _cursor(command.after),
            wake_at=now,
            created_at=now,
        )
    )
    session.flush()
    secret = standard_webhooks.new_secret()
    webhooks.add_secret(session, world.vault.keyring, webhook_id, secret, now)
    return Accepted(operation_id=webhook_id)


def change(world: World, session: Session, caller: Caller, command: ChangeWebhook) -> Accepted:
    """Changes what is given. Active again, it is told all that has waited."""
    endpoint = _find(session, caller, command.webhook_id)
    if command.url is not None:
        _check_url(world, command.url)
        endpoint.url = command.url
    if command.types is not None:
        _check_types(command.types)
        endpoint.types = list(command.types)
    if command.description is not None:
        endpoint.description = command.description
    if command.state == webhooks.DISABLED and endpoint.state == webhooks.ACTIVE:
        endpoint.state, endpoint.reason = webhooks.DISABLED, webhooks.PAUSED
    if command.state == webhooks.ACTIVE and endpoint.state == webhooks.DISABLED:
        endpoint.state, endpoint.reason, endpoint.failing_since = webhooks.ACTIVE, "", None
        webhooks.try_all_now(session, endpoint, world.clock.now())
    return Accepted(operation_id=endpoint.webhook_id)


def delete(world: World, session: Session, caller: Caller, command: OnWebhook) -> Accepted:  # noqa: ARG001 (as every verb)
    """With its secrets, and with all that waits for it."""
    endpoint = _find(session, caller, command.webhook_id)
    webhooks.remove(session, endpoint.webhook_id)
    return Accepted(operation_id=command.webhook_id)


def rotate(world: World, session: Session, caller: Caller, command: RotateSecret) -> Accepted:
    """A new secret; until the overlap is over the former one signs as well."""
    endpoint = _find(session, caller, command.webhook_id)
    ends = world.clock.now() + timedelta(seconds=command.overlap_s)
    secret = standard_webhooks.new_secret()
    webhooks.add_secret(session, world.vault.keyring, endpoint.webhook_id, secret, ends)
    return Accepted(operation_id=endpoint.webhook_id)


def replay(world: World, session: Session, caller: Caller, command: Replay) -> Accepted:
    """Tells all after a cursor once more, under the same ids. What still waits after that cursor is
    part of it, and so comes in its order."""
    endpoint = _find(session, caller, command.webhook_id)
    place = Place.read(_cursor(command.after))
    if place >= Place.read(endpoint.cursor):
        raise Conflict("after: the endpoint has not been told as far as that yet")
    for delivery in webhooks.open_deliveries(session, endpoint.webhook_id):
        if delivery.lanes and Place.read(delivery.cursor) > place:
            session.delete(delivery)
    endpoint.cursor, endpoint.read_upto, endpoint.full = str(place), -1, False
    endpoint.round += 1
    endpoint.wake_at = world.clock.now()
    return Accepted(operation_id=endpoint.webhook_id)


def redeliver(world: World, session: Session, caller: Caller, command: Redeliver) -> Accepted:
    """Sends one message at once, under the same id: what was delivered, out of its order; what
    waits for another attempt, in it."""
    endpoint = _find(session, caller, command.webhook_id)
    delivery = session.get(WebhookDelivery, command.delivery_id, with_for_update=True)
    if delivery is None or delivery.webhook_id != endpoint.webhook_id:
        raise NotFound("delivery")
    now = world.clock.now()
    if delivery.state == webhooks.DELIVERED:
        delivery.state, delivery.lanes, delivery.delivered_at = webhooks.PENDING, [], None
    delivery.attempts, delivery.next_at = 0, now
    endpoint.wake_at = now
    return Accepted(operation_id=str(delivery.id))


def ping(world: World, session: Session, caller: Caller, command: OnWebhook) -> Accepted:
    """Sends a message that says nothing, at once."""
    endpoint = _find(session, caller, command.webhook_id)
    now = world.clock.now()
    event = _ping(endpoint.webhook_id, endpoint.cursor, heights(session, "instant").head)
    message = ToSend(
        event_id=event.id,
        cursor=event.cursor,
        type=event.type,
        lanes=[],
        body=orjson.dumps({**asdict(event), "time": now.strftime("%Y-%m-%dT%H:%M:%SZ")}),
    )
    webhooks.enqueue(session, endpoint, [message], now)
    delivery_id = webhooks.delivery_id(session, endpoint.webhook_id, event.id)
    return Accepted(operation_id=str(delivery_id))


def _ping(webhook_id: str, cursor: str, head: int) -> CloudEvent:
    told: dict[str, Any] = {"webhook_id": webhook_id}
    return CloudEvent(
        id=f"ping-{uuid4().hex}",
        source=f"/v1/webhooks/{webhook_id}",
        type=cloudevents.WEBHOOK_PING,
        subject=webhook_id,
        time=None,
        data=told,
        blocknumber=head,
        blockhash=None,
        txhash=None,
        ledgerevent=None,
        finality="final",
        cursor=cursor,
    )


def _find(session: Session, caller: Caller, webhook_id: str) -> WebhookEndpoint:
    endpoint = webhooks.find(session, caller.participant_id, webhook_id, lock=True)
    if endpoint is None:
        raise NotFound("webhook")
    return endpoint


def _check_url(world: World, url: str) -> None:
    """Its form, and that it is no private address; what its name stands for is looked at whenever
    something is sent."""
    try:
        target_of(url, local=world.settings.webhook_local)
    except EgressRefused as error:
        raise InvalidInput(f"url: {error}") from error


def _check_types(types: tuple[str, ...]) -> None:
    try:
        cloudevents.chosen(types)
    except ValueError as error:
        raise InvalidInput(str(error)) from error


def _cursor(text: str) -> str:
    try:
        return str(Place.read(text))
    except BadCursor as error:
        raise InvalidInput(f"after: {error}") from error
