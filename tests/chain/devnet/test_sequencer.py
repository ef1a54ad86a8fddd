"""The devnet's chain answers like a node, mines as told, and comes back as it was."""

import http.client
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from entrepot.devnet.journal import JournalError
from entrepot.devnet.resume import OtherChainError
from entrepot.devnet.rpc import RpcError
from entrepot.devnet.sequencer import Mode, Sequencer
from entrepot.kit.clock import ManualClock
from entrepot.kit.processes import FolderHeldError, listens, running
from tests.chain.devnet.wallet import Refused, Wallet, call, hashes, post

pytestmark = pytest.mark.anvil

GENESIS = 1_772_366_400


@pytest.fixture
def manual() -> Iterator[Sequencer]:
    with Sequencer(mode=Mode.MANUAL, genesis_time=GENESIS) as chain:
        yield chain


@pytest.fixture
def instant() -> Iterator[Sequencer]:
    with Sequencer() as chain:
        yield chain


def kept(folder: Path, **options) -> Sequencer:
    return Sequencer(folder, mode=Mode.MANUAL, genesis_time=GENESIS, **options)


def send(chain: Sequencer, raw: str) -> str:
    return call(chain.url, "eth_sendRawTransaction", raw)


def receipt_of(chain: Sequencer, transaction: str, timeout_s: float = 10):
    deadline = time.monotonic() + timeout_s
    while (receipt := call(chain.url, "eth_getTransactionReceipt", transaction)) is None:
        assert time.monotonic() < deadline, "never mined"
        time.sleep(0.005)
    return receipt


class TestModes:
    def test_instant_mines_what_is_sent_and_nothing_else(self, instant: Sequencer) -> None:
        receipt = receipt_of(instant, send(instant, Wallet().sign()))
        assert receipt["status"] == "0x1"
        time.sleep(0.1)
        assert instant.head().number == 1

    def test_instant_waits_for_a_missing_nonce_without_empty_blocks(
        self, instant: Sequencer
    ) -> None:
        wallet = Wallet()
        first, second = wallet.sign(), wallet.sign()
        late = send(instant, second)
        time.sleep(0.1)
        assert instant.head().number == 0
        send(instant, first)
        assert receipt_of(instant, late)["status"] == "0x1"

    def test_instant_mines_those_sent_together_in_few_blocks(self, instant: Sequencer) -> None:
        wallet = Wallet()
        batch = [
            {"jsonrpc": "2.0", "id": n, "method": "eth_sendRawTransaction", "params": [raw]}
            for n, raw in enumerate(wallet.sign() for _ in range(50))
        ]
        answers = post(instant.url, batch)
        assert [answer["id"] for answer in answers] == list(range(50))
        receipt_of(instant, answers[-1]["result"])
        assert instant.head().number <= 2

    def test_instant_mines_on_when_a_block_is_full(self) -> None:
        # 600 x 200,000 of gas do not fit into one block of 100,000,000.
        wallet = Wallet()
        spend_all = bytes.fromhex("5b600056")
        with Sequencer() as chain:
            raws = [wallet.sign(data=spend_all) for _ in range(600)]
            with ThreadPoolExecutor(1) as pool:
                sent = list(pool.map(lambda raw: send(chain, raw), raws))
            last = receipt_of(chain, sent[-1], timeout_s=60)
            assert last["status"] == "0x0"
            for number in range(1, chain.head().number + 1):
                block = call(chain.url, "eth_getBlockByNumber", hex(number), False)
                assert block["transactions"]
                assert int(block["gasUsed"], 16) <= 100_000_000

    def test_interval_mines_empty_blocks_by_the_clock(self) -> None:
        with Sequencer(mode=Mode.INTERVAL, interval_s=0.1) as chain:
            began = time.monotonic()
            while chain.head().number < 4:
                assert time.monotonic() - began < 20, "no blocks"
                time.sleep(0.01)
            assert time.monotonic() - began > 0.25, "blocks without a pause"
            assert chain.head().count == 0

    def test_manual_mines_only_when_told_at_the_time_told(self, manual: Sequencer) -> None:
        transaction = send(manual, Wallet().sign())
        time.sleep(0.05)
        assert call(manual.url, "eth_blockNumber") == "0x0"
        block_hash = manual.mine(GENESIS + 1000)
        block = call(manual.url, "eth_getBlockByNumber", "latest", False)
        assert (block["hash"], int(block["timestamp"], 16)) == (block_hash, GENESIS + 1000)
        assert block["transactions"] == [transaction]

    def test_manual_chains_are_equal_hash_for_hash(self) -> None:
        made = []
        for _ in range(2):
            wallet = Wallet()
            with Sequencer(mode=Mode.MANUAL, genesis_time=GENESIS) as chain:
                send(chain, wallet.sign())
                chain.mine()
                chain.advance(3600)
                made.append(hashes(chain.url))
        assert made[0] == made[1]


