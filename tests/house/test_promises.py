"""What SECURITY.md promises is tested: each promise's number stands in a test of its own."""

import re

import pytest

from tests.house.tree import ROOT, tracked

PROMISES = re.findall(r"^\| (P\d) \|", (ROOT / "SECURITY.md").read_text(), re.MULTILINE)
BEARS = re.compile(r"\btest_(?:\w*_)?[pP](\d)_|\((P\d(?:, P\d)*)\)")
TESTS = [
    path
    for path in tracked()
    if ROOT / "tests" in path.parents
    and ROOT / "tests/house" not in path.parents
    and path.suffix in (".py", ".sol")
]


def borne(source: str) -> set[str]:
    """The promises that a test file's names and headings bear."""
    return {
        number
        for name, listed in BEARS.findall(source)
        for number in ([f"P{name}"] if name else listed.split(", "))
    }


def test_numbers_are_read_from_names_and_headings() -> None:
    assert borne('def test_p4_one_key(): ...\n"""Keyed hashes (P2, P8)."""') == {"P2", "P4", "P8"}
    assert borne("function test_P1_Once() external {}") == {"P1"}
    assert borne("APP1_x = 1  # latest_p3") == set()


def test_there_are_nine_promises() -> None:
    assert [f"P{number}" for number in range(1, 10)] == PROMISES


@pytest.mark.parametrize("promise", PROMISES)
def test_each_promise_is_borne_by_a_test(promise: str) -> None:
    assert any(promise in borne(path.read_text()) for path in TESTS)
