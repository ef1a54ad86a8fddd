"""Client assertions (RFC 7523): a machine proves who it is by a token that it signed itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from entrepot.kit.clock import from_unix, to_unix
from entrepot.kit.hashing import sha256
from entrepot.kit.jose import (
    Key,
    Untrusted,
    algorithms_of,
    claims_of,
    header_of,
    moment,
    public_key,
    unproven_claims,
    word,
)

FORM: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TYPES: Final = (None, "jwt", "client-authentication+jwt")
LIFE_S_MAX: Final = 600
SKEW_S: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """An assertion that holds. client_key: thumbprint of the key that signed it.

    sha256, expires_at: for the replay cache.
    """

    client_id: str
    client_key: str
    sha256: bytes
    expires_at: datetime


def claimed_client(assertion: str) -> str:
    """Whose it says it is, not yet believed. Raises Untrusted."""
    claims = unproven_claims(assertion)
    if claims.get("iss") != claims.get("sub"):
        raise Untrusted("iss and sub must both be the client_id")
    return word(claims, "iss", 128)


def kid_of(assertion: str) -> str | None:
    """The id of the key it says it was signed with."""
    kid = header_of(assertion).get("kid")
    return kid if isinstance(kid, str) else None


def check(
    assertion: str,
    client_id: str,
    jwks: Iterable[Mapping[str, Any]],
    audiences: tuple[str, ...],
    now: datetime,
) -> Assertion:
    """Proven by one of the client's own keys, for here, now. Raises Untrusted."""
    key = _signing_key(header_of(assertion), jwks)
    claims = claims_of(assertion, key, TYPES)
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise Untrusted("it is another client's")
    audience = claims.get("aud")
    if isinstance(audience, list) and len(audience) == 1:
        audience = audience[0]
    if audience not in audiences:
        raise Untrusted("it is for another place: aud must be the issuer")
    ends = _holds(claims, to_unix(now))
    return Assertion(
        client_id=client_id,
        client_key=key.thumbprint(),
        sha256=sha256(f"assertion\0{client_id}\0{word(claims, 'jti')}".encode()),
        expires_at=from_unix(ends + SKEW_S + 1),
    )


def _signing_key(header: Mapping[str, Any], jwks: Iterable[Mapping[str, Any]]) -> Key:
    """The one key of the client's that can have signed: by `kid`, or the only one of that kind."""
    kid = header.get("kid")
    keys = [(jwk.get("kid"), public_key(jwk)) for jwk in jwks]
    fitting = [
        key
        for name, key in keys
        if header["alg"] in algorithms_of(key) and (kid is None or kid in (name, key.thumbprint()))
    ]
    if len(fitting) != 1:
        raise Untrusted("no key of the client's fits it: name one by kid")
    return fitting[0]


def _holds(claims: Mapping[str, Any], now: int) -> int:
    """When it ends, in unix seconds. Raises Untrusted unless it holds now, and not for long."""
    ends = moment(claims, "exp")
    if ends + SKEW_S <= now:
        raise Untrusted("it has ended")
    if ends > now + LIFE_S_MAX + SKEW_S:
        raise Untrusted(f"it may hold for {LIFE_S_MAX} seconds at most")
    for name in ("iat", "nbf"):
        if name in claims and moment(claims, name) > now + SKEW_S:
            raise Untrusted("it is from the future")
    if "iat" in claims and moment(claims, "iat") + LIFE_S_MAX + SKEW_S < now:
        raise Untrusted("it was made too long ago")
    return ends
