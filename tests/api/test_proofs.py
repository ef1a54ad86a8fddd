"""Proofs and tokens that must not get in (docs/reference/access.md has the table)."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import OctKey

from entrepot.kit.clock import ManualClock, to_unix
from entrepot.kit.jose import base64url, new_key
from tests.api.machine import (
    AT,
    ISSUER,
    TOKEN_URL,
    Machine,
    is_refused,
    is_shut_out,
    machine,
    sign,
)
from tests.api.stage import NOW, Stage


@pytest.fixture
def own(stage: Stage) -> Machine:
    return machine(stage)


def test_replayed_proof_is_refused(own: Machine) -> None:
    own.log_in()
    headers = own.headers("GET", "/v1/orders")
    assert own.stage.client.get("/v1/orders", headers=headers).status_code == 200
    is_shut_out(own.stage.client.get("/v1/orders", headers=headers), "invalid_dpop_proof")


def test_replayed_proof_at_the_token_endpoint_is_refused(own: Machine) -> None:
    proof = own.proof("POST", TOKEN_URL)
    assert own.ask(proof=proof).status_code == 200
    is_refused(own.ask(proof=proof), "invalid_dpop_proof")


def test_two_equal_requests_at_once_get_in_once(own: Machine) -> None:
    own.log_in()
    headers = own.headers("GET", "/v1/orders")
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(
            lambda _: own.stage.client.get("/v1/orders", headers=headers).status_code, range(16)
        )
    assert sorted(answers) == [200, *[401] * 15]


@pytest.mark.parametrize(
    ("htm", "htu"),
    [
        ("POST", f"{ISSUER}/v1/orders"),
        ("get", f"{ISSUER}/v1/orders"),
        ("GET", f"{ISSUER}/v1/participants"),
        ("GET", f"{ISSUER}/v1/orders/"),
        ("GET", f"{ISSUER}/v1/../v1/orders"),
        ("GET", f"{ISSUER}/v1/%6frders"),
        ("GET", "https://testserver/v1/orders"),
        ("GET", "http://testserver:8080/v1/orders"),
        ("GET", "http://testserver.evil.example/v1/orders"),
        ("GET", "http://testserver@evil.example/v1/orders"),
        ("GET", "http://user@testserver/v1/orders"),
        ("GET", "/v1/orders"),
        ("GET", ""),
        ("GET", "http://[/v1/orders"),
        (None, f"{ISSUER}/v1/orders"),
        ("GET", None),
    ],
)
def test_proof_for_another_request_is_refused(own: Machine, htm: Any, htu: Any) -> None:
    own.log_in()
    is_shut_out(own.get(htm=htm, htu=htu), "invalid_dpop_proof")


@pytest.mark.parametrize(
    "claims",
    [
        {"iat": AT - 61},
        {"iat": AT + 31},
        {"iat": None},
        {"iat": "now"},
        {"jti": None},
        {"jti": ""},
        {"ath": None},
        {"ath": base64url(b"\0" * 32)},
        {"ath": 7},
    ],
    ids=str,
)
def test_proof_outside_its_time_or_for_another_token_is_refused(
    own: Machine, claims: dict[str, Any]
) -> None:
    own.log_in()
    is_shut_out(own.get(**claims), "invalid_dpop_proof")


def test_proof_that_is_none_is_refused(own: Machine) -> None:
    own.log_in()
    good, secret = own.proof("GET", f"{ISSUER}/v1/orders"), OctKey.generate_key(256)
    public: Any = own.dpop_key.as_dict(private=False)
    claims = {"htm": "GET", "htu": f"{ISSUER}/v1/orders", "iat": AT, "jti": "j"}
    typed = {"typ": "dpop+jwt"}
    unsigned = base64url(json.dumps({"alg": "none", **typed, "jwk": public}).encode())
    bad = [
        "x",
        good[:-4] + "AAAA",
        f"{unsigned}.{good.split('.')[1]}.",
        sign({"alg": "HS256", **typed, "jwk": secret.as_dict()}, claims, secret),
        sign({"alg": "ES256", **typed}, claims, own.dpop_key),
        own.proof("GET", f"{ISSUER}/v1/orders", header={"typ": "jwt"}),
        own.proof("GET", f"{ISSUER}/v1/orders", header={"typ": None}),
        own.proof("GET", f"{ISSUER}/v1/orders", header={"jwk": new_key().as_dict(private=False)}),
        own.proof("GET", f"{ISSUER}/v1/orders", header={"jwk": own.dpop_key.as_dict(private=True)}),
        own.proof("GET", f"{ISSUER}/v1/orders", header={"jwk": {**public, "x": "AAAA"}}),
        own.proof("GET", f"{ISSUER}/v1/orders", header={"jwk": {"kty": "EC"}}),
    ]
    for proof in bad:
        headers = {"Authorization": f"DPoP {own.token}", "DPoP": proof}
        answer = own.stage.client.get("/v1/orders", headers=headers)
        is_shut_out(answer, "invalid_dpop_proof")
    is_shut_out(
        own.stage.client.get("/v1/orders", headers={"Authorization": f"DPoP {own.token}"}),
        "invalid_dpop_proof",
    )


def test_two_proofs_are_refused(own: Machine) -> None:
    own.log_in()
    url = f"{ISSUER}/v1/orders"
    headers = [
        ("Authorization", f"DPoP {own.token}"),
        ("DPoP", own.proof("GET", url)),
        ("DPoP", own.proof("GET", url)),
    ]
    is_shut_out(own.stage.client.get("/v1/orders", headers=headers), "invalid_dpop_proof")


def test_stolen_token_is_worth_nothing_without_its_key(own: Machine) -> None:
    own.log_in()
    own.dpop_key = new_key()
    is_shut_out(own.get())


def test_stolen_token_is_worth_nothing_as_a_bearer_token(own: Machine) -> None:
    token = own.log_in().token
    is_shut_out(own.stage.client.get("/v1/orders", headers={"Authorization": f"Bearer {token}"}))


def test_token_with_the_proof_of_another_machine_is_refused(own: Machine) -> None:
    other = machine(own.stage, "bank").log_in()
    own.log_in()
    own.dpop_key = other.dpop_key
    is_shut_out(own.get())


def test_token_that_was_made_elsewhere_is_refused(own: Machine) -> None:
    token = own.log_in().token
    head, body, tail = token.split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    evil: Any = new_key()
    public = evil.as_dict(private=False)
    richer = base64url(json.dumps({**claims, "scope": "govern"}).encode())
    unsigned = base64url(json.dumps({**header, "alg": "none"}).encode())
    forged = [
        sign(header, claims, evil),
        sign({**header, "kid": evil.thumbprint()}, claims, evil),
        sign({**header, "jwk": public}, claims, evil),
        sign({**header, "jku": "https://evil.example"}, claims, evil),
        sign({**header, "kid": None}, claims, evil),
        sign({**header, "kid": "../../x"}, claims, evil),
        f"{head}.{richer}.{tail}",
        f"{unsigned}.{body}.",
        f"{head}.{body}.",
        own.assertion(),
        own.proof("GET", f"{ISSUER}/v1/orders"),
    ]
    for token in forged:
        own.token = token
        is_shut_out(own.get())


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ({"typ": "jwt"}, {}),
        ({"typ": None}, {}),
        ({}, {"aud": "http://elsewhere.example"}),
        ({}, {"iss": "http://elsewhere.example"}),
        ({}, {"exp": AT}),
        ({}, {"exp": None}),
        ({}, {"iat": AT + 60}),
        ({}, {"cnf": None}),
        ({}, {"cnf": {}}),
        ({}, {"cnf": {"jkt": "x"}}),
        ({}, {"client_key": "x"}),
        ({}, {"client_id": "client_" + "0" * 32}),
    ],
    ids=str,
)
def test_token_of_our_own_key_that_says_something_else_is_refused(
    own: Machine, header: dict[str, Any], claims: dict[str, Any]
) -> None:
    """As if it had been signed for another purpose: each check stands by itself."""
    token = own.log_in().token
    heads = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    content = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    key = own.stage.client.app.state.oauth.keys.current(NOW)  # pyright: ignore
    own.token = sign({**heads, **header}, {**content, **claims}, key)
    is_shut_out(own.get())


def test_expired_token_is_refused(own: Machine) -> None:

    own.log_in()
    clock = own.stage.world.clock
    assert isinstance(clock, ManualClock)
    later = ManualClock(NOW + timedelta(seconds=300))
    object.__setattr__(own.stage.world, "clock", later)
    try:
        is_shut_out(own.get(iat=to_unix(later.now())))
    finally:
        object.__setattr__(own.stage.world, "clock", clock)
