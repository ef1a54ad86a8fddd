"""The keys that sign access tokens: one for each period, derived and never stored.

Every process of the API that has the secret has the same keys, so there is nothing to hand over;
another secret is a new line of keys, and every token of the old line has ended.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey

from entrepot.kit.clock import to_unix

PERIOD_S: Final = 30 * 24 * 60 * 60
P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
CANDIDATE_BYTES: Final = 48
"""128 bits more than the order, so that the remainder shows no bias (FIPS 186-5, A.2.1)."""


class TokenKeys:
    """The keys of one secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._made: dict[int, ECKey] = {}

    def current(self, now: datetime) -> ECKey:
        """The key that signs now."""
        return self._key(_period(now))

    def published(self, now: datetime) -> list[ECKey]:
        """The keys of the period before, of this one and of the next, which is known in advance."""
        return [self._key(_period(now) + step) for step in (-1, 0, 1)]

    def find(self, kid: str, now: datetime) -> ECKey | None:
        """The published key of that id."""
        return next((key for key in self.published(now) if key.kid == kid), None)

    def named(self, kid: str) -> ECKey:
        """A key that was found before; it must have been."""
        return next(key for key in list(self._made.values()) if key.kid == kid)

    def jwks(self, now: datetime) -> dict[str, Any]:
        """The public halves, as a JWK set."""
        keys = [key.as_dict(private=False) for key in self.published(now)]
        return {"keys": [{**key, "use": "sig", "alg": "ES256"} for key in keys]}

    def _key(self, period: int) -> ECKey:
        if period not in self._made:
            self._made[period] = _derived(self._secret, period)
        return self._made[period]


def _period(now: datetime) -> int:
    return to_unix(now) // PERIOD_S


def _derived(secret: bytes, period: int) -> ECKey:
    info = f"entrepot token key {period}".encode()
    candidate = HKDF(algorithm=SHA256(), length=CANDIDATE_BYTES, salt=None, info=info)
    number = int.from_bytes(candidate.derive(secret), "big") % (P256_ORDER - 1) + 1
    private = ec.derive_private_key(number, ec.SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = ECKey.import_key(pem)
    return ECKey.import_key(pem, {"kid": key.thumbprint()})
