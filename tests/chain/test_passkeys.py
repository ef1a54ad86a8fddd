"""What an authenticator answers, as we pack it, against OpenZeppelin's verifier on a chain."""

import hashlib
import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256
from eth_hash.auto import keccak

from entrepot.chain.codec import encode_values
from entrepot.chain.passkeys import ORDER, VERIFIER, Assertion, packed, signer_of
from entrepot.kit.abi import Address
from tests.chain.ledger import Ledger, signer

DIGEST = hashlib.sha256(b"an approval").digest()
VERIFY = keccak(b"verify(bytes,bytes32,bytes)")[:4]
KEY = ec.derive_private_key(7, ec.SECP256R1())
PRESENT_AND_VERIFIED, PRESENT = b"\x05", b"\x01"


def point(key: ec.EllipticCurvePrivateKey = KEY) -> bytes:
    numbers = key.public_key().public_numbers()
    return numbers.x.to_bytes(32) + numbers.y.to_bytes(32)


def answer(
    digest: bytes = DIGEST, *, high: bool = False, flags: bytes = PRESENT_AND_VERIFIED
) -> Assertion:
    """As a browser hands it on; with s in the half that is asked for."""
    challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
    told = {"type": "webauthn.get", "challenge": challenge, "origin": "https://console.example"}
    client = json.dumps(told, separators=(",", ":")).encode()
    data = hashlib.sha256(b"console.example").digest() + flags + (7).to_bytes(4)
    signed = KEY.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
    r, s = decode_dss_signature(signed)
    s = max(s, ORDER - s) if high else min(s, ORDER - s)
    return Assertion(
        authenticator_data=data, client_data_json=client, signature=encode_dss_signature(r, s)
    )


def is_taken(ledger: Ledger, key: bytes, signature: bytes, digest: bytes = DIGEST) -> bool:
    call = VERIFY + encode_values(("bytes", "bytes32", "bytes"), (key, digest, signature))
    said = ledger.node.simulate(signer("anybody").address, ledger.deployment[VERIFIER], call)
    return said[:4] == VERIFY


@pytest.mark.anvil
@pytest.mark.parametrize("high", [False, True], ids=["low s", "high s"])
def test_answer_is_taken_whichever_half_its_s_is_in(ledger: Ledger, high: bool) -> None:
    assert is_taken(ledger, point(), packed(answer(high=high)))


@pytest.mark.anvil
def test_verifier_takes_nothing_else(ledger: Ledger) -> None:
    other = ec.derive_private_key(8, ec.SECP256R1())
    assert not is_taken(ledger, point(other), packed(answer()))
    assert not is_taken(ledger, point(), packed(answer(hashlib.sha256(b"another").digest())))
    assert not is_taken(ledger, point(), packed(answer(flags=PRESENT)))


def test_signer_is_the_verifier_and_the_point() -> None:
    verifier = Address(b"\x22" * 20)
    assert signer_of(verifier, point()) == verifier + point()


@pytest.mark.parametrize(
    "wrong",
    [
        bytes(64),
        point()[:63],
        point() + b"\0",
        point()[:63] + bytes([point()[63] ^ 1]),
        point()[32:] + point()[:32],
        b"\xff" * 64,
    ],
)
def test_what_is_no_point_of_the_curve_is_no_signer(wrong: bytes) -> None:
    with pytest.raises(ValueError, match="point of P-256"):
        signer_of(Address(b"\x22" * 20), wrong)


@pytest.mark.parametrize(
    ("name", "why"), [("signature", "asn1"), ("client_data_json", "no challenge")]
)
def test_what_no_browser_says_is_not_packed(name: str, why: str) -> None:
    parts: dict[str, Any] = {name: b"{}"}
    with pytest.raises(ValueError, match=why):
        packed(replace(answer(), **parts))
