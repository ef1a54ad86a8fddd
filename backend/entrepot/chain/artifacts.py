"""The code of our contracts, as scripts/bindings.py compiled it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from eth_hash.auto import keccak

from entrepot.chain.codec import encode_values
from entrepot.kit.abi import Address


class Artifact(msgspec.Struct, frozen=True):
    """Of a contract or a library; the fields are told in scripts/solidity.py."""

    contract: str
    constructor: list[str]
    links: dict[str, list[int]]
    runtime_links: dict[str, list[int]]
    filled: list[tuple[int, int]]
    runtime_keccak: str
    bytecode: str

    def creation(self, *args: Any, libraries: Mapping[str, Address]) -> bytes:
        """What a transaction without a receiver carries to deploy the contract."""
        code = bytearray.fromhex(self.bytecode)
        for library, places in self.links.items():
            for start in places:
                code[start : start + 20] = libraries[library]
        return bytes(code) + encode_values(self.constructor, args)

    def matches(self, code: bytes, libraries: Mapping[str, Address]) -> bool:
        """Whether `code` is this contract's, linked with these libraries, whatever its constructor
        was given.
        """
        blank = bytearray(code)
        for library, places in self.runtime_links.items():
            for start in places:
                if code[start : start + 20] != libraries[library]:
                    return False
                blank[start : start + 20] = bytes(20)
        for start, length in self.filled:
            blank[start : start + length] = bytes(length)
        return keccak(bytes(blank)).hex() == self.runtime_keccak


@cache
def artifact(contract: str) -> Artifact:
    """By the contract's name: `Financing`."""
    file = files("entrepot.bindings") / "artifacts" / f"{contract}.json"
    return msgspec.json.decode(file.read_bytes(), type=Artifact)
