#!/usr/bin/env python3
"""Fuzz the readers of documents, each by itself, guided by coverage: `fuzz.py [options]`.

    --seconds N    how long for each kind of document (default 20)
    --kind KIND    only this kind; may be given again

For each kind, atheris changes the sample documents of that kind and follows what reaches new code.
A reader may read or refuse (InvalidInput); anything else is a finding, as is a run of ten seconds
or 1 GB for one input. Its input is then written to build/fuzz. atheris lives in an environment of
its own below .tools, made on the first call from scripts/fuzz.lock.
Exit codes: 0 no finding, 1 a finding, 3 the environment could not be made.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SAMPLES = (
    ROOT / "hardhat-free-devnet/scenarios/inputs",
    ROOT / "tests/unit/domain/documents/samples",
)
FOUND = ROOT / "build/fuzz"
UNAVAILABLE = 3
LIMITS = ("-max_len=65536", "-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1")


def main() -> int:
    """Makes the environment and runs one process per kind; see the docstring on top."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=int, default=20)
    options.add_argument("--kind", action="append", default=[])
    chosen = options.parse_args()
    python = environment()
    if python is None:
        return UNAVAILABLE
    kinds = subprocess.run(
        [python, __file__, "--corpora"], check=True, capture_output=True, text=True
    ).stdout.split()
    failed = [
        kind
        for kind in kinds
        if kind in (chosen.kind or kinds) and not fuzz(python, kind, chosen.seconds)
    ]
    print(f"fuzz: {'findings in ' + ', '.join(failed) if failed else 'no finding'}")
    return 1 if failed else 0


def environment() -> Path | None:
    """The Python of an environment of exactly scripts/fuzz.lock; None if it can't be had."""
    import bootstrap

    folder = bootstrap.TOOLS / "fuzz"
    python = folder / "bin/python"
    lock = HERE / "fuzz.lock"
    try:
        with (
            bootstrap.only_one_at_a_time(),
            bootstrap.step("fuzz", [bootstrap.read(lock)], made=python) as needed,
        ):
            if needed:
                bootstrap.uv("venv", "-q", "--clear", "--python", sys.executable, folder)
                into = ("-q", "--python", python)
                bootstrap.uv("pip", "sync", *into, "--require-hashes", lock)
    except bootstrap.Problem as problem:
        print(f"fuzz: {problem}", file=sys.stderr)
        return None
    return python


def fuzz(python: Path, kind: str, seconds: int) -> bool:
    """Runs one kind; says how many inputs were tried, and whether nothing was found."""
    corpus = FOUND / "corpus" / kind
    command = [python, __file__, "--target", *LIMITS, f"-max_total_time={seconds}"]
    command += [f"-artifact_prefix={FOUND}/{kind}-", corpus]
    run = subprocess.run(command, capture_output=True, text=True)
    tried = [line.split()[-1] for line in run.stderr.splitlines() if "executed_units" in line]
    print(f"{kind:26}{tried[0] if tried else '?':>10} inputs", flush=True)
    if run.returncode:
        print("\n".join(run.stderr.splitlines()[-40:]), file=sys.stderr)
    return run.returncode == 0


def write_corpora() -> None:
    """The samples by what they are, a folder for each kind; prints the kinds."""
    sys.path.insert(0, str(ROOT / "backend"))
    from entrepot.domain.documents.reading import detect

    shutil.rmtree(FOUND / "corpus", ignore_errors=True)
    for folder in SAMPLES:
        for path in sorted(each for each in folder.rglob("*") if each.suffix not in {"", ".md"}):
            kind = detect(path.read_bytes())
            corpus = FOUND / "corpus" / kind
            corpus.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, corpus / f"{path.parent.name}-{path.name}")
    print(*sorted(each.name for each in (FOUND / "corpus").iterdir()))


def target() -> None:
    """What atheris runs: libFuzzer's own words follow on the command line."""
    import atheris

    sys.path.insert(0, str(ROOT / "backend"))
    with atheris.instrument_imports(include=["entrepot.domain"]):
        from entrepot.domain.documents.reading import read
        from entrepot.domain.errors import InvalidInput

    def once(data: bytes) -> None:
        try:
            read(data)
        except InvalidInput as refusal:
            if len(str(refusal)) > 100_000:
                raise AssertionError("a refusal without end") from refusal

    atheris.Setup([sys.argv[0], *sys.argv[2:]], once)
    atheris.Fuzz()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--corpora"]:
        write_corpora()
    elif sys.argv[1:2] == ["--target"]:
        target()
    else:
        sys.exit(main())
