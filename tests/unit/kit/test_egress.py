"""Where we send to and where never: every trick with names, addresses, redirects and time."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from entrepot.kit.egress import (
    EgressFailed,
    EgressRefused,
    Rules,
    is_public,
    post,
    target_of,
)

NOT_PUBLIC = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.127.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "192.88.99.1",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "100::1",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_address_that_is_not_of_the_public_internet_is_refused(address: str) -> None:
    assert not is_public(address)
    rules = Rules(resolve=lambda *_: [address])
    with pytest.raises(EgressRefused, match="public"):
        post("https://hooks.example/", {}, b"", rules)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:2800:21f:cb07::1"])
def test_address_of_the_public_internet_is_taken(address: str) -> None:
    assert is_public(address)


def test_one_bad_address_among_good_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", _never)
    rules = Rules(resolve=lambda *_: ["8.8.8.8", "127.0.0.1"])
    with pytest.raises(EgressRefused):
        post("https://hooks.example/", {}, b"", rules)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example/",
        "ftp://hooks.example/",
        "file:///etc/passwd",
        "gopher://hooks.example/",
        "https://",
        "https:///path",
        "https://user@hooks.example/",
        "https://user:secret@hooks.example/",
        "https://hooks.example@127.0.0.1/",
        "https://hooks.example/#here",
        "https://hooks.example:0/",
        "https://hooks.example:99999/",
        "https://hooks.example:x/",
        "https://hooks.example/a b",
        "https://hooks.example/\r\nX-Evil: 1",
        "https://hooks.example\\@127.0.0.1/",
        "https://hooks.exämple/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1/",
        "https://hooks.example/" + "a" * 2000,
        "//hooks.example/",
        "hooks.example",
        "",
    ],
)
def test_url_that_is_none_of_ours_is_refused_at_once(url: str) -> None:
    with pytest.raises(EgressRefused):
        target_of(url)


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "localhost."]
)
def test_address_in_disguise_is_refused_by_what_it_stands_for(host: str) -> None:
    """The machine's own resolver says what it stands for; or it says that it is nothing."""
    with pytest.raises((EgressRefused, EgressFailed)) as refused:
        post(f"https://{host}:9/", {}, b"", Rules())
    assert refused.type is EgressRefused or str(refused.value) == "unresolved"


def test_url_is_taken_apart_as_it_is_sent() -> None:
    target = target_of("https://Hooks.example:8443/in?x=1&y=%2F")
    assert (target.host, target.port, target.path) == ("hooks.example", 8443, "/in?x=1&y=%2F")
    assert target.netloc == "Hooks.example:8443"
    assert target_of("https://hooks.example").path == "/"


# real servers


@dataclass
class Receiver:
    """An HTTP server that keeps what came."""

    server: HTTPServer
    seen: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])


@contextmanager
def receiver(
    status: int = 200,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    secured: ssl.SSLContext | None = None,
) -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", "0")))
            found.seen.append((self.path, dict(self.headers.items()), content))
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None: ...

    server = HTTPServer((host, port), Handler)
    found = Receiver(server)
    if secured is not None:
        secured.sni_callback = lambda _sock, name, _ctx: found.names.append(name)
        server.socket = secured.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def at(*addresses: str) -> Callable[[str, int], list[str]]:
    return lambda *_: list(addresses)


def local(*addresses: str, **more: Any) -> Rules:
    return Rules(local=True, resolve=at(*addresses), **more)


def test_body_and_headers_arrive_as_they_are() -> None:
    with receiver(204) as found:
        status = post(
            f"http://hooks.example:{found.port}/in?x=1",
            {"webhook-id": "0xab-1"},
            b'{"a":1}',
            local("127.0.0.1"),
        )
    [(path, headers, body)] = found.seen
    assert (status, path, body) == (204, "/in?x=1", b'{"a":1}')
    assert headers["Host"] == f"hooks.example:{found.port}"
    assert headers["webhook-id"] == "0xab-1"


def test_name_is_resolved_once_and_the_checked_address_is_the_one_called() -> None:
    """DNS rebinding: whatever the name says the second time, nobody asks a second time."""
    answers = [["127.0.0.1"], ["127.0.0.2"]]
    asked: list[str] = []

    def rebinding(host: str, _: int) -> list[str]:
        asked.append(host)
        return answers.pop(0)

    with receiver() as good, receiver(host="127.0.0.2", port=good.port) as evil:
        post(f"http://hooks.example:{good.port}/", {}, b"", Rules(local=True, resolve=rebinding))
    assert asked == ["hooks.example"]
    assert (len(good.seen), evil.seen) == (1, [])


