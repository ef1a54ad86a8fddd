"""Messages to webhooks: signed, in order for each order, tried for days, never lost."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from entrepot.domain import standard_webhooks
from entrepot.domain.standard_webhooks import DELAYS
from entrepot.steps import World
from entrepot.steps.notification import service as notification
from entrepot.steps.notification.repository import LEASE
from entrepot.steps.notification.service import Outcome
from entrepot.store import webhooks
from entrepot.store.envelope import EnvelopeBroken
from entrepot.store.tables import WebhookDelivery, WebhookEndpoint, WebhookSecret
from tests.api.hooks import Hook, drain, hook, world_of
from tests.api.stage import HEAD, Stage
from tests.api.telling import accepted, block, departed, feed_of, judged, recorded, tell, withdrawn

pytestmark = pytest.mark.postgres


@pytest.fixture
def world(stage: Stage) -> Iterator[World]:
    found = world_of(stage)
    api: Any = stage.client.app
    api.state.world = replace(found, clock=stage.world.clock)
    yield found
    api.state.world = stage.world


def subscribe(stage: Stage, to: Hook, actor: str = "exporter", **wanted: Any) -> dict[str, Any]:
    """A webhook that is told from the beginning."""
    body = {"url": to.url, "after": "0.0", **wanted}
    answer = stage.post(f"{actor}.admin", "/v1/webhooks", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def move(world: World, by: timedelta) -> None:
    clock: Any = world.clock
    clock.move(by)


def shown(stage: Stage, made: dict[str, Any], actor: str = "exporter") -> dict[str, Any]:
    answer: dict[str, Any] = stage.get(actor, f"/v1/webhooks/{made['webhook_id']}").json()
    return answer


def deliveries(stage: Stage, made: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    path = f"/v1/webhooks/{made['webhook_id']}/deliveries"
    return list(stage.get("exporter", path, params=query).json()["items"])


def test_message_is_the_event_signed_under_its_own_id(stage: Stage, world: World) -> None:
    order_id = stage.order()
    tell(stage, HEAD + 1, recorded(order_id))
    with hook() as found:
        made = subscribe(stage, found)
        assert drain(world) == 1
    [came] = found.came
    [event] = feed_of(stage, "exporter")
    assert came.event == event
    assert came.headers["content-type"] == "application/cloudevents+json"
    assert came.headers["user-agent"].startswith("entrepot/")
    assert came.headers["webhook-id"] == event["id"]
    key = base64.b64decode(made["secret"].removeprefix("whsec_"))
    content = f"{event['id']}.{came.headers['webhook-timestamp']}.".encode() + came.body
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    assert came.headers["webhook-signature"] == f"v1,{signature}"
    [kept] = deliveries(stage, made)
    assert (kept["state"], kept["status"], kept["attempts"]) == ("DELIVERED", 204, 1)


def test_webhook_is_told_what_its_member_may_know_and_asked_for(stage: Stage, world: World) -> None:
    one, other = stage.order("PO-1"), stage.order("PO-2")
    tell(stage, HEAD + 1, accepted(one), recorded(one), recorded(other), withdrawn(other))
    with hook() as mine, hook() as narrow, hook() as single, hook() as strange:
        subscribe(stage, mine)
        subscribe(stage, narrow, types=["entrepot.customs.import_released"])
        subscribe(stage, single, order_id="0x" + one.hex())
        subscribe(stage, strange, actor="fintech")
        drain(world)
    events = feed_of(stage, "exporter")
    assert sorted(mine.ids) == sorted(e["id"] for e in events)
    assert [c.event["type"] for c in narrow.came] == ["entrepot.customs.import_released"] * 2
    assert {c.event["subject"] for c in single.came} == {"0x" + one.hex()}
    assert strange.came == []


def test_only_final_facts_are_sent(stage: Stage, world: World) -> None:
    settings = world.settings.model_copy(update={"finality": "depth:3"})
    deep = replace(world, settings=settings)
    order_id = stage.order()
    tell(stage, HEAD + 1, accepted(order_id))
    with hook() as found:
        subscribe(stage, found)
        drain(deep)
        assert found.came == []
        block(stage, HEAD + 5)
        judged(stage, HEAD + 5)
        drain(deep)
    assert [came.event["finality"] for came in found.came] == ["final"]


def test_order_that_fails_holds_back_its_own_later_events_only(stage: Stage, world: World) -> None:
    bad, good = stage.order("PO-bad"), stage.order("PO-good")
    tell(stage, HEAD + 1, accepted(bad), accepted(good), recorded(bad), recorded(good))
    with hook() as found:
        subject = "0x" + bad.hex()
        found.answer = lambda event: 500 if event["subject"] == subject else 200
        made = subscribe(stage, found)
        drain(world)
        assert {c.event["type"] for c in found.came if c.event["subject"] == subject} == {
            "entrepot.order.accepted"
        }
        assert len([c for c in found.came if c.event["subject"] != subject]) == 2
        assert shown(stage, made)["waiting"] == 2
        found.answer = lambda _: 200
        move(world, DELAYS[0] * 2)
        drain(world)
    told = [c.event for c in found.came if c.event["subject"] == subject]
    assert [e["type"].rpartition(".")[2] for e in told] == [
        "accepted",
        "accepted",
        "import_released",
    ]
    assert shown(stage, made)["waiting"] == 0


def test_facts_of_a_voyage_keep_their_place_among_those_of_the_orders_aboard(
    stage: Stage, world: World
) -> None:
    aboard, ashore = stage.order("PO-aboard"), stage.order("PO-ashore")
    voyage_id = b"V" * 32
    stage.aboard(aboard, voyage_id)
    tell(
        stage,
        HEAD + 1,
        accepted(aboard),
        departed(voyage_id),
        accepted(ashore),
        recorded(aboard),
        recorded(ashore),
    )
    with hook() as found:
        found.answer = lambda e: 500 if e["type"] == "entrepot.shipment.vessel_departed" else 200
        subscribe(stage, found)
        drain(world)
    seen = [(c.event["type"].rpartition(".")[2], c.event["subject"][-4:]) for c in found.came]
    last = aboard.hex()[-4:]
    assert ("import_released", last) not in seen, "it comes after what its voyage waits for"
    assert ("import_released", ashore.hex()[-4:]) in seen


def test_attempts_go_on_for_days_and_then_the_webhook_is_switched_off(
    stage: Stage, world: World
) -> None:
    order_id = stage.order()
    tell(stage, HEAD + 1, accepted(order_id), recorded(order_id))
    with hook() as found:
        found.answer = lambda _: 503
        made = subscribe(stage, found)
        for wait in DELAYS:
            assert drain(world) == 1
            assert shown(stage, made)["state"] == "ACTIVE"
            move(world, wait * 0.79)
            assert drain(world) == 0, "not before its time"
            move(world, wait * 0.42)
        drain(world)
        off = shown(stage, made)
        assert (off["state"], off["reason"], off["waiting"]) == ("DISABLED", "FAILING", 2)
        assert len(set(found.ids)) == 1, "the same message, under the same id"
        assert len(found.came) == len(DELAYS) + 1
        move(world, timedelta(days=30))
        assert drain(world) == 0
        block(stage, HEAD + 2)
        judged(stage, HEAD + 2)
        [notice] = feed_of(stage, "exporter", type="entrepot.webhook.disabled")
        assert notice["data"] == {
            "webhook_id": made["webhook_id"],
            "url": found.url,
            "reason": "FAILING",
        }
        assert feed_of(stage, "importer", type="entrepot.webhook.disabled") == []
        found.answer = lambda _: 200
        path = f"/v1/webhooks/{made['webhook_id']}"
        again = stage.client.patch(
            path, headers=stage.headers("exporter.admin"), json={"state": "ACTIVE"}
        )
        assert again.status_code == 200, again.text
        drain(world)
    told = [c.event["type"] for c in found.came][-3:]
    told.remove("entrepot.webhook.disabled")
    assert told == ["entrepot.order.accepted", "entrepot.customs.import_released"]


def test_notice_is_never_put_before_what_was_told_already(stage: Stage, world: World) -> None:
    """A reader that is at the end when an endpoint is switched off learns of it."""
    order_id = stage.order()
    tell(stage, HEAD + 1, accepted(order_id))
    end = feed_of(stage, "exporter")[-1]["cursor"]
    with hook() as found:
        found.answer = lambda _: 410
        made = subscribe(stage, found)
        drain(world)
        assert shown(stage, made)["reason"] == "GONE"
    block(stage, HEAD + 2)
    judged(stage, HEAD + 2)
    [notice] = feed_of(stage, "exporter", after=end)
    assert notice["type"] == "entrepot.webhook.disabled"
    assert feed_of(stage, "exporter", after=notice["cursor"]) == []


def test_failing_webhook_is_probed_and_others_are_not_kept_waiting(
    stage: Stage, world: World
) -> None:
    for number in range(8):
        tell(stage, HEAD + 1 + number, accepted(stage.order(f"PO-{number}")))
    with hook() as dead, hook() as alive:
        dead.answer = lambda _: 500
        subscribe(stage, dead)
        subscribe(stage, alive)
        notification.publish(world, 10)
        first = notification.claim(world, 10)
        assert len([m for m in first if m.url == dead.url]) == notification.PER_ENDPOINT_MAX
        for message in first:
            notification.settle(world, message, notification.attempt(world, message))
        second = notification.claim(world, 10)
        assert len([m for m in second if m.url == dead.url]) == 1
        assert len([m for m in second if m.url == alive.url]) == notification.PER_ENDPOINT_MAX


def test_message_of_a_killed_courier_is_sent_again_when_its_lease_is_over(
    stage: Stage, world: World
) -> None:
    tell(stage, HEAD + 1, accepted(stage.order()))
    with hook() as found:
        subscribe(stage, found)
        notification.publish(world, 10)
        [lost] = notification.claim(world, 10)
        assert drain(world) == 0, "somebody else has it"
        move(world, LEASE * 1.01)
        [again] = notification.claim(world, 10)
        assert (again.event_id, again.attempt) == (lost.event_id, 2)
        notification.settle(world, lost, Outcome(None, "timeout"))
        notification.settle(world, again, Outcome(204, None))
        notification.settle(world, lost, Outcome(None, "timeout"))
    with world.store.reading() as session:
        [row] = session.exec(select(WebhookDelivery)).all()
    assert (row.state, row.status, row.attempts) == ("DELIVERED", 204, 2)


def test_two_couriers_take_different_messages(stage: Stage, world: World) -> None:
    for number in range(4):
        tell(stage, HEAD + 1 + number, accepted(stage.order(f"PO-{number}")))
    with hook() as found:
        subscribe(stage, found)
        notification.publish(world, 10)
        one, other = notification.claim(world, 2), notification.claim(world, 2)
    assert len({m.delivery_id for m in (*one, *other)}) == len(one) + len(other) == 4


def test_no_more_is_read_on_than_an_endpoint_may_have_waiting(
    stage: Stage, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "OPEN_MAX", 3)
    order_id = stage.order()
    tell(stage, HEAD + 1, *([accepted(order_id)] * 10))
    with hook() as found:
        made = subscribe(stage, found)
        for _ in range(5):
            notification.publish(world, 10)
        assert shown(stage, made)["waiting"] == 3
        drain(world)
    assert found.ids == [e["id"] for e in feed_of(stage, "exporter")]


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
        former, newest = (standard_webhooks.unspell(x["secret"]) for x in (made, answer.json()))
        tell(stage, HEAD + 1, accepted(order_id))
        drain(world)
        move(world, timedelta(hours=2, seconds=1))
        tell(stage, HEAD + 2, recorded(order_id))
        drain(world)
    both, one = ([c.headers["webhook-signature"].split(), c] for c in found.came)
    for (signatures, came), keys in ((both, [newest, former]), (one, [newest])):
        at, identity = int(came.headers["webhook-timestamp"]), came.headers["webhook-id"]
        assert signatures == [standard_webhooks.sign(identity, at, came.body, k) for k in keys]


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
