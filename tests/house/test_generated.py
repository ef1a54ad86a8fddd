"""What is generated is committed, and is what the generator would write today."""

import subprocess
import sys

from tests.house.tree import ROOT


def test_bindings_are_those_of_the_contracts() -> None:
    check = [sys.executable, "scripts/bindings.py", "--check"]
    result = subprocess.run(check, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_client_is_that_of_the_apis_description() -> None:
    check = [sys.executable, "scripts/client.py", "--check"]
    result = subprocess.run(check, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def test_each_locked_requirement_has_a_hash() -> None:
    for lock in ("requirements.lock", "scripts/tools.lock"):
        pinned = (ROOT / lock).read_text().replace("\\\n", " ").splitlines()
        pinned = [line for line in pinned if line and not line.lstrip().startswith("#")]
        assert pinned
        assert [line for line in pinned if "==" not in line or "--hash=sha256:" not in line] == []