def test_rebinding_to_this_machine_reaches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Public when it is looked at: that is where the connection goes, and nowhere else."""
    dialled: list[tuple[str, int]] = []

    def dial(address: tuple[str, int], **_: Any) -> socket.socket:
        dialled.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", dial)
    answers = [["93.184.215.14"], ["127.0.0.1"]]
    rules = Rules(resolve=lambda *_: answers.pop(0))
    with pytest.raises(EgressFailed, match="refused"):
        post("https://hooks.example/", {}, b"", rules)
    assert dialled == [("93.184.215.14", 443)]
    with pytest.raises(EgressRefused):
        post("https://hooks.example/", {}, b"", rules)
    assert len(dialled) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_an_answer_and_not_followed(status: int) -> None:
    with (
        receiver() as inner,
        receiver(status, headers={"Location": f"http://127.0.0.1:{inner.port}/secret"}) as found,
    ):
        url = f"http://hooks.example:{found.port}/"
        assert post(url, {}, b"", local("127.0.0.1")) == status
    assert inner.seen == []


def test_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver() as proxy, receiver() as found:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert post(f"http://hooks.example:{found.port}/", {}, b"", local("127.0.0.1")) == 200
    assert proxy.seen == []


def test_next_address_of_the_name_is_tried_when_one_does_not_answer() -> None:
    with receiver() as found:
        rules = local("127.0.0.3", "127.0.0.1")
        assert post(f"http://hooks.example:{found.port}/", {}, b"", rules) == 200


def test_answer_is_read_up_to_its_cap_only() -> None:
    with receiver(200, body=b"x" * 1_000_000) as found:
        rules = local("127.0.0.1", answer_bytes_max=10)
        assert post(f"http://hooks.example:{found.port}/", {}, b"", rules) == 200


@pytest.mark.parametrize("drip", [b"", b"HTTP/1.1 200 OK\r\nX: "])
def test_answer_that_drips_or_never_comes_ends_at_the_deadline(drip: bytes) -> None:
    """A byte now and then renews a socket's own timeout for ever."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()
        thread = threading.Thread(target=_drip, args=(server, drip, stop))
        thread.start()
        port = server.getsockname()[1]
        try:
            with pytest.raises(EgressFailed):
                post(f"http://hooks.example:{port}/", {}, b"x", local("127.0.0.1", timeout_s=0.3))
        finally:
            stop.set()
            thread.join()


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_answer_that_is_no_http_is_a_failure(answer: bytes) -> None:
    def speak(server: socket.socket) -> None:
        client, _ = server.accept()
        with client:
            client.recv(65536)
            client.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=speak, args=(server,))
        thread.start()
        url = f"http://hooks.example:{server.getsockname()[1]}/"
        with pytest.raises(EgressFailed):
            post(url, {}, b"x", local("127.0.0.1", timeout_s=5))
        thread.join()


def test_name_that_is_unknown_is_a_failure() -> None:
    def unknown(*_: Any) -> list[str]:
        raise socket.gaierror

    for resolve in (unknown, at()):
        with pytest.raises(EgressFailed, match="unresolved"):
            post("https://hooks.example/", {}, b"", Rules(resolve=resolve))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of hooks.example, which is its own authority."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "hooks.example")])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example")]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "hooks.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + signed.public_bytes(Encoding.PEM))
    return path


def test_tls_is_spoken_with_the_name_though_the_address_is_called(certificate: Path) -> None:
    secured = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secured.load_cert_chain(certificate)
    trust = ssl.create_default_context(cafile=str(certificate))
    with receiver(secured=secured) as found:
        rules = local("127.0.0.1", trust=trust)
        assert post(f"https://hooks.example:{found.port}/", {}, b"x", rules) == 200
        with pytest.raises(EgressFailed, match="tls"):
            post(f"https://other.example:{found.port}/", {}, b"x", rules)
        with pytest.raises(EgressFailed, match="tls"):
            post(f"https://hooks.example:{found.port}/", {}, b"x", local("127.0.0.1"))
    assert found.names[0] == "hooks.example"
    assert len(found.seen) == 1


def _drip(server: socket.socket, drip: bytes, stop: threading.Event) -> None:
    client, _ = server.accept()
    with client:
        client.recv(65536)
        try:
            client.sendall(drip)
            while not stop.wait(0.05):
                client.sendall(b"a" if drip else b"")
        except OSError:
            return


def _never(*_: Any, **__: Any) -> socket.socket:
    raise AssertionError("nothing is to be called")


def test_addresses_of_the_list_are_addresses() -> None:
    assert all(ip_address(address.partition("%")[0]) for address in NOT_PUBLIC)
