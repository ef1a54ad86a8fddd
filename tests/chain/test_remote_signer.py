"""A signer behind JSON-RPC: a real process that signs, and one that lies."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from entrepot.bindings.ids import FinancingId, ParticipantId
from entrepot.chain import typed_data
from entrepot.chain.errors import KeyUnknown, SignerLied, SignerUnavailable
from entrepot.chain.remote_signer import RemoteSigners
from entrepot.chain.rpc import Rpc
from entrepot.chain.signer import Fees, LocalSigner, PrivateKey, Transaction
from entrepot.devnet.anvil import find_anvil
from entrepot.kit.abi import Address
from entrepot.kit.processes import Child, free_port, listens
from tests.chain.remote import KEY, answering, raw

CHAIN_ID = 1337
OTHER = LocalSigner(PrivateKey(b"\x08" * 32))
TRANSACTION = Transaction(
    chain_id=CHAIN_ID,
    nonce=9,
    to=Address(b"\x35" * 20),
    data=b"\x01\x02",
    gas=90_000,
    fees=Fees(price_wei=5),
)
DYNAMIC = replace(TRANSACTION, fees=Fees(price_wei=7, tip_wei=3))
TYPED = typed_data.approval(
    CHAIN_ID,
    Address(b"\x11" * 20),
    FinancingId(b"\x22" * 32),
    b"\x33" * 32,
    b"\x44" * 32,
    ParticipantId(b"ENTR00HARBOURBANK155"),
    1_800_000_000,
)


@pytest.fixture(scope="module")
def signers() -> Iterator[RemoteSigners]:
    """anvil, which holds keys of its own and signs for whoever asks, as Web3Signer does."""
    port = free_port()
    options = ["--port", str(port), "--chain-id", str(CHAIN_ID), "--accounts", "2", "--silent"]
    with Child([find_anvil(), *options]) as process:
        process.wait_until(lambda: listens(port), timeout_s=60)
        rpc = Rpc(f"http://127.0.0.1:{port}")
        yield RemoteSigners(rpc)
        rpc.close()


@pytest.mark.anvil
@pytest.mark.parametrize("asked", [TRANSACTION, DYNAMIC, replace(TRANSACTION, data=b"")])
def test_transaction_is_signed_by_another_process(
    signers: RemoteSigners, asked: Transaction
) -> None:
    first, second = signers.addresses()
    signed = signers.signer(second).sign_transaction(asked)
    assert Account.recover_transaction(signed.raw).lower() == "0x" + second.hex()
    assert signers.signer(first).sign_transaction(asked) != signed


@pytest.mark.anvil
def test_typed_data_is_signed_by_another_process(signers: RemoteSigners) -> None:
    """The process comes to the digest by itself, so this compares the document with it too."""
    address = signers.addresses()[0]
    signature = signers.signer(address).sign_typed(TYPED)
    message = encode_typed_data(full_message=TYPED.document)
    assert Account.recover_message(message, signature=signature).lower() == "0x" + address.hex()


@pytest.mark.anvil
def test_key_that_it_does_not_hold_is_unknown(signers: RemoteSigners) -> None:
    with pytest.raises(KeyUnknown):
        signers.signer(KEY.address)


def test_typed_data_has_our_digest() -> None:
    message = encode_typed_data(full_message=TYPED.document)
    assert Account.sign_message(message, b"\x07" * 32).signature == KEY.sign_typed(TYPED)


def test_honest_answer_is_taken() -> None:
    with answering(raw(DYNAMIC)) as signers:
        found = signers.signer(KEY.address).sign_transaction(DYNAMIC)
    assert found == KEY.sign_transaction(DYNAMIC)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"nonce": 10}, "nonce"),
        ({"to": Address(b"\x36" * 20)}, "to"),
        ({"to": None}, "to"),
        ({"data": b"\x01\x03"}, "data"),
        ({"gas": 90_001}, "gas"),
        ({"chain_id": 1}, "chain_id"),
        ({"fees": Fees(price_wei=8, tip_wei=3)}, "fees"),
        ({"fees": Fees(price_wei=7)}, "fees"),
    ],
)
def test_changed_field_is_refused(changed: dict[str, Any], why: str) -> None:
    with answering(raw(replace(DYNAMIC, **changed))) as signers:
        signer = signers.signer(KEY.address)
        with pytest.raises(SignerLied, match=why):
            signer.sign_transaction(DYNAMIC)


def test_value_that_nobody_asked_for_is_refused() -> None:
    fields = {
        "to": "0x" + "35" * 20,
        "value": 1,
        "gas": DYNAMIC.gas,
        "nonce": DYNAMIC.nonce,
        "data": DYNAMIC.data,
        "chainId": CHAIN_ID,
        "maxFeePerGas": 7,
        "maxPriorityFeePerGas": 3,
    }
    paid = Account.sign_transaction(fields, b"\x07" * 32).raw_transaction
    with answering(lambda _: {"result": "0x" + paid.hex()}) as signers:
        signer = signers.signer(KEY.address)
        with pytest.raises(SignerLied, match="value"):
            signer.sign_transaction(DYNAMIC)


@pytest.mark.parametrize("asked", [TRANSACTION, DYNAMIC])
def test_other_key_is_refused(asked: Transaction) -> None:
    with answering(raw(asked, OTHER)) as signers:
        signer = signers.signer(KEY.address)
        with pytest.raises(SignerLied, match="another key"):
            signer.sign_transaction(asked)


@pytest.mark.parametrize(
    "told",
    [
        {"result": "0x"},
        {"result": "0x00"},
        {"result": "hello"},
        {"result": "0x02c0"},
        {"result": "0x" + "ff" * 200},
        {"result": 7},
        {"result": None},
        {"error": {"code": -32000, "message": "signing is not allowed"}},
    ],
)
def test_nonsense_is_refused(told: dict[str, Any]) -> None:
    with answering(lambda _: told) as signers:
        signer = signers.signer(KEY.address)
        with pytest.raises(SignerLied):
            signer.sign_transaction(DYNAMIC)
        with pytest.raises(SignerLied):
            signer.sign_typed(TYPED)


def test_signature_by_another_key_or_of_high_s_is_refused() -> None:
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    good = KEY.sign_typed(TYPED)
    high = (order - int.from_bytes(good[32:64], "big")).to_bytes(32, "big")
    for signature in (OTHER.sign_typed(TYPED), good[:32] + high + bytes([55 - good[64]])):
        with answering(lambda _, s=signature: {"result": "0x" + s.hex()}) as signers:
            signer = signers.signer(KEY.address)
            with pytest.raises(SignerLied):
                signer.sign_typed(TYPED)


def test_web3signers_name_for_typed_data_is_tried_as_well() -> None:
    def answer(method: str) -> dict[str, Any]:
        if method == "eth_signTypedData":
            return {"result": "0x" + KEY.sign_typed(TYPED).hex()}
        return {"error": {"code": -32601, "message": "Method not found"}}

    with answering(answer) as signers:
        assert signers.signer(KEY.address).sign_typed(TYPED) == KEY.sign_typed(TYPED)


def test_signer_that_is_away_is_unavailable_and_can_be_asked_again() -> None:
    waiting = threading.Event()

    def answer(method: str) -> dict[str, Any]:
        waiting.wait(5)
        return raw(DYNAMIC)(method)

    with answering(answer) as signers:
        signer = signers.signer(KEY.address)
        with pytest.raises(SignerUnavailable):
            signer.sign_transaction(DYNAMIC)
        waiting.set()
        assert signer.sign_transaction(DYNAMIC) == KEY.sign_transaction(DYNAMIC)
    with pytest.raises(SignerUnavailable):
        RemoteSigners(Rpc(f"http://127.0.0.1:{free_port()}")).addresses()
