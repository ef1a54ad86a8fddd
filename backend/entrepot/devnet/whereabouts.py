"""Where a running devnet is found: it says so in its folder. A small module, for commands that only
want to know that."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from entrepot.kit.processes import running

STACK_FILE = "stack.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where a running devnet is found. pids: by name, as they were at the start."""

    pid: int
    url: str
    console_url: str
    rpc_url: str
    pids: dict[str, int]

    def save(self, folder: Path) -> None:
        draft = folder / f"{STACK_FILE}.draft"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(asdict(self), file, indent=2)
        draft.replace(folder / STACK_FILE)

    @classmethod
    def of(cls, folder: Path) -> Self | None:
        """Those of the devnet that runs over this folder, or nothing."""
        try:
            found = cls(**json.loads((folder / STACK_FILE).read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None
        return found if running(found.pid) else None
