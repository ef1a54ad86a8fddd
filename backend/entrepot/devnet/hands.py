"""What no request does: a call made straight to a contract with somebody's key, and a fork.

Attesters' own software calls the ledger so, and so does a thief who has a key but no access to the
API. The contracts must hold against both.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from typing import cast as cast_to

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.registry import CALLS_BY_PATH
from entrepot.bindings.trade_orders import AcceptAmendment
from entrepot.chain.codec import encode_call
from entrepot.chain.deployment import Deployment
from entrepot.chain.ids import order_digest
from entrepot.chain.node import HttpNode
from entrepot.chain.rpc import Rpc
from entrepot.chain.sender import FREE, GAS_CAP, broadcast, gas_for
from entrepot.chain.signer import LocalSigner, Transaction
from entrepot.devnet import cast
from entrepot.devnet.ground import Ground
from entrepot.kit.abi import Call, Field, Struct
from entrepot.kit.clock import to_unix
from entrepot.kit.hashing import sha256


def reach(ground: Ground, actor: str, path: str, values: Mapping[str, Any], now: int) -> str:
    """Hands the call `Contract.verb` to the node, and returns the transaction's hash.

    now: the least time of the block that it is meant for. CallReverted when the contract refuses;
    ValueError when the values are not the call's arguments.
    """
    call, to = _called(ground, path, values)
    rpc = Rpc(ground.settings.rpc_urls[0])
    try:
        node = HttpNode(rpc)
        signer = LocalSigner(cast.secret_of(_person(ground, actor)))
        head = node.block("latest")
        data = encode_call(call)
        gas = gas_for(node, signer.address, to, data, time=max(head.timestamp + 1, now))
        nonce = node.nonce(signer.address, "pending")
        signed = signer.sign_transaction(_transaction(ground, nonce, to, data, gas))
        broadcast(node, signed.raw)
        return "0x" + signed.hash.hex()
    finally:
        rpc.close()


def branch(
    ground: Ground, depth: int, actor: str, path: str, values: Mapping[str, Any]
) -> list[list[str]]:
    """What stands in the place of the last `depth` blocks, as raw transactions by block: nothing,
    and with a path that call alone in the first of them."""
    blocks: list[list[str]] = [[] for _ in range(depth)]
    if path:
        call, to = _called(ground, path, values)
        rpc = Rpc(ground.settings.rpc_urls[0])
        try:
            node = HttpNode(rpc)
            signer = LocalSigner(cast.secret_of(_person(ground, actor)))
            nonce = node.nonce(signer.address, node.block("latest").number - depth)
        finally:
            rpc.close()
        unsigned = _transaction(ground, nonce, to, encode_call(call), GAS_CAP)
        blocks[0] = ["0x" + signer.sign_transaction(unsigned).raw.hex()]
    return blocks


def _transaction(ground: Ground, nonce: int, to: Any, data: bytes, gas: int) -> Transaction:
    chain_id = Deployment.load(ground.settings.deployment_path).chain_id
    return Transaction(chain_id=chain_id, nonce=nonce, to=to, data=data, gas=gas, fees=FREE)


def _person(ground: Ground, actor: str) -> str:
    """A member alone is its desk."""
    return f"{actor}.{cast.DESK}" if actor in {m.alias for m in ground.members} else actor


def _called(ground: Ground, path: str, values: Mapping[str, Any]) -> tuple[Call, Any]:
    call = written(path, values)
    deployment = Deployment.load(ground.settings.deployment_path)
    return call, deployment.contracts.get(call.abi.contract) or deployment.tokens[0].address


def written(path: str, values: Mapping[str, Any]) -> Call:
    """The call `Contract.verb` with arguments as a scenario writes them; ValueError when there is
    no such verb, or they are not its arguments."""
    if path not in CALLS_BY_PATH:
        raise ValueError(f"no contract has a verb {path}")
    kind = CALLS_BY_PATH[path]
    if kind is AcceptAmendment:
        values = {**values, "digest": _as_told(values)}
    return kind(**_arguments(kind.abi.fields, values))


def _as_told(values: Mapping[str, Any]) -> str:
    """The digest that a party's own software makes of the proposal it was told of."""
    fields = {field.name: field for field in AcceptAmendment.abi.fields}
    told = {
        name: _argument(fields[name].type, fields[name], values[name])
        for name in ("order_id", "terms", "attesters")
    }
    version = int(values["digest"])
    return "0x" + order_digest(told["order_id"], version, told["terms"], told["attesters"]).hex()


def _arguments(fields: tuple[Field, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    names = [field.name for field in fields]
    if set(names) != set(values):
        raise ValueError(f"needed are {', '.join(names)}; given are {', '.join(values)}")
    return {field.name: _argument(field.type, field, values[field.name]) for field in fields}


def _argument(abi_type: str, field: Field, value: Any) -> Any:
    """A value as a scenario writes it, as the call takes it."""
    if abi_type.endswith("[]"):
        return tuple(_argument(abi_type[:-2], field, item) for item in value)
    if field.of is not None:
        if issubclass(field.of, Struct):
            return field.of(**_arguments(field.of.abi.fields, value))
        return field.of[value]
    if isinstance(value, list):
        return sum(1 << EvidenceKind[kind] for kind in cast_to("list[str]", value))
    if isinstance(value, datetime):
        return to_unix(value)
    if abi_type.startswith("bytes") or abi_type == "address":
        return _bytes(abi_type, str(value))
    return value if abi_type in ("bool", "string") else int(value)


def _bytes(abi_type: str, text: str) -> bytes:
    """0x and hexadecimal; a code of the trade as its letters; nothing for zero. For a word of 32
    bytes any other text stands for its SHA-256."""
    if text.startswith("0x"):
        return bytes.fromhex(text[2:])
    if not text:
        return bytes(int(abi_type.removeprefix("bytes") or 0))
    return sha256(text.encode()) if abi_type == "bytes32" else text.encode("ascii")
