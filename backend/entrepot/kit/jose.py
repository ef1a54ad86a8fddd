"""Signed tokens (JWS, RFC 7515; JWT, RFC 7519), taken as narrowly as RFC 8725 advises.

A token's signature is checked with a key that is known beforehand, by the algorithms of that key
and no others: what its header says of algorithms can only be refused. Nothing a header points at
(`jku`, `x5u`, `jwk`, `x5c`) is ever followed.
"""

from __future__ import annotations

import base64
import binascii
import json
import warnings
from collections.abc import Mapping
from typing import Any, Final, cast

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

Key = ECKey | RSAKey | OKPKey

ALGORITHMS: Final = ("ES256", "PS256", "EdDSA", "Ed25519")
"""Ed25519 is what RFC 9864 calls EdDSA over that curve; both names are in use."""
TOKEN_BYTES_MAX: Final = 8192
RSA_BITS: Final = range(2048, 4097)
PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
NOT_TAKEN: Final = frozenset({"crit", "b64", "zip"})


class _Registry(JWSRegistry):
    """joserfc's, with room in the header for a key of RSA, and for members that mean nothing."""

    max_header_length = 4096
    max_payload_length = TOKEN_BYTES_MAX

    def __init__(self, algorithm: str) -> None:
        super().__init__(algorithms=[algorithm], strict_check_header=False)


_TAKEN: Final = {algorithm: _Registry(algorithm) for algorithm in ALGORITHMS}

warnings.filterwarnings("ignore", message="EdDSA is deprecated")


class Untrusted(Exception):
    """A token that is not taken; its text says why, and repeats nothing of it."""


def public_key(jwk: Mapping[str, Any]) -> Key:
    """The public key of a JWK (RFC 7517). ValueError for another curve, a weak or a private key."""
    if PRIVATE & jwk.keys():
        raise ValueError("a private key never leaves its owner: send the public one")
    content = {str(name): value for name, value in jwk.items()}
    try:
        match jwk.get("kty"), jwk.get("crv"):
            case "EC", "P-256":
                key: Key = ECKey.import_key(content)
            case "OKP", "Ed25519":
                key = OKPKey.import_key(content)
            case "RSA", None:
                modulus = base64.urlsafe_b64decode(str(jwk.get("n")) + "==").lstrip(b"\0")
                if 8 * len(modulus) not in RSA_BITS:
                    raise ValueError("an RSA key has 2048 to 4096 bits")
                key = RSAKey.import_key(content)
            case _:
                raise ValueError("keys are EC on P-256, OKP on Ed25519, or RSA")
        _ = key.raw_value
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, binascii.Error) as error:
        if isinstance(error, ValueError) and str(error).startswith(("keys", "an RSA")):
            raise
        raise ValueError("it is no usable JWK") from error
    return key


def private_key(jwk: Mapping[str, Any]) -> Key:
    """A key of one's own, to sign with. ValueError when it is none."""
    public_key({name: value for name, value in jwk.items() if name not in PRIVATE})
    kinds: dict[str, type[ECKey] | type[RSAKey] | type[OKPKey]]
    kinds = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}
    key = kinds[str(jwk["kty"])].import_key(dict(jwk))
    if not key.is_private:
        raise ValueError("it is a public key")
    return key


def new_key() -> Key:
    """A new private key of P-256."""
    return ECKey.generate_key("P-256")


def algorithms_of(key: Key) -> tuple[str, ...]:
    """The algorithms of a key: one kind of key, one kind of signature."""
    match key:
        case ECKey():
            return ("ES256",)
        case RSAKey():
            return ("PS256",)
        case OKPKey():
            return ("EdDSA", "Ed25519")


def header_of(token: str, algorithms: tuple[str, ...] = ALGORITHMS) -> dict[str, Any]:
    """What a compact token says of itself, not yet believed. Raises Untrusted."""
    if not token.isascii() or not 0 < len(token) <= TOKEN_BYTES_MAX or token.count(".") != 2:
        raise Untrusted("it is no signed token, or too long")
    header = _json(token.partition(".")[0])
    if NOT_TAKEN & header.keys():
        raise Untrusted("its header asks for what is not understood here")
    if header.get("alg") not in algorithms:
        raise Untrusted(f"it must be signed by {', '.join(algorithms)}")
    return header


def unproven_claims(token: str) -> dict[str, Any]:
    """What it claims, to find the key that it must be proven with. Raises Untrusted."""
    header_of(token)
    return _json(token.split(".")[1])


def claims_of(token: str, key: Key, types: tuple[str | None, ...]) -> dict[str, Any]:
    """What it claims, proven by that key; `typ` must be one of the types. Raises Untrusted."""
    header = header_of(token)
    given = header.get("typ")
    typ = given.lower().removeprefix("application/") if isinstance(given, str) else given
    if typ not in types:
        raise Untrusted("it is a token of another type")
    if header["alg"] not in algorithms_of(key):
        raise Untrusted("its algorithm is not the key's")
    try:
        return dict(jwt.decode(token, key, registry=_TAKEN[header["alg"]]).claims)
    except (JoseError, ValueError, TypeError) as error:
        raise Untrusted("its signature does not hold") from error


def signed(header: Mapping[str, Any], claims: Mapping[str, Any], key: Key) -> str:
    """A compact token, signed by the key's first algorithm."""
    algorithm = algorithms_of(key)[0]
    return jwt.encode({"alg": algorithm, **header}, dict(claims), key, registry=_TAKEN[algorithm])


def moment(claims: Mapping[str, Any], name: str) -> int:
    """A time among the claims, in unix seconds. Raises Untrusted when there is none."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**53:
        raise Untrusted(f"{name} must be a time")
    return int(value)


def word(claims: Mapping[str, Any], name: str, length_max: int = 256) -> str:
    """A text among the claims. Raises Untrusted when there is none."""
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= length_max:
        raise Untrusted(f"{name} must be a text of 1 to {length_max} characters")
    return value


def base64url(data: bytes) -> str:
    """Without padding, as JOSE has it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _json(part: str) -> dict[str, Any]:
    try:
        value = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError) as error:
        raise Untrusted("it cannot be read") from error
    if not isinstance(value, dict):
        raise Untrusted("it cannot be read")
    return cast("dict[str, Any]", value)
