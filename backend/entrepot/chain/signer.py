"""Keys that sign. Signatures are deterministic (RFC 6979): the same bytes on every replay."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Protocol

from eth_account import Account

from entrepot.chain.errors import KeyUnknown
from entrepot.kit.abi import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Fees:
    """What a transaction offers for a unit of gas, wei.

    price_wei: of a legacy transaction; tip_wei: None there, else the most for the block's
    producer, and price_wei is the most in all (EIP-1559).
    """

    price_wei: int
    tip_wei: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """What is signed. `to` is None for a contract's creation."""

    chain_id: int
    nonce: int
    to: Address | None
    data: bytes
    gas: int
    fees: Fees


@dataclass(frozen=True, slots=True)
class Signed:
    """The bytes to send, and the hash under which the chain will know them."""

    raw: bytes
    hash: bytes


class Signer(Protocol):
    """One key. It may live in a file, a vault or a device."""

    @property
    def address(self) -> Address: ...

    def sign_transaction(self, transaction: Transaction) -> Signed: ...

    def sign_digest(self, digest: bytes) -> bytes:
        """65 bytes r, s, v over a 32-byte digest; v is 27 or 28, s in the lower half."""
        ...


class PrivateKey:
    """32 secret bytes that cannot be printed, formatted, compared, copied or pickled by mistake."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) != 32:
            raise ValueError("a private key has 32 bytes")
        self._secret = secret

    def reveal(self) -> bytes:
        return self._secret

    def __repr__(self) -> str:
        return "PrivateKey(...)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key is not pickled")


class LocalSigner:
    """A Signer over a key in this process's memory."""

    def __init__(self, key: PrivateKey) -> None:
        self._key = key
        self._address = Address(bytes.fromhex(Account.from_key(key.reveal()).address[2:]))

    @property
    def address(self) -> Address:
        return self._address

    def sign_transaction(self, transaction: Transaction) -> Signed:
        signed = Account.sign_transaction(_fields(transaction), self._key.reveal())
        return Signed(bytes(signed.raw_transaction), bytes(signed.hash))

    def sign_digest(self, digest: bytes) -> bytes:
        if len(digest) != 32:
            raise ValueError("a digest has 32 bytes")
        return bytes(Account.unsafe_sign_hash(digest, self._key.reveal()).signature)

    def __repr__(self) -> str:
        return f"LocalSigner(0x{self._address.hex()})"


class Keystore:
    """A folder of encrypted keys (Web3 Secret Storage, version 3), one file an address.

    rounds: work of the password's derivation; None is the strong default, a devnet may take 1.
    """

    def __init__(self, folder: Path, password: str, *, rounds: int | None = None) -> None:
        self._folder, self._password, self._rounds = folder, password, rounds
        self._signers: dict[Address, LocalSigner] = {}

    def addresses(self) -> list[Address]:
        files = sorted(self._folder.glob("*.json"))
        return [Address(bytes.fromhex(file.stem)) for file in files]

    def signer(self, address: Address) -> LocalSigner:
        """Decrypted once, then kept. KeyUnknown without a file, ValueError for a wrong password."""
        if address not in self._signers:
            file = self._file(address)
            if not file.exists():
                raise KeyUnknown(address)
            content: dict[str, Any] = json.loads(file.read_text())
            signer = LocalSigner(PrivateKey(bytes(Account.decrypt(content, self._password))))
            if signer.address != address:
                raise KeyUnknown(address)
            self._signers[address] = signer
        return self._signers[address]

    def add(self, key: PrivateKey) -> LocalSigner:
        """Keeps the key, readable by this user only; adding it again changes nothing."""
        signer = LocalSigner(key)
        file = self._file(signer.address)
        if not file.exists():
            kdf = None if self._rounds is None else "pbkdf2"
            content = Account.encrypt(key.reveal(), self._password, kdf, self._rounds)
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = file.with_suffix(".draft")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as to:
                json.dump(content, to)
            draft.replace(file)
        self._signers[signer.address] = signer
        return signer

    def create(self) -> LocalSigner:
        """A new key, kept."""
        return self.add(PrivateKey(secrets.token_bytes(32)))

    def _file(self, address: Address) -> Path:
        return self._folder / f"{address.hex()}.json"


def _fields(transaction: Transaction) -> dict[str, Any]:
    """As eth_account takes them."""
    fields: dict[str, Any] = {
        "chainId": transaction.chain_id,
        "nonce": transaction.nonce,
        "to": transaction.to if transaction.to is not None else b"",
        "data": transaction.data,
        "gas": transaction.gas,
        "value": 0,
    }
    fees = transaction.fees
    if fees.tip_wei is None:
        return {**fields, "gasPrice": fees.price_wei}
    tips = {"maxFeePerGas": fees.price_wei, "maxPriorityFeePerGas": fees.tip_wei}
    return {**fields, **tips, "type": 2}
