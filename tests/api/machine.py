"""A machine at the door of the API: its credentials, its proofs, and ways to get them wrong."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from sqlmodel import Session

from entrepot.client.credentials import Credentials
from entrepot.client.dpop import FORM
from entrepot.domain.jwks import checked, thumbprints
from entrepot.kit.clock import to_unix
from entrepot.kit.jose import base64url, new_key
from entrepot.store.tables import Client
from tests.api.stage import NOW, Stage, address_of, member

ISSUER = "http://testserver"
TOKEN_URL = f"{ISSUER}/oauth/token"
AT = to_unix(NOW)


@dataclass
class Machine:
    """A registered client of a member's, played by hand: each part can be replaced."""

    stage: Stage
    credentials: Credentials
    dpop_key: Any = field(default_factory=new_key)
    token: str = ""

    # what it sends to get a token

    def assertion(
        self, key: Any = None, header: dict[str, Any] | None = None, **claims: Any
    ) -> str:
        """A good client assertion, but for what is given otherwise; None leaves a claim out."""
        own = self.credentials
        good = {
            "iss": own.client_id,
            "sub": own.client_id,
            "aud": ISSUER,
            "iat": AT,
            "exp": AT + 60,
            "jti": secrets.token_urlsafe(16),
        }
        heads = {"alg": "ES256", "kid": own.key.thumbprint(), **(header or {})}
        return sign(heads, {**good, **claims}, key or own.key)

    def proof(
        self,
        method: str,
        url: str,
        key: Any = None,
        header: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """A good proof of the DPoP key, but for what is given otherwise."""
        key = key or self.dpop_key
        good = {"htm": method, "htu": url, "iat": AT, "jti": secrets.token_urlsafe(16)}
        if self.token and url != TOKEN_URL:
            good["ath"] = base64url(hashlib.sha256(self.token.encode()).digest())
        heads = {
            "alg": "ES256",
            "typ": "dpop+jwt",
            "jwk": key.as_dict(private=False),
            **(header or {}),
        }
        return sign(heads, {**good, **claims}, key)

    def form(self, **fields: str) -> dict[str, str]:
        good = {
            "grant_type": "client_credentials",
            "client_assertion_type": FORM,
            "client_assertion": fields.pop("client_assertion", None) or self.assertion(),
        }
        return {**good, **fields}

    def ask(self, proof: str = "", **fields: str) -> Any:
        """Asks for a token."""
        headers = {"DPoP": proof or self.proof("POST", TOKEN_URL)}
        return self.stage.client.post("/oauth/token", data=self.form(**fields), headers=headers)

    def log_in(self, **fields: str) -> Machine:
        """With a token."""
        answer = self.ask(**fields)
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["access_token"]
        return self

    # what it sends with it

    def headers(self, method: str, path: str, **claims: Any) -> dict[str, str]:
        proof = self.proof(method, ISSUER + path, **claims)
        return {"Authorization": f"DPoP {self.token}", "DPoP": proof}

    def get(self, path: str = "/v1/orders", **claims: Any) -> Any:
        return self.stage.client.get(path, headers=self.headers("GET", path, **claims))

    def post(self, path: str, json: Any = None) -> Any:
        return self.stage.client.post(path, json=json, headers=self.headers("POST", path))


def sign(header: dict[str, Any], claims: dict[str, Any], key: Any) -> str:
    """A token, by whatever algorithm its header names; None leaves a part out."""
    heads = {name: value for name, value in header.items() if value is not None}
    content = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(heads, content, key, algorithms=[heads["alg"]])


def machine(
    stage: Stage,
    actor: str = "exporter",
    scopes: tuple[str, ...] = ("read", "submit"),
    **columns: Any,
) -> Machine:
    """A client of that member's, registered straight into the table."""
    credentials = Credentials.new(f"client_{secrets.token_hex(16)}")
    jwks = checked(credentials.jwks)
    row: dict[str, Any] = {
        "client_id": credentials.client_id,
        "participant_id": member(actor),
        "label": f"machine of {actor}",
        "key_address": address_of(f"{actor}.desk"),
        "scopes": list(scopes),
        "jwks": jwks,
        "thumbprints": thumbprints(jwks),
        "created_at": NOW,
        **columns,
    }
    stage.insert(Client(**row))
    return Machine(stage, credentials)


def change(stage: Stage, of: Machine, **columns: Any) -> None:
    """Changes the client's row, as an administrator's command would."""
    with stage.world.store.transaction() as session:
        row = client_row(session, of)
        for name, value in columns.items():
            setattr(row, name, value)


def client_row(session: Session, of: Machine) -> Client:
    return session.get_one(Client, of.credentials.client_id)


def is_refused(answer: Any, error: str = "invalid_client") -> None:
    """The token endpoint gave nothing."""
    assert answer.status_code == (401 if error == "invalid_client" else 400), answer.text
    assert answer.json()["error"] == error
    assert "access_token" not in answer.json()
    assert answer.headers["cache-control"] == "no-store"


def is_shut_out(answer: Any, error: str = "invalid_token") -> None:
    """The API answered 401, as RFC 9449 has it."""
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), answer.text
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith(f'DPoP error="{error}", algs="ES256 PS256 EdDSA Ed25519"')
    assert f'resource_metadata="{ISSUER}/.well-known/oauth-protected-resource"' in challenge
