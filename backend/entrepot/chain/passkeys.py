"""Passkeys as keys on the ledger: ERC-7913 signers, and assertions as OpenZeppelin's verifier reads
them.

A passkey's signer is the address of the deployed ERC7913WebAuthnVerifier, then both coordinates of
its point on P-256. An assertion becomes a signature as `WebAuthn.WebAuthnAuth` has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from entrepot.chain.codec import encode_values
from entrepot.kit.abi import Address

VERIFIER: Final = "ERC7913WebAuthnVerifier"
POINT_BYTES: Final = 64
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256, by FIPS 186-5."""

_TYPE = b'"type":"webauthn.get"'
_CHALLENGE = b'"challenge":"'
_AUTH = ("bytes32", "bytes32", "uint256", "uint256", "bytes", "string")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """What an authenticator answers to a challenge. signature: DER, as WebAuthn has it."""

    authenticator_data: bytes
    client_data_json: bytes
    signature: bytes


def signer_of(verifier: Address, point: bytes) -> bytes:
    """The ERC-7913 signer of a passkey. point: both coordinates, 32 bytes each.

    ValueError when that is no point of P-256: nobody could ever sign for such a key.
    """
    if len(point) != POINT_BYTES:
        raise ValueError(f"a point of P-256 has {POINT_BYTES} bytes")
    x, y = int.from_bytes(point[:32]), int.from_bytes(point[32:])
    try:
        EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    except ValueError as error:
        raise ValueError("that is no point of P-256") from error
    return verifier + point


def packed(assertion: Assertion) -> bytes:
    """The assertion as the verifier decodes it: r, s, where challenge and type stand in the client
    data, and both data.

    s comes in the lower half, since OpenZeppelin takes no other; authenticators make either.
    ValueError when it is none of a browser's.
    """
    r, s = decode_dss_signature(assertion.signature)
    client = assertion.client_data_json
    places = (client.find(_CHALLENGE), client.find(_TYPE))
    if min(places) < 0:
        raise ValueError("the client data has no challenge or no type")
    low = min(s, ORDER - s)
    data = (assertion.authenticator_data, client.decode("utf-8"))
    return encode_values(_AUTH, (r.to_bytes(32), low.to_bytes(32), *places, *data))
