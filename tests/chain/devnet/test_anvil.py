"""The node: the same genesis each time, gas for nothing, and a clear word when it is missing."""

from pathlib import Path

import pytest

from entrepot.devnet import anvil
from entrepot.devnet.anvil import STATES_KEPT, Anvil, AnvilError, find_anvil
from entrepot.devnet.rpc import Connection, RpcError, encode_call
from entrepot.kit.processes import ProcessError, listens, running
from tests.chain.devnet.wallet import Wallet, call

pytestmark = pytest.mark.anvil

GENESIS = 1_772_366_400


def genesis_hash(node: Anvil) -> str:
    return call(node.url, "eth_getBlockByNumber", "0x0", False)["hash"]


def test_same_description_is_the_same_genesis_and_another_is_not() -> None:
    found = []
    for genesis_time in (GENESIS, GENESIS, GENESIS + 1):
        with Anvil(chain_id=1337, genesis_time=genesis_time) as node:
            found.append(genesis_hash(node))
    assert found[0] == found[1] != found[2]


def test_sender_without_a_balance_pays_no_gas() -> None:
    wallet = Wallet()
    with Anvil(chain_id=1337, genesis_time=GENESIS) as node:
        assert call(node.url, "eth_getBalance", wallet.address, "latest") == "0x0"
        transaction = call(node.url, "eth_sendRawTransaction", wallet.sign())
        assert call(node.url, "eth_blockNumber") == "0x0", "it does not mine by itself"
        call(node.url, "evm_mine")
        assert call(node.url, "eth_getTransactionReceipt", transaction)["status"] == "0x1"
        assert call(node.url, "eth_accounts") == []


def test_recent_states_are_kept_and_older_ones_are_not() -> None:
    with (
        Anvil(chain_id=1337, genesis_time=GENESIS) as node,
        Connection(node.port) as line,
    ):
        line.exchange([encode_call("evm_mine")] * 200)
        old = hex(200 - STATES_KEPT + 2)
        assert line.call("eth_getBalance", Wallet().address, old) == "0x0"
        with pytest.raises(RpcError, match="BlockOutOfRange"):
            line.call("eth_getBalance", Wallet().address, "0x1")
        assert line.call("eth_getBlockByNumber", "0x1", False)["number"] == "0x1"


def test_two_nodes_run_side_by_side_and_leave_nothing() -> None:
    with Anvil(chain_id=1, genesis_time=1) as one, Anvil(chain_id=2, genesis_time=2) as other:
        assert one.port != other.port
        ends = [(node.pid, node.port) for node in (one, other)]
        assert call(other.url, "eth_chainId") == "0x2"
    for pid, port in ends:
        assert not running(pid)
        assert not listens(port)


def test_missing_program_is_told_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(anvil, "DEVNET", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AnvilError, match=r"scripts/bootstrap\.py"):
        find_anvil()


def test_node_that_cannot_start_says_why(tmp_path: Path) -> None:
    node = Anvil(chain_id=-1, genesis_time=GENESIS, log=tmp_path / "anvil.log")
    with pytest.raises(ProcessError, match="unexpected argument"):
        node.start()
