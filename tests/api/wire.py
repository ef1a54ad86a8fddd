"""Bytes to a server as they are, which no client library would send, and what it answers."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from contextlib import closing
from urllib.parse import urlsplit

TIMEOUT_S = 20


def open_line(url: str) -> socket.socket:
    """A connection to the server at that address."""
    where = urlsplit(url)
    return socket.create_connection((where.hostname or "", where.port or 80), timeout=TIMEOUT_S)


def said(line: socket.socket) -> bytes:
    """All that comes until the server closes the connection; what was reset counts as closed."""
    found = b""
    try:
        while chunk := line.recv(65536):
            found += chunk
    except ConnectionResetError:
        pass
    return found


def ask(url: str, request: bytes) -> bytes:
    """All that is answered to those bytes."""
    with closing(open_line(url)) as line:
        line.sendall(request)
        return said(line)


def drip(url: str, start: bytes, drops: Iterable[bytes], pause_s: float) -> tuple[bytes, float]:
    """Sends the drops slowly until the server has had enough: its answer, and after how long."""
    began = time.monotonic()
    with closing(open_line(url)) as line:
        try:
            line.sendall(start)
            for drop in drops:
                time.sleep(pause_s)
                line.sendall(drop)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return said(line), time.monotonic() - began


def statuses(answer: bytes) -> list[int]:
    """Of each answer in it."""
    parts = answer.split(b"HTTP/1.1 ")[1:]
    return [int(part[:3]) for part in parts]
