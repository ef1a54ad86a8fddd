"""`entrepot up`: a devnet that leaves nothing behind, however it ends, and comes back as it was."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from entrepot.kit.processes import listens, running

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]

UP_TIMEOUT_S = 120
GONE_TIMEOUT_S = 20
UNAVAILABLE = 3


@dataclass
class Up:
    """One run of `entrepot up --json`."""

    process: subprocess.Popen[str]
    places: dict[str, Any]
    pids: set[int]
    ports: set[int]

    def gone(self) -> bool:
        """Whether no process of it runs and nobody listens where it did."""
        return not any(map(running, self.pids)) and not any(map(listens, self.ports))


def entrepot(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "entrepot", *arguments]


def start(state: Path) -> Up:
    """Starts it and reads what it prints once everything runs."""
    with (state.parent / "up.err").open("a") as errors:
        process = subprocess.Popen(
            entrepot("up", "--state", str(state), "--json"),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    assert process.stdout is not None
    text = ""
    deadline = time.monotonic() + UP_TIMEOUT_S
    while not text.endswith("\n}\n"):
        line = process.stdout.readline()
        assert line, (state.parent / "up.err").read_text()
        assert time.monotonic() < deadline
        text += line
    process.stdout.close()
    places = json.loads(text)
    whereabouts = json.loads((state / "stack.json").read_text())
    postmaster = (state / "postgres/data/postmaster.pid").read_text().splitlines()
    ports = {urlsplit(places[name]).port or 0 for name in ("api", "rpc")} | {int(postmaster[3])}
    pids = {*whereabouts["pids"].values(), int(postmaster[0]), process.pid}
    return Up(process, places, pids, ports)


def wait_until(met: Callable[[], bool], timeout_s: float = GONE_TIMEOUT_S) -> bool:
    deadline = time.monotonic() + timeout_s
    while not met() and time.monotonic() < deadline:
        time.sleep(0.05)
    return met()


def hashes(up: Up) -> list[str]:
    """The hashes of all blocks, as the chain's own address tells them."""
    head = up.places["head"]["number"]
    calls = [
        {"jsonrpc": "2.0", "id": n, "method": "eth_getBlockByNumber", "params": [hex(n), False]}
        for n in range(head + 1)
    ]
    answers = httpx.post(up.places["rpc"], json=calls, timeout=30).json()
    return [answer["result"]["hash"] for answer in sorted(answers, key=lambda one: one["id"])]


def members(up: Up) -> list[str]:
    headers = {"Authorization": f"Bearer {up.places['tokens']['regulator']}"}
    answer = httpx.get(f"{up.places['api']}/v1/participants", headers=headers, timeout=30).json()
    return [item["participant"]["lei"] for item in answer["items"]]


@pytest.mark.full
def test_killed_it_leaves_nothing_and_comes_back_the_same(tmp_path: Path) -> None:
    state = tmp_path / "devnet"
    first = start(state)
    try:
        known, founded = hashes(first), members(first)
        assert len(founded) == 8
        assert httpx.get(f"{first.places['console']}/login", timeout=30).status_code == 200
        assert (state / "stack.json").stat().st_mode & 0o777 == 0o600
    finally:
        os.kill(first.process.pid, signal.SIGKILL)
        first.process.wait()
    assert wait_until(first.gone), "something of a killed devnet still runs"

    second = start(state)
    try:
        assert hashes(second)[: len(known)] == known
        assert members(second) == founded
        assert second.places["tokens"] == first.places["tokens"]
        assert second.places["api"] == first.places["api"]
        held = subprocess.run(
            entrepot("up", "--state", str(state)), capture_output=True, text=True, timeout=60
        )
        assert held.returncode == UNAVAILABLE
        assert "in use by another running process" in held.stderr
    finally:
        second.process.send_signal(signal.SIGINT)
        code = second.process.wait(GONE_TIMEOUT_S)
    assert code == 0
    assert wait_until(second.gone), "something of an ended devnet still runs"
    assert not (state / "stack.json").exists()
