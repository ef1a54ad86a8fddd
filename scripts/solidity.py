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
    code = [f"evm.bytecode.{part}" for part in ("object", "linkReferences")]
    code += [f"evm.deployedBytecode.{part}" for part in ("object", "linkReferences")]
    code.append("evm.deployedBytecode.immutableReferences")
    outputs: Json = {"*": {"*": ["abi"], "": ["ast"]}}
    libraries = [str(p.relative_to(ROOT)) for p in (ROOT / "contracts/libraries").glob("*.sol")]
    outputs |= {name: {"*": ["abi", *code], "": ["ast"]} for name in contracts + libraries}
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
    """What it takes to deploy a contract or a library, and to recognise it.

    links, runtime_links: library -> where its address goes, in creation and in runtime code.
    filled: [start, length] of what creation writes into the runtime code: immutables, and a
    library's own address. runtime_keccak: of the runtime code with all these places zero.
    """
    constructor = next((e["inputs"] for e in unit["abi"] if e["type"] == "constructor"), [])
    creation, runtime = unit["evm"]["bytecode"], unit["evm"]["deployedBytecode"]
    immutables = [place for places in runtime["immutableReferences"].values() for place in places]
    filled = sorted([place["start"], place["length"]] for place in immutables)
    code = bytearray.fromhex(unlinked(runtime["object"]))
    if code[:21] == b"\x73" + bytes(20):  # PUSH20 of itself: a library that refuses plain calls
        filled.insert(0, [1, 20])
    about = {
        "contract": name,
        "constructor": [abi_type(param) for param in constructor],
        "links": links(creation),
        "runtime_links": links(runtime),
        "filled": filled,
        "runtime_keccak": keccak(bytes(code)).hex(),
        "bytecode": unlinked(creation["object"]),
    }
    return json.dumps(about) + "\n"


def links(code: Json) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for libraries in code["linkReferences"].values():
        for library, places in libraries.items():
            found[library] = sorted(place["start"] for place in places)
    return dict(sorted(found.items()))


def unlinked(code: str) -> str:
    """solc writes a placeholder where a library's address goes; here that is zero."""
    return re.sub(r"__\$[0-9a-f]{34}\$__", "0" * 40, code)


def linked(paths: dict[str, str], out: Json) -> dict[str, Json]:
    """Name -> compiled unit of `paths` and of every library that they are linked with."""
    found: dict[str, Json] = {}
    waiting = dict(paths)
    while waiting:
        name, path = waiting.popitem()
        unit = found[name] = out["contracts"][path][name]
        for path, libraries in unit["evm"]["bytecode"]["linkReferences"].items():
            waiting |= {library: path for library in libraries if library not in found}
    return dict(sorted(found.items()))
