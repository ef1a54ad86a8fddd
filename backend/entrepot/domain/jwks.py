"""A client's set of public keys (RFC 7517), as it may be registered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from entrepot.kit.jose import public_key

KEYS_MAX: Final = 8
KID_LENGTH_MAX: Final = 128
KEPT: Final = ("kty", "crv", "x", "y", "n", "e")


class InvalidKeys(ValueError):
    """It is no set of public keys that signatures are checked with here."""


def checked(jwks: Any) -> list[dict[str, object]]:
    """The keys of a JWK set, with what we need of each; `kid` is its thumbprint if it has none.

    InvalidKeys for a private or weak key, for two of one id, for none or too many.
    """
    if not isinstance(jwks, Mapping):
        raise InvalidKeys('a JWK set is {"keys": [...]}')
    keys = cast("Mapping[str, Any]", jwks).get("keys")
    if not isinstance(keys, list) or not 0 < len(cast("list[Any]", keys)) <= KEYS_MAX:
        raise InvalidKeys(f"a JWK set has 1 to {KEYS_MAX} keys")
    found = [_checked(key) for key in cast("list[Any]", keys)]
    if len({key["kid"] for key in found}) < len(found) or len(set(thumbprints(found))) < len(found):
        raise InvalidKeys("each key stands there once, under an id of its own")
    return found


def thumbprints(jwks: list[dict[str, object]]) -> list[str]:
    """Of each key, as RFC 7638 has it."""
    return [public_key(jwk).thumbprint() for jwk in jwks]


def _checked(jwk: Any) -> dict[str, object]:
    if not isinstance(jwk, Mapping):
        raise InvalidKeys("a JWK is an object")
    members = cast("Mapping[str, Any]", jwk)
    try:
        key = public_key(members)
    except ValueError as error:
        raise InvalidKeys(str(error)) from error
    kid = members.get("kid", key.thumbprint())
    if not isinstance(kid, str) or not 0 < len(kid) <= KID_LENGTH_MAX or not kid.isprintable():
        raise InvalidKeys(f"kid is a text of 1 to {KID_LENGTH_MAX} characters")
    public = key.as_dict(private=False)
    return {**{name: public[name] for name in KEPT if name in public}, "kid": kid}
