"""Fails on purpose: scripts/planted proves with it that a failing test is reported."""


def test_fails() -> None:
    assert 1 + 1 == 3, "planted"
