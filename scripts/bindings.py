#!/usr/bin/env python3
"""Write backend/entrepot/bindings/ from contracts/: `bindings.py [--check]`.

Compiles contracts/ with the one compiler and the settings of foundry.toml, then writes the chain's
words as dataclasses (kit/abi.py). With --check nothing is written: exit 1 names the stale files.

Names. A module is a file of contracts/types (its value types, enums and structs) or one contract
(IFinancing.sol -> financing.py, with its own enums, structs, events, calls, reverts and views).
Event: its own name. Call: `release` -> `Release`. Revert: without the contract's prefix. View: with
the suffix View; several return values are one ...Result. Where two of these meet in a module, the
event keeps the name and the call gets the suffix Call, the revert the suffix Refusal.
"""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

from solidity import (
    OPENZEPPELIN,
    ROOT,
    Json,
    Words,
    abi_type,
    artifact,
    compile_sources,
    declared,
    linked,
    module_name,
    signature,
    snake,
    structs_in,
)

OUT = ROOT / "backend/entrepot/bindings"

CONTRACTS = {
    # our name: the interfaces that its module speaks for, the first one giving the file's name
    "Participants": ["contracts/interfaces/IParticipants.sol"],
    "TradeOrders": ["contracts/interfaces/ITradeOrders.sol"],
    "Evidence": ["contracts/interfaces/IEvidence.sol"],
    "Titles": ["contracts/interfaces/ITitles.sol"],
    "Encumbrances": ["contracts/interfaces/IEncumbrances.sol"],
    "Financing": ["contracts/interfaces/IFinancing.sol"],
    "SettlementToken": [
        "contracts/interfaces/ISettlementToken.sol",
        f"{OPENZEPPELIN}/token/ERC20/extensions/IERC20Permit.sol",
        f"{OPENZEPPELIN}/interfaces/draft-IERC6093.sol:IERC20Errors",
    ],
    "AccessManager": [
        f"{OPENZEPPELIN}/access/manager/IAccessManager.sol",
        f"{OPENZEPPELIN}/access/manager/IAccessManaged.sol",
    ],
}

DEPLOYED = {
    # the contracts whose code we need, and their files
    **{name: f"contracts/{name}.sol" for name in CONTRACTS if name != "AccessManager"},
    "AccessManager": f"{OPENZEPPELIN}/access/manager/AccessManager.sol",
}

DATACLASS = "@dataclass(frozen=True, slots=True, kw_only=True)"


# ---------------------------------------------------------------- names and types


def pascal(name: str) -> str:
    """`addKey` -> `AddKey`, `DOMAIN_SEPARATOR` -> `DomainSeparator`."""
    if name.isupper():
        return "".join(part.capitalize() for part in name.split("_"))
    return name[0].upper() + name[1:]


def python_type(param: Json) -> str:
    spelled = param["type"]
    if spelled.endswith("]"):
        element = {**param, "type": spelled[: spelled.rindex("[")]}
        return f"tuple[{python_type(element)}, ...]"
    if name := declared(param):
        return name
    if spelled.startswith("bytes"):
        return "bytes"
    if spelled.startswith(("uint", "int")):
        return "int"
    return {"address": "Address", "bool": "bool", "string": "str"}[spelled]


# ---------------------------------------------------------------- one module


def docstring(document: str) -> list[str]:
    """NatSpec as the lines of a docstring: what it is, then each parameter."""
    tags = re.split(r"\s@(notice|dev|param|return|title)\s", " " + re.sub(r"\s+", " ", document))
    about, params = [tags[0].strip()], []
    for tag, text in zip(tags[1::2], tags[2::2], strict=True):
        if tag == "param":
            name, _, meaning = text.strip().partition(" ")
            params += textwrap.wrap(f"{snake(name)}: {meaning}", 92, subsequent_indent="    ")
        else:
            about.append(("Returns: " if tag == "return" else "") + text.strip())
    lines = textwrap.wrap(" ".join(filter(None, about)), 90)
    lines += ["", *params] if lines and params else params
    if len(lines) < 2:
        return [f'    """{line}"""' for line in lines]
    return [f'    """{lines[0]}', *(f"    {line}" for line in lines[1:]), '    """']


