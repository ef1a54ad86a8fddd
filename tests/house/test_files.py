"""Rules of every file in the repository, whatever its language."""

import os
import re
from pathlib import Path

import pytest

from tests.house.tree import CONTRACTS, PACKAGE, ROOT, name, tracked, under

LINES_MAX = 400
SCRIPT_LINES_MAX = 20
GENERATED = (PACKAGE / "bindings", PACKAGE / "client/generated", PACKAGE / "store/migrations")

# Written in halves, or this file would break its own rules.
HOSTS = [("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com")]
HOST = re.compile("|".join(rf"{site}\.{end}" for site, end in HOSTS))
MACHINE_PATH = re.compile(r"(?<![\w.}/-])/(?:work|root|home|opt/pypi|tmp/bash)[/\s\"'`.]")
NEIGHBOUR = re.compile(r"\.\./" r"shared\b")

SHELL_SCRIPTS = [
    ROOT / ".ci/run",
    *(p for p in tracked() if p.parent == ROOT / "scripts" and not p.suffix),
]
TEXTS = [p for p in tracked() if b"\0" not in p.read_bytes()[:8192]]


def foreign_words(text: str) -> list[str]:
    """Names of package registries and paths of one machine, which belong in no file."""
    return [match.group() for rule in (HOST, MACHINE_PATH) for match in rule.finditer(text)]


def test_foreign_words_are_found() -> None:
    host, path = ".".join(HOSTS[0]), "/".join(["", "root", ""])
    assert foreign_words(f"see https://{host}/x and '{path}.cache'") == [host, path]
    inner = "/".join(["a", "work", "b"])
    assert foreign_words(f"{inner}, /v1/home/x, work/root.py") == []


def test_no_file_names_a_registry_or_a_machine() -> None:
    found = {name(path): foreign_words(path.read_text(errors="replace")) for path in TEXTS}
    assert {path: words for path, words in found.items() if words} == {}


def test_only_conformance_tests_look_outside_the_repository() -> None:
    outside = [p for p in TEXTS if NEIGHBOUR.search(p.read_text(errors="replace"))]
    assert [name(p) for p in outside if ROOT / "tests/conformance" not in p.parents] == []


@pytest.mark.parametrize("path", SHELL_SCRIPTS, ids=name)
def test_scripts_are_short_and_runnable(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= SCRIPT_LINES_MAX
    assert path.name == "env" or (text.startswith("#!/bin/sh\n") and os.access(path, os.X_OK))


def test_files_are_short() -> None:
    sources = [*under(CONTRACTS, ".sol"), *under(PACKAGE, ".py", ".html", ".css", ".js")]
    sources += under(ROOT / "scripts", ".py")
    by_hand = [p for p in sources if not any(folder in p.parents for folder in GENERATED)]
    lengths = {name(path): len(path.read_text().splitlines()) for path in by_hand}
    assert {path: lines for path, lines in lengths.items() if lines > LINES_MAX} == {}
    assert lengths
