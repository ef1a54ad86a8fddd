"""Client assertions that must not get a token (docs/reference/access.md has the table)."""

import base64
import hmac
import json
import secrets
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import RSAKey

from entrepot.kit.jose import base64url, new_key
from tests.api.machine import (
    AT,
    ISSUER,
    TOKEN_URL,
    Machine,
    is_refused,
    is_shut_out,
    machine,
)
from tests.api.stage import Stage


@pytest.fixture
def own(stage: Stage) -> Machine:
    return machine(stage)


def test_replayed_assertion_is_refused(own: Machine) -> None:
    assertion = own.assertion()
    assert own.ask(client_assertion=assertion).status_code == 200
    is_refused(own.ask(client_assertion=assertion))


def test_assertion_replayed_under_another_signature_is_refused(own: Machine) -> None:
    jti = secrets.token_urlsafe(8)
    assert own.ask(client_assertion=own.assertion(jti=jti)).status_code == 200
    is_refused(own.ask(client_assertion=own.assertion(jti=jti)))


def test_unsigned_assertion_is_refused(own: Machine) -> None:
    head, body, _ = own.assertion().split(".")
    for algorithm in ("none", "None", "NONE", ""):
        header = base64url(json.dumps({"alg": algorithm}).encode())
        is_refused(own.ask(client_assertion=f"{header}.{body}."))
    is_refused(own.ask(client_assertion=f"{head}.{body}."))


def test_assertion_signed_by_hmac_with_the_public_key_is_refused(own: Machine) -> None:
    public: Any = own.credentials.key
    pem = public.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for secret in (pem, pem.strip(), json.dumps(public.as_dict(private=False)).encode()):
        header = {"alg": "HS256", "kid": public.thumbprint()}
        head, body = base64url(json.dumps(header).encode()), own.assertion().split(".")[1]
        mac = hmac.digest(secret, f"{head}.{body}".encode(), "sha256")
        is_refused(own.ask(client_assertion=f"{head}.{body}.{base64url(mac)}"))


def test_assertion_by_another_algorithm_than_its_keys_is_refused(own: Machine) -> None:
    rsa = RSAKey.generate_key(2048)
    for algorithm in ("RS256", "PS256", "PS512", "RS512"):
        is_refused(own.ask(client_assertion=own.assertion(rsa, {"alg": algorithm})))
    head, body, tail = own.assertion().split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    for algorithm in ("PS256", "EdDSA", "ES384"):
        forged = base64url(json.dumps({**header, "alg": algorithm}).encode())
        is_refused(own.ask(client_assertion=f"{forged}.{body}.{tail}"))


@pytest.mark.parametrize("typ", ["at+jwt", "dpop+jwt", "logout+jwt", 7])
def test_assertion_of_another_type_is_refused(own: Machine, typ: Any) -> None:
    head, body, _ = own.assertion().split(".")
    if isinstance(typ, str):
        is_refused(own.ask(client_assertion=own.assertion(header={"typ": typ})))
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    forged = base64url(json.dumps({**header, "typ": typ}).encode())
    is_refused(own.ask(client_assertion=f"{forged}.{body}.{'A' * 86}"))


@pytest.mark.parametrize(
    "aud",
    [
        "http://elsewhere.example",
        f"{ISSUER}/",
        f"{ISSUER}.evil.example",
        [ISSUER, "http://elsewhere.example"],
        [],
        None,
        {"a": ISSUER},
        7,
    ],
)
def test_assertion_for_another_audience_is_refused(own: Machine, aud: Any) -> None:
    is_refused(own.ask(client_assertion=own.assertion(aud=aud)))


def test_assertion_for_the_token_endpoint_is_taken(own: Machine) -> None:
    for aud in (TOKEN_URL, [ISSUER]):
        assert own.ask(client_assertion=own.assertion(aud=aud)).status_code == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": AT - 31},
        {"exp": AT + 3600},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"exp": 1e400},
        {"iat": AT + 120},
        {"iat": AT - 3600},
        {"nbf": AT + 120},
        {"nbf": "x"},
        {"jti": None},
        {"jti": ""},
        {"jti": "x" * 300},
        {"iss": "client_" + "0" * 32},
        {"sub": "client_" + "0" * 32},
        {"iss": None, "sub": None},
    ],
    ids=str,
)
def test_assertion_outside_its_time_or_without_its_claims_is_refused(
    own: Machine, claims: dict[str, Any]
) -> None:
    is_refused(own.ask(client_assertion=own.assertion(**claims)))


