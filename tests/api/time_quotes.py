"""How long a quote takes, through the whole API on the embedded PostgreSQL; it asserts nothing.

.venv/bin/python -m tests.api.time_quotes
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from entrepot.store.embedded import EmbeddedPostgres
from entrepot.store.migrating import migrate
from entrepot.store.session import Store
from tests.api.dealing import invoiced
from tests.api.offering import ask_quote, consented, open_up, published
from tests.api.stage import Stage, world_on

QUOTES, FITTING, OTHERS = 100, 10, 10


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with EmbeddedPostgres(folder / "postgres") as server:
            migrate(server.url)
            store = Store(server.url)
            stage = Stage(world_on(store, folder))
            stage.reset()
            took = _took(stage)
            store.close()
    told = [
        f"{QUOTES} quotes on {FITTING} offers that fit and {OTHERS} that do not",
        f"median {statistics.median(took):.0f} ms",
        f"95 % below {statistics.quantiles(took, n=20)[-1]:.0f} ms",
        f"slowest {max(took):.0f} ms",
    ]
    sys.stdout.write("; ".join(told) + "\n")


def _took(stage: Stage) -> list[float]:
    """Milliseconds of each quote."""
    open_up(stage)
    order_id = invoiced(stage)
    for number in range(FITTING):
        published(stage, reference=f"FITS-{number}")
    for number in range(OTHERS):
        published(stage, reference=f"NOT-{number}", advance_bps=100)
    consent_id = consented(stage, order_id, frequency_per_day=QUOTES)
    took: list[float] = []
    for _ in range(QUOTES):
        began = time.perf_counter()
        answer = ask_quote(stage, order_id, consent_id)
        took.append((time.perf_counter() - began) * 1000)
        if len(answer.json()["offers"]) != FITTING:
            raise SystemExit(answer.text)
    return took


if __name__ == "__main__":
    main()