class Module:
    """The text of one generated file, and what it needs from others."""

    def __init__(self, name: str, origins: list[str], words: Words) -> None:
        self.name, self.origins, self.words = name, origins, words
        self.body: list[str] = []
        self.taken: set[str] = set()
        self.imports: dict[str, set[str]] = {}
        self.registries: dict[str, list[str]] = {k: [] for k in ("Event", "Call", "View", "Revert")}

    def need(self, module: str, name: str) -> None:
        self.imports.setdefault(module, set()).add(name)

    def use(self, param: Json) -> None:
        """Imports, or writes first, whatever `param` is made of."""
        if param["type"].startswith("address"):
            self.need("entrepot.kit.abi", "Address")
        if name := declared(param):
            home = self.words.module_of[name]
            if home != self.name:
                self.need(f"entrepot.bindings.{home}", name)
            elif name not in self.taken:
                self.declare(name, param)

    def declare(self, name: str, param: Json) -> None:
        kind = self.words.nodes[name]["nodeType"]
        if kind == "EnumDefinition":
            self.enum(name)
        elif kind == "StructDefinition":
            self.struct(name, param["components"])
        else:
            self.value_type(name)

    def document(self, *key: str) -> list[str]:
        return docstring(self.words.documents.get(key, ""))  # type: ignore[arg-type]

    def value_type(self, name: str) -> None:
        plain = self.words.nodes[name]["underlyingType"]["name"]
        python = "bytes" if plain.startswith("bytes") else "int"
        self.need("typing", "NewType")
        self.taken.add(name)
        self.body += [f'{name} = NewType("{name}", {python})', f'"""{plain}"""', ""]

    def enum(self, name: str) -> None:
        self.need("enum", "IntEnum")
        self.taken.add(name)
        members = [member["name"] for member in self.words.nodes[name]["members"]]
        about = self.document("", "", name)
        lines = [f"    {member} = {i}" for i, member in enumerate(members)]
        self.body += ["", f"class {name}(IntEnum):", *about, *([""] if about else []), *lines, ""]

    def fields(self, params: list[Json]) -> str:
        """The tuple of kit.abi.Field that describes `params`."""
        spelled: list[str] = []
        for i, param in enumerate(params):
            name = declared(param)
            node = self.words.nodes.get(name, {}).get("nodeType", "")
            of = f", of={name}" if node in ("EnumDefinition", "StructDefinition") else ""
            indexed = ", indexed=True" if param.get("indexed") else ""
            label = field_name(param, i)
            spelled.append(f'Field("{label}", "{abi_type(param)}"{of}{indexed})')
        if params:
            self.need("entrepot.kit.abi", "Field")
        return f"({' '.join(part + ',' for part in spelled)})"

    def record(self, cls: str, base: str, abi: str, about: list[str], params: list[Json]) -> None:
        """One dataclass: docstring, fields, abi."""
        for param in params:
            self.use(param)
        self.need("dataclasses", "dataclass")
        self.need("typing", "ClassVar")
        kind = base.split("[")[0]
        for name in (kind, f"{kind}Abi"):
            self.need("entrepot.kit.abi", name)
        lines = [f"    {field_name(p, i)}: {python_type(p)}" for i, p in enumerate(params)]
        text = [DATACLASS, f"class {cls}({base}):", *about, *([""] if about else []), *lines]
        if lines:
            text.append("")
        self.taken.add(cls)
        self.body += ["", *text, f"    abi: ClassVar[{kind}Abi] = {kind}Abi({abi})", ""]

    def struct(self, name: str, params: list[Json], about: list[str] | None = None) -> None:
        for param in params:
            self.use(param)
        about = self.document("", "", name) if about is None else about
        self.record(name, "Struct", f'"{name}", {self.fields(params)}', about, params)

    def entry(self, contract: str, origin: str, entry: Json) -> None:
        """One event, error or function of a contract's ABI."""
        inputs, kind = entry["inputs"], entry["type"]
        for param in inputs + entry.get("outputs", []):
            self.use(param)
        about = self.document(origin, kind.capitalize() + "Definition", entry["name"])
        hashed = signature(entry)[: 32 if kind == "event" else 4].hex()
        abi = f'"{contract}", "{entry["name"]}", bytes.fromhex("{hashed}"), {self.fields(inputs)}'
        if kind == "event":
            cls, base = entry["name"], "Event"
        elif kind == "error":
            cls, base = self.free(entry["name"].removeprefix(f"{contract}_"), "Refusal"), "Revert"
        elif entry["stateMutability"] in ("view", "pure"):
            answer, returns = self.answer(entry)
            cls, base, abi = pascal(entry["name"]) + "View", f"View[{answer}]", f"{abi}, {returns}"
        else:
            cls, base = self.free(pascal(entry["name"]), "Call"), "Call"
        if cls in self.taken:
            sys.exit(f"{contract} has two words {cls}")
        if kind != "function" and self.words.hashed.setdefault(hashed, contract) != contract:
            sys.exit(
                f"{contract}.{entry['name']} cannot be told from one of {self.words.hashed[hashed]}"
            )
        self.record(cls, base, abi, about, inputs)
        self.registries[base.split("[")[0]].append(cls)

    def free(self, name: str, suffix: str) -> str:
        return name + suffix if name in self.taken else name

    def answer(self, entry: Json) -> tuple[str, str]:
        """What a view returns: the Python type, and the rest of its ViewAbi."""
        outputs = entry["outputs"]
        returns = self.fields(outputs)
        if len(outputs) == 1:
            return python_type(outputs[0]), returns
        if not outputs:
            return "None", returns
        result = pascal(entry["name"]) + "Result"
        self.struct(result, outputs, about=[])
        return result, f"{returns}, {result}"

    def text(self) -> str:
        head = ['"""Generated by scripts/bindings.py, do not edit. From:', "", *self.origins, '"""']
        registries: list[str] = []
        for kind, classes in self.registries.items():
            if classes:
                name = kind.upper() + "S"
                of = "View[Any]" if kind == "View" else kind
                if kind == "View":
                    self.need("typing", "Any")
                registries.append(f"{name}: tuple[type[{of}], ...] = ({', '.join(classes)},)")
        spelled = {m: f"from {m} import {', '.join(sorted(n))}" for m, n in self.imports.items()}
        ours = sorted(m for m in spelled if m.startswith("entrepot."))
        stdlib = sorted(m for m in spelled if not m.startswith("entrepot."))
        imports = [*(spelled[m] for m in stdlib), "", *(spelled[m] for m in ours)]
        lines = [*head, "", "from __future__ import annotations", "", *imports, "", *self.body]
        return re.sub(r"\n{3,}", "\n\n", "\n".join([*lines, *registries])) + "\n"