class TestTime:
    def test_block_time_is_the_clock_s(self) -> None:
        clock = ManualClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
        with Sequencer(clock=clock) as chain:
            clock.move(timedelta(seconds=100))
            chain.mine()
            assert chain.head().timestamp == GENESIS + 100

    def test_block_time_never_stands_although_the_clock_does(self) -> None:
        with Sequencer(clock=ManualClock(datetime(2026, 3, 1, 12, tzinfo=UTC))) as chain:
            chain.mine()
            chain.mine()
            assert chain.head().timestamp == GENESIS + 2

    def test_advance_moves_every_later_block(self) -> None:
        clock = ManualClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
        with Sequencer(clock=clock) as chain:
            chain.advance(86_400)
            assert chain.head().timestamp == GENESIS + 86_400
            clock.move(timedelta(seconds=5))
            chain.mine()
            assert chain.head().timestamp == GENESIS + 86_405

    def test_time_moves_over_the_wire_as_on_other_nodes(self) -> None:
        clock = ManualClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
        with Sequencer(clock=clock) as chain:
            assert call(chain.url, "evm_increaseTime", 60) == 60
            assert call(chain.url, "evm_increaseTime", "0x3c") == 120
            assert call(chain.url, "evm_mine") == "0x0"
            assert chain.head().timestamp == GENESIS + 120
            call(chain.url, "evm_setNextBlockTimestamp", GENESIS + 500)
            call(chain.url, "evm_mine")
            clock.move(timedelta(seconds=7))
            call(chain.url, "evm_mine")
            assert chain.head().timestamp == GENESIS + 507
            call(chain.url, "anvil_mine", 3, 10)
            assert chain.head().timestamp == GENESIS + 528

    @pytest.mark.parametrize(
        ("method", "params"),
        [
            ("evm_mine", [GENESIS]),
            ("evm_setNextBlockTimestamp", [GENESIS]),
            ("evm_increaseTime", [-1]),
            ("evm_increaseTime", []),
            ("evm_increaseTime", [True]),
            ("evm_mine", ["soon"]),
            ("anvil_mine", [0]),
            ("anvil_mine", [1_000_000]),
        ],
    )
    def test_time_backward_or_nonsense_is_refused_and_changes_nothing(
        self, manual: Sequencer, method: str, params: list
    ) -> None:
        before = manual.head()
        with pytest.raises(Refused):
            call(manual.url, method, *params)
        assert manual.head() == before
        manual.mine()
        assert manual.head().timestamp == GENESIS + 1


