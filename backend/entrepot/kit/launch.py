"""What a supervised child does between its start and the program it is to become.

Run by path, never imported: ``python -I -S launch.py '{"parent": 123, ...}' PROGRAM ARGUMENT...``.
It stays a file of its own so that nothing runs between fork and exec in a process with threads.

Orders, as one JSON object:
    parent      pid of the supervisor; if it is gone already, nothing is started
    signal      what the kernel sends us when the supervisor's thread ends (Linux)
    watch       instead of that: a pipe's read end, which closes when the supervisor dies
    user, group numbers to become, when the supervisor is root
    reach       keep CAP_DAC_OVERRIDE over that, for programs that live below a closed home
"""

import ctypes
import json
import os
import struct
import sys
from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 47, 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE = 1


def main(orders: dict[str, Any], command: list[str]) -> None:
    """Obey the orders, then become the command."""
    user = orders.get("user")
    if user is not None:
        become(user, orders["group"], reach=bool(orders.get("reach")))
    if orders.get("watch") is not None:
        leave_watcher(orders["watch"], orders["signal"])
    else:
        # After the change of user: the kernel forgets the death signal over one.
        prctl(PR_SET_PDEATHSIG, orders["signal"])
        if os.getppid() != orders["parent"]:
            os._exit(1)
    os.execv(command[0], command)  # noqa: S606 (our own program, no shell)


def become(user: int, group: int, *, reach: bool) -> None:
    """Become that user for good; with ``reach``, still able to pass any folder."""
    if reach:
        # Else access(2), which asks as the real user, would answer no whatever we may open.
        prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP)
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
    if reach:
        keep_reach()


def keep_reach() -> None:
    """Drop every capability but CAP_DAC_OVERRIDE, and hand that one to the program."""
    bit = 1 << CAP_DAC_OVERRIDE
    header = struct.pack("Ii", CAPABILITY_VERSION_3, 0)
    sets = struct.pack("IIIIII", bit, bit, bit, 0, 0, 0)
    answer(libc().capset(header, sets))
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE)
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def leave_watcher(pipe: int, signal_number: int) -> None:
    """Leave a grandchild behind that signals us when the supervisor's end of the pipe closes."""
    program = os.getpid()
    if os.fork() != 0:
        os.close(pipe)
        return
    os.read(pipe, 1)
    if os.getppid() == program:
        os.kill(program, signal_number)
    os._exit(0)


def prctl(option: int, *arguments: int) -> None:
    """prctl(2), raising OSError."""
    padded = [*arguments, 0, 0, 0, 0][:4]
    answer(libc().prctl(option, *(ctypes.c_ulong(value) for value in padded)))


def libc() -> ctypes.CDLL:
    """The C library of this process."""
    return ctypes.CDLL(None, use_errno=True)


def answer(result: int) -> None:
    """Turn a C result into an OSError."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), sys.argv[2:])
