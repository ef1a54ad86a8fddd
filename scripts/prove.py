#!/usr/bin/env python3
"""What says more of the contracts than their tests do: `prove.py PROOF [words]`.

    halmos [words]    symbolic checks of tests/contracts/symbolic; other words go to halmos
    slither [words]   no finding but those that are explained beside the code
    coverage          at least 98 % of the lines and 95 % of the branches of contracts/
    mutate [words]    see mutate.py
    all               the four of them, mutate with a small sample: scripts/test --full

halmos and slither live in environments of their own below .tools, made on the first call from
their lock files here. Exit codes: 0 proved, 1 not, 3 when an environment could not be made.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import bootstrap

ROOT = bootstrap.ROOT
HERE = Path(__file__).parent
LINES_MIN, BRANCHES_MIN = 98.0, 95.0
SAMPLE = "20"
UNAVAILABLE = 3

# Each check by itself has to end within a minute on a quiet machine.
HALMOS = (
    "--match-contract=Symbolic",
    "--loop=4",
    "--solver-timeout-branching=100ms",
    "--solver-timeout-assertion=60s",
)
ROW = re.compile(
    r"^\| (\S+)\s*\|\s*([\d.]+)% \((\d+)/(\d+)\).*?\|[^|]*\|\s*([\d.]+)% \((\d+)/(\d+)\)"
)
NOT_PROVED = re.compile(r"WARNING|TIMEOUT|UNKNOWN")


def halmos(words: list[str]) -> int:
    """Passes only if every check passes, and was looked at to the end of every path."""
    tool = environment("halmos")
    solver = f"{tool.parent / 'python'} {HERE / 'solve_smt.py'}"
    where = {
        "FOUNDRY_TEST": "tests/contracts/symbolic",
        "FOUNDRY_OUT": "build/halmos",
        "FOUNDRY_CACHE_PATH": "build/halmos-cache",
        "FOUNDRY_DENY": "never",  # warnings are the business of scripts/check
        "FOUNDRY_OPTIMIZER": "false",
    }
    command = [
        tool,
        "--forge-build-out=build/halmos",
        *HALMOS,
        f"--solver-command={solver}",
        *words,
    ]
    said: list[str] = []
    code = run([str(part) for part in command], where, said)
    doubts = [line for line in said if NOT_PROVED.search(line)]
    if not any("[PASS]" in line for line in said):
        doubts.append("no check has passed at all")
    for doubt in doubts:
        print(f"prove: not proved: {doubt}", file=sys.stderr)
    return 1 if code or doubts else 0


def slither(words: list[str]) -> int:
    """What is left out, and why, stands in docs/howto/prove.md; the rest in slither.config.json."""
    tool = environment("slither")
    return run(
        [str(tool), ".", *words],
        {"FOUNDRY_OUT": "build/slither", "FOUNDRY_CACHE_PATH": "build/slither-cache"},
        [],
    )


def coverage(words: list[str]) -> int:
    """forge's coverage of the default tests, files below the bar by name."""
    where = {
        "FOUNDRY_OUT": "build/coverage",
        "FOUNDRY_CACHE_PATH": "build/coverage-cache",
        "FOUNDRY_NO_MATCH_PATH": "**/Gas.t.sol",  # without the optimizer, gas is another
        "FORGE_SNAPSHOT_EMIT": "false",
        "FORGE_SNAPSHOT_CHECK": "false",
    }
    command = ["forge", "coverage", "--report=summary", "--no-match-coverage=tests/|node_modules/"]
    said: list[str] = []
    if run([*command, *words], where, said):
        return 1
    found = dict(rows(said))
    lines, branches = found.pop("Total")
    for name, (of_lines, of_branches) in found.items():
        if min(of_lines, of_branches) < 100:
            print(f"prove: {name}: {of_lines} % of lines, {of_branches} % of branches")
    print(
        f"prove: {lines} % of lines (at least {LINES_MIN}), {branches} % of branches"
        f" (at least {BRANCHES_MIN})"
    )
    return 0 if lines >= LINES_MIN and branches >= BRANCHES_MIN else 1


def rows(report: list[str]) -> Iterator[tuple[str, tuple[float, float]]]:
    """Every file of forge's summary, and the total: share of lines and of branches, percent."""
    for line in report:
        if (match := ROW.match(line)) is not None:
            name, of_lines, _, _, of_branches, _, _ = match.groups()
            yield name, (float(of_lines), float(of_branches))


def mutate(words: list[str]) -> int:
    """In a process of its own, so that it has its own words."""
    return run([sys.executable, str(HERE / "mutate.py"), *words], {}, [])


def everything(words: list[str]) -> int:
    """Each in turn, whatever the others say; only slither may be missing on this machine."""
    proofs = {"halmos": [], "coverage": [], "mutate": ["--sample", SAMPLE], "slither": []}
    codes = {name: proved(name, [*own, *words]) for name, own in proofs.items()}
    if codes["slither"] == UNAVAILABLE:
        print("prove: slither could not be installed here, and was left out", file=sys.stderr)
        del codes["slither"]
    failed = [name for name, code in codes.items() if code]
    print(f"prove: {', '.join(failed) + ' failed' if failed else 'all proved'}", flush=True)
    return 1 if failed else 0


def proved(name: str, words: list[str]) -> int:
    """The exit code of one of them."""
    try:
        return PROOFS[name](words)
    except bootstrap.Problem as problem:
        print(f"prove: {problem}", file=sys.stderr)
        return UNAVAILABLE


def environment(tool: str) -> Path:
    """The tool's program, in an environment of exactly scripts/TOOL.lock."""
    lock, folder = HERE / f"{tool}.lock", bootstrap.TOOLS / tool
    program = folder / "bin" / tool
    with (
        bootstrap.only_one_at_a_time(),
        bootstrap.step(tool, [bootstrap.read(lock)], made=program) as needed,
    ):
        if needed:
            bootstrap.uv("venv", "-q", "--clear", "--python", sys.executable, folder)
            into = ("-q", "--python", folder / "bin/python")
            bootstrap.uv("pip", "sync", *into, "--require-hashes", lock)
    return program


def run(command: list[str], variables: dict[str, str], said: list[str]) -> int:
    """Runs a command from the root, showing what it says and keeping it too."""
    env = {**os.environ, "FOUNDRY_PROFILE": "default", **variables}
    with subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            said.append(line.rstrip())
            print(line, end="", flush=True)
    return process.returncode


PROOFS = {
    "halmos": halmos,
    "slither": slither,
    "coverage": coverage,
    "mutate": mutate,
    "all": everything,
}


def main() -> int:
    """The command line."""
    word, *words = sys.argv[1:] or [""]
    if word not in PROOFS:
        print(__doc__, file=sys.stderr)
        return 2
    return proved(word, words)


if __name__ == "__main__":
    sys.exit(main())
