"""A running devnet: its ground, with the API and the worker on it as supervised programs.

While it runs, `stack.json` in its folder says where everything is, for this user only.
"""

import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from entrepot.client import Credentials
from entrepot.devnet.ground import Ground, environment, open_ground
from entrepot.devnet.miner import Head
from entrepot.devnet.supervisor import Supervisor
from entrepot.devnet.waiting import wait_until_at_rest
from entrepot.devnet.whereabouts import STACK_FILE, Whereabouts
from entrepot.kit.clock import to_unix
from entrepot.kit.processes import Child, ProcessError, free_port, hold, listens
from entrepot.wiring import open_world

READY_TIMEOUT_S = 180
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A Stage (see player.py) on which everything runs by itself."""

    ground: Ground
    supervisor: Supervisor
    whereabouts: Whereabouts

    @property
    def url(self) -> str:
        return self.whereabouts.url

    @property
    def tokens(self) -> dict[str, str]:
        """Plain tokens, by name: for the console."""
        return self.ground.tokens

    @property
    def credentials(self) -> dict[str, Credentials]:
        return self.ground.credentials

    def now(self) -> float:
        return time.time()

    def move_to(self, at: datetime) -> None:
        """Lets the chain's clock go on from a time, if it has not passed it already."""
        if to_unix(at) > self.ground.chain.head().timestamp:
            self.ground.chain.move_to(to_unix(at))

    def settle(self) -> None:
        """The worker works by itself; raises ProcessError if it was given up."""
        self.supervisor.check()

    def mine(self) -> None:
        """The chain mines by itself."""

    def fork(self, blocks: Sequence[Sequence[str]]) -> None:
        """Puts these blocks in the place of as many last ones, and lets the worker send again what
        that took back; ScenarioError when it does not come to rest."""
        self.ground.sequencer.reorg(len(blocks), blocks)
        with open_world(self.ground.settings) as world:
            wait_until_at_rest(world)


@contextmanager
def open_stack(
    folder: Path,
    parties: Path,
    *,
    start: datetime | None = None,
    port: int = 0,
    nodes: int = 1,
    finality: str = "",
    on_block: Callable[[Head], None] | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Iterator[Stack]:
    """Starts or resumes everything over a folder; FolderHeldError when it runs already.

    port: of the API; 0 takes the last one again where it is free, else any. nodes, finality: see
    open_ground. say: is told what is being done.
    """
    folder = folder.absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(hold(folder))
        say("database, chain and contracts")
        ground = stack.enter_context(
            open_ground(
                folder,
                parties,
                start=start,
                api_port=port or _port(folder),
                nodes=nodes,
                finality=finality,
                on_block=on_block,
            )
        )
        say("API and worker")
        supervisor = Supervisor(_programs(ground))
        stack.enter_context(supervisor.watching())
        whereabouts = _whereabouts(ground, supervisor)
        whereabouts.save(folder)
        stack.callback((folder / STACK_FILE).unlink, missing_ok=True)
        _wait(whereabouts.url, supervisor)
        yield Stack(ground=ground, supervisor=supervisor, whereabouts=whereabouts)


def _programs(ground: Ground) -> dict[str, Child]:
    variables = environment(ground.settings)
    return {
        name: Child(
            [sys.executable, "-m", "entrepot", name],
            log=ground.settings.state_folder / f"{name}.log",
            environment=variables,
            grace_s=5,
        )
        for name in ("api", "worker")
    }


def _whereabouts(ground: Ground, supervisor: Supervisor) -> Whereabouts:
    url = f"http://{HOST}:{ground.settings.api_port}"
    return Whereabouts(
        pid=os.getpid(),
        url=url,
        console_url=f"{url}/console",
        rpc_url=ground.settings.rpc_url,
        pids={**supervisor.pids(), "node": ground.chain.node_pid},
    )


def _port(folder: Path) -> int:
    """The port that this folder's API had before, if nobody has taken it; or a free one."""
    file = folder / "api.port"
    try:
        port = int(file.read_text())
    except (FileNotFoundError, ValueError):
        port = 0
    if not port or listens(port):
        port = free_port()
    file.write_text(f"{port}\n")
    return port


def _wait(url: str, supervisor: Supervisor) -> None:
    """Returns when the API answers and the worker runs."""
    deadline = time.monotonic() + READY_TIMEOUT_S
    while not (_answers(url) and "worker" in supervisor.pids()):
        supervisor.check()
        if time.monotonic() > deadline:
            raise ProcessError(f"the API does not answer at {url} within {READY_TIMEOUT_S} s")
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5):  # noqa: S310 (our own address)
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
