"""One node of a devnet that has several: ethereumjs, told by its Engine API what the chain is."""

import contextlib
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from entrepot.devnet.rpc import HOST, Connection, WireError
from entrepot.kit.processes import Child, ProcessError, free_port

DEVNET = Path(__file__).parents[3] / "hardhat-free-devnet"
CLIENT = DEVNET / "nodes/node_modules/@ethereumjs/client/dist/esm/bin/cli.js"
NODE = DEVNET.parent / ".tools/bin/node"
READY_TIMEOUT_S = 180
HASH_NONE = "0x" + "00" * 32

Payload = dict[str, Any]
"""A block as the Engine API hands it over (execution-apis, ExecutionPayloadV3)."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where a node listens: for us, for whoever tells it the chain, for other nodes."""

    rpc: int
    engine: int
    peers: int


class Peer:
    """A node over a folder of its own; killed and started again it goes on from there."""

    def __init__(self, folder: Path, genesis: Path) -> None:
        if not CLIENT.exists():
            raise ProcessError("several nodes need one more package: run scripts/install --nodes")
        self._folder, self._genesis = folder, genesis
        self._ports = Ports(free_port(), free_port(), free_port())
        self._child: Child | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._ports.rpc}"

    @property
    def pid(self) -> int:
        return self._running().pid

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.alive

    def start(self) -> Self:
        """Starts the node and waits until it answers; its ports stay the same for life."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._child = Child(
            [NODE, CLIENT, *self._options()],
            log=self._folder.with_suffix(".log"),
            environment={"PATH": os.defpath},
            folder=self._folder,
            grace_s=2,
        ).start()
        self._child.wait_until(self._answers, timeout_s=READY_TIMEOUT_S)
        return self

    def stop(self) -> None:
        self._running().stop()

    def kill(self) -> None:
        """As a machine that loses its power."""
        os.kill(self.pid, signal.SIGKILL)
        self._running().wait()

    def ask(self, method: str, *params: object) -> Any:
        """One JSON-RPC call of the public door; RpcError, or WireError when it is away."""
        with Connection(self._ports.rpc) as line:
            return line.call(method, *params)

    def has_pending(self) -> bool:
        """Whether anything waits in this node's pool. Pools are not shared: what others hand on
        without a fee, a node does not take."""
        return bool(self.ask("txpool_content")["pending"])

    def block(self, at: str) -> dict[str, Any]:
        """The block that `eth_getBlockByNumber` finds there."""
        return self.ask("eth_getBlockByNumber", at, False)

    def follow(self, head: str, final: str, attributes: Payload | None = None) -> str | None:
        """Makes `head` this node's newest block and `final` its last final one; with attributes it
        begins to build the next, whose name is returned. ProcessError when it does not know them.
        """
        state = {"headBlockHash": head, "safeBlockHash": final, "finalizedBlockHash": final}
        told = self._engine("engine_forkchoiceUpdatedV3", state, attributes)
        _require_valid(told["payloadStatus"])
        return told["payloadId"]

    def built(self, name: str) -> Payload:
        """The block that was begun under that name."""
        return self._engine("engine_getPayloadV3", name)["executionPayload"]

    def learn(self, block: Payload) -> None:
        """Hands over a block, whose parent the node must have."""
        _require_valid(self._engine("engine_newPayloadV3", block, [], HASH_NONE))

    def _engine(self, method: str, *params: object) -> Any:
        with Connection(self._ports.engine) as line:
            return line.call(method, *params)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError, WireError):
            return bool(self.ask("eth_chainId"))
        return False

    def _options(self) -> Sequence[str]:
        values = {
            "gethGenesis": self._genesis,
            "dataDir": self._folder,
            "port": self._ports.peers,
            "extIP": HOST,
            "rpcPort": self._ports.rpc,
            "rpcEnginePort": self._ports.engine,
            "rpcEngineAuth": "false",
            "logLevel": "warn",
            "logFile": "false",
            "discDns": "false",
        }
        named = [f"--{name}={value}" for name, value in values.items()]
        return [*named, "--isSingleNode", "--rpc", "--rpcEngine", "--saveReceipts"]

    def _running(self) -> Child:
        if self._child is None:
            raise ProcessError("the node is not started")
        return self._child


def _require_valid(told: dict[str, Any]) -> None:
    if told["status"] != "VALID":
        why = told.get("validationError") or "it lacks a block before it"
        raise ProcessError(f"a node does not take a block ({told['status']}): {why}")
