"""Children that never outlive us: supervised programs, free ports, folders held by one process.

A child is killed with its supervisor, however that one ends: on Linux by the kernel's death
signal, and elsewhere (or when started from a side thread, whose end would fire that signal too
early) by a watcher that blocks on a pipe.
"""

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

LAUNCHER = Path(__file__).with_name("launch.py")
LOG_BYTES_MAX = 8 * 1024 * 1024
PAUSE_S = 0.01


class ProcessError(Exception):
    """A supervised process did not do what it was started for."""


class FolderHeldError(ProcessError):
    """Another running process holds this folder."""


@dataclass(frozen=True)
class Account:
    """The operating-system user that a child becomes; only root may choose one.

    ``reach`` lets it pass folders that are closed to it (a checkout below a 0700 home).
    """

    user: int
    group: int
    reach: bool = False


class Child:
    """One supervised program in a process group of its own, its output in a log file."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path | None = None,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        account: Account | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        grace_s: float = 10,
    ) -> None:
        """Describe the program; ``environment=None`` hands ours down, ``log=None`` drops output."""
        self.command = [str(part) for part in command]
        self.log = log
        self._environment = environment
        self._folder = folder
        self._account = account
        self._stop_signal = stop_signal
        self._grace_s = grace_s
        self._process: subprocess.Popen[bytes] | None = None
        self._lifeline: int | None = None

    @property
    def pid(self) -> int:
        """The program's process id, which is also its group's."""
        return self._running().pid

    @property
    def alive(self) -> bool:
        """Whether the program runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Start the program; it is bound to our life from its first moment."""
        orders: dict[str, int | bool] = {"parent": os.getpid(), "signal": int(self._stop_signal)}
        if self._account is not None:
            orders |= {
                "user": self._account.user,
                "group": self._account.group,
                "reach": self._account.reach,
            }
        watched: tuple[int, ...] = ()
        if not _kernel_watches():
            watch, self._lifeline = os.pipe()
            orders["watch"], watched = watch, (watch,)
        with _opened(self.log) as output:
            self._process = subprocess.Popen(  # noqa: S603 (our own program, no shell)
                [sys.executable, "-I", "-S", str(LAUNCHER), json.dumps(orders), *self.command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=None if self._environment is None else dict(self._environment),
                cwd=self._folder,
                pass_fds=watched,
                process_group=0,
            )
        for descriptor in watched:
            os.close(descriptor)
        return self

    def wait_until(self, ready: Callable[[], bool], *, timeout_s: float) -> None:
        """Wait for ``ready``; raise ProcessError with the log's end if it cannot come true."""
        deadline = time.monotonic() + timeout_s
        while not ready():
            if not self.alive:
                raise ProcessError(f"{self._name} ended at once:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise ProcessError(f"{self._name} not ready in {timeout_s} s:\n{self.log_tail()}")
            time.sleep(PAUSE_S)

    def wait(self, timeout_s: float | None = None) -> int:
        """Wait for the program to end by itself; return its exit code."""
        return self._running().wait(timeout_s)

    def stop(self) -> int:
        """Ask the program to end, force it and its group after the grace; return its exit code."""
        process = self._running()
        if process.poll() is None:
            process.send_signal(self._stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(self._grace_s)
            # The group's rest, or all of it: children of a child that forgot them.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None
        return code

    def log_tail(self, lines: int = 20) -> str:
        """The end of the program's output."""
        if self.log is None or not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def _name(self) -> str:
        return Path(self.command[0]).name

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise ProcessError(f"{self._name} was not started")
        return self._process


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody accepts connections on that port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def hold(folder: Path) -> Generator[None]:
    """Hold a folder against other processes; the kernel lets go however we end."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except PermissionError as error:
        raise ProcessError(f"{folder} is not ours to write: it is another user's") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderHeldError(f"{folder} is in use by another running process") from None
        yield
    finally:
        os.close(descriptor)


def running(pid: int) -> bool:
    """Whether that process runs; one that ended but was never waited for does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return not Path("/proc/self/stat").exists()
    return state not in "ZX"


def end(pid: int, stop_signal: signal.Signals, *, grace_s: float = 10) -> None:
    """End a process that is not our child (an orphan of a killed supervisor): ask, then force."""
    for number in (stop_signal, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + grace_s
        while time.monotonic() < deadline:
            if not running(pid):
                return
            time.sleep(PAUSE_S)
    raise ProcessError(f"process {pid} does not end")


def _kernel_watches() -> bool:
    """Whether the death signal is there and bound to a thread as long-lived as the process."""
    return sys.platform == "linux" and threading.current_thread() is threading.main_thread()


@contextlib.contextmanager
def _opened(log: Path | None) -> Generator[int]:
    """The log file for appending, a full one put aside first; or nothing."""
    if log is None:
        yield subprocess.DEVNULL
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
        log.replace(log.with_suffix(".1.log"))
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
