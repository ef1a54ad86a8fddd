"""Keys in a key management service that signs digests (AWS KMS: ECC_SECG_P256K1, never exported).

It answers in DER and says nothing of the point's parity, and s may lie in either half: s is brought
into the lower one (EIP-2), and the parity is the one by which the key itself is recovered.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from entrepot.chain.errors import KeyUnknown, SignerLied, SignerUnavailable
from entrepot.chain.signer import (
    ORDER,
    Signed,
    Transaction,
    address_of,
    assembled,
    packed,
    signed_by,
    unsigned_hash,
)
from entrepot.chain.typed_data import TypedData
from entrepot.kit.abi import Address

ALGORITHM = "ECDSA_SHA_256"
TIMEOUT_S = 10


class Kms(Protocol):
    """As boto3's client of KMS has it."""

    def get_public_key(self, *, KeyId: str) -> dict[str, Any]: ...

    def sign(
        self,
        *,
        KeyId: str,
        Message: bytes,
        MessageType: str,
        SigningAlgorithm: str,
    ) -> dict[str, Any]: ...


def kms_at(url: str | None) -> Kms:
    """AWS's, as its client finds region and credentials; or another of its kind at that address."""
    try:
        boto3: Any = importlib.import_module("boto3")
        configuring: Any = importlib.import_module("botocore.config")
    except ImportError as error:
        raise LookupError("ENTREPOT_SIGNER=kms needs boto3: install entrepot[kms]") from error
    waits = {"connect_timeout": TIMEOUT_S, "read_timeout": TIMEOUT_S}
    config = configuring.Config(**waits, retries={"max_attempts": 2})
    return boto3.client("kms", endpoint_url=url, config=config)


class KmsSigners:
    """The keys of these ids or aliases; their addresses are asked for once."""

    def __init__(self, kms: Kms, key_ids: Sequence[str]) -> None:
        self._kms, self._key_ids = kms, key_ids
        self._known: dict[Address, KmsSigner] = {}

    def addresses(self) -> list[Address]:
        if not self._known:
            found = [KmsSigner(self._kms, key_id) for key_id in self._key_ids]
            self._known = {signer.address: signer for signer in found}
        return list(self._known)

    def signer(self, address: Address) -> KmsSigner:
        if address not in self.addresses():
            raise KeyUnknown(address)
        return self._known[address]


class KmsSigner:
    """A Signer of one of them."""

    def __init__(self, kms: Kms, key_id: str) -> None:
        self._kms, self._key_id = kms, key_id
        answer = _asked(lambda: kms.get_public_key(KeyId=key_id))
        self._address = _address(answer["PublicKey"])

    @property
    def address(self) -> Address:
        return self._address

    def sign_transaction(self, transaction: Transaction) -> Signed:
        return assembled(transaction, *self._sign(unsigned_hash(transaction)))

    def sign_typed(self, typed: TypedData) -> bytes:
        return packed(*self._sign(typed.digest))

    def _sign(self, digest: bytes) -> tuple[int, int, int]:
        """SignerLied unless it is the key's signature over these 32 bytes."""
        answer = _asked(
            lambda: self._kms.sign(
                KeyId=self._key_id,
                Message=digest,
                MessageType="DIGEST",
                SigningAlgorithm=ALGORITHM,
            )
        )
        try:
            r, s = decode_dss_signature(answer["Signature"])
        except ValueError as error:
            raise SignerLied("the service's answer is no signature") from error
        s = min(s, ORDER - s)
        for odd in (0, 1):
            if signed_by(digest, r, s, odd) == self._address:
                return r, s, odd
        raise SignerLied("the service's signature is not this key's over what was to be signed")

    def __repr__(self) -> str:
        return f"KmsSigner(0x{self._address.hex()})"


def _address(spki: bytes) -> Address:
    key = load_der_public_key(spki)
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256K1):
        raise SignerLied("the key is not one of ECC_SECG_P256K1")
    return address_of(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def _asked(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The service's answer. Whatever its client raises: nothing was signed, and later it may be."""
    try:
        return ask()
    except Exception as error:  # botocore makes its classes of errors as it goes
        raise SignerUnavailable(f"the key management service: {type(error).__name__}") from error
