"""Children end with us, in every way that we can end."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from entrepot.kit.processes import (
    Child,
    FolderHeldError,
    ProcessError,
    end,
    free_port,
    hold,
    listens,
    running,
)

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
DEAF = "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)"
PARENT = """
import sys, threading, time
from entrepot.kit.processes import Child

def start():
    print(Child([sys.executable, "-c", "import time; time.sleep(600)"]).start().pid, flush=True)

if sys.argv[1] == "main":
    start()
else:
    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
time.sleep(600)
"""


def eventually(check, timeout_s: float = 10) -> bool:
    deadline = time.monotonic() + timeout_s
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def says_up(child: Child) -> None:
    child.wait_until(lambda: "up" in child.log_tail(), timeout_s=10)


@pytest.mark.parametrize("thread", ["main", "side"])
def test_killed_parent_takes_its_child_along(thread: str) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, thread], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.stdout.close()
    time.sleep(0.2)
    assert running(pid)
    parent.kill()
    parent.wait()
    assert eventually(lambda: not running(pid))


def test_stop_asks_and_returns_the_exit_code(tmp_path: Path) -> None:
    child = Child(SLEEP, log=tmp_path / "log").start()
    says_up(child)
    assert child.stop() == -signal.SIGTERM
    assert not running(child.pid)
    assert not child.alive


def test_stop_forces_a_deaf_child_and_its_own_children(tmp_path: Path) -> None:
    script = f"import subprocess, sys; {DEAF}; subprocess.run(['sleep', '600'])"
    child = Child([sys.executable, "-c", script], log=tmp_path / "log", grace_s=0.2).start()
    says_up(child)
    grandchildren: list[int] = []

    def has_grandchild() -> bool:
        children = Path(f"/proc/{child.pid}/task/{child.pid}/children")
        grandchildren[:] = map(int, children.read_text().split())
        return bool(grandchildren)

    assert eventually(has_grandchild)
    assert child.stop() == -signal.SIGKILL
    assert eventually(lambda: not running(grandchildren[0]))


def test_child_started_from_a_side_thread_survives_that_thread() -> None:
    children: list[Child] = []
    thread = threading.Thread(target=lambda: children.append(Child(SLEEP).start()))
    thread.start()
    thread.join()
    time.sleep(0.3)
    (child,) = children
    assert child.alive
    child.stop()
    assert not running(child.pid)


def test_wait_until_tells_why_a_child_ended(tmp_path: Path) -> None:
    with (
        Child([sys.executable, "-c", "raise SystemExit('no port')"], log=tmp_path / "log") as child,
        pytest.raises(ProcessError, match="no port"),
    ):
        child.wait_until(lambda: False, timeout_s=10)


def test_wait_until_has_an_end(tmp_path: Path) -> None:
    with (
        Child(SLEEP, log=tmp_path / "log") as child,
        pytest.raises(ProcessError, match=r"not ready in 0\.05 s"),
    ):
        child.wait_until(lambda: False, timeout_s=0.05)


def test_missing_program_is_told_in_the_log(tmp_path: Path) -> None:
    child = Child([tmp_path / "nothing"], log=tmp_path / "log").start()
    assert child.wait(10) != 0
    assert "FileNotFoundError" in child.log_tail()


def test_end_forces_a_process_that_is_not_our_child(tmp_path: Path) -> None:
    script = [sys.executable, "-c", DEAF + "; time.sleep(600)"]
    with Child(script, log=tmp_path / "log") as child:
        says_up(child)
        end(child.pid, signal.SIGTERM, grace_s=0.2)
        assert not running(child.pid)


def test_hold_refuses_a_second_holder_until_released(tmp_path: Path) -> None:
    with hold(tmp_path / "state"), pytest.raises(FolderHeldError), hold(tmp_path / "state"):
        pass
    with hold(tmp_path / "state"):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_hold_of_another_user_s_folder_says_so() -> None:
    with pytest.raises(ProcessError, match="another user"), hold(Path("/") / "entrepot-state"):
        pass


def test_children_do_not_inherit_the_hold(tmp_path: Path) -> None:
    with hold(tmp_path):
        child = Child(SLEEP).start()
    try:
        with hold(tmp_path):
            assert child.alive
    finally:
        child.stop()


def test_free_port_is_free() -> None:
    assert not listens(free_port())


def test_log_that_grew_full_is_put_aside(tmp_path: Path) -> None:
    log = tmp_path / "child.log"
    log.write_bytes(b"x" * (9 * 1024 * 1024))
    with Child(SLEEP, log=log) as child:
        says_up(child)
    assert log.stat().st_size < 100
    assert (tmp_path / "child.1.log").exists()


def test_child_leads_its_own_process_group() -> None:
    with Child(SLEEP) as child:
        assert os.getpgid(child.pid) == child.pid != os.getpgid(0)