def test_assertion_of_another_machines_key_is_refused(own: Machine) -> None:
    other = machine(own.stage, "bank")
    is_refused(own.ask(client_assertion=own.assertion(other.credentials.key)))
    kid = other.credentials.key.thumbprint()
    assertion = own.assertion(other.credentials.key, {"kid": kid})
    is_refused(own.ask(client_assertion=assertion))


@pytest.mark.parametrize(
    "kid",
    [
        "../../../../dev/null",
        "/etc/passwd",
        "http://evil.example/key",
        "' OR 1=1 --",
        "x\0y",
        "",
        "k" * 4000,
        ["a"],
        {"kid": 1},
        0,
    ],
)
def test_tricks_with_the_kid_of_an_assertion_find_no_key(own: Machine, kid: Any) -> None:
    evil = new_key()
    header = base64url(json.dumps({"alg": "ES256", "kid": kid}).encode())
    body = own.assertion(evil).split(".")[1]
    for signature in ("", "A" * 86, own.assertion(evil).split(".")[2]):
        is_refused(own.ask(client_assertion=f"{header}.{body}.{signature}"))


def test_keys_that_a_header_brings_along_are_not_used(
    own: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("an address in a header was followed")

    monkeypatch.setattr("entrepot.api.oauth.fetching.fetch", never)
    evil: Any = new_key()
    brought = {"jwk": evil.as_dict(private=False), "kid": None}
    at = "https://evil.example/keys"
    for header in (brought, {**brought, "jku": at}, {"jku": at}, {"x5u": at, "x5c": ["MIIB"]}):
        is_refused(own.ask(client_assertion=own.assertion(evil, header)))


def test_a_good_assertion_with_an_address_in_its_header_is_taken_as_if_it_had_none(
    own: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("an address in a header was followed")

    monkeypatch.setattr("entrepot.api.oauth.fetching.fetch", never)
    header = {"jku": "https://evil.example/keys", "x5u": "https://evil.example/cert"}
    assert own.ask(client_assertion=own.assertion(header=header)).status_code == 200


@pytest.mark.parametrize(
    "header", [{"crit": ["b64"], "b64": False}, {"crit": ["exp"]}, {"zip": "DEF"}]
)
def test_header_that_asks_for_what_is_not_understood_is_refused(
    own: Machine, header: dict[str, Any]
) -> None:
    head, body, tail = own.assertion().split(".")
    full = {**json.loads(base64.urlsafe_b64decode(head + "==")), **header}
    is_refused(own.ask(client_assertion=f"{base64url(json.dumps(full).encode())}.{body}.{tail}"))


@pytest.mark.parametrize(
    "assertion", ["x", "a.b", "a.b.c.d", "...", "é.é.é", "[].[].x", "W10.W10.x", "A" * 9000]
)
def test_what_is_no_token_at_all_is_refused(own: Machine, assertion: str) -> None:
    is_refused(own.ask(client_assertion=assertion))


def test_oversized_tokens_are_refused_unread(own: Machine) -> None:
    is_refused(own.ask(client_assertion=own.assertion(padding="x" * 9000)))
    answer = own.ask(client_assertion=own.assertion(padding="x" * 20_000))
    is_refused(answer, "invalid_request")
    proof = own.proof("POST", TOKEN_URL, padding="x" * 5000)
    is_refused(own.ask(proof=proof), "invalid_dpop_proof")
    own.log_in()
    own.token += "x" * 9000
    is_shut_out(own.get())


def test_unknown_and_badly_signing_clients_look_the_same(own: Machine) -> None:
    nobody = Machine(own.stage, type(own.credentials).new("client_" + "0" * 32))
    unknown, bad = nobody.ask(), own.ask(client_assertion=own.assertion(new_key()))
    is_refused(unknown)
    is_refused(bad)
    assert unknown.json() == bad.json()
