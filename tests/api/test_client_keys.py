"""Keys at a client's own address, and certificates that a proxy passes on: only from where they
may come."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.testclient import TestClient

from entrepot.api.oauth import fetching
from entrepot.api.oauth.fetching import KeysUnavailable
from entrepot.kit.clock import ManualClock
from entrepot.kit.jose import base64url, new_key
from tests.api.machine import TOKEN_URL, Machine, is_refused, is_shut_out, machine
from tests.api.stage import NOW, Stage


class Keys:
    """An address with a JWK set, on this machine; it counts who asks."""

    def __init__(self) -> None:
        self.content, self.status, self.asked = b"", 200, 0
        self.headers: dict[str, str] = {}

    def show(self, *keys: Any) -> None:
        self.content = json.dumps({"keys": [k.as_dict(private=False) for k in keys]}).encode()


@contextmanager
def serving(keys: Keys) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            keys.asked += 1
            self.send_response(keys.status)
            for name, value in keys.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(keys.content)))
            self.end_headers()
            self.wfile.write(keys.content)

        def log_message(self, format: str, *args: Any) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/jwks"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def passing(stage: Stage, seconds: int) -> Iterator[None]:
    """The world's clock that much later."""
    clock = stage.world.clock
    later = ManualClock(clock.now() + datetime.timedelta(seconds=seconds))
    object.__setattr__(stage.world, "clock", later)
    try:
        yield
    finally:
        object.__setattr__(stage.world, "clock", clock)


def test_keys_at_an_address_are_fetched_once_and_again_for_a_new_one(stage: Stage) -> None:
    keys = Keys()
    with serving(keys) as uri:
        own = machine(stage, jwks=[], thumbprints=[], jwks_uri=uri)
        keys.show(own.credentials.key)
        own.log_in()
        assert own.get().status_code == 200
        own.log_in()
        assert keys.asked == 1
        new = new_key()
        keys.show(new)
        own.credentials = type(own.credentials)(own.credentials.client_id, new)
        is_refused(own.ask())
        assert keys.asked == 1
        with passing(stage, 31):
            own.dpop_key, own.token = new_key(), ""
            assertion = own.assertion(iat=None, exp=int(NOW.timestamp()) + 90)
            proof = own.proof("POST", TOKEN_URL, iat=int(NOW.timestamp()) + 31)
            assert own.ask(proof=proof, client_assertion=assertion).status_code == 200
        assert keys.asked == 2


def test_nobody_can_have_keys_fetched_over_and_over(stage: Stage) -> None:
    keys = Keys()
    with serving(keys) as uri:
        own = machine(stage, jwks=[], thumbprints=[], jwks_uri=uri)
        keys.show(own.credentials.key)
        for number in range(20):
            header = {"kid": f"guess-{number}"}
            is_refused(own.ask(client_assertion=own.assertion(new_key(), header)))
        assert keys.asked == 1


@pytest.mark.parametrize("trouble", ["status", "redirect", "large", "private", "none", "secret"])
def test_unusable_keys_at_an_address_let_nobody_in(stage: Stage, trouble: str) -> None:
    keys = Keys()
    with serving(keys) as uri:
        own = machine(stage, jwks=[], thumbprints=[], jwks_uri=uri)
        keys.show(own.credentials.key)
        match trouble:
            case "status":
                keys.status = 500
            case "redirect":
                keys.status, keys.headers = 302, {"Location": uri}
            case "large":
                keys.content += b" " * 70_000
            case "private":
                private = own.credentials.key.as_dict(private=True)
                keys.content = json.dumps({"keys": [private]}).encode()
            case _:
                keys.content = b"\xff" if trouble == "none" else b"[]"
        is_refused(own.ask())
        assert keys.asked == 1


@pytest.mark.parametrize(
    "uri",
    [
        "https://127.0.0.1/jwks",
        "https://[::1]/jwks",
        "https://[::ffff:127.0.0.1]/jwks",
        "https://localhost/jwks",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.7/jwks",
        "https://192.168.1.1/jwks",
        "https://0.0.0.0/jwks",
        "https://[fe80::1]/jwks",
        "https://2130706433/jwks",
        "http://192.0.2.1/jwks",
    ],
)
def test_keys_are_never_fetched_from_inside(uri: str) -> None:
    with pytest.raises(KeysUnavailable, match=r"outside|https only|not known"):
        fetching.fetch(uri)


