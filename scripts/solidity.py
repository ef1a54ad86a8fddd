"""contracts/ through the one compiler, and what its syntax tree says that the ABI has lost."""

from __future__ import annotations

import json
import keyword
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import solcx
from eth_hash.auto import keccak

Json = dict[str, Any]

ROOT = Path(__file__).resolve().parents[1]
OPENZEPPELIN = "@openzeppelin/contracts"


def snake(name: str) -> str:
    """`participantId` -> `participant_id`; a Python keyword gets an underscore."""
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return plain + "_" if keyword.iskeyword(plain) else plain


def foundry_settings() -> Json:
    """The default profile of foundry.toml as standard JSON settings."""
    profile = tomllib.loads((ROOT / "foundry.toml").read_text())["profile"]["default"]
    return {
        "evmVersion": profile["evm_version"],
        "optimizer": {"enabled": profile["optimizer"], "runs": profile["optimizer_runs"]},
        "remappings": profile["remappings"],
        "metadata": {"bytecodeHash": profile["bytecode_hash"]},
    }


def compile_sources(words: list[str], contracts: list[str]) -> Json:
    """Standard JSON output: ABI and syntax tree of all, creation and runtime code of `contracts`.

    The files are paths from the root, or of OpenZeppelin.
    """
    vendored = "hardhat-free-devnet/node_modules/@openzeppelin/"
    places = {name: ROOT / name.replace("@openzeppelin/", vendored) for name in words + contracts}
    code = ["evm.bytecode.object", "evm.deployedBytecode"]
    outputs: Json = {"*": {"*": ["abi"], "": ["ast"]}}
    outputs |= {name: {"*": ["abi", *code], "": ["ast"]} for name in contracts}
    request: Json = {
        "language": "Solidity",
        "sources": {name: {"content": place.read_text()} for name, place in places.items()},
        "settings": {**foundry_settings(), "outputSelection": outputs},
    }
    solc = ROOT / "hardhat-free-devnet/bin/solc"
    return solcx.compile_standard(request, solc_binary=solc, base_path=ROOT, allow_paths=ROOT)


@dataclass
class Words:
    """What the syntax tree knows and the ABI has lost: where a name is declared, and its text."""

    module_of: dict[str, str] = field(default_factory=dict)
    path_of: dict[str, str] = field(default_factory=dict)
    nodes: dict[str, Json] = field(default_factory=dict)
    documents: dict[tuple[str, str, str], str] = field(default_factory=dict)
    hashed: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, sources: Json) -> Words:
        words = cls()
        for path, source in sorted(sources.items()):
            if path.startswith(("contracts/types/", "contracts/interfaces/")):
                words.path_of[module_name(path)] = path
                for node in source["ast"]["nodes"]:
                    words.take(node, module_name(path), "")
        return words

    def take(self, node: Json, module: str, contract: str) -> None:
        kind = node["nodeType"]
        if kind == "ContractDefinition":
            for child in node["nodes"]:
                self.take(child, module, node["name"])
        elif kind in ("EnumDefinition", "StructDefinition", "UserDefinedValueTypeDefinition"):
            name = node["name"]
            if self.module_of.setdefault(name, module) != module:
                sys.exit(f"{name} is declared both in {self.module_of[name]} and in {module}")
            self.nodes[name] = node
            self.documents["", "", name] = document_of(node)
        elif kind in ("EventDefinition", "ErrorDefinition", "FunctionDefinition"):
            self.documents[contract, kind, node["name"]] = document_of(node)


def document_of(node: Json) -> str:
    document = node.get("documentation") or ""
    return document if isinstance(document, str) else document["text"]


def module_name(path: str) -> str:
    """contracts/interfaces/ITradeOrders.sol -> trade_orders."""
    stem = Path(path).stem
    return snake(stem[1:] if re.match(r"I[A-Z]", stem) else stem)


def abi_type(param: Json) -> str:
    if param["type"].startswith("tuple"):
        return f"({','.join(map(abi_type, param['components']))}){param['type'][5:]}"
    return param["type"]


def signature(entry: Json) -> bytes:
    return keccak(f"{entry['name']}({','.join(map(abi_type, entry['inputs']))})".encode())


def declared(param: Json) -> str:
    """The Solidity type's own name, `EvidenceKind` of `enum EvidenceKind[]`, else nothing."""
    spelled = param.get("internalType", "").split("[")[0]
    if spelled.startswith(("contract ", "address", "function ")):
        return ""
    name = spelled.split()[-1].split(".")[-1] if spelled else ""
    return "" if name == param["type"].split("[")[0] else name


def structs_in(params: list[Json]) -> Iterator[tuple[str, Json]]:
    """Every struct that `params` are made of, innermost first."""
    for param in params:
        if param["type"].startswith("tuple"):
            yield from structs_in(param["components"])
            yield declared(param), param


def artifact(name: str, unit: Json) -> str:
    """What it takes to deploy a contract, and to recognise it: the keccak256 of its runtime code
    with the immutables, [start, length] each, set to zero.
    """
    constructor = next((e["inputs"] for e in unit["abi"] if e["type"] == "constructor"), [])
    runtime = unit["evm"]["deployedBytecode"]
    code = bytearray.fromhex(runtime["object"])
    ranges = sorted(
        [at["start"], at["length"]]
        for places in runtime.get("immutableReferences", {}).values()
        for at in places
    )
    for start, length in ranges:
        code[start : start + length] = bytes(length)
    about = {
        "contract": name,
        "constructor": [abi_type(param) for param in constructor],
        "immutables": ranges,
        "runtime_keccak": keccak(bytes(code)).hex(),
        "bytecode": unit["evm"]["bytecode"]["object"],
    }
    return json.dumps(about) + "\n"
