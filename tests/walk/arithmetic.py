"""What a settlement must come to, worked out with nothing but dates and fractions.

Written from the terms of the facility, not from the contracts: nothing of the project is imported.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil, floor

PAID_CENTS = 128_400_000  # USD 1,284,000.00, the invoice
TRANCHES_CENTS = (25_680_000, 64_200_000, 12_840_000)  # 20 %, 50 %, 10 % of it
INTEREST, FEE, PLATFORM, BANK = (Fraction(n, 10_000) for n in (650, 25, 2_000, 6_000))
YEAR_DAYS = 360
BANK_HAD_CENTS, FINTECH_HAD_CENTS = 100_000_000, 80_000_000


@dataclass(frozen=True)
class Outcome:
    """What everybody has at the end, in cents."""

    exporter: int
    importer: int
    bank: int
    fintech: int


def settle(released: tuple[date, date, date], repaid: date) -> Outcome:
    """Three releases and one payment of the whole invoice. Days are those of the UTC calendar."""
    drawn = sum(TRANCHES_CENTS)
    interest = ceil(
        sum(
            Fraction(cents * (repaid - day).days) * INTEREST / YEAR_DAYS
            for cents, day in zip(TRANCHES_CENTS, released, strict=True)
        )
    )  # what is owed is rounded up, once
    fee = ceil(drawn * FEE)
    platform = floor(interest * PLATFORM)  # never more than its share of the interest
    bank = _nearest((interest - platform) * BANK) + _nearest(fee * BANK)
    fintech = interest + fee - bank  # what is left, with the platform's share
    # Principal, reserve and true-up come back to whoever paid them in.
    return Outcome(
        exporter=drawn + PAID_CENTS - drawn - interest - fee,
        importer=0,
        bank=BANK_HAD_CENTS + bank,
        fintech=FINTECH_HAD_CENTS + fintech,
    )


def _nearest(cents: Fraction) -> int:
    """With two parties, the largest remainder is rounding to the nearest cent."""
    return floor(cents + Fraction(1, 2))
