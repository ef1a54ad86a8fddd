"""Mutants are small changes of code, and of nothing else."""

from pathlib import Path

import pytest

from scripts.mutants import Mutant, masked, mutants_of

SOURCE = """// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {A} from "./A.sol";

/// @notice Less than 5 is < 6.
contract C {
    error C_No(uint256 a);

    struct S {
        uint256 a;
    }

    function f(uint256 a) external restricted returns (bool) {
        // Check: a < 7 && true
        require(a <= 3 && a != 2, C_No(a));
        for (uint256 i; i < a; ++i) {
            _total += i;
        }
        _advance(State.OPEN, State.SHUT);
        emit Changed(a, "a + b");
        return a > 1 ? true : false;
    }
}
"""


def changes(source: str = SOURCE) -> set[tuple[str, str]]:
    return {(" ".join(m.old.split()), m.new) for m in mutants_of("C.sol", source)}


def test_each_rule_finds_its_change() -> None:
    wanted = {
        ("<=", "<"),
        ("<=", ">"),
        ("&&", "||"),
        ("!=", "=="),
        ("3", "4"),
        ("3", "2"),
        ("restricted", ""),
        ("+=", "-="),
        ("true", "false"),
        (" ? ".strip(), " || true ? "),
        ("State.OPEN", "State.SHUT"),
        ("State.SHUT", "State.OPEN"),
        ("require(a <= 3 && a != 2, C_No(a));", ""),
        ("_total += i;", ""),
        ("_advance(State.OPEN, State.SHUT);", ""),
        ('emit Changed(a, "a + b");', ""),
    }
    assert wanted - changes() == set()


def test_nothing_is_changed_that_is_no_code() -> None:
    code = masked(SOURCE)
    assert len(code) == len(SOURCE)
    for words in ("SPDX", "pragma", "import", "notice", "Check", "error", "struct", "a + b"):
        assert words not in code
    lines = {m.line for m in mutants_of("C.sol", SOURCE)}
    assert min(lines) == 14
    assert 15 not in lines


def test_head_of_a_loop_is_not_taken_for_a_statement() -> None:
    assert not [old for old, new in changes() if new == "" and old.startswith("++i")]


def test_change_is_made_at_its_place_only() -> None:
    mutant = next(m for m in mutants_of("C.sol", SOURCE) if (m.old, m.new) == ("<=", ">"))
    assert mutant.applied(SOURCE) == SOURCE.replace("a <= 3", "a > 3")
    assert str(mutant) == "C.sol:16  <=  ->  >"
    with pytest.raises(ValueError, match="has changed"):
        mutant.applied("x" + SOURCE)


def test_every_mutant_is_another_one() -> None:
    found = list(mutants_of("C.sol", SOURCE))
    assert len({m.key for m in found}) == len(found)
    assert Mutant(
        "D.sol", *[getattr(found[0], f) for f in ("line", "start", "old", "new")]
    ).key != (found[0].key)


def test_contracts_have_mutants_and_interfaces_are_not_asked() -> None:
    library = Path("contracts/libraries/Shares.sol")
    assert len(list(mutants_of(library.as_posix(), library.read_text()))) > 50