def test_a_name_is_looked_up_once_so_that_it_cannot_change_its_mind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """DNS rebinding: first an address outside, then one inside."""
    asked: list[str] = []

    def resolve(host: str, port: int, **_: Any) -> Any:
        asked.append(host)
        if host == "keys.example":
            assert asked.count(host) == 1
            return [(2, 1, 6, "", ("192.88.99.1", port))]
        return [(2, 1, 6, "", (host, port))]

    connected: list[str] = []

    def connect(address: Any, *_: Any, **__: Any) -> Any:
        connected.append(address[0])
        raise OSError("nobody there")

    monkeypatch.setattr("socket.getaddrinfo", resolve)
    monkeypatch.setattr("socket.create_connection", connect)
    with pytest.raises(KeysUnavailable):
        fetching.fetch("https://keys.example/jwks")
    assert connected == ["192.88.99.1"]


# Certificates


def certificate() -> bytes:
    """A client's certificate, in DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "erp")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - datetime.timedelta(days=1))
        .not_valid_after(NOW + datetime.timedelta(days=1))
    )
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)


def header_of(der: bytes) -> dict[str, str]:
    return {"Client-Cert": f":{base64.b64encode(der).decode()}:"}


@contextmanager
def behind(stage: Stage, proxies: str, peer: str) -> Iterator[None]:
    """The API with trusted proxies, called from that address."""
    settings, client = stage.world.settings, stage.client
    changed = settings.model_copy(update={"trusted_proxies": proxies, "plain_tokens": False})
    object.__setattr__(stage.world, "settings", changed)
    stage.client = TestClient(client.app, client=(peer, 50_000), raise_server_exceptions=False)
    try:
        yield
    finally:
        stage.client.close()
        stage.client = client
        object.__setattr__(stage.world, "settings", settings)


def bound_token(own: Machine, der: bytes) -> str:
    """A token that is bound to that certificate."""
    answer = own.stage.client.post("/oauth/token", data=own.form(), headers=header_of(der))
    assert answer.status_code == 200, answer.text
    assert answer.json()["token_type"] == "Bearer"
    return answer.json()["access_token"]


def get(own: Machine, token: str, **headers: str) -> Any:
    given = {"Authorization": f"Bearer {token}", **headers}
    return own.stage.client.get("/v1/orders", headers=given)


def test_token_is_bound_to_the_certificate_that_the_proxy_passes_on(stage: Stage) -> None:
    own, der = machine(stage), certificate()
    with behind(stage, "10.1.0.0/16", "10.1.2.3"):
        token = bound_token(own, der)
        assert get(own, token, **header_of(der)).status_code == 200
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        fingerprint = x509.load_der_x509_certificate(der).fingerprint(SHA256())
        assert claims["cnf"] == {"x5t#S256": base64url(fingerprint)}


def test_stolen_token_is_worth_nothing_without_its_certificate(stage: Stage) -> None:
    own, der = machine(stage), certificate()
    with behind(stage, "10.1.0.0/16", "10.1.2.3"):
        token = bound_token(own, der)
        is_shut_out(get(own, token))
        is_shut_out(get(own, token, **header_of(certificate())))
        headers = own.headers("GET", "/v1/orders") | {"Authorization": f"DPoP {token}"}
        is_shut_out(stage.client.get("/v1/orders", headers=headers), "invalid_dpop_proof")


def test_certificate_from_anybody_but_the_proxy_is_refused(stage: Stage) -> None:
    own, der = machine(stage), certificate()
    with behind(stage, "10.1.0.0/16", "10.1.2.3"):
        token = bound_token(own, der)
    with behind(stage, "10.1.0.0/16", "10.2.2.3"):
        is_shut_out(get(own, token, **header_of(der)))
        forwarded = {"X-Forwarded-For": "10.1.2.3", "Forwarded": "for=10.1.2.3"}
        is_shut_out(get(own, token, **header_of(der), **forwarded))
        answer = stage.client.post("/oauth/token", data=own.form(), headers=header_of(der))
        is_refused(answer, "invalid_request")


def test_certificate_is_not_looked_at_where_no_proxy_is_trusted(stage: Stage) -> None:
    own, der = machine(stage), certificate()
    answer = stage.client.post("/oauth/token", data=own.form(), headers=header_of(der))
    is_refused(answer, "invalid_dpop_proof")


@pytest.mark.parametrize("text", ["", ":", "::", "MIIB", ":%%:", ":AAAA:", ":" + "A" * 9000 + ":"])
def test_certificate_that_is_none_is_refused(stage: Stage, text: str) -> None:
    own = machine(stage)
    with behind(stage, "10.1.0.0/16", "10.1.2.3"):
        answer = stage.client.post("/oauth/token", data=own.form(), headers={"Client-Cert": text})
        is_refused(answer, "invalid_request")


def test_proxies_are_addresses() -> None:
    from entrepot.settings import Settings

    settings = Settings(trusted_proxies="10.0.0.1, fd00::/8")
    assert ipaddress.ip_address("10.0.0.1") in settings.proxies[0]
    with pytest.raises(ValueError, match="trusted_proxies"):
        Settings(trusted_proxies="proxy.example")
