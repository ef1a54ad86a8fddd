"""DPoP proofs (RFC 9449): whoever sends a request holds the key that its token is bound to."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, cast
from urllib.parse import SplitResult, urlsplit

from entrepot.kit.clock import from_unix, to_unix
from entrepot.kit.hashing import sha256
from entrepot.kit.jose import (
    Key,
    Untrusted,
    base64url,
    claims_of,
    header_of,
    moment,
    public_key,
    word,
)

TYPE: Final = "dpop+jwt"
AGE_S_MAX: Final = 60
AHEAD_S_MAX: Final = 30
PROOF_BYTES_MAX: Final = 4_096
PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A proof that holds. jkt: thumbprint of its key; sha256, expires_at: for the replay cache."""

    jkt: str
    sha256: bytes
    expires_at: datetime


def check(
    proof: str, *, method: str, url: str, now: datetime, access_token: str | None = None
) -> Proof:
    """RFC 9449, section 4.3, but for what only the replay cache knows. Raises Untrusted."""
    if len(proof) > PROOF_BYTES_MAX:
        raise Untrusted("the proof is too long")
    jwk = header_of(proof).get("jwk")
    if not isinstance(jwk, dict):
        raise Untrusted("the proof names no key")
    try:
        key, jkt = _known(json.dumps(jwk, sort_keys=True))
    except ValueError as error:
        raise Untrusted(f"the proof's key: {error}") from error
    claims = claims_of(proof, key, (TYPE,))
    if claims.get("htm") != method:
        raise Untrusted("the proof is for another method")
    if not _same(word(claims, "htu", 4_096), url):
        raise Untrusted("the proof is for another address")
    age = to_unix(now) - moment(claims, "iat")
    if not -AHEAD_S_MAX <= age <= AGE_S_MAX:
        raise Untrusted("the proof is too old, or from the future")
    if access_token is not None:
        bound = base64url(sha256(access_token.encode("ascii", "replace")))
        if not hmac.compare_digest(str(claims.get("ath")).encode(), bound.encode()):
            raise Untrusted("the proof is for another token")
    seen = sha256(f"dpop\0{jkt}\0{word(claims, 'jti')}".encode())
    return Proof(
        jkt=jkt,
        sha256=seen,
        expires_at=from_unix(moment(claims, "iat") + AGE_S_MAX + 1),
    )


@lru_cache(maxsize=4_096)
def _known(jwk: str) -> tuple[Key, str]:
    key = public_key(cast("dict[str, Any]", json.loads(jwk)))
    return key, key.thumbprint()


def _same(told: str, url: str) -> bool:
    """Whether both are one address, but for its query and fragment (RFC 3986, 6.2.2 and 6.2.3)."""
    try:
        one, other = urlsplit(told), urlsplit(url)
        return _place(one) == _place(other)
    except ValueError:
        return False


def _place(url: SplitResult) -> tuple[str, str, int | None, str]:
    if url.username is not None or url.password is not None:
        raise ValueError("an address without a user")
    return (
        url.scheme.lower(),
        (url.hostname or "").lower(),
        url.port or PORTS.get(url.scheme.lower()),
        url.path or "/",
    )
