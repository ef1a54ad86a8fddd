"""What a replay is of: a scenario by name or file, or a case."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from entrepot.cli.demo import SCENARIOS

if TYPE_CHECKING:
    from entrepot.devnet.cases.case import Case

CASE = ".jsonl"


def scenario_file(name: str) -> Path:
    """A scenario by its name, or the file that is named."""
    return Path(name) if name.endswith(".toml") else SCENARIOS / f"{name}.toml"


def case_of(source: str) -> Case:
    """The case that a file holds; a scenario is played and recorded."""
    from entrepot.devnet.cases import recording
    from entrepot.devnet.cases.case import read

    if source.endswith(CASE):
        return read(Path(source))
    path = scenario_file(source)
    return recording.record_scenario(path, recording.Wanted(name=path.stem), lambda _: None)
