"""ID tokens that are not taken, whoever signed them: each check stands by itself."""

import hmac
import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from entrepot.console.oidc import subject_of
from entrepot.kit.jose import Untrusted, base64url

NOW = 1_800_000_000
ISSUER, CLIENT, NONCE = "https://login.example", "entrepot", "n" * 43
KEY = RSAKey.generate_key(2048, parameters={"kid": "1"})
OTHER = RSAKey.generate_key(2048, parameters={"kid": "1"})
KEYS = {"keys": [KEY.as_dict(private=False)]}
GOOD = {
    "iss": ISSUER,
    "aud": CLIENT,
    "sub": "chen",
    "nonce": NONCE,
    "iat": NOW,
    "exp": NOW + 3600,
    "auth_time": NOW - 10,
}


def token(key: Any = KEY, header: dict[str, Any] | None = None, **claims: Any) -> str:
    told = {name: value for name, value in {**GOOD, **claims}.items() if value is not None}
    return jwt.encode({"alg": "RS256", "kid": "1", **(header or {})}, told, key)


def subject(text: str) -> str:
    return subject_of(
        text, KEYS, issuer=ISSUER, client_id=CLIENT, nonce=NONCE, now=NOW, fresh_s=300
    )


def test_good_token_tells_who_it_is() -> None:
    assert subject(token()) == "chen"
    assert subject(token(aud=[CLIENT], azp=CLIENT)) == "chen"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": ISSUER + "/"},
        {"aud": "another"},
        {"aud": [CLIENT, "another"]},
        {"aud": None},
        {"azp": "another"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": NOW - 61},
        {"exp": None},
        {"iat": NOW + 61},
        {"auth_time": NOW - 361},
        {"auth_time": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
    ],
    ids=str,
)
def test_id_token_that_says_something_else_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(Untrusted):
        subject(token(**claims))


def test_id_token_of_another_key_type_or_algorithm_is_refused() -> None:
    head, body, tail = token().split(".")
    unsigned = base64url(json.dumps({"alg": "none"}).encode())
    public = KEY.as_pem(private=False)
    keyed = base64url(json.dumps({"alg": "HS256", "kid": "1"}).encode())
    mac = base64url(hmac.digest(public, f"{keyed}.{body}".encode(), "sha256"))
    bad = [
        token(OTHER),
        token(OTHER, {"jwk": OTHER.as_dict(private=False)}),
        token(header={"kid": "2"}),
        token(header={"typ": "at+jwt"}),
        f"{unsigned}.{body}.",
        f"{keyed}.{body}.{mac}",
        f"{head}.{body}.{tail[:-4]}AAAA",
        "x",
        "",
    ]
    for text in bad:
        with pytest.raises((Untrusted, JoseError, ValueError)):
            subject(text)
