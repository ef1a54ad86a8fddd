"""Messages to webhooks: signed, in order for each order, tried for days, never lost."""

import base64
import hashlib
import hmac
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from entrepot.domain.standard_webhooks import DELAYS
from entrepot.steps import World
from entrepot.steps.notification import service as notification
from entrepot.steps.notification.repository import LEASE
from entrepot.steps.notification.service import Outcome
from entrepot.store import webhooks
from entrepot.store.tables import WebhookDelivery
from tests.api.hooks import deliveries, drain, hook, move, shown, subscribe
from tests.api.stage import HEAD, Stage
from tests.api.telling import accepted, block, departed, feed_of, judged, recorded, tell, withdrawn

pytestmark = pytest.mark.postgres


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


def fail_for_days(stage: Stage, world: World, made: dict[str, Any]) -> None:
    """Every attempt, each when its time has come and not before."""
    for wait in DELAYS:
        assert drain(world) == 1
        assert shown(stage, made)["state"] == "ACTIVE"
        move(world, wait * 0.79)
        assert drain(world) == 0, "not before its time"
        move(world, wait * 0.42)
    drain(world)


def test_attempts_go_on_for_days_and_then_the_webhook_is_switched_off(
    stage: Stage, world: World
) -> None:
    order_id = stage.order()
    tell(stage, HEAD + 1, accepted(order_id), recorded(order_id))
    with hook() as found:
        found.answer = lambda _: 503
        made = subscribe(stage, found)
        fail_for_days(stage, world, made)
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
