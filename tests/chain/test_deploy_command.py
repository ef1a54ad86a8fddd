"""`entrepot deploy` on an empty chain: once, again, and looked at."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from entrepot.chain.deployment import Deployment
from entrepot.chain.signer import Keystore
from entrepot.cli import main
from entrepot.devnet.sequencer import Sequencer
from tests.chain.ledger import participant_id, secret, signer

pytestmark = pytest.mark.anvil

PASSWORD = "a password of the keystore"
FAILED, USAGE = 1, 2


def spelled(name: str) -> str:
    return "0x" + signer(name).address.hex()


@pytest.fixture
def deployer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The words of the command, in a place where its key and an empty chain are."""
    keys = Keystore(tmp_path / "keystore", PASSWORD, rounds=1)
    keys.add(secret("deployer"))
    with Sequencer() as chain:
        monkeypatch.setenv("ENTREPOT_STATE_FOLDER", str(tmp_path))
        monkeypatch.setenv("ENTREPOT_RPC_URL", chain.url)
        monkeypatch.setenv("ENTREPOT_KEYSTORE_PASSWORD", PASSWORD)
        parties = ("deployer", "governor", "guardian")
        words = [word for each in parties for word in (f"--{each}", spelled(each))]
        token = f"{participant_id('bank').decode()}:JPY"
        yield ["deploy", *words, "--delay", "3600", "--token", token]


def run(words: list[str]) -> Result:
    return CliRunner().invoke(main, words)


def test_deploy_writes_where_all_is_and_again_does_nothing(
    deployer: list[str], tmp_path: Path
) -> None:
    first = run([*deployer, "--json"])
    assert first.exit_code == 0, first.output
    told = json.loads(first.output)
    assert told["transactions"] > 0
    written = Deployment.load(tmp_path / "deployment.json")
    assert written.first_block == told["first_block"] == 1
    assert {name: "0x" + at.hex() for name, at in written.contracts.items()} == told["contracts"]
    assert (written.governor, written.guardian) == (
        signer("governor").address,
        signer("guardian").address,
    )
    assert written.delay_s == told["delay_s"] == 3600
    assert written.tokens[0].decimals == 0

    again = run(deployer)
    assert again.exit_code == 0, again.output
    assert "nothing to do" in again.output
    assert Deployment.load(tmp_path / "deployment.json") == written

    looked = run(["deploy", "--verify"])
    assert looked.exit_code == 0, looked.output


def test_verify_tells_a_file_that_says_something_else(deployer: list[str], tmp_path: Path) -> None:
    assert run(deployer).exit_code == 0
    path = tmp_path / "deployment.json"
    for old, new in (("3600", "7200"), (spelled("guardian"), spelled("governor"))):
        good = path.read_text()
        path.write_text(good.replace(old, new))
        told = run(["deploy", "--verify"])
        assert told.exit_code == FAILED, told.output
        path.write_text(good)


@pytest.mark.parametrize(
    "change",
    [("--guardian", spelled("governor")), ("--delay", "0"), ("--governor", spelled("deployer"))],
    ids=lambda change: change[0],
)
def test_deploy_asks_for_three_accounts_and_a_delay(
    deployer: list[str], change: tuple[str, str]
) -> None:
    assert run([*deployer, *change]).exit_code == USAGE
