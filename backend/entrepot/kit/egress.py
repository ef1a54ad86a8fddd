"""A POST to an address that somebody else chose, without going where they must not send us.

The name is resolved once, every address it has is looked at, and the connection goes to one of
these very addresses: a name that answers differently the next time (DNS rebinding) gains nothing.
Only https, no redirects, no proxy of the environment, a deadline over all of it, and of the answer
only its status.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final, Self
from urllib.parse import urlsplit

URL_LENGTH_MAX: Final = 2_000
ADDRESSES_MAX: Final = 4
"""Of a name, how many are tried."""

TUNNELS: Final = tuple(
    IPv6Network(each) for each in ("2002::/16", "2001::/23", "2001:db8::/32", "3fff::/20")
)
"""IPv6 within 2000::/3 that leads to an IPv4 address, or nowhere: `is_global` lets some by."""

RESERVED: Final = tuple(IPv4Network(each) for each in ("192.0.0.0/24", "192.88.99.0/24"))
"""IPv4 for protocols of its own: `is_global` lets some by."""

Resolve = Callable[[str, int], Sequence[str]]


class EgressRefused(Exception):
    """The URL, or an address behind it, is one that we do not send to."""


class EgressFailed(Exception):
    """It was sent, or tried to be, and no whole answer came; the message is one word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """local: for devnets, http and every address are allowed. resolve: names to addresses, in
    order; else the machine's. trust: TLS other than the machine's.
    """

    local: bool = False
    timeout_s: float = 15.0
    answer_bytes_max: int = 64 * 1024
    resolve: Resolve | None = None
    trust: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart. netloc: as the Host header has it."""

    scheme: str
    host: str
    port: int
    path: str
    netloc: str


def target_of(url: str, *, local: bool = False) -> Target:
    """The URL, if it is one that we send to; EgressRefused says what is wrong with it."""
    if len(url) > URL_LENGTH_MAX or not all("!" <= letter <= "~" for letter in url) or "\\" in url:
        raise EgressRefused(f"an address has at most {URL_LENGTH_MAX} visible ASCII characters")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise EgressRefused("this is no URL") from None
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        raise EgressRefused("only https is taken")
    if "@" in parts.netloc or parts.fragment or not host or port == 0:
        raise EgressRefused("a URL has a host, and neither a user name nor a fragment")
    with contextlib.suppress(ValueError):
        _refuse(str(ip_address(host)), local=local)
    default = 443 if parts.scheme == "https" else 80
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or default, path, parts.netloc)


def is_public(address: str) -> bool:
    """Whether an address belongs to the public internet, and to it alone."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv4Address):
        return _is_public_v4(found)
    return _is_public_v6(found) and "%" not in address


def _is_public_v4(found: IPv4Address) -> bool:
    if found.is_multicast or any(found in network for network in RESERVED):
        return False
    return found.is_global


def _is_public_v6(found: IPv6Address) -> bool:
    """What is mapped, translated (64:ff9b::), local or for many lies outside of 2000::/3."""
    if found not in IPv6Network("2000::/3") or any(found in tunnel for tunnel in TUNNELS):
        return False
    return found.is_global


def post(url: str, headers: Mapping[str, str], body: bytes, rules: Rules) -> int:
    """Sends the body and answers the status. Raises EgressRefused before anything is sent, and
    EgressFailed when no answer came in time."""
    target = target_of(url, local=rules.local)
    addresses = _resolved(target, rules)
    with _Deadline(rules.timeout_s) as deadline:
        connection = http.client.HTTPConnection(target.host, target.port, timeout=rules.timeout_s)
        connection.sock = _dial(target, addresses, rules, deadline)
        try:
            connection.request("POST", target.path, body, {**headers, "Host": target.netloc})
            answer = connection.getresponse()
            answer.read(rules.answer_bytes_max)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise EgressFailed("timeout" if deadline.passed else _word(error)) from error
        finally:
            connection.close()
        if deadline.passed:
            raise EgressFailed("timeout")
    return answer.status


def _resolved(target: Target, rules: Rules) -> Sequence[str]:
    """The addresses of the host, all of them allowed."""
    try:
        found = (rules.resolve or _resolve)(target.host, target.port)
    except OSError as error:
        raise EgressFailed("unresolved") from error
    if not found:
        raise EgressFailed("unresolved")
    for address in found:
        _refuse(address, local=rules.local)
    return found[:ADDRESSES_MAX]


def _resolve(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError("no name of a host") from error
    return [str(place[0]) for *_, place in found]


def _refuse(address: str, *, local: bool) -> None:
    if not local and not is_public(address):
        raise EgressRefused("the address is not of the public internet")


class _Deadline:
    """Cuts off whatever is read or written when the time is over, also a byte at a time; closes all
    sockets at the end."""

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        for each in self._sockets:
            each.close()

    def watch(self, opened: socket.socket) -> socket.socket:
        self._sockets.append(opened)
        return opened

    def _cut(self) -> None:
        """Past the TLS layer, which another thread is in."""
        self.passed = True
        for each in list(self._sockets):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(each, socket.SHUT_RDWR)


def _dial(
    target: Target, addresses: Sequence[str], rules: Rules, deadline: _Deadline
) -> socket.socket:
    failed = OSError("no address")
    for address in addresses:
        try:
            place = (address, target.port)
            plain = deadline.watch(socket.create_connection(place, timeout=rules.timeout_s))
            if target.scheme == "http":
                return plain
            context = rules.trust or ssl.create_default_context()
            secured = context.wrap_socket(
                plain, server_hostname=target.host, do_handshake_on_connect=False
            )
            deadline.watch(secured)
            secured.do_handshake()
            return secured
        except OSError as error:
            failed = error
    raise EgressFailed("timeout" if deadline.passed else _word(failed)) from failed


def _word(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "timeout"
        case ssl.SSLError():
            return "tls"
        case ConnectionRefusedError():
            return "refused"
        case OSError():
            return "broken-off"
        case _:
            return "no-answer"
