"""kill -9 of the devnet at random moments: nothing is left behind, and no block changes."""

import contextlib
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.error import URLError

import pytest

from entrepot.devnet.sequencer import Sequencer
from entrepot.kit.processes import listens, running
from tests.chain.devnet.wallet import Refused, Wallet, call, hashes

pytestmark = pytest.mark.anvil

ROUNDS = 6
SERVE = """
import sys, time
from pathlib import Path
from entrepot.devnet.sequencer import Sequencer
with Sequencer(Path(sys.argv[1])) as chain:
    print(chain.port, chain.node_pid, flush=True)
    time.sleep(600)
"""


class Observer:
    """Uses the chain as clients do until it is gone, and remembers the blocks it has seen."""

    def __init__(self, url: str, wallets: list[Wallet], dice: random.Random) -> None:
        self.seen: dict[int, str] = {}
        self._url = url
        self._wallets = wallets
        self._dice = dice

    def run(self) -> None:
        for wallet in self._wallets:
            wallet.nonce = int(
                call(self._url, "eth_getTransactionCount", wallet.address, "pending"), 16
            )
        with contextlib.suppress(URLError, ConnectionError, TimeoutError):
            while True:
                self._act()
                self._look()

    def _act(self) -> None:
        throw = self._dice.random()
        with contextlib.suppress(Refused):  # a fork may have taken a nonce back
            if throw < 0.9:
                wallet = self._dice.choice(self._wallets)
                call(self._url, "eth_sendRawTransaction", wallet.sign())
            elif throw < 0.95:
                call(self._url, "evm_increaseTime", 60)
            else:
                self._fork()

    def _fork(self) -> None:
        height = int(call(self._url, "eth_blockNumber"), 16)
        if height < 3:
            return
        # Whether the fork still happens, if we are killed now, is open: either is right.
        self.seen = {n: seen for n, seen in self.seen.items() if n <= height - 3}
        call(self._url, "anvil_reorg", 2, [])
        for wallet in self._wallets:
            count = call(self._url, "eth_getTransactionCount", wallet.address, "latest")
            wallet.nonce = int(count, 16)

    def _look(self) -> None:
        block = call(self._url, "eth_getBlockByNumber", "latest", False)
        self.seen[int(block["number"], 16)] = block["hash"]


def test_killed_devnet_leaves_nothing_behind_and_comes_back_the_same(tmp_path: Path) -> None:
    dice = random.Random(20_260_301)
    wallets = [Wallet(seed) for seed in (1, 2, 3)]
    height = 0
    for round_number in range(ROUNDS):
        parent = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert parent.stdout is not None
        port, pid = map(int, parent.stdout.readline().split())
        parent.stdout.close()
        observer = Observer(f"http://127.0.0.1:{port}", wallets, dice)
        client = threading.Thread(target=observer.run)
        client.start()
        time.sleep(dice.uniform(0.1, 0.9))
        parent.kill()
        parent.wait()
        client.join(30)
        assert not client.is_alive()

        deadline = time.monotonic() + 10
        while running(pid) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not running(pid), f"round {round_number}"
        assert not listens(port), f"round {round_number}"

        with Sequencer(tmp_path) as chain:
            found = hashes(chain.url)
        assert observer.seen, f"round {round_number} saw nothing"
        for number, block_hash in observer.seen.items():
            assert found[number] == block_hash, f"round {round_number}, block {number}"
        height = max(height, len(found))
    assert height > ROUNDS, "the chain grew"
