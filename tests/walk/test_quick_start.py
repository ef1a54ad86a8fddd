"""The quick-starts, word for word: every block of docs/howto/quick-start*.md, run by bash in the
order in which the pages send their reader from one to the other, on a devnet that one starts."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

pytestmark = [pytest.mark.postgres, pytest.mark.anvil, pytest.mark.timeout(1800)]

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs/howto"
PYTHON = PAGES / "call-from-python.md"
PART = re.compile(
    r"^## (?P<heading>.+?)$|^```sh\n(?P<block>.*?)^```$"
    r"|^> .*?\((?P<page>[\w-]+)\.md#(?P<anchor>[\w-]+)\)",
    re.MULTILINE | re.DOTALL,
)
DONE = "--block-is-done--"
COMMON = "quick-start"
TIMEOUT_S = 600
"""A line of a page takes a second; on a machine with much else to do, many."""


@dataclass(frozen=True)
class Part:
    """A block to run, or a place to go on at: the page and the heading."""

    heading: str
    block: str = ""
    goes_to: tuple[str, str] = ("", "")


def parts(page: str) -> list[Part]:
    found: list[Part] = []
    heading = ""
    for match in PART.finditer((PAGES / f"{page}.md").read_text()):
        if match["heading"]:
            heading = match["heading"].lower().replace(" ", "-")
        elif match["page"]:
            found.append(Part(heading, goes_to=(match["page"], match["anchor"])))
        else:
            found.append(Part(heading, block=match["block"]))
    return found


class Terminal:
    """A bash that stays, as a reader of a page has one; it ends at the first command that fails."""

    def __init__(self, folder: Path) -> None:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self._bash = subprocess.Popen(
            ["bash", "-euo", "pipefail"],
            cwd=folder,
            env={**os.environ, "PATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, block: str) -> list[str]:
        """What the block prints."""
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        self._bash.stdin.write(f"{block}\necho; echo {DONE}\n")
        self._bash.stdin.flush()
        timer = threading.Timer(TIMEOUT_S, self._bash.kill)
        timer.start()
        said: list[str] = []
        try:
            for line in self._bash.stdout:
                if line.strip() == DONE:
                    return [one for one in said if one]
                said.append(line.strip())
        finally:
            timer.cancel()
        raise AssertionError("\n".join([block, "... ended with:", *said]))

    def close(self) -> None:
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        self._bash.stdin.close()
        self._bash.wait()
        self._bash.stdout.close()


@dataclass
class Readers:
    """Everybody who reads, each at a terminal, in a folder that looks like the clone."""

    folder: Path
    started: str
    """What the devnet said when it was started."""

    terminals: dict[str, Terminal] = field(default_factory=dict[str, Terminal])
    run: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def read(self, page: str, anchor: str = "", at: str = "") -> list[str]:
        """Runs a page, or what stands under one heading of it; what its own blocks printed."""
        at = at or page
        if at not in self.terminals:
            self.terminals[at] = Terminal(self.folder)
        said: list[str] = []
        for part in parts(page):
            if anchor and part.heading != anchor:
                continue
            if part.block:
                said += self.terminals[at].run(part.block)
                self.run.add((page, part.block))
            else:
                there, heading = part.goes_to
                self.read(there, heading, at if there == COMMON else there)
        return said

    def close(self) -> None:
        for terminal in self.terminals.values():
            terminal.close()


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Readers]:
    """On the devnet of the first page, started as it says."""
    folder = tmp_path_factory.mktemp("quick-start")
    (folder / "hardhat-free-devnet").symlink_to(ROOT / "hardhat-free-devnet")
    [start] = [part.block for part in parts(COMMON) if part.heading == "start-a-devnet"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    devnet = subprocess.Popen(
        ["bash", "-c", f"exec {start}"],
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert devnet.stdout is not None
    said: list[str] = []
    for line in devnet.stdout:
        said.append(line)
        if "Ctrl-C" in line:
            break
    else:
        pytest.fail("".join(said))
    found = Readers(folder, "".join(said))
    found.run.add((COMMON, start))
    try:
        yield found
    finally:
        found.close()
        devnet.send_signal(signal.SIGINT)
        devnet.communicate(timeout=TIMEOUT_S)


def test_an_exporter_gets_from_the_invoice_to_the_money_in_ten_calls(readers: Readers) -> None:
    blocks = "".join(part.block for part in parts("quick-start-exporter"))
    assert len(re.findall(r"\bapi (?:GET|POST|PATCH|DELETE) ", blocks)) == 10
    said = readers.read("quick-start-exporter")
    *sent, first, second, third, released, balance = said
    assert sent == ["succeeded", "succeeded"]
    assert (first, second, third) == ("PENDING", "succeeded", "succeeded")
    assert released == '"state":"RELEASED"'
    assert balance == "256800.00"


def test_the_importer_pays_it_back(readers: Readers) -> None:
    assert readers.read("quick-start-importer", "pay-it-back") == [
        "succeeded",
        "succeeded",
        "REPAID",
    ]


def test_a_partner_reads_what_it_was_given(readers: Readers) -> None:
    nothing, status, first, ended = readers.read("quick-start-partner")
    assert (nothing, status) == ("[]", "valid")
    assert first == "Order placed"
    assert ended == "terminatedByTpp"


def test_the_client_in_python_does_what_its_page_says(readers: Readers) -> None:
    """docs/howto/call-from-python.md, its block as it is."""
    state = readers.folder / ".quick-start"
    url = json.loads((state / "stack.json").read_text())["url"]
    [script] = re.findall(r"^```python\n(.*?)^```$", PYTHON.read_text(), re.MULTILINE | re.DOTALL)
    given = f"URL = {url!r}\nFILE = {str(state / 'credentials/exporter.json')!r}\n"
    ran = subprocess.run(
        [sys.executable, "-c", given + script], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    order, tranche, limit, refusal = ran.stdout.strip().splitlines()
    assert order == "PO-2026-1187 ACCEPTED"
    assert tranche == "REPAID 0.00"
    assert limit.startswith("LimitIn(exporter='ENTR00NINGBOHAISHU13'")
    assert "wrong-state" in refusal


def test_every_block_of_every_page_has_been_run(readers: Readers) -> None:
    pages = sorted(path.stem for path in PAGES.glob("quick-start*.md"))
    printed = {(page, part.block) for page in pages for part in parts(page) if part.block}
    assert printed - readers.run == set()


JWT = re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}")
MAIL = re.compile(r"[\w.]+@[\w-]+\.\w+")


def test_p8_no_log_of_the_whole_settlement_has_a_secret_or_a_name(readers: Readers) -> None:
    """Keys, tokens, assertions and proofs; what the parties call themselves and their papers."""
    state = readers.folder / ".quick-start"
    logs = {file.name: file.read_text() for file in state.rglob("*.log")}
    assert {"api.log", "worker.log", "devnet.log"} <= set(logs)
    assert '"/v1/facilities/{facility_id}/approvals"' in logs["api.log"]
    secrets = [
        json.loads(file.read_text())["key"]["d"] for file in state.glob("credentials/*.json")
    ]
    tokens = re.findall(r"^  [\w.-]+ +(ent_[\w-]+)$", readers.started, re.MULTILINE)
    assert len(secrets) == len(tokens) > 20
    parties = tomllib.loads((ROOT / "hardhat-free-devnet/scenarios/parties.toml").read_text())
    names = [party[name] for party in parties.values() for name in ("name", "name_zh")]
    papers = ["PO-2026-1187", "NHA-2026-0931", "FAC-2026-0311", "VDM-PAY-0001", "HBK-IN-0003"]
    for name, log in logs.items():
        found = [word for word in (*secrets, *tokens, *names, *papers) if word in log]
        assert found == [], name
        assert JWT.findall(log) == [], name
        assert MAIL.findall(log) == [], name
        assert "PRIVATE KEY" not in log