def field_name(param: Json, position: int) -> str:
    return snake(param["name"]) if param["name"] else f"value_{position}"


# ---------------------------------------------------------------- all modules


def declared_modules(out: Json, words: Words) -> dict[str, Module]:
    """One module for each file of contracts/types and contracts/interfaces, with its own types."""
    shapes: dict[str, Json] = {}
    for units in out["contracts"].values():
        for unit in units.values():
            for entry in unit["abi"]:
                shapes |= structs_in(entry.get("inputs", []) + entry.get("outputs", []))
    modules: dict[str, Module] = {}
    for name, home in words.module_of.items():
        module = modules.setdefault(home, Module(home, [words.path_of[home]], words))
        shape = shapes.get(name, {})
        is_struct = words.nodes[name]["nodeType"] == "StructDefinition"
        if name not in module.taken and (shape or not is_struct):
            module.declare(name, shape)
    return modules


def entries_of(places: list[str], out: Json, words: Words) -> list[tuple[str, Json]]:
    """The ABI of `places` as (interface, entry): events, functions, errors, in source order."""
    found: list[tuple[str, Json]] = []
    for place in places:
        file, _, chosen = place.partition(":")
        unit = chosen or Path(file).stem
        found += [(unit, entry) for entry in out["contracts"][file][unit]["abi"]]
    order = {key: i for i, key in enumerate(words.documents)}

    def rank(item: tuple[str, Json]) -> tuple[int, int]:
        unit, entry = item
        key = (unit, entry["type"].capitalize() + "Definition", entry["name"])
        return ("event", "function", "error").index(entry["type"]), order.get(key, len(order))

    return sorted(found, key=rank)


