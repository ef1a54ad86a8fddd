#!/usr/bin/env python3
"""Break the contracts on purpose, one small change at a time, and count what the tests notice.

    mutate.py                                        every mutant of contracts/, a long night's work
    mutate.py --path contracts/Titles.sol --path contracts/libraries
    mutate.py --sample 40 --seed 7                   forty of them, the same forty each time
    mutate.py --list                                 what would be tried
    mutate.py --json                                 data instead of words

Works in a copy below build/mutants, never in the tree. A mutant that does not compile, or whose
bytecode is the original's, is no mutant. First the tests that speak of the mutated file are run,
then, if it is still alive, all others. Results are kept by the content of everything that was
compiled, so a run that was broken off goes on where it stopped. Exit code 1 when the score is
below --bar (90 %), 2 when forge itself broke down, 0 otherwise.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Queue

from mutants import Mutant, mutants_of

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / "build/mutants"
COPIED = (
    "contracts",
    "tests/contracts",
    "foundry.toml",
    "hardhat-free-devnet/bin",
    "backend/entrepot/bindings/artifacts",
)
LINKED = "hardhat-free-devnet/node_modules"
NOT_TESTS = "tests/contracts/symbolic"
BAR = 0.9
RUN_TIMEOUT_S = 900

# Fewer runs than in earnest: a mutant that only the thousandth case shows counts as alive.
FAST = {
    "FOUNDRY_PROFILE": "default",
    "FOUNDRY_OPTIMIZER": "false",
    "FOUNDRY_DENY": "never",
    "FOUNDRY_FUZZ_RUNS": "64",
    "FOUNDRY_INVARIANT_RUNS": "8",
    "FOUNDRY_INVARIANT_DEPTH": "32",
    "FOUNDRY_NO_MATCH_PATH": "**/Gas.t.sol",  # without the optimizer, gas is another
    "FORGE_SNAPSHOT_EMIT": "false",
    "FORGE_SNAPSHOT_CHECK": "false",
}


@dataclass(frozen=True)
class Verdict:
    """outcome: killed, survived, or none (does not compile, or is the same code)."""

    mutant: Mutant
    outcome: str
    by: str = ""


class Broken(Exception):
    """forge ended in a way that says nothing about the mutant."""


class Workshop:
    """A copy of what is compiled, in which one mutant at a time is built and tested."""

    def __init__(self, number: int) -> None:
        self.folder = PLACE / f"copy-{number}"
        for name in COPIED:
            source, target = ROOT / name, self.folder / name
            if source.is_dir():
                shutil.rmtree(target, ignore_errors=True)
                shutil.copytree(source, target)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        shutil.rmtree(self.folder / NOT_TESTS, ignore_errors=True)
        link = self.folder / LINKED
        if not link.is_symlink():
            link.symlink_to(ROOT / LINKED)

    def prepare(self) -> str:
        """Builds the original; the tests must pass on it. Returns the code's fingerprint."""
        if not self._passes():
            raise Broken("the tests fail already without a mutant")
        return self._code()

    def judge(self, mutant: Mutant, original: str) -> Verdict:
        """Builds one mutant and runs the tests until one of them fails."""
        file = self.folder / mutant.path
        before = file.read_text()
        try:
            file.write_text(mutant.applied(before))
            if not self._builds() or self._code() == original:
                return Verdict(mutant, "none")
            for tests in self._tests(mutant):
                if not self._passes(*tests):
                    return Verdict(mutant, "killed", " ".join(tests) or "all")
            return Verdict(mutant, "survived")
        finally:
            file.write_text(before)

    def _tests(self, mutant: Mutant) -> Iterator[list[str]]:
        """Nearest first: the tests in a folder or file of that name, those that name it, all."""
        stem = Path(mutant.path).stem
        near = [f"{{{stem}/*,**/{stem}/*,**/{stem}.t.sol}}"]
        if (
            any((self.folder / "tests/contracts").rglob(f"{stem}.t.sol"))
            or (self.folder / "tests/contracts" / stem).is_dir()
        ):
            yield ["--match-path", f"tests/contracts/{near[0]}"]
        naming = [
            file
            for file in (self.folder / "tests/contracts").rglob("*.t.sol")
            if f"{{{stem}}}" in file.read_text()
        ]
        for file in naming:
            yield ["--match-path", str(file.relative_to(self.folder))]
        yield []

    def _code(self) -> str:
        """The bytecode of every contract of ours, library code included where it is linked in."""
        found = hashlib.sha256()
        for file in sorted((self.folder / "build/forge").rglob("*.json")):
            artifact = json.loads(file.read_text())
            if "bytecode" in artifact:
                found.update(artifact["bytecode"].get("object", "").encode())
        return found.hexdigest()

    def _builds(self) -> bool:
        """False only when the compiler says no: a compiler that was killed says nothing."""
        code, said = self._forge("build")
        if code and "Compiler run failed" not in said:
            raise Broken(said[-500:])
        return code == 0

    def _passes(self, *tests: str) -> bool:
        """False only when a test fails, or when they never end."""
        try:
            code, said = self._forge("test", "--fail-fast", *tests)
        except subprocess.TimeoutExpired:
            return False
        if code and "[FAIL" not in said:
            raise Broken(said[-500:])
        return code == 0

    def _forge(self, *words: str) -> tuple[int, str]:
        done = subprocess.run(
            ["forge", *words],
            cwd=self.folder,
            env={**os.environ, **FAST},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=RUN_TIMEOUT_S,
        )
        return done.returncode, done.stdout


