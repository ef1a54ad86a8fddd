"""How a machine gets into a running devnet: docs/howto/let-a-machine-in.md, word for word."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from entrepot.cli import main
from entrepot.client import Client, Credentials, TokenRefused
from entrepot.devnet.credentials import file_of
from tests.walk.stage import Walk

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]

PAGE = Path(__file__).parents[2] / "docs/howto/let-a-machine-in.md"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def printed(language: str, start: str) -> str:
    """The block of the page that begins so."""
    blocks = [text for name, text in FENCE.findall(PAGE.read_text()) if name == language]
    [found] = [text for text in blocks if text.startswith(start)]
    return found


def run(walk: Walk, line: str) -> str:
    """One line of the page, on that devnet."""
    words = shlex.split(line.removeprefix("entrepot "))
    state = str(walk.stack.ground.settings.state_folder)
    answer = CliRunner().invoke(main, [*words, "--state", state])
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def test_line_that_is_printed_for_curl_works_as_it_is_and_once(straight_walk: Walk) -> None:
    line = run(straight_walk, printed("sh", "entrepot token").strip())
    first, second = (
        subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)
        for _ in range(2)
    )
    assert json.loads(first.stdout)["items"]
    assert json.loads(second.stdout)["detail"] == "this proof was used before"


def test_command_prints_a_token_with_its_key_file(straight_walk: Walk) -> None:
    told = json.loads(
        run(straight_walk, "entrepot token bank.officer-1 --json --method post --path /v1/orders")
    )
    file = file_of(straight_walk.stack.ground.settings.state_folder, "bank.officer-1")
    assert told["dpop_key_file"] == str(file)
    headers = {"Authorization": f"DPoP {told['access_token']}", "DPoP": told["proof"]}
    answer = httpx.post(told["url"], headers=headers, json={}, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing")


def test_machine_is_registered_gets_in_is_rotated_and_locked_out(
    straight_walk: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page from its second heading to its last."""
    monkeypatch.chdir(tmp_path)
    url = straight_walk.stack.url
    run(straight_walk, printed("sh", "entrepot clients add").strip())
    assert python(printed("python", "from pathlib"), url) == "1"
    first = Credentials.load(tmp_path / "erp.json")
    listing, rotating, disabling = printed("sh", "entrepot clients list").strip().splitlines()
    assert first.client_id in run(straight_walk, listing)
    run(straight_walk, rotating.replace("CLIENT", first.client_id))
    second = Credentials.load(tmp_path / "erp.json")
    assert second.client_id == first.client_id
    with pytest.raises(TokenRefused), Client(url, first) as client:
        client.ask("GET", "/v1/orders")
    with Client(url, second) as client:
        assert client.ask("GET", "/v1/orders").status_code == 200
        run(straight_walk, disabling.replace("CLIENT", first.client_id))
        with pytest.raises(TokenRefused):
            client.ask("GET", "/v1/orders")


def test_person_is_invited_listed_and_locked_out(straight_walk: Walk) -> None:
    """docs/howto/let-a-person-in.md: the address leads to a page that a passkey is made on."""
    lei = straight_walk.stack.ground.members[0].lei
    told = json.loads(run(straight_walk, f"entrepot people invite {lei} --label officer-3 --json"))
    assert told["url"].startswith("http://localhost:")
    page = httpx.get(told["url"].replace("localhost", "127.0.0.1"), timeout=30)
    assert (page.status_code, "Add a passkey" in page.text) == (200, True)
    assert told["person_id"] in run(straight_walk, "entrepot people list")
    run(straight_walk, f"entrepot people disable {told['person_id']}")
    assert "out since" in run(straight_walk, "entrepot people list")


def python(script: str, url: str) -> str:
    ran: Any = subprocess.run(
        [sys.executable, "-c", f"URL = {url!r}\n{script}"], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("clients add ENTR00NINGBOHAISHU13 --label x --scope read", "one of --new"),
        ("clients add NOBODY --label x --scope read --new x.json", "is no LEI"),
        ("clients disable client_0", "there is no machine"),
        ("people invite NOBODY --label x", "is no member"),
        ("people disable 00", "there is nobody"),
        ("token nobody", "there are no credentials"),
    ],
)
def test_command_that_cannot_be_done_says_why(
    straight_walk: Walk,
    words: str,
    why: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    state = str(straight_walk.stack.ground.settings.state_folder)
    answer = CliRunner().invoke(main, [*words.split(), "--state", state])
    assert answer.exit_code in (1, 2)
    assert why in answer.output
    assert list(tmp_path.iterdir()) == []
