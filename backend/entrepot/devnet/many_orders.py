"""Measures what a block costs that touches ten orders, beside few orders and beside many.

The ten are real, on a real chain. The others are copies of one of them in the database alone, under
other names: as many members, corridors and open facilities as a platform of that size would have.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from entrepot.bindings.financings import FinancingTerms
from entrepot.chain import ids
from entrepot.devnet import cast
from entrepot.devnet.crowd import PAPERS, Crowd
from entrepot.devnet.ground import open_ground
from entrepot.devnet.sequencer import Mode
from entrepot.steps import World
from entrepot.steps.conditions import service as conditions
from entrepot.steps.indexing import service as indexing
from entrepot.steps.release import service as release
from entrepot.store.multiplying import Copies, analyze, multiply, read_through
from entrepot.wiring import open_world
from entrepot.worker import tick

START = datetime(2027, 1, 16, tzinfo=UTC)
TOUCHED = 10
FEW = 1_000
CHUNK = 50_000

_ID = "sha256(('order ' || n)::bytea)"
_FACILITY = "sha256(('facility ' || n)::bytea)"
_STREAM = {"order_id": _ID, "stream": _ID}
_FACILITY_STREAM = {"financing_id": _FACILITY, "stream": _ID}
_EXPORTER = "CASE n / 1000 WHEN 0 THEN one.exporter ELSE lpad((n / 1000)::text, 20, 'X')::bytea END"
_CORRIDOR = "CASE n % 400 WHEN 0 THEN one.corridor ELSE 'C' || lpad((n % 400)::text, 3, '0') END"

ORDERS: Copies = {
    "trade_order": {**_STREAM, "exporter": _EXPORTER},
    "order_attester": _STREAM,
    "evidence_item": {"evidence_id": "sha256(one.evidence_id || n::text::bytea)", "stream": _ID},
    "log": {"block_number": "-1000 * n - one.block_number", "stream": _ID},
}
"""What makes another order of a copy. A thousand orders have one exporter."""

FINANCED: Copies = {
    "facility": {
        **_FACILITY_STREAM,
        "order_id": _ID,
        "exporter": _EXPORTER,
        "corridor": _CORRIDOR,
        "outstanding_minor": "CASE n % 20 WHEN 0 THEN 1 ELSE 0 END",
    },
    "facility_lender": {
        **_FACILITY_STREAM,
        "outstanding_minor": "CASE n % 20 WHEN 0 THEN 1 ELSE 0 END",
    },
    "tranche": _FACILITY_STREAM,
    "holding": {**_FACILITY_STREAM, "order_id": _ID, "family": f"sha256({_FACILITY})"},
    "standing": {"financing_id": _FACILITY},
}
"""The same of every tenth order, which is financed; of every twentieth, money is outstanding. One
in four hundred is of one corridor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Among:
    """Milliseconds at the median over `blocks`, by step, among so many orders."""

    orders: int
    blocks: int
    indexing_ms: float
    conditions_ms: float
    release_ms: float

    @property
    def all_ms(self) -> float:
        """The three together."""
        return round(self.indexing_ms + self.conditions_ms + self.release_ms, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """ratio: of a block among many to one among few. read_through: by table, the rows that were
    read, among many, in going through a table instead of by an index, in all blocks together."""

    touched: int
    few: Among
    many: Among
    ratio: float
    read_through: dict[str, int]


def measure(parties: Path, folder: Path, orders: int, tell: Callable[[str], None]) -> Measured:
    """orders: how many the many are."""
    tables = [*ORDERS, *FINANCED]
    with _running(parties, folder) as run:
        run.fill(0, FEW, tell)
        few = run.measure(run.terms[:TOUCHED], FEW)
        run.fill(FEW, orders, tell)
        before = read_through(run.world.store, tables)
        many = run.measure(run.terms[TOUCHED:], orders)
        after = read_through(run.world.store, tables)
    return Measured(
        touched=TOUCHED,
        few=few,
        many=many,
        ratio=round(many.all_ms / few.all_ms, 2),
        read_through={table: after[table] - before[table] for table in before},
    )


@contextmanager
def _running(parties: Path, folder: Path) -> Iterator["_Run"]:
    with (
        open_ground(folder, parties, mode=Mode.MANUAL, start=START, durable=False) as ground,
        open_world(ground.settings) as world,
    ):
        crowd = Crowd(ground, world)
        crowd.found()
        terms = crowd.build(2 * TOUCHED, waiting=True)
        while not tick(world).idle:
            pass
        yield _Run(world, crowd, terms)


class _Run:
    """The steps over a chain that mines when told, and a database that fills up."""

    def __init__(self, world: World, crowd: Crowd, terms: Sequence[FinancingTerms]) -> None:
        self.world, self.crowd, self.terms = world, crowd, terms
        at, model = world.deployment, terms[-1]
        self._model = {
            "order_id": bytes(model.order_id),
            "financing_id": bytes(
                ids.financing_id(at.chain_id, at["Financing"], model.order_id, model.natural_key)
            ),
        }

    def fill(self, first: int, last: int, tell: Callable[[str], None]) -> None:
        """Copies number `first` to `last`; every tenth with its facility."""
        for start in range(first, last, CHUNK):
            end = min(start + CHUNK, last)
            with self.world.store.transaction() as session:
                multiply(session, ORDERS, range(start, end), **self._model)
                multiply(session, FINANCED, range(start, end, 10), **self._model)
            tell(f"{end} orders")
        analyze(self.world.store)

    def measure(self, terms: Sequence[FinancingTerms], orders: int) -> Among:
        """A block for each of PAPERS, in which it is recorded on every one of the orders; the
        first is not counted."""
        took = [self._block(terms, number) for number in range(len(PAPERS))][1:]
        steps = [round(median(times), 2) for times in zip(*took, strict=True)]
        return Among(
            orders=orders,
            blocks=len(took),
            indexing_ms=steps[0],
            conditions_ms=steps[1],
            release_ms=steps[2],
        )

    def _block(self, terms: Sequence[FinancingTerms], number: int) -> list[float]:
        """Milliseconds of indexing, conditions and release, from the block to what is due asked
        for."""
        at = self.world.deployment["Evidence"]
        paper = PAPERS[number]
        acts = [
            (f"exporter.{cast.DESK}", at, self.crowd.saying(one.order_id, paper)) for one in terms
        ]
        self.crowd.act(acts)
        took: list[float] = []
        done: list[int] = []
        steps = (
            lambda: indexing.run(self.world, 10).blocks,
            lambda: conditions.run(self.world, 100),
            lambda: release.run(self.world, 100),
        )
        for step in steps:
            began = time.perf_counter()
            done.append(step())
            took.append((time.perf_counter() - began) * 1000)
        if done[1] != len(terms):
            raise AssertionError(f"{done[1]} tranches fell due, not {len(terms)}")
        while not (ticked := tick(self.world)).idle:
            if ticked.sent.sent:
                self.crowd.ground.sequencer.mine()
        return took


def lines(measured: Measured) -> Iterator[str]:
    """The figures in words."""
    m = measured
    yield f"{'among':>12}{'indexing':>10}{'conditions':>12}{'release':>9}{'all':>9}   ms, median"
    for a in (m.few, m.many):
        steps = f"{a.indexing_ms:>10}{a.conditions_ms:>12}{a.release_ms:>9}{a.all_ms:>9}"
        yield f"{a.orders:>12,}{steps}"
    yield f"ratio {m.ratio}, of a block that touches {m.touched} orders"
    rows = ", ".join(f"{n:,} of {name}" for name, n in m.read_through.items() if n) or "none"
    yield f"rows read in going through a table, in all blocks: {rows}"
