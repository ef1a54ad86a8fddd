"""Keys that sign. Signatures are deterministic (RFC 6979): the same bytes on every replay."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Protocol, cast

import coincurve
import rlp  # pyright: ignore[reportMissingTypeStubs]
from eth_account import Account
from eth_hash.auto import keccak

from entrepot.chain.errors import KeyUnknown
from entrepot.chain.typed_data import TypedData
from entrepot.kit.abi import Address

DYNAMIC = b"\x02"
"""EIP-2718: the type of a transaction that pays by EIP-1559."""

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Of secp256k1."""

_RLP = cast("Any", rlp)


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

    def sign_typed(self, typed: TypedData) -> bytes:
        """65 bytes r, s, v over the digest of typed data; v is 27 or 28, s in the lower half."""
        ...


class Signers(Protocol):
    """The keys we sign with, wherever they lie."""

    def addresses(self) -> list[Address]: ...

    def signer(self, address: Address) -> Signer:
        """KeyUnknown without such a key; SignerUnavailable when nobody can tell."""
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
        self._key = coincurve.PrivateKey(key.reveal())
        self._address = address_of(self._key.public_key.format(compressed=False))

    @property
    def address(self) -> Address:
        return self._address

    def sign_transaction(self, transaction: Transaction) -> Signed:
        return assembled(transaction, *self._sign(unsigned_hash(transaction)))

    def sign_typed(self, typed: TypedData) -> bytes:
        return self.sign_digest(typed.digest)

    def sign_digest(self, digest: bytes) -> bytes:
        """As `sign_typed`, of 32 bytes that are the digest."""
        if len(digest) != 32:
            raise ValueError("a digest has 32 bytes")
        return packed(*self._sign(digest))

    def _sign(self, digest: bytes) -> tuple[int, int, int]:
        """r, s in the lower half, and whether the point's y is odd."""
        signature = cast("Any", self._key).sign_recoverable(digest, hasher=None)
        r, s = (int.from_bytes(signature[at : at + 32], "big") for at in (0, 32))
        return r, s, signature[64]

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


def unsigned_hash(transaction: Transaction) -> bytes:
    """What a signature of the transaction is over."""
    prefix, fields = _fields(transaction)
    unsigned = fields if prefix else [*fields, transaction.chain_id, 0, 0]
    return keccak(prefix + _encoded(unsigned))


def assembled(transaction: Transaction, r: int, s: int, odd: int) -> Signed:
    """The transaction with that signature. odd: whether the point's y is."""
    prefix, fields = _fields(transaction)
    v = odd if prefix else odd + 35 + 2 * transaction.chain_id
    raw = prefix + _encoded([*fields, v, r, s])
    return Signed(raw, keccak(raw))


def packed(r: int, s: int, odd: int) -> bytes:
    """A signature as contracts take it: r, s, v."""
    return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([27 + odd])


def signed_by(digest: bytes, r: int, s: int, odd: int) -> Address | None:
    """Whose signature it is; None when it is nobody's, or not in its one accepted form."""
    if not (0 < r < ORDER and 0 < s <= ORDER // 2 and odd in (0, 1)):
        return None
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([odd])
    try:
        found = coincurve.PublicKey.from_signature_and_message(signature, digest, hasher=None)
    except Exception:  # coincurve raises plain Exception for a point that is none
        return None
    return address_of(found.format(compressed=False))


def address_of(point: bytes) -> Address:
    """Of an uncompressed public key, 65 bytes."""
    return Address(keccak(point[1:])[-20:])


def _fields(transaction: Transaction) -> tuple[bytes, list[Any]]:
    """The type's prefix, and what is signed: EIP-155 for a legacy one, else EIP-1559."""
    fees = transaction.fees
    body = [transaction.gas, transaction.to or b"", 0, transaction.data]
    if fees.tip_wei is None:
        return b"", [transaction.nonce, fees.price_wei, *body]
    head = [transaction.chain_id, transaction.nonce, fees.tip_wei, fees.price_wei]
    return DYNAMIC, [*head, *body, []]


def _encoded(fields: list[Any]) -> bytes:
    return bytes(_RLP.encode(fields, infer_serializer=True))


def read_transaction(raw: bytes) -> Transaction:
    """What signed bytes of ours say; ValueError when they are none."""
    try:
        if raw[:1] == DYNAMIC:
            chain_id, nonce, tip, price, gas, to, _, data, *_ = _RLP.decode(raw[1:])
            fees = Fees(price_wei=_number(price), tip_wei=_number(tip))
            chain = _number(chain_id)
        else:
            nonce, price, gas, to, _, data, v, *_ = _RLP.decode(raw)
            fees, chain = Fees(price_wei=_number(price)), (_number(v) - 35) // 2
    except (rlp.DecodingError, TypeError, ValueError) as error:
        raise ValueError("no transaction of ours") from error
    return Transaction(
        chain_id=chain,
        nonce=_number(nonce),
        to=Address(to) if to else None,
        data=bytes(data),
        gas=_number(gas),
        fees=fees,
    )


def _number(octets: Any) -> int:
    return int.from_bytes(octets, "big")
