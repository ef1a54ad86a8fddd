"""Keys that are derived and never stored: whoever has the secret has all of them."""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey

P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
CANDIDATE_BYTES: Final = 48
"""128 bits more than the order, so that the remainder shows no bias (FIPS 186-5, A.2.1)."""


def derived_key(secret: bytes, purpose: str) -> ECKey:
    """A private key of P-256 that the secret has for this purpose, its thumbprint as its id."""
    candidate = HKDF(
        algorithm=SHA256(), length=CANDIDATE_BYTES, salt=None, info=purpose.encode()
    ).derive(secret)
    number = int.from_bytes(candidate, "big") % (P256_ORDER - 1) + 1
    private = ec.derive_private_key(number, ec.SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = ECKey.import_key(pem)
    return ECKey.import_key(pem, {"kid": key.thumbprint()})
