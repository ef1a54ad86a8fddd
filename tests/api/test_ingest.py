"""`entrepot ingest` on a real API over HTTP: a folder goes in once, however often it is sent."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from entrepot.cli import main
from entrepot.kit.clock import SystemClock
from entrepot.kit.processes import free_port
from tests.api.machine import machine
from tests.api.serving import serve
from tests.api.stage import INPUTS, Stage

TAKEN = ("invoice.xml", "packing-list.json", "purchase-order.json", "export-declaration.xml")


@pytest.fixture
def url(stage: Stage) -> Iterator[str]:
    """The API at the machine's own time, which the command's proofs bear."""
    clock = stage.world.clock
    object.__setattr__(stage.world, "clock", SystemClock())
    try:
        with serve(stage.world) as address:
            yield address
    finally:
        object.__setattr__(stage.world, "clock", clock)


@pytest.fixture
def credentials(stage: Stage, tmp_path: Path) -> Path:
    """The file of a machine of the exporter's."""
    file = tmp_path / "machine.json"
    machine(stage, scopes=("read", "submit", "attest")).credentials.save(file)
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Papers of the exporter's, one of them deeper down; a hidden file and a foreign one."""
    folder = tmp_path / "papers"
    (folder / "customs").mkdir(parents=True)
    for name in TAKEN:
        below = folder / "customs" if "declaration" in name else folder
        shutil.copy(INPUTS / name, below / name)
    (folder / ".hidden.xml").write_text("<a/>")
    return folder


def run(folder: Path, url: str, file: Path, *words: str) -> tuple[int, dict[str, Any]]:
    command = ["ingest", str(folder), "--url", url, "--credentials", str(file), "--json"]
    answer = CliRunner().invoke(main, [*command, *words])
    return answer.exit_code, json.loads(answer.stdout)


def test_folder_is_taken_in_the_order_in_which_papers_rest_on_one_another(
    stage: Stage, url: str, folder: Path, credentials: Path
) -> None:
    stage.order()
    code, told = run(folder, url, credentials)
    assert (code, told["counts"]["accepted"]) == (0, len(TAKEN))
    assert [one["kind"] for one in told["files"]] == [
        *("purchase-order", "ubl-invoice", "packing-list", "wco-declaration")
    ]
    assert len(stage.queued()) == 3


def test_p6_folder_sent_twice_has_its_effect_once(
    stage: Stage, url: str, folder: Path, credentials: Path
) -> None:
    stage.order()
    run(folder, url, credentials)
    before = stage.outbox()
    code, told = run(folder, url, credentials)
    assert (code, told["counts"]["duplicate"]) == (0, len(TAKEN))
    assert [row.key for row in stage.outbox()] == [row.key for row in before]


def test_refused_file_is_told_of_stops_no_other_and_fails_the_command(
    stage: Stage, url: str, folder: Path, credentials: Path
) -> None:
    stage.order()
    (folder / "junk.xml").write_text("<a/>")
    foreign = (INPUTS / "invoice.xml").read_text().replace("PO-2026-1187", "PO-2026-9999")
    (folder / "foreign.xml").write_text(foreign)
    code, told = run(folder, url, credentials)
    assert (code, told["counts"]["accepted"], told["counts"]["refused"]) == (1, len(TAKEN), 2)
    reasons = {one["path"]: one["reason"] for one in told["files"] if one["status"] == "refused"}
    assert "no reader knows" in reasons["junk.xml"]
    assert "PO-2026-9999" in reasons["foreign.xml"]


def test_dry_run_reads_everything_and_sends_nothing(
    stage: Stage, url: str, folder: Path, credentials: Path
) -> None:
    before = stage.digest()
    (folder / "cut.xml").write_bytes((INPUTS / "invoice.xml").read_bytes()[:900])
    code, told = run(folder, url, credentials, "--dry-run")
    assert (code, told["counts"]["refused"]) == (1, 1)
    assert stage.digest() == before


def test_api_that_is_away_is_unavailable(
    folder: Path, credentials: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entrepot.client.transport.PAUSE_S", 0)
    away = f"http://127.0.0.1:{free_port()}"
    command = ["ingest", str(folder), "--url", away, "--credentials", str(credentials)]
    answer = CliRunner().invoke(main, command)
    assert answer.exit_code == 3
    assert "run it again" in answer.output