def generate() -> dict[str, str]:
    """File name -> text of everything under bindings/."""
    files = [place.split(":")[0] for places in CONTRACTS.values() for place in places]
    types = [str(p.relative_to(ROOT)) for p in sorted((ROOT / "contracts/types").glob("*.sol"))]
    out = compile_sources(files + types, list(DEPLOYED.values()))
    words = Words.read(out["sources"])
    modules = declared_modules(out, words)
    for contract, places in CONTRACTS.items():
        home = module_name(places[0].split(":")[0])
        module = modules.setdefault(home, Module(home, [], words))
        module.origins = places
        for unit, entry in entries_of(places, out, words):
            module.entry(contract, unit, entry)
    deployed = linked(DEPLOYED, out)
    modules["libraries"] = libraries(deployed, words)
    texts = {f"{name}.py": formatted(module.text()) for name, module in sorted(modules.items())}
    texts |= {f"artifacts/{name}.json": artifact(name, unit) for name, unit in deployed.items()}
    return texts | {"__init__.py": formatted(registry(modules))}


def libraries(deployed: dict[str, Json], words: Words) -> Module:
    """The errors that the contracts may also raise because a library or a base of theirs does."""
    module = Module("libraries", ["what the deployed contracts inherit or call"], words)
    for unit in deployed.values():
        for entry in unit["abi"]:
            if entry["type"] == "error" and signature(entry)[:4].hex() not in words.hashed:
                module.entry("Libraries", "", entry)
    return module


def registry(modules: dict[str, Module]) -> str:
    """bindings/__init__.py: every word of the chain, by what a node shows of it."""
    speaking = {name: m for name, m in sorted(modules.items()) if any(m.registries.values())}

    def of_all(kind: str) -> str:
        return ", ".join(f"*{n}.{kind.upper()}S" for n, m in speaking.items() if m.registries[kind])

    return f'''"""The chain's words. Generated by scripts/bindings.py, do not edit."""

from entrepot.bindings import {", ".join(speaking)}
from entrepot.kit.abi import Call, Event, Revert

EVENTS_BY_TOPIC: dict[bytes, type[Event]] = {{e.abi.topic: e for e in ({of_all("Event")})}}
"""Topic 0 of a log says which event it is."""

REVERTS_BY_SELECTOR: dict[bytes, type[Revert]] = {{
    r.abi.selector: r for r in ({of_all("Revert")})
}}
"""The first four bytes of a refusal's data say why."""

CALLS_BY_PATH: dict[str, type[Call]] = {{c.abi.path: c for c in ({of_all("Call")})}}
"""`Financing.release` and the like: how a stored call is found again."""
'''


def formatted(text: str) -> str:
    """As `ruff format` leaves it."""
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(OUT / "x.py"), "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def stale_files(texts: dict[str, str]) -> list[str]:
    """Names under bindings/ that are missing, differ or should not be there."""
    present = {
        p.relative_to(OUT).as_posix(): p for p in OUT.rglob("*") if p.suffix in (".py", ".json")
    }
    differing = {n for n, t in texts.items() if n not in present or present[n].read_text() != t}
    return sorted(differing | (present.keys() - texts.keys()))


def main(args: list[str]) -> int:
    texts = generate()
    stale = stale_files(texts)
    for name in stale:
        if "--check" in args:
            print(f"stale: {(OUT / name).relative_to(ROOT)}", file=sys.stderr)
        elif name in texts:
            (OUT / name).parent.mkdir(parents=True, exist_ok=True)
            (OUT / name).write_text(texts[name])
        else:
            (OUT / name).unlink()
    return 1 if stale and "--check" in args else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
