"""Days on which a bank is open (UCP 600 article 2), and what falls on the others (article 29)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

WEEKEND: Final = frozenset({5, 6})
EXAMINATION_DAYS: Final = 5
"""Banking days that a bank has to examine, from the day after the presentation: 14(b)."""

DAYS_BEFORE_TOO_OLD: Final = 30
"""Calendar days to present a corrupted record anew, or it was never presented: eUCP e12(c)."""

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BankingDays:
    """closed: holidays besides the weekend, which is given as weekdays from Monday = 0."""

    closed: frozenset[date] = frozenset()
    weekend: frozenset[int] = WEEKEND

    def is_open(self, day: date) -> bool:
        """Whether the bank keeps open on the day."""
        return day.weekday() not in self.weekend and day not in self.closed

    def on_or_after(self, day: date) -> date:
        """The day itself, or the first banking day after it (29(a))."""
        while not self.is_open(day):
            day += _DAY
        return day

    def after(self, day: date, count: int) -> date:
        """The `count`-th banking day that follows the day."""
        for _ in range(count):
            day = self.on_or_after(day + _DAY)
        return day

    def answer_by(self, presented: date, suspended: tuple[tuple[date, date], ...] = ()) -> date:
        """The last day to give notice of refusal (14(b), 16(d)).

        suspended: from the day a corrupted record was asked for anew to the day it came: these
        days do not count (eUCP e12(b)).
        """
        day, left = presented, EXAMINATION_DAYS
        while left:
            day = self.on_or_after(day + _DAY)
            left -= not any(first <= day <= last for first, last in suspended)
        return day
