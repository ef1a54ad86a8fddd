"""Webhooks as their member manages them: secrets, replays, single messages, pings."""

from datetime import timedelta

import pytest
from sqlmodel import select

from entrepot.domain import standard_webhooks
from entrepot.steps import World
from entrepot.steps.notification import service as notification
from entrepot.steps.notification.service import Outcome
from entrepot.store import webhooks
from entrepot.store.envelope import EnvelopeBroken
from entrepot.store.tables import WebhookDelivery, WebhookEndpoint, WebhookSecret
from tests.api.hooks import deliveries, drain, hook, move, subscribe
from tests.api.stage import HEAD, Stage
from tests.api.telling import accepted, feed_of, recorded, tell

pytestmark = pytest.mark.postgres


def test_secret_is_kept_sealed_and_a_moved_one_opens_nothing(stage: Stage, world: World) -> None:
    with hook() as found:
        made, other = subscribe(stage, found), subscribe(stage, found)
    key = standard_webhooks.unspell(made["secret"])
    for needle in (made["secret"], key.hex()):
        with world.store.reading() as session:
            tables = [
                session.connection().exec_driver_sql(f"SELECT t::text FROM {name} t").all()
                for name in ("webhook_secret", "webhook_endpoint", "idempotency_record")
            ]
        assert needle not in repr(tables)
    with world.store.transaction() as session:
        mine = session.get_one(WebhookSecret, (made["webhook_id"], 1))
        session.get_one(WebhookSecret, (other["webhook_id"], 1)).wrapped = mine.wrapped
    keyring = world.vault.keyring
    with world.store.reading() as session:
        now = world.clock.now()
        assert webhooks.secrets(session, keyring, made["webhook_id"], now) == [key]
        with pytest.raises(EnvelopeBroken):
            webhooks.secrets(session, keyring, other["webhook_id"], now)


def test_both_secrets_sign_until_the_overlap_is_over(stage: Stage, world: World) -> None:
    order_id = stage.order()
    with hook() as found:
        made = subscribe(stage, found)
        path = f"/v1/webhooks/{made['webhook_id']}:rotate-secret"
        answer = stage.post("exporter.admin", path, json={"overlap_hours": 2})
        former = standard_webhooks.unspell(made["secret"])
        newest = standard_webhooks.unspell(answer.json()["secret"])
        tell(stage, HEAD + 1, accepted(order_id))
        drain(world)
        move(world, timedelta(hours=2, seconds=1))
        tell(stage, HEAD + 2, recorded(order_id))
        drain(world)
    for came, keys in zip(found.came, ([newest, former], [newest]), strict=True):
        at, identity = int(came.headers["webhook-timestamp"]), came.headers["webhook-id"]
        signed = [standard_webhooks.sign(identity, at, came.body, key) for key in keys]
        assert came.headers["webhook-signature"].split() == signed


def test_replay_tells_all_after_a_cursor_again_under_the_same_ids(
    stage: Stage, world: World
) -> None:
    order_id = stage.order()
    for number in range(1, 4):
        tell(stage, HEAD + number, accepted(order_id))
    events = feed_of(stage, "exporter")
    with hook() as found:
        made = subscribe(stage, found)
        drain(world)
        path = f"/v1/webhooks/{made['webhook_id']}:replay"
        answer = stage.post("exporter.admin", path, json={"after": events[0]["cursor"]})
        assert answer.status_code == 200, answer.text
        drain(world)
        ahead = stage.post("exporter.admin", path, json={"after": f"{HEAD + 99}.0"})
        assert ahead.json()["code"] == "conflict"
    ids = [event["id"] for event in events]
    assert found.ids == [*ids, *ids[1:]]


