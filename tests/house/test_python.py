"""Rules of the Python code that no linter knows."""

import ast
from pathlib import Path

import pytest

from tests.house.tree import PACKAGE, ROOT, name, under

FUNCTION_LINES_MAX = 60
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "manager", "base", "common", "misc"}
COMMITS_HERE = PACKAGE / "store/session.py"
MODULES = [path for path in under(PACKAGE, ".py") if "migrations" not in path.parts]
WRITTEN_BY_HAND = [path for path in MODULES if PACKAGE / "bindings" not in path.parents]


def transaction_ends(source: str) -> list[int]:
    """The lines that call `x.commit()` or `x.rollback()`; with arguments it is another verb."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("commit", "rollback")
        and not (node.args or node.keywords)
    ]


def long_functions(source: str) -> list[str]:
    """The functions that do not fit on a screen, without their docstring."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        body = node.body[1:] if ast.get_docstring(node) else node.body
        lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
        if lines > FUNCTION_LINES_MAX:
            found.append(f"{node.name} ({lines} lines)")
    return found


def test_commit_when_outside_the_session_is_found() -> None:
    source = "keys.commit(b'')\nsession.commit()\nself.db.rollback()\ncommit()\n"
    assert transaction_ends(source) == [2, 3]


def test_long_function_is_found() -> None:
    long = "def f():\n" + "    x = 1\n" * (FUNCTION_LINES_MAX + 1)
    assert long_functions(long) == [f"f ({FUNCTION_LINES_MAX + 1} lines)"]
    assert long_functions("def f():\n" + "    x = 1\n" * FUNCTION_LINES_MAX) == []


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_only_the_session_ends_a_transaction(path: Path) -> None:
    if path != COMMITS_HERE:
        assert transaction_ends(path.read_text()) == []


@pytest.mark.parametrize("path", WRITTEN_BY_HAND, ids=name)
def test_functions_fit_a_screen(path: Path) -> None:
    assert long_functions(path.read_text()) == []


def test_module_names_say_something() -> None:
    assert [name(path) for path in MODULES if path.stem in NAMES_THAT_SAY_NOTHING] == []


def test_every_module_says_what_it_is_for() -> None:
    scripts = under(ROOT / "scripts", ".py")
    silent = [p for p in [*WRITTEN_BY_HAND, *scripts] if p.stat().st_size and not docstring(p)]
    assert [name(path) for path in silent] == []


def docstring(path: Path) -> str | None:
    """A module's docstring."""
    return ast.get_docstring(ast.parse(path.read_text()))