class Ledger:
    """What has been found already, for exactly this source."""

    def __init__(self) -> None:
        digest = hashlib.sha256()
        for folder in ("contracts", "tests/contracts"):
            for file in sorted((ROOT / folder).rglob("*.sol")):
                digest.update(file.read_bytes())
        self._file = PLACE / f"results-{digest.hexdigest()[:16]}.jsonl"
        self._known: dict[str, dict] = {}
        if self._file.exists():
            for line in self._file.read_text().splitlines():
                entry = json.loads(line)
                self._known[entry["key"]] = entry

    def recall(self, mutant: Mutant) -> Verdict | None:
        entry = self._known.get(mutant.key)
        return Verdict(mutant, entry["outcome"], entry["by"]) if entry else None

    def note(self, verdict: Verdict) -> None:
        entry = {"key": verdict.mutant.key, "outcome": verdict.outcome, "by": verdict.by}
        with self._file.open("a") as file:
            file.write(json.dumps(entry) + "\n")


def chosen(paths: list[str], sample: int | None, seed: int) -> list[Mutant]:
    """The mutants of these files, or so many of them, drawn by lot from each file in turn."""
    files = sorted({file for path in paths for file in _files(ROOT / path)})
    drawn: list[list[Mutant]] = []
    for file in files:
        name = file.relative_to(ROOT).as_posix()
        found = list(mutants_of(name, file.read_text()))
        random.Random(f"{seed} {name}").shuffle(found)
        drawn.append(found)
    if sample is None:
        return [mutant for found in drawn for mutant in found]
    everybody = [mutant for found in drawn for mutant in found]
    random.Random(seed).shuffle(everybody)
    return everybody[:sample]


def _files(path: Path) -> Iterable[Path]:
    """Interfaces have no code to break."""
    if path.is_file():
        return [path]
    return [file for file in path.rglob("*.sol") if "interfaces" not in file.parts]


def judge_all(mutants: list[Mutant], jobs: int, quiet: bool) -> list[Verdict]:
    """Every verdict, from the ledger or by trial, in the order of the mutants."""
    ledger = Ledger()
    verdicts = {m.key: known for m in mutants if (known := ledger.recall(m))}
    waiting = [mutant for mutant in mutants if mutant.key not in verdicts]
    if waiting:
        shops: Queue[Workshop] = Queue()
        for number in range(min(jobs, len(waiting))):
            shops.put(Workshop(number))
        first = shops.get()
        original = first.prepare()
        shops.put(first)

        def trial(mutant: Mutant) -> Verdict:
            shop = shops.get()
            try:
                return shop.judge(mutant, original)
            finally:
                shops.put(shop)

        with ThreadPoolExecutor(shops.qsize()) as pool:
            for done in as_completed([pool.submit(trial, mutant) for mutant in waiting]):
                verdict = done.result()
                verdicts[verdict.mutant.key] = verdict
                ledger.note(verdict)
                if not quiet:
                    print(f"{verdict.outcome:<9}{verdict.mutant}", file=sys.stderr, flush=True)
    return [verdicts[mutant.key] for mutant in mutants]


def score(verdicts: Iterable[Verdict]) -> tuple[int, int, float]:
    """Killed, survived, and the share that was killed; 1 when there was nothing to kill."""
    outcomes = [verdict.outcome for verdict in verdicts]
    killed, survived = outcomes.count("killed"), outcomes.count("survived")
    return killed, survived, killed / (killed + survived) if killed + survived else 1.0


def report(verdicts: list[Verdict]) -> None:
    """A line for each file, then the survivors."""
    for path in sorted({verdict.mutant.path for verdict in verdicts}):
        of_file = [verdict for verdict in verdicts if verdict.mutant.path == path]
        killed, survived, share = score(of_file)
        none = len(of_file) - killed - survived
        print(f"{share:>7.1%}  {path:<44}{killed:>5} killed{survived:>4} alive{none:>4} no mutant")
    for verdict in verdicts:
        if verdict.outcome == "survived":
            print(f"alive    {verdict.mutant}")
    killed, survived, share = score(verdicts)
    print(f"{share:>7.1%}  of {killed + survived} mutants killed")


def main() -> int:
    """The command line."""
    about = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    about.add_argument("--path", action="append", help="a file or folder; contracts/ by default")
    about.add_argument("--sample", type=int, help="how many to try")
    about.add_argument("--seed", type=int, default=1)
    about.add_argument("--jobs", type=int, default=2)
    about.add_argument("--bar", type=float, default=BAR)
    about.add_argument("--list", action="store_true")
    about.add_argument("--json", action="store_true")
    asked = about.parse_args()
    mutants = chosen(asked.path or ["contracts"], asked.sample, asked.seed)
    if asked.list:
        print(*mutants, sep="\n")
        return 0
    try:
        verdicts = judge_all(mutants, asked.jobs, asked.json)
    except Broken as problem:
        print(f"mutate: {problem}\nRun this again: it goes on where it stopped.", file=sys.stderr)
        return 2
    killed, survived, share = score(verdicts)
    if asked.json:
        found = [{**asdict(v.mutant), "outcome": v.outcome, "by": v.by} for v in verdicts]
        told = {"killed": killed, "survived": survived, "score": share, "mutants": found}
        print(json.dumps(told, indent=2))
    else:
        report(verdicts)
    return 0 if share >= asked.bar else 1


if __name__ == "__main__":
    sys.exit(main())