class TestDoor:
    def test_reads_are_the_node_s(self, manual: Sequencer) -> None:
        assert call(manual.url, "eth_chainId") == hex(1337)
        assert call(manual.url, "web3_clientVersion").startswith("anvil/")
        assert call(manual.url, "eth_gasPrice") == "0x0"

    def test_batch_of_reads_and_verbs_is_answered_in_order(self, manual: Sequencer) -> None:
        methods = ["eth_blockNumber", "evm_mine", "eth_blockNumber", "evm_mine", "eth_chainId"]
        batch = [
            {"jsonrpc": "2.0", "id": n, "method": method, "params": []}
            for n, method in enumerate(methods)
        ]
        answers = post(manual.url, batch)
        assert [answer["id"] for answer in answers] == [0, 1, 2, 3, 4]
        assert [answer["result"] for answer in answers] == ["0x0", "0x0", "0x1", "0x0", "0x539"]

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"[]", b"1", b'{"id":1}', b'{"id":1,"method":7}', b"[1]", b"\xff"]
    )
    def test_nonsense_gets_an_error_and_the_door_stays_open(
        self, manual: Sequencer, body: bytes
    ) -> None:
        line = http.client.HTTPConnection("127.0.0.1", manual.port, timeout=10)
        line.request("POST", "/", body)
        assert b"error" in line.getresponse().read()
        line.close()
        assert call(manual.url, "eth_blockNumber") == "0x0"

    @pytest.mark.parametrize(
        "params", [[], ["0x"], ["0xzz"], [7], ["0x01", "0x02"], [{"from": "0x0"}]]
    )
    def test_bad_transaction_is_refused_and_mines_nothing(
        self, instant: Sequencer, params: list
    ) -> None:
        with pytest.raises(Refused):
            call(instant.url, "eth_sendRawTransaction", *params)
        time.sleep(0.05)
        assert instant.head().number == 0

    @pytest.mark.parametrize(
        "method",
        [
            "eth_sendTransaction",
            "eth_sendRawTransactionSync",
            "eth_sendUnsignedTransaction",
            "evm_setAutomine",
            "evm_setIntervalMining",
            "wallet_sendTransaction",
            "personal_unlockAccount",
        ],
    )
    def test_ways_round_the_journal_are_closed(self, manual: Sequencer, method: str) -> None:
        with pytest.raises(Refused, match="the devnet has no"):
            call(manual.url, method, "0x00")

    def test_web_page_is_refused(self, manual: Sequencer) -> None:
        line = http.client.HTTPConnection("127.0.0.1", manual.port, timeout=10)
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "evm_mine", "params": []})
        line.request("POST", "/", body, {"Origin": "https://example.org"})
        assert line.getresponse().status == 403
        line.close()
        assert manual.head().number == 0

    def test_get_is_refused(self, manual: Sequencer) -> None:
        line = http.client.HTTPConnection("127.0.0.1", manual.port, timeout=10)
        line.request("GET", "/")
        assert line.getresponse().status == 405
        line.close()

    def test_many_clients_send_at_once_and_all_are_mined(self, instant: Sequencer) -> None:
        wallets = [Wallet(seed) for seed in range(1, 9)]

        def send_ten(wallet: Wallet) -> list[str]:
            return [send(instant, wallet.sign()) for _ in range(10)]

        with ThreadPoolExecutor(8) as pool:
            sent = [transaction for ten in pool.map(send_ten, wallets) for transaction in ten]
        assert {receipt_of(instant, transaction)["status"] for transaction in sent} == {"0x1"}

    def test_stop_frees_port_process_and_threads(self) -> None:
        before = threading.active_count()
        with Sequencer() as chain:
            url, port, pid = chain.url, chain.port, chain.node_pid
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            line.request("POST", "/", json.dumps({"id": 1, "method": "eth_chainId"}))
            line.getresponse().read()
        assert not listens(port)
        assert not running(pid)
        assert threading.active_count() == before
        line.close()
        with pytest.raises(OSError, match="refused"):
            call(url, "eth_blockNumber")

    def test_dead_node_halts_the_chain_and_says_so(self, manual: Sequencer) -> None:
        manual._parts()[0].stop()
        with pytest.raises(RpcError, match="halted"):
            manual.mine()
        with pytest.raises(Refused, match="halted"):
            call(manual.url, "evm_mine")
        assert not manual.alive


