"""Killed at any moment, a consumer has dealt with each event once, and with an order's in order."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from entrepot.devnet.scenario import Step
from entrepot.kit.processes import free_port
from tests.walk.stage import Walk, open_walk

pytestmark = [pytest.mark.postgres, pytest.mark.anvil, pytest.mark.timeout(900)]

CONSUMER = Path(__file__).with_name("consumer.py")
SEED = 20261126
DELAY_S_MAX = 0.3
PATIENCE_S = 120


@dataclass
class Consumer:
    """The program, started again whenever it was killed."""

    words: tuple[str, ...]
    database: Path
    kills: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    program: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.program = subprocess.Popen([sys.executable, CONSUMER, *self.words, self.database])

    def kill(self) -> None:
        """SIGKILL, and up again."""
        with self.lock:
            self.end()
            self.kills += 1
            self.start()

    def end(self) -> None:
        self.program.kill()
        self.program.wait()

    def seen(self) -> list[dict[str, Any]]:
        """What it has dealt with, in that order."""
        with sqlite3.connect(self.database, timeout=30) as database:
            rows = database.execute("SELECT body FROM event ORDER BY rowid").fetchall()
        return [json.loads(body) for (body,) in rows]


def subscribe(walk: Walk, port: int) -> dict[str, Any]:
    body = {"url": f"http://127.0.0.1:{port}/hook", "after": "0.0"}
    answer = walk.ask("exporter.admin", "POST", "/v1/webhooks", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def play(walk: Walk, steps: list[Step], kills: int, consumers: list[Consumer]) -> None:
    """The steps, with so many kills of each consumer at seeded moments."""
    chance = random.Random(SEED)
    moments = [(chance.randrange(len(steps)), each) for each in consumers for _ in range(kills)]
    threads: list[threading.Timer] = []
    for number, step in enumerate(steps):
        for moment, consumer in moments:
            if moment == number:
                threads.append(threading.Timer(chance.uniform(0, DELAY_S_MAX), consumer.kill))
        for thread in threads:
            if not thread.ident:
                thread.start()
        walk.play([step])
        for thread in threads:
            thread.join()


def whole(walk: Walk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = "0.0"
    while True:
        page = walk.ask("exporter", "GET", "/v1/events", params={"after": after}).json()
        found += page["items"]
        if page["next"] == after:
            return found
        after = page["next"]


def wait_for(walk: Walk, consumers: list[Consumer], made: dict[str, Any]) -> list[dict[str, Any]]:
    """Until all have dealt with all that there is; what waits for another attempt is asked for."""
    walk.fingerprint()  # waits until the worker has caught up
    events = whole(walk)
    path = f"/v1/webhooks/{made['webhook_id']}"
    deadline = time.monotonic() + PATIENCE_S
    while any(len(each.seen()) < len(events) for each in consumers):
        assert time.monotonic() < deadline, [len(each.seen()) for each in consumers]
        for state in ("DISABLED", "ACTIVE"):
            walk.ask("exporter.admin", "PATCH", path, json={"state": state})
        time.sleep(1)
    return events


def prove(walk: Walk, steps: list[Step], kills: int, folder: Path) -> None:
    port = free_port()
    made = subscribe(walk, port)
    stream = Consumer(("stream", walk.stack.url, walk.stack.tokens["exporter"]), folder / "a.db")
    hook = Consumer(("hook", str(port), made["secret"]), folder / "b.db")
    try:
        play(walk, steps, kills, [stream, hook])
        events = wait_for(walk, [stream, hook], made)
    finally:
        stream.end()
        hook.end()
    assert (stream.kills, hook.kills) == (kills, kills)
    ids = [event["id"] for event in events]
    assert len(ids) == len(set(ids)) > len(steps)
    assert stream.seen() == events, "each once, in the order of the list"
    told = hook.seen()
    assert sorted(event["id"] for event in told) == sorted(ids), "each once"
    for subject in {event["subject"] for event in events}:
        assert [e["id"] for e in told if e["subject"] == subject] == [
            e["id"] for e in events if e["subject"] == subject
        ]


@pytest.fixture
def walk_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where webhooks may go to this machine."""
    monkeypatch.setenv("ENTREPOT_WEBHOOK_LOCAL", "true")
    return tmp_path / "walk"


def test_p6_killed_consumers_deal_with_each_event_once_in_order(
    walk_folder: Path, tmp_path: Path
) -> None:
    """To the first tranche."""
    with open_walk("straight-walk", walk_folder) as walk:
        names = [step.name for step in walk.scenario.steps]
        steps = walk.scenario.steps[: names.index("first tranche released") + 1]
        prove(walk, steps, 5, tmp_path)


@pytest.mark.full
def test_p6_consumers_killed_twenty_times_deal_with_each_event_once_in_order(
    walk_folder: Path, tmp_path: Path
) -> None:
    """The whole walk."""
    with open_walk("straight-walk", walk_folder) as walk:
        prove(walk, walk.scenario.steps, 20, tmp_path)
