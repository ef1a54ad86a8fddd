"""Keys that lie behind JSON-RPC, as Web3Signer's eth1 mode has them; they never come here.

`eth_accounts` tells which there are, `eth_signTransaction` and `eth_signTypedData` sign. Nothing
that comes back is believed: the signature is taken out of it, put to what we asked for, and must
be the key's own. Asking twice is harmless, for only bytes that we have stored are ever sent.
"""

from __future__ import annotations

import json
from typing import Any, cast

import rlp  # pyright: ignore[reportMissingTypeStubs]

from entrepot.chain.errors import (
    ChainError,
    KeyUnknown,
    MethodUnknown,
    NodeUnavailable,
    SignerLied,
    SignerUnavailable,
)
from entrepot.chain.rpc import Rpc
from entrepot.chain.signer import (
    Signed,
    Transaction,
    assembled,
    packed,
    read_transaction,
    signed_by,
    unsigned_hash,
)
from entrepot.chain.typed_data import TypedData
from entrepot.kit.abi import Address

BYTES_MAX = 2**20
_RLP = cast("Any", rlp)


class RemoteSigners:
    """Every key that the signer behind `rpc` offers. They are asked for once, and again when one is
    wanted that was not among them."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc
        self._known: list[Address] = []

    def addresses(self) -> list[Address]:
        told = _ask(self._rpc, "eth_accounts", into=list[str])
        self._known = [Address(_octets(each, 20)) for each in told]
        return list(self._known)

    def signer(self, address: Address) -> RemoteSigner:
        if address not in self._known and address not in self.addresses():
            raise KeyUnknown(address)
        return RemoteSigner(self._rpc, address)


class RemoteSigner:
    """A Signer of one of them."""

    def __init__(self, rpc: Rpc, address: Address) -> None:
        self._rpc, self._address = rpc, address

    @property
    def address(self) -> Address:
        return self._address

    def sign_transaction(self, transaction: Transaction) -> Signed:
        """SignerLied for another sender, chain, nonce, receiver, amount, fee or data."""
        asked = _told(self._address, transaction)
        raw = _octets(_ask(self._rpc, "eth_signTransaction", asked, into=str))
        r, s, odd = _signature(raw)
        found = assembled(transaction, r, s, odd)
        if found.raw != raw:
            raise SignerLied(f"the signer signed something else: {_difference(transaction, raw)}")
        if signed_by(unsigned_hash(transaction), r, s, odd) != self._address:
            raise SignerLied("the signer signed with another key")
        return found

    def sign_typed(self, typed: TypedData) -> bytes:
        """SignerLied unless it is the key's signature over our own digest of it."""
        signature = _octets(self._typed(typed), 65)
        r, s = (int.from_bytes(signature[at : at + 32], "big") for at in (0, 32))
        odd = signature[64] - 27 if signature[64] >= 27 else signature[64]
        if signed_by(typed.digest, r, s, odd) != self._address:
            raise SignerLied("the signature is not this key's over what was to be signed")
        return packed(r, s, odd)

    def _typed(self, typed: TypedData) -> str:
        """By the name that nodes have for it, else by Web3Signer's, which takes it as a text."""
        address = _hex(self._address)
        try:
            return _ask(self._rpc, "eth_signTypedData_v4", address, typed.document, into=str)
        except MethodUnknown:
            text = json.dumps(typed.document)
            return _ask(self._rpc, "eth_signTypedData", address, text, into=str)

    def __repr__(self) -> str:
        return f"RemoteSigner(0x{self._address.hex()})"


def _ask(rpc: Rpc, method: str, *params: Any, into: Any) -> Any:
    try:
        return rpc.ask(method, *params, into=into)
    except MethodUnknown:
        raise
    except NodeUnavailable as error:
        raise SignerUnavailable(f"the signer: {error}") from error
    except ChainError as error:
        raise SignerLied(f"the signer, asked for {method}: {error}") from error


def _told(sender: Address, transaction: Transaction) -> dict[str, str]:
    fees = transaction.fees
    offered = (
        {"gasPrice": hex(fees.price_wei)}
        if fees.tip_wei is None
        else {"maxFeePerGas": hex(fees.price_wei), "maxPriorityFeePerGas": hex(fees.tip_wei)}
    )
    to = {} if transaction.to is None else {"to": _hex(transaction.to)}
    return {
        "from": _hex(sender),
        **to,
        "gas": hex(transaction.gas),
        **offered,
        "value": "0x0",
        "data": _hex(transaction.data),
        "nonce": hex(transaction.nonce),
        "chainId": hex(transaction.chain_id),
    }


def _signature(raw: bytes) -> tuple[int, int, int]:
    """r, s and whether y is odd, out of a signed transaction of either of our types."""
    try:
        typed = raw[0] < 0x7F
        v, r, s = (int.from_bytes(each, "big") for each in _RLP.decode(raw[typed:])[-3:])
    except (rlp.DecodingError, IndexError, TypeError, ValueError) as error:
        raise SignerLied("the signer's answer is no signed transaction") from error
    return r, s, v if typed else (v - 35) % 2


def _difference(transaction: Transaction, raw: bytes) -> str:
    """In which field; never with what is in it."""
    try:
        found = read_transaction(raw)
    except ValueError:
        return "of another type"
    names = ("chain_id", "nonce", "to", "data", "gas", "fees")
    differing = [n for n in names if getattr(found, n) != getattr(transaction, n)]
    return ", ".join(differing) or "value or access list"


def _octets(text: str, length: int | None = None) -> bytes:
    try:
        found = bytes.fromhex(text.removeprefix("0x"))
    except ValueError as error:
        raise SignerLied("the signer's answer is no hex") from error
    if not 0 < len(found) <= BYTES_MAX or (length is not None and len(found) != length):
        raise SignerLied(f"the signer's answer has {len(found)} bytes")
    return found


def _hex(octets: bytes) -> str:
    return "0x" + octets.hex()
