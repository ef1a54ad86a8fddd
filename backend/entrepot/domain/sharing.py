"""Splits of an amount by basis points, in whole minor units: the twin of `Shares.sol`."""

from collections.abc import Sequence

WHOLE_BPS = 10_000


def split(amount_minor: int, bps: Sequence[int]) -> list[int]:
    """Parts that add up to the amount, by Webster's rule (for two: the largest remainder).

    No part shrinks when the amount grows, so a running total may be split before and after a
    payment and the differences are what the payment brings, however often it is cut.
    """
    parts = [(2 * amount_minor * share + WHOLE_BPS) // (2 * WHOLE_BPS) for share in bps]
    while sum(parts) < amount_minor:
        parts[_most_entitled(parts, bps)] += 1
    while sum(parts) > amount_minor:
        parts[_least_entitled(parts, bps)] -= 1
    return parts


def between(from_minor: int, to_minor: int, bps: Sequence[int]) -> list[int]:
    """What each part of `from_minor` gains as the amount grows to `to_minor`."""
    before, after = split(from_minor, bps), split(to_minor, bps)
    return [b - a for a, b in zip(before, after, strict=True)]


def portion_up(amount_minor: int, bps: int) -> int:
    """amount x bps / 10,000, rounded up: what is owed or must be kept."""
    return -(-amount_minor * bps // WHOLE_BPS)


def _most_entitled(parts: Sequence[int], bps: Sequence[int]) -> int:
    best = 0
    for i in range(1, len(parts)):
        if bps[i] * (2 * parts[best] + 1) > bps[best] * (2 * parts[i] + 1):
            best = i
    return best


def _least_entitled(parts: Sequence[int], bps: Sequence[int]) -> int:
    held = [i for i, part in enumerate(parts) if part > 0]
    worst = held[0]
    for i in held[1:]:
        if bps[i] * (2 * parts[worst] - 1) <= bps[worst] * (2 * parts[i] - 1):
            worst = i
    return worst
