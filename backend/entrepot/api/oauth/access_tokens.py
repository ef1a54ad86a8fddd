"""Access tokens (RFC 9068): five minutes, bound to the key or certificate of whoever asked.

A token says what was granted; whether it still holds is asked of the client's row at each request.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from entrepot.api.oauth.keys import TokenKeys
from entrepot.kit.clock import to_unix
from entrepot.kit.jose import Untrusted, claims_of, header_of, moment, signed, word

LIFE_S: Final = 300
TYPE: Final = "at+jwt"
REMEMBERED: Final = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a token grants. client_key: thumbprint of the key that asked for it.

    jkt, x5t: of the DPoP key or the certificate it is bound to; one of them, never none.
    """

    client_id: str
    client_key: str
    scopes: frozenset[str]
    jkt: str | None
    x5t: str | None


class AccessTokens:
    """Issues and verifies. Signatures that held are remembered; times are looked at each time."""

    def __init__(self, keys: TokenKeys) -> None:
        self._keys = keys
        self._proven = lru_cache(maxsize=REMEMBERED)(self._prove)

    def issue(self, issuer: str, access: Access, now: datetime) -> str:
        key = self._keys.current(now)
        bound = {"jkt": access.jkt} if access.jkt else {"x5t#S256": access.x5t}
        claims = {
            "iss": issuer,
            "aud": issuer,
            "sub": access.client_id,
            "client_id": access.client_id,
            "client_key": access.client_key,
            "scope": " ".join(sorted(access.scopes)),
            "iat": to_unix(now),
            "exp": to_unix(now) + LIFE_S,
            "jti": secrets.token_urlsafe(16),
            "cnf": bound,
        }
        return signed({"typ": TYPE, "kid": key.kid}, claims, key)

    def verify(self, token: str, issuer: str, now: datetime) -> Access:
        """What it grants; Untrusted unless it is ours, for here, and holds now."""
        kid = header_of(token).get("kid")
        if not isinstance(kid, str) or self._keys.find(kid, now) is None:
            raise Untrusted("it was not signed here")
        claims = self._proven(token, kid)
        if claims.get("iss") != issuer or claims.get("aud") != issuer:
            raise Untrusted("it is for another place")
        if not moment(claims, "iat") - 1 <= to_unix(now) < moment(claims, "exp"):
            raise Untrusted("it has ended, or has not begun")
        bound = claims.get("cnf")
        if not isinstance(bound, dict) or not bound:
            raise Untrusted("it is bound to nothing")
        return Access(
            client_id=word(claims, "client_id"),
            client_key=word(claims, "client_key"),
            scopes=frozenset(str(claims.get("scope", "")).split()),
            jkt=bound.get("jkt"),
            x5t=bound.get("x5t#S256"),
        )

    def _prove(self, token: str, kid: str) -> dict[str, Any]:
        return claims_of(token, self._keys.named(kid), (TYPE,))
