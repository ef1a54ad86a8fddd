"""The client proves every request anew, and renews its token when it must, never oftener."""

import hashlib
import stat
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from entrepot.client import Credentials, DpopAuth, TokenRefused, TokenUnavailable
from entrepot.kit.jose import base64url, claims_of, header_of, public_key

URL = "http://api.example:8080"


class Server:
    """Gives out tokens by number; knows which one holds."""

    def __init__(self, tell: Callable[[httpx.Request], httpx.Response] | None = None) -> None:
        self.given, self.lock = 0, threading.Lock()
        self.requests: list[httpx.Request] = []
        self.tell = tell
        self.ended: set[str] = set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            with self.lock:
                self.given += 1
            if self.tell:
                return self.tell(request)
            return httpx.Response(200, json={"access_token": f"t{self.given}", "expires_in": 300})
        self.requests.append(request)
        if request.headers["Authorization"] in self.ended:
            challenge = {"WWW-Authenticate": 'DPoP error="invalid_token", algs="ES256"'}
            return httpx.Response(401, headers=challenge)
        return httpx.Response(200, json={})


class Clock:
    at = 1_800_000_000.0

    def __call__(self) -> float:
        return self.at


def client_of(server: Server, clock: Clock | None = None) -> httpx.Client:
    auth = DpopAuth(URL, Credentials.new("client_1"), now=clock or Clock())
    return httpx.Client(base_url=URL, auth=auth, transport=httpx.MockTransport(server))


def test_each_request_has_a_proof_of_its_own_for_what_it_is() -> None:
    server = Server()
    with client_of(server) as client:
        client.get("/v1/orders?limit=5")
        client.post("/v1/orders", json={"a": 1})
    proofs = [request.headers["DPoP"] for request in server.requests]
    header = header_of(proofs[0])
    told = [claims_of(proof, public_key(header["jwk"]), ("dpop+jwt",)) for proof in proofs]
    assert [(one["htm"], one["htu"]) for one in told] == [
        ("GET", f"{URL}/v1/orders"),
        ("POST", f"{URL}/v1/orders"),
    ]
    assert len({one["jti"] for one in told}) == 2
    assert told[0]["ath"] == told[1]["ath"] == base64url(hashlib.sha256(b"t1").digest())
    assert "d" not in header["jwk"]
    assert server.given == 1


def test_token_is_renewed_before_it_ends() -> None:
    server, clock = Server(), Clock()
    with client_of(server, clock) as client:
        client.get("/x")
        clock.at += 279
        client.get("/x")
        assert server.given == 1
        clock.at += 2
        client.get("/x")
    assert server.given == 2
    assert server.requests[-1].headers["Authorization"] == "DPoP t2"


def test_token_that_was_ended_is_replaced_once_and_the_request_sent_again() -> None:
    server = Server()
    server.ended = {"DPoP t1"}
    with client_of(server) as client:
        assert client.post("/x", content=b"body").status_code == 200
        server.ended = {"DPoP t1", "DPoP t2", "DPoP t3"}
        assert client.get("/x").status_code == 401
    assert server.given == 3
    assert [request.content for request in server.requests[:2]] == [b"body", b"body"]


def test_threads_that_start_together_ask_for_one_token() -> None:
    server = Server()
    with client_of(server) as client, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: client.get("/x"), range(32)))
    assert server.given == 1
    assert len({request.headers["DPoP"] for request in server.requests}) == 32


def test_refusal_of_a_token_says_why_and_trouble_may_be_tried_again() -> None:
    refusal = httpx.Response(401, json={"error": "invalid_client", "error_description": "no"})
    with (
        client_of(Server(lambda _: refusal)) as client,
        pytest.raises(TokenRefused, match="invalid_client: no"),
    ):
        client.get("/x")
    with (
        client_of(Server(lambda _: httpx.Response(503))) as client,
        pytest.raises(TokenUnavailable, match="503"),
    ):
        client.get("/x")


def test_credentials_are_for_this_user_only_and_show_no_key(tmp_path: Path) -> None:
    file, credentials = tmp_path / "below/machine.json", Credentials.new("client_1")
    credentials.save(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = Credentials.load(file)
    assert again.key.thumbprint() == credentials.key.thumbprint()
    secret = str(credentials.key.as_dict(private=True)["d"])
    assert secret not in repr(credentials)
    assert secret not in str(credentials.jwks)
    file.write_text("[]")
    with pytest.raises(ValueError, match="credentials"):
        Credentials.load(file)
