"""Where the standards' own samples lie, if they are there: beside the project, never in it.

ENTREPOT_CONFORMANCE names another folder that has them.
"""

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).parents[3] / "shared" / "conformance"
SUITE = Path(os.environ.get("ENTREPOT_CONFORMANCE") or _BESIDE)

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
