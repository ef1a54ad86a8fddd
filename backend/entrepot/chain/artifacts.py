"""The code of our contracts, as scripts/bindings.py compiled it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from eth_hash.auto import keccak

from entrepot.chain.codec import encode_values


class Artifact(msgspec.Struct, frozen=True):
    """immutables: [start, length] of each place that the constructor fills in."""

    contract: str
    constructor: list[str]
    immutables: list[tuple[int, int]]
    runtime_keccak: str
    bytecode: str

    def creation(self, *args: Any) -> bytes:
        """What a transaction without a receiver carries to deploy the contract."""
        return bytes.fromhex(self.bytecode) + encode_values(self.constructor, args)

    def matches(self, code: bytes) -> bool:
        """Whether `code` is this contract's, whatever its constructor was given."""
        blank = bytearray(code)
        for start, length in self.immutables:
            blank[start : start + length] = bytes(length)
        return keccak(bytes(blank)).hex() == self.runtime_keccak


@cache
def artifact(contract: str) -> Artifact:
    """By the contract's name: `Financing`."""
    file = files("entrepot.bindings") / "artifacts" / f"{contract}.json"
    return msgspec.json.decode(file.read_bytes(), type=Artifact)
