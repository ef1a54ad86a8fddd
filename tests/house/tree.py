"""The files of this repository, as the rules of the house look at them."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "backend/entrepot"
CONTRACTS = ROOT / "contracts"
SOLIDITY_TESTS = ROOT / "tests/contracts"


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git tracks or would track, except those deleted in the work tree."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = {ROOT / name for name in listed.stdout.split("\0") if name}
    return tuple(sorted(path for path in paths if path.is_file()))


def under(folder: Path, *suffixes: str) -> list[Path]:
    """The tracked files below `folder` that end in one of `suffixes`."""
    return [path for path in tracked() if folder in path.parents and path.suffix in suffixes]


def name(path: Path) -> str:
    """The path from the root, as messages show it."""
    return path.relative_to(ROOT).as_posix()
