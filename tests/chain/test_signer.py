"""Keys: known vectors, determinism, and what must never leak."""

import pickle
import stat
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.typed_transactions.typed_transaction import TypedTransaction
from eth_hash.auto import keccak
from eth_keys.datatypes import Signature
from hexbytes import HexBytes

from entrepot.chain.errors import KeyUnknown
from entrepot.chain.signer import (
    Fees,
    Keystore,
    LocalSigner,
    PrivateKey,
    Transaction,
    read_transaction,
)
from entrepot.kit.abi import Address
from entrepot.kit.hashing import sha256

SECRET = bytes.fromhex("46" * 32)
ADDRESS = bytes.fromhex("9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f")


RECEIVER = Address(b"\x35" * 20)


def transaction(fees: Fees, to: Address | None = RECEIVER) -> Transaction:
    return Transaction(chain_id=1, nonce=9, to=to, data=b"\x01", gas=21_000, fees=fees)


@pytest.fixture
def signer() -> LocalSigner:
    return LocalSigner(PrivateKey(SECRET))


def test_address_of_a_known_key(signer: LocalSigner) -> None:
    # EIP-155's example key
    assert signer.address == ADDRESS


def test_sign_transaction_legacy_is_that_of_eip_155(signer: LocalSigner) -> None:
    # the example of EIP-155, but for its value, which we never send
    signed = signer.sign_transaction(transaction(Fees(price_wei=20 * 10**9)))
    assert signed.hash == keccak(signed.raw)
    assert Account.recover_transaction(signed.raw).lower() == "0x" + ADDRESS.hex()
    assert signed == signer.sign_transaction(transaction(Fees(price_wei=20 * 10**9)))


def test_sign_transaction_dynamic_keeps_every_field(signer: LocalSigner) -> None:
    signed = signer.sign_transaction(transaction(Fees(price_wei=7, tip_wei=3)))
    fields = TypedTransaction.from_bytes(HexBytes(signed.raw)).as_dict()
    assert (fields["maxFeePerGas"], fields["maxPriorityFeePerGas"]) == (7, 3)
    assert (fields["chainId"], fields["nonce"], fields["gas"]) == (1, 9, 21_000)
    assert (fields["to"], fields["data"], fields["value"]) == (b"\x35" * 20, b"\x01", 0)
    assert Account.recover_transaction(signed.raw).lower() == "0x" + ADDRESS.hex()


def test_sign_transaction_without_receiver_creates_a_contract(signer: LocalSigner) -> None:
    signed = signer.sign_transaction(transaction(Fees(price_wei=0), to=None))
    assert Account.recover_transaction(signed.raw).lower() == "0x" + ADDRESS.hex()
    assert b"\x35" * 20 not in signed.raw


def test_sign_digest_is_recoverable_low_and_deterministic(signer: LocalSigner) -> None:
    digest = keccak(b"approved")
    signature = signer.sign_digest(digest)
    assert signature == signer.sign_digest(digest)
    assert len(signature) == 65
    assert signature[64] in (27, 28)
    vrs = signature[:64] + bytes([signature[64] - 27])
    recovered = Signature(vrs).recover_public_key_from_msg_hash(digest)
    assert recovered.to_canonical_address() == ADDRESS
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    assert int.from_bytes(signature[32:64], "big") <= order // 2


def test_sign_digest_takes_the_nonce_of_rfc_6979() -> None:
    # the well-known vector of key 1 and this text under SHA-256
    signature = LocalSigner(PrivateKey(bytes(31) + b"\x01")).sign_digest(
        sha256(b"Satoshi Nakamoto")
    )
    assert signature[:64].hex() == (
        "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8"
        "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5"
    )


@pytest.mark.parametrize("size", [0, 31, 33])
def test_sizes_other_than_32_are_refused(signer: LocalSigner, size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        signer.sign_digest(bytes(size))
    with pytest.raises(ValueError, match="32 bytes"):
        PrivateKey(bytes(size))


def test_a_key_is_never_shown(signer: LocalSigner) -> None:
    key = PrivateKey(SECRET)
    shown = f"{key} {key!r} {[key]} {signer} {signer!r}"
    assert SECRET.hex() not in shown
    assert repr(SECRET) not in shown
    with pytest.raises(TypeError):
        pickle.dumps(key)


def test_keystore_keeps_keys_for_this_user_only(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    made = Keystore(folder, "correct horse", rounds=1).add(PrivateKey(SECRET))
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert SECRET.hex() not in file.read_text()

    again = Keystore(folder, "correct horse", rounds=1)
    assert again.addresses() == [made.address]
    assert again.signer(made.address).sign_digest(bytes(32)) == made.sign_digest(bytes(32))


def test_keystore_refuses_a_wrong_password_and_a_strange_address(tmp_path: Path) -> None:
    Keystore(tmp_path, "right", rounds=1).add(PrivateKey(SECRET))
    wrong = Keystore(tmp_path, "wrong", rounds=1)
    with pytest.raises(ValueError, match="MAC"):
        wrong.signer(Address(ADDRESS))
    with pytest.raises(KeyUnknown):
        wrong.signer(Address(bytes(20)))


def test_keystore_notices_a_file_under_another_name(tmp_path: Path) -> None:
    Keystore(tmp_path, "right", rounds=1).add(PrivateKey(SECRET))
    (tmp_path / f"{ADDRESS.hex()}.json").rename(tmp_path / f"{'00' * 20}.json")
    with pytest.raises(KeyUnknown):
        Keystore(tmp_path, "right").signer(Address(bytes(20)))


def test_create_makes_distinct_keys(tmp_path: Path) -> None:
    store = Keystore(tmp_path, "right", rounds=1)
    made = {store.create().address for _ in range(3)}
    assert set(store.addresses()) == made
    assert len(made) == 3


@pytest.mark.parametrize(
    "fees", [Fees(price_wei=0), Fees(price_wei=5), Fees(price_wei=5, tip_wei=2)]
)
@pytest.mark.parametrize("to", [RECEIVER, None])
def test_sign_transaction_makes_the_bytes_that_eth_account_makes(
    signer: LocalSigner, fees: Fees, to: Address | None
) -> None:
    asked = transaction(fees, to)
    price: dict[str, int] = {"gasPrice": fees.price_wei}
    if fees.tip_wei is not None:
        price = {"type": 2, "maxFeePerGas": fees.price_wei, "maxPriorityFeePerGas": fees.tip_wei}
    fields = {"chainId": 1, "nonce": 9, "to": to or b"", "data": b"\x01", "gas": 21_000, "value": 0}
    theirs = Account.sign_transaction({**fields, **price}, SECRET)
    ours = signer.sign_transaction(asked)
    assert (ours.raw, ours.hash) == (bytes(theirs.raw_transaction), bytes(theirs.hash))
    assert read_transaction(ours.raw) == asked


def test_read_transaction_refuses_what_is_none() -> None:
    with pytest.raises(ValueError, match="no transaction"):
        read_transaction(b"\x02\x01")
