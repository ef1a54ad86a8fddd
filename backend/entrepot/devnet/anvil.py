"""The devnet's node: anvil, as a child that never mines by itself.

It runs the rules of Cancun, for which the contracts are compiled. Later rules keep every block
hash in the state (EIP-2935), and anvil computes the whole state's root for each block: mining
then slows with height.
"""

import os
import platform
import shutil
import signal
from pathlib import Path
from typing import Self

from entrepot.devnet.rpc import HOST, Connection, WireError
from entrepot.kit.processes import Child, ProcessError, free_port

DEVNET = Path(__file__).resolve().parents[3] / "hardhat-free-devnet"
HARDFORK = "cancun"
GAS_LIMIT = 100_000_000
STATES_KEPT = 128
START_TIMEOUT_S = 30
ATTEMPTS_MAX = 3


class AnvilError(ProcessError):
    """The node cannot run here; the message says what to do about it."""


class Anvil:
    """One node with gas for nothing, no accounts of its own and a genesis of our choice.

    States of the last 128 blocks are kept, as a full node of the main network does: calls at
    older blocks are refused; blocks, receipts and logs are kept from the first one on.
    """

    def __init__(self, *, chain_id: int, genesis_time: int, log: Path | None = None) -> None:
        """Describe the chain; the same description is the same genesis hash."""
        self.chain_id = chain_id
        self.genesis_time = genesis_time
        self.port = 0
        self._log = log
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """The node's own address; the sequencer's is the one to use."""
        return f"http://{HOST}:{self.port}"

    @property
    def pid(self) -> int:
        """The node's process id."""
        return self._node().pid

    @property
    def alive(self) -> bool:
        """Whether the node runs."""
        return self._child is not None and self._child.alive

    def start(self) -> Self:
        """Return when the node answers; a port that somebody took is only another attempt."""
        for attempt in range(1, ATTEMPTS_MAX + 1):
            self.port = free_port()
            child = self._child = self._command().start()
            try:
                child.wait_until(self._answers, timeout_s=START_TIMEOUT_S)
            except BaseException as error:
                child.stop()
                if not isinstance(error, ProcessError) or attempt == ATTEMPTS_MAX:
                    raise
            else:
                break
        return self

    def stop(self) -> None:
        """End the node; it has nothing to save."""
        self._node().stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _command(self) -> Child:
        options = {
            "--host": HOST,
            "--port": self.port,
            "--chain-id": self.chain_id,
            "--timestamp": self.genesis_time,
            "--hardfork": HARDFORK,
            "--gas-limit": GAS_LIMIT,
            "--prune-history": STATES_KEPT,
            "--order": "fifo",
            "--accounts": 0,
            "--base-fee": 0,
            "--gas-price": 0,
        }
        flags = ["--disable-min-priority-fee", "--no-mining", "--no-request-size-limit", "--silent"]
        listed = [str(part) for option in options.items() for part in option]
        return Child(
            [find_anvil(), *listed, *flags],
            log=self._log,
            environment={"PATH": os.defpath},
            stop_signal=signal.SIGKILL,
        )

    def _answers(self) -> bool:
        try:
            with Connection(self.port) as line:
                return int(line.call("eth_chainId"), 16) == self.chain_id
        except WireError:
            return False

    def _node(self) -> Child:
        if self._child is None:
            raise AnvilError("the node is not started")
        return self._child


def find_anvil() -> Path:
    """The native program of this platform, from the devnet's packages or from PATH."""
    system = {"Linux": "linux", "Darwin": "darwin"}.get(platform.system(), "unknown")
    machine = platform.machine().lower()
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
    package = f"@foundry-rs/anvil-{system}-{machine}"
    program = DEVNET / "node_modules" / package / "bin" / "anvil"
    if program.exists():
        return program
    if found := shutil.which("anvil"):
        return Path(found)
    raise AnvilError(
        f"no anvil for this machine: run scripts/bootstrap.py, which installs {package} "
        f"into {DEVNET.name}, or put an anvil 1.7 on PATH"
    )
