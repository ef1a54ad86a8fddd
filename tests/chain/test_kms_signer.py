"""A key management service over HTTP: moto's, which speaks AWS KMS's protocol to boto3.

moto signs the SHA-256 of what it is given, also when it is told that it is a digest already; that
is the one thing in it which is put right here.
"""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    Prehashed,
    decode_dss_signature,
    encode_dss_signature,
)
from eth_account import Account
from moto.kms.utils import ECDSAPrivateKey
from moto.server import ThreadedMotoServer

from entrepot.chain.errors import KeyUnknown, SignerLied, SignerUnavailable
from entrepot.chain.kms_signer import Kms, KmsSigners, kms_at
from entrepot.chain.signer import ORDER
from entrepot.kit.abi import Address
from tests.chain.test_remote_signer import DYNAMIC, TRANSACTION, TYPED


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def sign_digest(self: Any, message: bytes, signing_algorithm: str) -> bytes:
    assert signing_algorithm == "ECDSA_SHA_256"
    return self.private_key.sign(message, ec.ECDSA(Prehashed(hashes.SHA256())))


@pytest.fixture
def signs_digests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ECDSAPrivateKey, "sign", sign_digest)


def new_key(url: str, spec: str = "ECC_SECG_P256K1") -> str:
    client: Any = boto3.client("kms", endpoint_url=url)
    return client.create_key(KeyUsage="SIGN_VERIFY", KeySpec=spec)["KeyMetadata"]["KeyId"]


@pytest.fixture
def kms(url: str) -> Kms:
    return kms_at(url)


@pytest.mark.usefixtures("signs_digests")
def test_transactions_are_signed_by_the_service(url: str, kms: Kms) -> None:
    signers = KmsSigners(kms, [new_key(url), new_key(url)])
    assert len(signers.addresses()) == 2
    for address in signers.addresses():
        for asked in [TRANSACTION, DYNAMIC] * 8:  # s is in the upper half half of the time
            raw = signers.signer(address).sign_transaction(asked).raw
            assert Account.recover_transaction(raw).lower() == "0x" + address.hex()
        signature = signers.signer(address).sign_typed(TYPED)
        assert int.from_bytes(signature[32:64], "big") <= ORDER // 2
        assert signature[64] in (27, 28)


@pytest.mark.usefixtures("signs_digests")
@pytest.mark.parametrize("is_high", [False, True])
def test_s_is_brought_into_the_lower_half(
    url: str, kms: Kms, monkeypatch: pytest.MonkeyPatch, is_high: bool
) -> None:
    def sign(self: Any, message: bytes, signing_algorithm: str) -> bytes:
        r, s = decode_dss_signature(sign_digest(self, message, signing_algorithm))
        low = min(s, ORDER - s)
        return encode_dss_signature(r, ORDER - low if is_high else low)

    monkeypatch.setattr(ECDSAPrivateKey, "sign", sign)
    signers = KmsSigners(kms, [new_key(url)])
    signature = signers.signer(signers.addresses()[0]).sign_typed(TYPED)
    assert int.from_bytes(signature[32:64], "big") <= ORDER // 2


def test_signature_over_something_else_is_refused(url: str, kms: Kms) -> None:
    """moto as it is: over a hash of the digest."""
    signers = KmsSigners(kms, [new_key(url)])
    signer = signers.signer(signers.addresses()[0])
    with pytest.raises(SignerLied):
        signer.sign_transaction(DYNAMIC)


def test_answer_that_is_no_signature_is_refused(
    url: str, kms: Kms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ECDSAPrivateKey, "sign", lambda *_: b"\x30\x00")
    signers = KmsSigners(kms, [new_key(url)])
    signer = signers.signer(signers.addresses()[0])
    with pytest.raises(SignerLied):
        signer.sign_typed(TYPED)


@pytest.mark.parametrize("spec", ["ECC_NIST_P256", "RSA_2048"])
def test_key_of_another_kind_is_refused(url: str, kms: Kms, spec: str) -> None:
    with pytest.raises(SignerLied, match="ECC_SECG_P256K1"):
        KmsSigners(kms, [new_key(url, spec)]).addresses()


def test_key_that_is_not_listed_is_unknown(url: str, kms: Kms) -> None:
    with pytest.raises(KeyUnknown):
        KmsSigners(kms, [new_key(url)]).signer(Address(bytes(20)))


def test_service_that_refuses_or_is_away_is_unavailable(kms: Kms) -> None:
    with pytest.raises(SignerUnavailable, match="NotFoundException"):
        KmsSigners(kms, ["no-such-key"]).addresses()
