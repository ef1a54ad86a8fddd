"""Reads the feed for each endpoint, and sends what is next: at least once, under an id that makes
it once for whoever remembers ids, and in order for each order."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import entrepot
from entrepot.domain import standard_webhooks
from entrepot.domain.cloudevents import MEDIA_TYPE
from entrepot.kit.egress import EgressFailed, EgressRefused, Rules, post
from entrepot.kit.logs import Log
from entrepot.steps import World
from entrepot.steps.notification import repository
from entrepot.store import webhooks
from entrepot.store.heights import heights
from entrepot.store.tables import WebhookDelivery, WebhookEndpoint

PER_ENDPOINT_MAX = 4
GONE_STATUS = 410

log = Log(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One attempt: what is sent, where, signed with which secrets."""

    webhook_id: str
    delivery_id: int
    attempt: int
    url: str
    event_id: str
    body: bytes
    secrets: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: the status that was answered, or why there was none."""

    status: int | None
    error: str | None

    @property
    def worked(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def run(world: World, limit: int, rules: Rules | None = None) -> int:
    """Reads on and sends up to `limit` messages side by side; answers how many were taken."""
    publish(world, limit)
    messages = claim(world, limit)
    with ThreadPoolExecutor(max(1, len(messages))) as pool:
        sent = [(message, pool.submit(attempt, world, message, rules)) for message in messages]
    for message, outcome in sent:
        settle(world, message, outcome.result())
    return len(messages)


def publish(world: World, limit: int) -> int:
    """Queues what has happened since the last time, for up to `limit` endpoints a transaction."""
    queued = 0
    with world.store.transaction() as session:
        known = heights(session, world.settings.finality)
        for endpoint in webhooks.to_read(session, known.told, limit):
            chain_id = world.deployment.chain_id
            queued += repository.read_on(session, endpoint, known, chain_id, world.clock.now())
    return queued


def claim(world: World, limit: int) -> list[Message]:
    """Takes what is next, under a lease: nobody else takes it until that has ended."""
    now = world.clock.now()
    found: list[Message] = []
    with world.store.transaction() as session:
        for endpoint in webhooks.to_send(session, now, limit):
            keys = webhooks.secrets(session, world.vault.keyring, endpoint.webhook_id, now)
            if (room := limit - len(found)) <= 0:
                break
            at_once = 1 if endpoint.failing_since else PER_ENDPOINT_MAX
            taken = repository.next_of(session, endpoint, now, room, at_once)
            found += [_message(endpoint, each, keys) for each in taken]
    return found


def attempt(world: World, message: Message, rules: Rules | None = None) -> Outcome:
    """Sends it once. Nothing of the answer is kept but its status."""
    headers = standard_webhooks.headers(
        message.event_id, world.clock.now(), message.body, message.secrets
    )
    headers |= {"Content-Type": MEDIA_TYPE, "User-Agent": f"entrepot/{entrepot.__version__}"}
    rules = rules or Rules(local=world.settings.webhook_local)
    try:
        return Outcome(post(message.url, headers, message.body, rules), None)
    except EgressRefused:
        return Outcome(None, "refused-by-us")
    except EgressFailed as error:
        return Outcome(None, str(error))


def settle(world: World, message: Message, outcome: Outcome, chance: float | None = None) -> None:
    """Keeps what came of an attempt; after the last one the endpoint is switched off, with all that
    waits for it kept."""
    now = world.clock.now()
    with world.store.transaction() as session:
        endpoint = session.get(WebhookEndpoint, message.webhook_id, with_for_update=True)
        delivery = session.get(WebhookDelivery, message.delivery_id, with_for_update=True)
        if endpoint is None or delivery is None or delivery.state != webhooks.PENDING:
            return
        if not outcome.worked and delivery.attempts != message.attempt:
            return
        delivery.status, delivery.error, delivery.leased_until = outcome.status, outcome.error, None
        endpoint.wake_at = min(endpoint.wake_at, now)
        if outcome.worked:
            delivery.state, delivery.delivered_at = webhooks.DELIVERED, now
            endpoint.failing_since = None
            if endpoint.full:
                endpoint.full, endpoint.read_upto = False, -1
            return
        endpoint.failing_since = endpoint.failing_since or now
        lucky = random.random() if chance is None else chance  # noqa: S311 (to spread, not to hide)
        wait = standard_webhooks.delay(delivery.attempts, lucky)
        delivery.next_at = now + (wait or timedelta())
        if endpoint.state == webhooks.ACTIVE and (wait is None or outcome.status == GONE_STATUS):
            reason = webhooks.FAILING if wait is None else webhooks.GONE
            webhooks.switch_off(session, endpoint, reason)
            log.warning("webhook_disabled", kind=reason, status=outcome.status)


def _message(endpoint: WebhookEndpoint, delivery: WebhookDelivery, keys: list[bytes]) -> Message:
    return Message(
        webhook_id=endpoint.webhook_id,
        delivery_id=delivery.id or 0,
        attempt=delivery.attempts,
        url=endpoint.url,
        event_id=delivery.event_id,
        body=delivery.body,
        secrets=tuple(keys),
    )
