"""The files of a permissioned network, as far as they can be looked at without one."""

import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from entrepot.chain import network
from entrepot.cli import main
from entrepot.kit.abi import Address

KNOWN = (
    "64a702e6263b7297a96638cac6ae65e6541f4169",
    "943923390ad55e90c237593b3b0e401f3b08a031",
    "94aefdb9a738c9f433e5b6b212a6d62f6370c2f6",
    "c7eeb9a4e00ce683cf93039b212648e01c6c6b78",
)
ENCODED = (
    "f87aa00000000000000000000000000000000000000000000000000000000000000000f8549464a702e6263b7297a9"
    "6638cac6ae65e6541f416994"
)


def test_extra_data_is_what_besu_itself_writes() -> None:
    """The example of Besu's documentation."""
    addresses = [Address(bytes.fromhex(address)) for address in KNOWN]
    written = network.extra_data(list(reversed(addresses))).hex()
    middle = "94".join(KNOWN)
    assert written == f"f87aa0{'00' * 32}f85494{middle}c080c0"
    assert written.startswith(ENCODED)


def test_an_address_is_that_of_its_key() -> None:
    node = network.NodeKey(name="n", host="127.0.0.1", secret=(1).to_bytes(32, "big"))
    assert node.address.hex() == "7e5f4552091a69125d5dfcb7b8c2659029395bdf"
    assert node.enode.startswith("enode://79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d9")


def init(folder: Path, *words: str) -> tuple[int, str]:
    answer = CliRunner().invoke(main, ["network", "init", str(folder), *words])
    return answer.exit_code, answer.output


def test_init_writes_files_that_agree_with_one_another(tmp_path: Path) -> None:
    folder, keeper = tmp_path / "ledger", "0x" + "ab" * 20
    code, told = init(folder, "--chain-id", "7001", "--account", keeper, "--json")
    assert code == 0, told
    nodes = json.loads(told)
    genesis = json.loads((folder / "genesis.json").read_text())
    assert genesis["config"]["chainId"] == 7001
    validators = sorted(nodes[f"validator-{i}"]["address"][2:] for i in range(1, 5))
    assert genesis["extraData"] == f"0xf87aa0{'00' * 32}f85494{'94'.join(validators)}c080c0"
    allowed = tomllib.loads((folder / "permissions_config.toml").read_text())
    assert allowed["accounts-allowlist"] == [keeper]
    assert allowed["nodes-allowlist"] == [node["enode"] for node in nodes.values()]
    services = json.loads((folder / "compose.yaml").read_text())["services"]
    assert set(services) == set(nodes)
    for name, service in services.items():
        is_open = "--rpc-http-enabled" in service["command"]
        assert is_open == ("ports" in service) == name.startswith("rpc-")
        assert (folder / name / "key").stat().st_mode & 0o777 == 0o600


def test_keys_are_never_written_over(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    assert init(folder, "--chain-id", "7001")[0] == 0
    before = (folder / "validator-1/key").read_text()
    code, told = init(folder, "--chain-id", "7001")
    assert code == 1
    assert "not written over" in told
    assert (folder / "validator-1/key").read_text() == before


@pytest.mark.parametrize("words", [(), ("--chain-id", "1", "--validators", "3")])
def test_what_makes_no_network_is_a_usage_error(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert init(tmp_path / "ledger", *words)[0] == 2


def test_an_account_that_is_none_is_a_usage_error(tmp_path: Path) -> None:
    code, told = init(tmp_path / "ledger", "--chain-id", "1", "--account", "0xabc")
    assert code == 2
    assert "40 hexadecimal digits" in told
