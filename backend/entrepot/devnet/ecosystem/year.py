"""A year's orders, drawn one after the other: who, how much, and what happens to each on which day.

Pure: the same seed gives the same year, and no more of it is in memory than the caller keeps.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from entrepot.devnet.ecosystem import figures
from entrepot.devnet.ecosystem.figures import Figure

VOYAGE_EVERY_DAYS = 3
"""A vessel leaves so often, with whatever is ready by then."""
FRAUD_AFTER_DAYS = 3
"""Goods are offered a second time when they have just been financed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """firms: half of them exporters, half importers, at least one of each."""

    seed: int
    firms: int
    days: int

    @property
    def exporters(self) -> int:
        return max(self.firms // 2, 1)

    @property
    def importers(self) -> int:
        return max(self.firms - self.exporters, 1)

    @property
    def orders(self) -> int:
        return max(round(self.firms * figures.ORDERS_A_YEAR.value * self.days / 365), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to become of one order. Days count from the year's first; amount in minor units.

    lender: which of those there are. asks: whether financing is asked for. goods: the order whose
    goods are given for it, somebody else's when it is a fraud. held_days: how long import customs
    hold the goods. withdrawn: whether the export clearance is taken back before the vessel leaves.
    repaid_day: None when never.
    """

    number: int
    exporter: int
    importer: int
    lender: int
    amount_minor: int
    placed_day: int
    asks: bool
    declined: bool
    goods: int
    papers_day: int
    cleared_day: int
    departs_day: int
    arrives_day: int
    released_day: int
    held_days: int
    withdrawn: bool
    matures_day: int
    repaid_day: int | None

    @property
    def voyage(self) -> int:
        """Those that leave on one day share a vessel."""
        return self.departs_day


def plans(size: Size) -> Iterator[Plan]:
    """All orders of a year, by the day on which they are placed."""
    chance = Random(size.seed)  # noqa: S311 (a year that can be played again)
    for number in range(size.orders):
        yield _plan(size, chance, number)


def _plan(size: Size, chance: Random, number: int) -> Plan:
    placed = number * size.days // size.orders
    mean = int(figures.AMOUNT.value) * 100
    exporter, importer = chance.randrange(size.exporters), chance.randrange(size.importers)
    asked = placed + 1
    mended = int(figures.MENDED_DAYS.value) if _happens(chance, figures.DISCREPANT) else 0
    departs = asked + chance.randint(5, int(figures.SHIPS_DAYS.value))
    departs += -departs % VOYAGE_EVERY_DAYS
    arrives = departs + _sails(size.seed, departs)
    held = _days(chance, figures.HELD_DAYS, 2) if _happens(chance, figures.HELD) else 0
    matures = arrives + int(figures.TERM_DAYS.value)
    late = _days(chance, figures.LATE_DAYS, 1) if _happens(chance, figures.LATE) else 0
    never = _happens(chance, figures.DEFAULTS)
    before = number - 1 - FRAUD_AFTER_DAYS * size.orders // size.days
    twice = _happens(chance, figures.TWICE) and before >= 0
    return Plan(
        number=number,
        exporter=exporter,
        importer=importer,
        lender=chance.randrange(2),
        amount_minor=chance.randrange(mean // 5, mean * 9 // 5),
        placed_day=placed,
        asks=_happens(chance, figures.ASKS),
        declined=_happens(chance, figures.DECLINED),
        goods=before if twice else number,
        papers_day=asked + 2 + mended,
        cleared_day=departs - 1,
        departs_day=departs,
        arrives_day=arrives,
        released_day=arrives + chance.randint(1, 3) + held,
        held_days=held,
        withdrawn=_happens(chance, figures.WITHDRAWN),
        matures_day=matures,
        repaid_day=None if never else matures + late,
    )


def _sails(seed: int, departs: int) -> int:
    """Days at sea, the same for all aboard."""
    voyage = Random(f"{seed} {departs}")  # noqa: S311 (as above)
    return voyage.randint(20, int(figures.SAILS_DAYS.value))


def _happens(chance: Random, share: Figure) -> bool:
    return chance.random() < share.value


def _days(chance: Random, most: Figure, least: int) -> int:
    return chance.randint(least, int(most.value))
