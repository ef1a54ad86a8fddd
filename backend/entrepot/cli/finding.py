"""The devnet that a command is about."""

from pathlib import Path

from entrepot.cli.outcomes import Unavailable
from entrepot.devnet.whereabouts import Whereabouts


def whereabouts(state: Path) -> Whereabouts:
    """Where it runs; Unavailable when it does not."""
    found = Whereabouts.of(state)
    if found is None:
        raise Unavailable(f"nothing runs over {state}: start it with `entrepot up --state {state}`")
    return found
