"""Machines as they are registered."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.config import JsonDict

from entrepot.api.schemas.words import AddressText, Command, Line, OneOf, address
from entrepot.domain.jwks import KEYS_MAX
from entrepot.steps.submission.clients import (
    URI_LENGTH_MAX,
    KeySet,
    RegisterClient,
    RotateClient,
)

SCOPES = ("read", "submit", "attest", "decide", "admin", "govern")

JWKS_EXAMPLE: JsonDict = {
    "keys": [
        {
            "kty": "EC",
            "crv": "P-256",
            "kid": "2026-11",
            "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        }
    ]
}

ScopeName = Annotated[str, OneOf(SCOPES)]
KeysUri = Annotated[
    str,
    StringConstraints(min_length=8, max_length=URI_LENGTH_MAX, pattern=r"^https?://[!-~]+$"),
]


Jwk = dict[str, str | bool | int | list[str]]


class JwkSetIn(Command):
    """A JWK set (RFC 7517). Of each key what is needed is kept; a private one is refused."""

    model_config = ConfigDict(json_schema_extra={"examples": [JWKS_EXAMPLE]})

    keys: Annotated[list[Jwk], Field(min_length=1, max_length=KEYS_MAX)]


class KeysIn(Command):
    """A client's public keys: as a JWK set, or where it is found."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"jwks": JWKS_EXAMPLE}]})

    jwks: JwkSetIn | None = Field(
        default=None, description="1 to 8 public keys: P-256, Ed25519, or RSA of 2048 to 4096 bits."
    )
    jwks_uri: KeysUri | None = Field(
        default=None, description="An https address; fetched when a token is asked for."
    )

    def to_keys(self) -> KeySet:
        return KeySet(jwks=self.jwks.model_dump() if self.jwks else None, jwks_uri=self.jwks_uri)

    def to_rotation(self, client_id: str) -> RotateClient:
        return RotateClient(client_id=client_id, keys=self.to_keys())


class ClientIn(KeysIn):
    """A machine of the caller's own participant."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "label": "ERP of Ningbo",
                    "scopes": ["read", "submit"],
                    "key": "0x" + "c3" * 20,
                    "jwks": JWKS_EXAMPLE,
                }
            ]
        }
    )

    label: Line
    scopes: Annotated[list[ScopeName], Field(min_length=1, max_length=len(SCOPES))]
    key: AddressText | None = Field(
        default=None,
        description="The key on the ledger that it speaks for; without one it can only read.",
    )

    def to_command(self) -> RegisterClient:
        return RegisterClient(
            label=self.label,
            key=address(self.key) if self.key else None,
            scopes=tuple(self.scopes),
            keys=self.to_keys(),
        )
