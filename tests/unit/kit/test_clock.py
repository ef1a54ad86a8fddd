"""Time is aware, in UTC, and runs forward."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from entrepot.kit.clock import ManualClock, SystemClock, from_unix, to_unix

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_system_clock_is_in_utc_and_now() -> None:
    before = datetime.now(UTC)
    assert before <= SystemClock().now() <= datetime.now(UTC)
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_manual_clock_stands_until_moved() -> None:
    clock = ManualClock(NOON)
    assert clock.now() == clock.now() == NOON
    assert clock.move(timedelta(days=2)) == NOON + timedelta(days=2)
    assert clock.move_to(NOON + timedelta(days=3)) == clock.now()


def test_manual_clock_refuses_to_run_backward() -> None:
    clock = ManualClock(NOON)
    with pytest.raises(ValueError, match="backward"):
        clock.move(timedelta(seconds=-1))
    assert clock.now() == NOON


def test_manual_clock_takes_any_zone_and_tells_utc() -> None:
    shanghai = timezone(timedelta(hours=8))
    assert ManualClock(NOON.astimezone(shanghai)).now().utcoffset() == timedelta(0)


def test_naive_time_is_refused() -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(ValueError, match="zone"):
        to_unix(naive)
    with pytest.raises(ValueError, match="zone"):
        ManualClock(naive)


@pytest.mark.parametrize("seconds", [0, 1, 1_772_366_400, 253_402_300_799])
def test_unix_seconds_survive_the_round_trip(seconds: int) -> None:
    assert to_unix(from_unix(seconds)) == seconds


def test_to_unix_rounds_down_also_before_1970() -> None:
    assert to_unix(from_unix(10) + timedelta(microseconds=999_999)) == 10
    assert to_unix(from_unix(0) - timedelta(microseconds=1)) == -1
