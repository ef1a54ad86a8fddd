"""Events on the command line: triggered the real way, listened to, handed on signed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from entrepot.devnet.triggers import TRIGGERS
from entrepot.domain import standard_webhooks
from entrepot.domain.cloudevents import TYPES
from tests.api.hooks import hook
from tests.walk.stage import Walk, open_walk
from tests.walk.test_commands import data, told

pytestmark = [pytest.mark.postgres, pytest.mark.anvil, pytest.mark.timeout(600)]

SHORT = ("customs.import_released", "order.accepted", "shipment.carrier_hold.withdrawn")
"""Triggers that take the longest ways; the others go parts of them."""


def test_every_trigger_is_named_after_the_event_that_it_makes_come() -> None:
    assert {f"entrepot.{name}" for name in TRIGGERS} <= TYPES.keys()


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Founded, and nothing traded yet."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENTREPOT_WEBHOOK_LOCAL", "true")
        with open_walk("straight-walk", tmp_path_factory.mktemp("events")) as found:
            yield found


def listen(walk: Walk, *words: str, count: int) -> Any:
    state = walk.stack.ground.settings.state_folder
    command = [sys.executable, "-m", "entrepot", "listen", "--state", state, "--json"]
    return subprocess.run(
        [*command, "--count", str(count), *words],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={**os.environ, "LANG": "C.UTF-8"},
    )


@pytest.mark.parametrize(
    "name",
    [
        name if name in SHORT else pytest.param(name, marks=pytest.mark.full)
        for name in sorted(TRIGGERS)
    ],
)
def test_trigger_makes_its_event_come(walk: Walk, name: str) -> None:
    made = data(walk, "trigger", name)
    events = data(walk, "events", "--order", made["order_id"], "--type", made["event"])["items"]
    assert [event["type"] for event in events] == [f"entrepot.{name}"]


def test_trigger_goes_on_with_an_order_that_is_given(walk: Walk) -> None:
    order_id = data(walk, "trigger", "order.placed")["order_id"]
    made = data(walk, "trigger", "shipment.carrier_hold", order_id)
    assert made["order_id"] == order_id
    chinese = told(walk, "trigger", "order.placed", "--lang", "zh")
    assert "entrepot.order.placed" in chinese
    assert "已在订单上触发" in chinese
    assert "customs.import_released" in told(walk, "trigger", "--list")


def test_listen_hands_events_on_signed_as_webhooks_are(walk: Walk) -> None:
    order_id = data(walk, "trigger", "order.accepted")["order_id"]
    secret = standard_webhooks.spell(b"k" * 32)
    with hook() as found:
        run = listen(
            walk,
            *("--after", "0.0", "--order", order_id, "--forward", found.url, "--secret", secret),
            count=2,
        )
    events = [json.loads(line) for line in run.stdout.splitlines()]
    assert [e["type"] for e in events] == ["entrepot.order.placed", "entrepot.order.accepted"]
    assert [came.event for came in found.came] == events
    for came in found.came:
        at, identity = int(came.headers["webhook-timestamp"]), came.headers["webhook-id"]
        signature = standard_webhooks.sign(identity, at, came.body, b"k" * 32)
        assert came.headers["webhook-signature"] == signature


def test_webhooks_are_managed_on_the_command_line(walk: Walk) -> None:
    with hook() as found:
        made = data(walk, "webhooks", "create", found.url, "--type", "entrepot.order.*")
        data(walk, "webhooks", "ping", made["webhook_id"])
        data(walk, "trigger", "order.placed")
        listen(walk, "--type", "entrepot.order.*", "--after", made["cursor"], count=1)
        sent: list[Any] = []
        for _ in range(200):
            sent = data(walk, "webhooks", "deliveries", made["webhook_id"])["items"]
            if len(sent) == 2 and all(one["state"] == "DELIVERED" for one in sent):
                break
        assert {one["type"] for one in sent} == {"entrepot.webhook.ping", "entrepot.order.placed"}
        assert {one["state"] for one in sent} == {"DELIVERED"}
        secret = data(walk, "webhooks", "rotate", made["webhook_id"], "--overlap", "1")["secret"]
        assert secret.startswith("whsec_")
        assert made["webhook_id"] in told(walk, "webhooks", "list")
        assert "DISABLED (PAUSED)" in told(walk, "webhooks", "change", made["webhook_id"], "--off")
        data(walk, "webhooks", "delete", made["webhook_id"])
        assert data(walk, "webhooks", "list")["items"] == []


def test_the_code_of_the_page_verifies_what_we_send(walk: Walk) -> None:
    """docs/howto/receive-webhooks.md, exactly as printed."""
    page = (Path(__file__).parents[2] / "docs/howto/receive-webhooks.md").read_text()
    [code] = [part.split("```")[0] for part in page.split("```python\n")[1:]]
    names: dict[str, Any] = {}
    exec(compile(code, "receive-webhooks.md", "exec"), names)
    with hook() as found:
        made = data(walk, "webhooks", "create", found.url)
        data(walk, "webhooks", "ping", made["webhook_id"])
        for _ in range(200):
            if found.came:
                break
            data(walk, "webhooks", "deliveries", made["webhook_id"])
        data(walk, "webhooks", "delete", made["webhook_id"])
    came = found.came[0]
    verify, secret = names["verify"], made["secret"]
    assert verify(secret, came.headers, came.body)
    assert not verify(secret, came.headers, came.body + b" ")
    assert not verify(standard_webhooks.spell(b"x" * 32), came.headers, came.body)
    late = int(came.headers["webhook-timestamp"]) + 301
    assert not verify(secret, came.headers, came.body, now=late)
