"""Where the standards' own samples lie, if they are there: beside the project, never in it."""

from dataclasses import dataclass
from pathlib import Path

import pytest

_BESIDE = [parent / "shared" / "conformance" for parent in Path(__file__).parents[3:]]
SUITE = next((each for each in _BESIDE if each.is_dir()), _BESIDE[0])

needs_suite = pytest.mark.skipif(
    not SUITE.is_dir(), reason="the standards' sample files are not beside this checkout"
)


def samples(folder: str, *suffixes: str) -> list[Path]:
    """Files below a folder of the suite with one of the suffixes, in the order of their paths."""
    found = (SUITE / folder).rglob("*")
    return sorted(path for path in found if path.suffix.lower() in suffixes)


def name_of(path: Path) -> str:
    """A short test id."""
    return "/".join(path.parts[-2:])


@dataclass(frozen=True, order=True)
class Exclusion:
    """A case of a suite that is not held against us, and why."""

    suite: str
    case: str
    reason: str


EXCLUDED: set[Exclusion] = set()


def exclude(suite: str, case: str, reason: str) -> None:
    """Leaves a case out, in the open: the table at the end of the run names it with the reason."""
    EXCLUDED.add(Exclusion(suite, case, reason))
