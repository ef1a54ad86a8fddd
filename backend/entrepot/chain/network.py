"""The files of a permissioned network: a genesis of Besu's QBFT, keys, allow-lists, flags, compose.

Nothing here has been run with Besu (docs/howto/permissioned-network.md). The extra data of the
genesis is RLP([32 zero bytes, validators ascending, no vote, round 0, no seals]).
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import coincurve
import rlp  # pyright: ignore[reportMissingTypeStubs]
from eth_hash.auto import keccak

from entrepot.kit.abi import Address

VALIDATORS_MIN = 4
"""So many tolerate that one fails; fewer tolerate none."""

RPC_NODES = 2
BESU = "hyperledger/besu:26.8.0"
"""The oldest that makes blocks with free gas, a layered pool and the forks of this genesis."""

SUBNET = "172.28.0"
P2P_PORT = 30_303
MIX_HASH = "0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365"
"""By this Besu knows a block of a Byzantine consensus."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeKey:
    """One node's identity: its name, its place on the subnet, and its key."""

    name: str
    host: str
    secret: bytes

    @property
    def public_key(self) -> bytes:
        """64 bytes."""
        return coincurve.PrivateKey(self.secret).public_key.format(compressed=False)[1:]

    @property
    def address(self) -> Address:
        return Address(keccak(self.public_key)[-20:])

    @property
    def enode(self) -> str:
        return f"enode://{self.public_key.hex()}@{self.host}:{P2P_PORT}"


def new_nodes(validators: int, rpc_nodes: int = RPC_NODES) -> tuple[list[NodeKey], list[NodeKey]]:
    """Fresh keys of validators, and of the nodes that answer RPC and validate nothing."""

    def made(kind: str, count: int, first: int) -> list[NodeKey]:
        return [
            NodeKey(
                name=f"{kind}-{i + 1}",
                host=f"{SUBNET}.{first + i}",
                secret=secrets.token_bytes(32),
            )
            for i in range(count)
        ]

    return made("validator", validators, 11), made("rpc", rpc_nodes, 101)


def extra_data(validators: Sequence[Address]) -> bytes:
    """What a QBFT genesis says of its first validators."""
    vanity, no_vote, round_zero, no_seals = bytes(32), [], b"", []
    content = [vanity, sorted(validators), no_vote, round_zero, no_seals]
    return bytes(rlp.encode(content))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]


def genesis(chain_id: int, validators: Sequence[Address]) -> dict[str, Any]:
    """Free gas, blocks of 2 seconds (30 when empty), the forks up to Prague, nobody funded."""
    blocks = ("constantinople", "petersburg", "istanbul", "berlin", "london")
    return {
        "config": {
            "chainId": chain_id,
            **{f"{name}Block": 0 for name in blocks},
            **{f"{name}Time": 0 for name in ("shanghai", "cancun", "prague")},
            "zeroBaseFee": True,
            "qbft": {
                "blockperiodseconds": 2,
                "emptyblockperiodseconds": 30,
                "epochlength": 30_000,
                "requesttimeoutseconds": 4,
            },
        },
        "nonce": "0x0",
        "timestamp": "0x58ee40ba",
        "gasLimit": "0x1c9c380",
        "baseFeePerGas": "0x7",
        "difficulty": "0x1",
        "mixHash": MIX_HASH,
        "coinbase": "0x" + "00" * 20,
        "alloc": {},
        "extraData": "0x" + extra_data(validators).hex(),
    }


def permissions(nodes: Sequence[NodeKey], accounts: Sequence[Address]) -> str:
    """Who may connect, and who may send: the same file on every node."""
    senders = json.dumps(["0x" + account.hex() for account in accounts])
    enodes = json.dumps([node.enode for node in nodes])
    return f"accounts-allowlist={senders}\nnodes-allowlist={enodes}\n"


def flags(bootnodes: Sequence[NodeKey], *, answers_rpc: bool) -> list[str]:
    """How Besu is started. A validator answers no RPC."""
    common = [
        "--profile=ENTERPRISE",
        "--sync-mode=FULL",
        "--data-storage-format=FOREST",
        "--genesis-file=/network/genesis.json",
        "--data-path=/data",
        "--node-private-key-file=/network/key",
        f"--bootnodes={','.join(node.enode for node in bootnodes)}",
        "--min-gas-price=0",
        "--permissions-nodes-config-file-enabled",
        "--permissions-nodes-config-file=/network/permissions_config.toml",
        "--permissions-accounts-config-file-enabled",
        "--permissions-accounts-config-file=/network/permissions_config.toml",
        "--revert-reason-enabled",
        "--tx-pool-enable-save-restore",
    ]
    rpc = [
        "--rpc-http-enabled",
        "--rpc-http-host=0.0.0.0",
        "--rpc-http-api=ETH,NET,WEB3,TXPOOL,QBFT",
        "--rpc-http-authentication-enabled",
        "--rpc-http-authentication-jwt-public-key-file=/network/rpc.pub",
        "--rpc-max-logs-range=2000",
        "--host-allowlist=localhost,127.0.0.1",
    ]
    return [*common, *rpc] if answers_rpc else common


def compose(validators: Sequence[NodeKey], rpc_nodes: Sequence[NodeKey]) -> dict[str, Any]:
    """A compose file, as JSON, which every YAML reader reads; RPC on this machine's localhost."""

    def service(node: NodeKey, port: int | None) -> dict[str, Any]:
        files = ["genesis.json", "permissions_config.toml", *(["rpc.pub"] if port else [])]
        volumes = [f"./{file}:/network/{file}:ro" for file in files]
        made: dict[str, Any] = {
            "image": BESU,
            "command": flags(validators, answers_rpc=port is not None),
            "volumes": [*volumes, f"./{node.name}/key:/network/key:ro", f"{node.name}:/data"],
            "networks": {"ledger": {"ipv4_address": node.host}},
            "restart": "unless-stopped",
        }
        return made if port is None else {**made, "ports": [f"127.0.0.1:{port}:8545"]}

    ports = {node.name: 8545 + i for i, node in enumerate(rpc_nodes)}
    nodes = (*validators, *rpc_nodes)
    return {
        "services": {node.name: service(node, ports.get(node.name)) for node in nodes},
        "networks": {"ledger": {"ipam": {"config": [{"subnet": f"{SUBNET}.0/24"}]}}},
        "volumes": {node.name: {} for node in nodes},
    }


def write(
    folder: Path, chain_id: int, validators: int, accounts: Sequence[Address]
) -> tuple[list[NodeKey], list[NodeKey]]:
    """All files into a folder that must not be there yet (FileExistsError); keys for their owner
    alone."""
    folder.mkdir(parents=True)
    first, others = new_nodes(validators)
    nodes = [*first, *others]
    start = genesis(chain_id, [node.address for node in first])
    (folder / "genesis.json").write_text(json.dumps(start, indent=2) + "\n")
    (folder / "permissions_config.toml").write_text(permissions(nodes, accounts))
    (folder / "compose.yaml").write_text(json.dumps(compose(first, others), indent=2) + "\n")
    for node in nodes:
        (folder / node.name).mkdir(mode=0o700)
        path = folder / node.name / "key"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write("0x" + node.secret.hex())
    return first, others
