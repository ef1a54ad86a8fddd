"""Time, always aware and in UTC; the chain's is whole seconds since 1970."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Whatever tells the time."""

    def now(self) -> datetime:
        """The time now, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The machine's time."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands until it is moved."""

    def __init__(self, at: datetime) -> None:
        """Stand at that aware time."""
        self._at = _utc(at)

    def now(self) -> datetime:
        """The time it was last moved to."""
        return self._at

    def move(self, by: timedelta) -> datetime:
        """Move by that much, forward only; return the new time."""
        if by < timedelta(0):
            raise ValueError("a clock does not run backward")
        self._at += by
        return self._at

    def move_to(self, at: datetime) -> datetime:
        """Move to that aware time, forward only; return it."""
        return self.move(_utc(at) - self._at)


def to_unix(at: datetime) -> int:
    """Whole seconds since 1970 of an aware time, rounded down."""
    return int((_utc(at) - from_unix(0)) // timedelta(seconds=1))


def rfc3339(at: datetime) -> str:
    """Whole seconds in UTC: "2026-11-23T07:20:00Z"."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_unix(seconds: int) -> datetime:
    """The aware UTC time of whole seconds since 1970, as a block's timestamp has it."""
    return datetime.fromtimestamp(seconds, UTC)


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a time without a zone is no time")
    return at.astimezone(UTC)
