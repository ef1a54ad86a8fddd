"""How what is asked of a node is spelled in JSON-RPC."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from entrepot.chain.codec import encode_call
from entrepot.kit.abi import Address, View

Tag = Literal["latest", "pending", "safe", "finalized", "earliest"]
At = int | bytes | Tag
"""A block: by height, by hash (32 bytes), or by tag. Only ask for `safe` or `finalized` where the
network's finality policy says that the node knows them."""


def hexed(data: bytes) -> str:
    """As JSON-RPC has bytes."""
    return "0x" + data.hex()


def block_asked(at: At, label: str = "") -> Any:
    """`at` as a parameter; a hash becomes an EIP-1898 object where `label` asks for one."""
    if isinstance(at, int):
        return hex(at)
    if isinstance(at, bytes):
        return {label: hexed(at), "requireCanonical": True} if label else hexed(at)
    return at


def topic_asked(topic: bytes | Sequence[bytes] | None) -> Any:
    if topic is None or isinstance(topic, bytes):
        return None if topic is None else hexed(topic)
    return [hexed(one) for one in topic]


def view_asked(to: Address, view: View[Any], at: At) -> tuple[str, Any, Any]:
    asked = {"to": hexed(to), "data": hexed(encode_call(view))}
    return "eth_call", asked, block_asked(at, "blockHash")


def transaction_asked(sender: Address, to: Address | None, data: bytes) -> dict[str, str]:
    asked = {"from": hexed(sender), "data": hexed(data)}
    return asked if to is None else {**asked, "to": hexed(to)}