def test_replay_while_messages_wait_keeps_their_order(stage: Stage, world: World) -> None:
    order_id = stage.order()
    for number in range(1, 5):
        tell(stage, HEAD + number, accepted(order_id))
    events = feed_of(stage, "exporter")
    with hook() as found:
        found.answer = lambda event: 500 if event["id"] == events[2]["id"] else 200
        made = subscribe(stage, found)
        drain(world)
        found.answer = lambda _: 200
        path = f"/v1/webhooks/{made['webhook_id']}:replay"
        stage.post("exporter.admin", path, json={"after": events[0]["cursor"]})
        drain(world)
    ids = [event["id"] for event in events]
    assert found.ids == [*ids[:3], *ids[1:]]


def test_redelivery_sends_one_message_again_at_once(stage: Stage, world: World) -> None:
    order_id = stage.order()
    tell(stage, HEAD + 1, accepted(order_id), recorded(order_id))
    with hook() as found:
        made = subscribe(stage, found)
        drain(world)
        first = deliveries(stage, made)[-1]
        path = f"/v1/webhooks/{made['webhook_id']}/deliveries/{first['delivery_id']}:redeliver"
        answer = stage.post("exporter.admin", path)
        assert (answer.status_code, answer.json()["state"]) == (200, "PENDING")
        drain(world)
    assert found.ids == [found.ids[0], found.ids[1], found.ids[0]]
    assert {each["state"] for each in deliveries(stage, made)} == {"DELIVERED"}


def test_ping_arrives_and_stands_in_no_list(stage: Stage, world: World) -> None:
    with hook() as found:
        made = subscribe(stage, found)
        answer = stage.post("exporter.admin", f"/v1/webhooks/{made['webhook_id']}:ping")
        assert (answer.status_code, answer.json()["type"]) == (200, "entrepot.webhook.ping")
        drain(world)
    [came] = found.came
    assert came.event["type"] == "entrepot.webhook.ping"
    assert came.headers["webhook-id"] == answer.json()["event_id"]
    assert feed_of(stage, "exporter", type="entrepot.webhook.ping") == []


def test_suspended_member_is_told_nothing(stage: Stage, world: World) -> None:
    tell(stage, HEAD + 1, accepted(stage.order()))
    with hook() as found:
        subscribe(stage, found)
        stage.suspend("exporter")
        assert drain(world) == 0
    assert found.came == []


@pytest.mark.usefixtures("world")
def test_address_that_becomes_private_is_refused_when_something_is_sent(stage: Stage) -> None:
    """A devnet's setting apart, the same address is never called."""
    tell(stage, HEAD + 1, accepted(stage.order()))
    with hook() as found:
        made = subscribe(stage, found)
        notification.run(stage.world, 10)
        [kept] = deliveries(stage, made)
    assert found.came == []
    assert (kept["error"], kept["status"], kept["state"]) == ("refused-by-us", None, "PENDING")


def test_what_was_delivered_is_forgotten_after_a_month(stage: Stage, world: World) -> None:
    tell(stage, HEAD + 1, accepted(stage.order()))
    with hook() as found:
        subscribe(stage, found)
        drain(world)
    later = world.clock
    with world.store.transaction() as session:
        assert webhooks.forget_old(session, later.now() + timedelta(days=29), 10) == 0
        assert webhooks.forget_old(session, later.now() + timedelta(days=31), 10) == 1


def test_deleted_webhook_takes_all_that_waits_with_it(stage: Stage, world: World) -> None:
    tell(stage, HEAD + 1, accepted(stage.order()))
    with hook() as found:
        made = subscribe(stage, found)
        notification.publish(world, 10)
        [under_way] = notification.claim(world, 10)
        path = f"/v1/webhooks/{made['webhook_id']}"
        assert stage.client.delete(path, headers=stage.headers("exporter.admin")).status_code == 204
        notification.settle(world, under_way, Outcome(None, "timeout"))
        assert drain(world) == 0
    with world.store.reading() as session:
        assert session.exec(select(WebhookDelivery)).all() == []
        assert session.exec(select(WebhookEndpoint)).all() == []