class TestMemory:
    def test_snapshot_and_revert_work_in_memory(self, manual: Sequencer) -> None:
        manual.mine()
        at = manual.head()
        snapshot = call(manual.url, "evm_snapshot")
        send(manual, Wallet().sign())
        manual.mine()
        assert call(manual.url, "evm_revert", snapshot) is True
        assert manual.head() == at
        manual.mine()
        assert manual.head().count == 0

    def test_what_no_journal_can_repeat_is_refused_over_a_folder(self, tmp_path: Path) -> None:
        with kept(tmp_path) as chain:
            for method in ("evm_snapshot", "anvil_setBalance", "hardhat_setCode"):
                with pytest.raises(Refused, match="would not survive a restart"):
                    call(chain.url, method)


class TestFork:
    def test_reorg_replaces_blocks_and_drops_their_transactions(self, manual: Sequencer) -> None:
        wallet = Wallet()
        kept_one = send(manual, wallet.sign())
        manual.mine()
        dropped = send(manual, wallet.sign())
        manual.mine()
        manual.mine()
        before = hashes(manual.url)
        call(manual.url, "anvil_reorg", 2, [])
        after = hashes(manual.url)
        assert after[:2] == before[:2]
        assert not set(after[2:]) & set(before)
        assert len(after) == len(before)
        assert call(manual.url, "eth_getTransactionReceipt", kept_one) is not None
        assert call(manual.url, "eth_getTransactionReceipt", dropped) is None
        for number in (2, 3):
            block = call(manual.url, "eth_getBlockByNumber", hex(number), False)
            assert block["parentHash"] == after[number - 1]

    def test_reorg_puts_transactions_into_the_blocks_named(self, manual: Sequencer) -> None:
        raws = [Wallet(seed).sign() for seed in (1, 2)]
        sent = [send(manual, raw) for raw in raws]
        manual.mine()
        manual.mine()
        call(manual.url, "anvil_reorg", 2, [[raws[1], 0], [raws[0], 1]])
        numbers = [receipt_of(manual, transaction)["blockNumber"] for transaction in sent]
        assert numbers == ["0x2", "0x1"]

    def test_rollback_shortens_the_chain(self, manual: Sequencer) -> None:
        first = manual.mine()
        manual.mine()
        call(manual.url, "anvil_rollback", 1)
        assert manual.head().block_hash == first

    @pytest.mark.parametrize(
        "params", [[], [0], [3], [10_000], [1, [["0x00", 1]]], [1, [[{}, 0]]], [1, [["0x00", -1]]]]
    )
    def test_impossible_fork_is_refused_and_changes_nothing(
        self, manual: Sequencer, params: list
    ) -> None:
        manual.mine()
        manual.mine()
        before = hashes(manual.url)
        with pytest.raises(Refused):
            call(manual.url, "anvil_reorg", *params)
        assert hashes(manual.url) == before


