"""Rules of the contracts that neither the compiler nor solhint knows."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.house.tree import CONTRACTS, SOLIDITY_TESTS, name, under

FLOORS = ("types", "interfaces", "libraries", "base", "contracts")
TOP = len(FLOORS) - 1
LIBRARY = "@openzeppelin/"
SOURCES = under(CONTRACTS, ".sol")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
IMPORT = re.compile(r'\bimport\s[^;"]*"([^"]+)"')
VERB = re.compile(r"\bfunction\s+(\w+)\(([^)]*)\)\s*external\b([^;{]*)[;{]")
RESTRICTED = re.compile(r"\bfunction\s+(\w+)\([^)]*\)[^;{]*\brestricted\b[^;{]*\{")
FOR_ANYBODY = {
    "IFinancing": {
        "fund",
        "release",
        "releaseMany",
        "lapse",
        "handOverTitle",
        "markOverdue",
        "claimCredit",
    },
    "ITitles": {"takePledge", "deliver", "enforce"},
    "ITradeOrders": {"closeDispute"},
}
"""Verbs that ask for no permission: free for all, or a contract's own pledge."""
ERROR = re.compile(r"\berror\s+(\w+)\s*\(")


def code(source: str) -> str:
    """The source without its comments."""
    return COMMENT.sub("", source)


def floor(path: Path) -> int:
    """The floor of a file below `contracts/`: 0 for types, 4 for the contracts themselves."""
    folder = path.relative_to(CONTRACTS).parts[0]
    return FLOORS.index(folder) if folder in FLOORS else TOP


def forbidden_imports(path: Path, source: str) -> list[str]:
    """The imports that reach up a floor, across to another contract, or to a foreign library."""
    found: list[str] = []
    for target in IMPORT.findall(code(source)):
        if target.startswith(LIBRARY):
            continue
        imported = (path.parent / target).resolve()
        inside = target.startswith(".") and CONTRACTS in imported.parents
        if not inside or floor(imported) > floor(path) or floor(imported) == TOP:
            found.append(target)
    return found


@pytest.mark.parametrize(
    ("where", "target", "allowed"),
    [
        ("Titles.sol", "./interfaces/ITitles.sol", True),
        ("Titles.sol", "./Evidence.sol", False),
        ("Titles.sol", "solady/src/utils/LibString.sol", False),
        ("Titles.sol", "@openzeppelin/contracts/utils/Nonces.sol", True),
        ("types/Ids.sol", "./Roles.sol", True),
        ("types/Ids.sol", "../interfaces/ITitles.sol", False),
        ("base/Permissioned.sol", "../Participants.sol", False),
    ],
)
def test_import_is_judged_by_its_floor(where: str, target: str, allowed: bool) -> None:
    found = forbidden_imports(CONTRACTS / where, f'import {{X}}\n from "{target}"; // "x"')
    assert found == ([] if allowed else [target])


def test_there_are_contracts_to_look_at() -> None:
    assert {floor(path) for path in SOURCES} == set(range(len(FLOORS)))


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_imports_go_down_the_floors(path: Path) -> None:
    assert forbidden_imports(path, path.read_text()) == []


def test_error_names_are_unique() -> None:
    counted = Counter(error for path in SOURCES for error in ERROR.findall(code(path.read_text())))
    assert [error for error, times in counted.items() if times > 1] == []
    assert len(counted) > 0


def verbs_that_ask(interface: Path) -> set[str]:
    """The verbs of a contract that only a key with a permission may call."""
    source = code(interface.read_text())
    contract = CONTRACTS / f"{interface.stem[1:]}.sol"
    declared = {name for name, _, rest in VERB.findall(source) if "view" not in rest}
    restricted = set(RESTRICTED.findall(code(contract.read_text())))
    return declared - restricted - FOR_ANYBODY.get(interface.stem, set())


@pytest.mark.parametrize("interface", under(CONTRACTS / "interfaces", ".sol"), ids=name)
def test_every_verb_is_tried_by_a_key_without_power(interface: Path) -> None:
    table = (SOLIDITY_TESTS / "invariants/Powerless.t.sol").read_text()
    tried = set(re.findall(rf"\b{interface.stem}\.(\w+),", table))
    assert tried == verbs_that_ask(interface)


def test_every_file_is_named_by_a_test() -> None:
    tests = "\n".join(path.read_text() for path in under(SOLIDITY_TESTS, ".sol"))
    unnamed = [path for path in SOURCES if not re.search(rf"\b{path.stem}\b", tests)]
    assert [name(path) for path in unnamed] == []


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_licence_and_compiler_are_stated(path: Path) -> None:
    first, second = path.read_text().splitlines()[:2]
    assert first == "// SPDX-License-Identifier: Apache-2.0"
    assert second == "pragma solidity 0.8.37;"