class TestResume:
    def test_second_start_has_the_same_hashes_and_goes_on(self, tmp_path: Path) -> None:
        wallets = [Wallet(seed) for seed in (1, 2, 3)]
        with kept(tmp_path) as chain:
            for _ in range(5):
                for wallet in wallets:
                    send(chain, wallet.sign())
                chain.mine()
            chain.advance(86_400)
            before = hashes(chain.url)
        seen: list[tuple[int, int]] = []
        with kept(tmp_path, progress=lambda done, total: seen.append((done, total))) as chain:
            assert hashes(chain.url) == before
            transaction = send(chain, wallets[0].sign())
            chain.mine()
            assert receipt_of(chain, transaction)["status"] == "0x1"
        assert seen[-1] == (6, 6)

    def test_time_travel_survives_a_restart(self, tmp_path: Path) -> None:
        clock = ManualClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
        with Sequencer(tmp_path, clock=clock) as chain:
            chain.advance(86_400)
        clock.move(timedelta(seconds=50))
        with Sequencer(tmp_path, clock=clock) as chain:
            chain.mine()
            assert chain.head().timestamp == GENESIS + 86_450

    def test_waiting_nonce_is_still_waiting_after_a_restart(self, tmp_path: Path) -> None:
        wallet = Wallet()
        first, second = wallet.sign(), wallet.sign()
        with kept(tmp_path) as chain:
            late = send(chain, second)
            chain.mine()
        with kept(tmp_path) as chain:
            send(chain, first)
            chain.mine()
            assert receipt_of(chain, late)["blockNumber"] == "0x2"

    def test_forks_survive_a_restart_and_so_does_the_emptied_pool(self, tmp_path: Path) -> None:
        wallet = Wallet()
        with kept(tmp_path) as chain:
            early = wallet.sign()
            forgotten = send(chain, wallet.sign())
            for _ in range(4):
                chain.mine()
            raw = Wallet(2).sign()
            call(chain.url, "anvil_reorg", 3, [[raw, 1]])
            call(chain.url, "anvil_rollback", 1)
            send(chain, early)
            chain.mine()
            before = hashes(chain.url)
        with kept(tmp_path) as chain:
            assert hashes(chain.url) == before
            chain.mine()
            assert call(chain.url, "eth_getTransactionReceipt", forgotten) is None

    def test_block_journaled_but_not_mined_is_mined_on_resume(self, tmp_path: Path) -> None:
        wallet = Wallet()
        with kept(tmp_path) as chain:
            send(chain, wallet.sign())
            chain.mine()
            send(chain, wallet.sign())
            chain.mine()
            before = hashes(chain.url)
        journal = tmp_path / "journal.jsonl"
        lines = journal.read_bytes().splitlines(keepends=True)
        assert b'"h"' in lines[-1]
        journal.write_bytes(b"".join(lines[:-1]) + lines[-1][:9])
        with kept(tmp_path) as chain:
            assert hashes(chain.url) == before

    def test_block_is_in_the_journal_before_the_node_has_it(self, tmp_path: Path) -> None:
        with kept(tmp_path) as chain:
            raw = Wallet().sign()
            send(chain, raw)
            os.kill(chain.node_pid, signal.SIGSTOP)
            miner = threading.Thread(target=chain.mine)
            try:
                miner.start()
                deadline = time.monotonic() + 10
                while raw not in (tmp_path / "journal.jsonl").read_text():
                    assert time.monotonic() < deadline
                    time.sleep(0.01)
                assert chain.head().number == 0
            finally:
                os.kill(chain.node_pid, signal.SIGCONT)
                miner.join(10)
            assert chain.head().number == 1

    def test_changed_journal_is_refused_naming_the_first_block_that_differs(
        self, tmp_path: Path
    ) -> None:
        with kept(tmp_path) as chain:
            for _ in range(9):
                chain.mine()
        journal = tmp_path / "journal.jsonl"
        journal.write_text(journal.read_text().replace(f'"t":{GENESIS + 4},', f'"t":{GENESIS},'))
        journal.write_text(journal.read_text().replace(f'"t":{GENESIS},', f'"t":{GENESIS + 3},', 1))
        with pytest.raises(JournalError, match="block 4 was"):
            kept(tmp_path).start()
        with pytest.raises(OtherChainError):
            kept(tmp_path).start()

    def test_other_chain_id_is_refused(self, tmp_path: Path) -> None:
        with kept(tmp_path):
            pass
        with pytest.raises(JournalError, match="holds chain 1337"):
            kept(tmp_path, chain_id=7).start()

    def test_second_sequencer_over_the_same_folder_is_refused(self, tmp_path: Path) -> None:
        with kept(tmp_path), pytest.raises(FolderHeldError):
            kept(tmp_path).start()

    def test_two_chains_run_side_by_side(self, tmp_path: Path) -> None:
        with kept(tmp_path / "a") as one, kept(tmp_path / "b") as other:
            assert one.port != other.port
            one.mine()
            assert (one.head().number, other.head().number) == (1, 0)
