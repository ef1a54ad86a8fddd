"""Money: a whole number of minor units of one ISO 4217 currency. No float comes near it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import total_ordering
from typing import Final, Self

from entrepot.domain.code_lists import CURRENCY_EXPONENTS
from entrepot.domain.errors import CurrencyMismatch, InvalidMoney

AMOUNT_MINOR_MAX: Final = 2**128 - 1
"""What the ledger's uint128 holds; a larger amount could not be settled."""

_DECIMAL = re.compile(r"(-?)(0|[1-9][0-9]{0,39})(?:\.([0-9]{1,8}))?", re.ASCII)


def exponent_of(currency: str) -> int:
    """Digits after the point: 2 for USD, 0 for JPY, 3 for KWD. InvalidMoney if it is unknown."""
    try:
        return CURRENCY_EXPONENTS[currency]
    except KeyError:
        raise InvalidMoney(f"{currency[:12]!r} is not an active ISO 4217 currency") from None


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """`amount_minor` minor units of `currency`. May be negative: postings are."""

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        exponent_of(self.currency)
        if abs(self.amount_minor) > AMOUNT_MINOR_MAX:
            raise InvalidMoney(
                f"{self.amount_minor} {self.currency} minor units do not fit the ledger"
            )

    @classmethod
    def parse(cls, text: str, currency: str) -> Self:
        """Read plain decimal text such as "1284000.00". No sign but minus, no spaces, no exponent.

        InvalidMoney if there are more digits after the point than the currency has.
        """
        exponent = exponent_of(currency)
        match = _DECIMAL.fullmatch(text)
        if match is None:
            raise InvalidMoney(f"{text[:50]!r} is not a plain decimal amount such as 1284000.00")
        sign, whole, fraction = match[1], match[2], match[3] or ""
        if len(fraction) > exponent:
            raise InvalidMoney(f"{text!r} has {len(fraction)} decimals; {currency} has {exponent}")
        amount_minor = int(whole + fraction.ljust(exponent, "0"))
        if sign and amount_minor == 0:
            raise InvalidMoney(f"{text!r} is a negative zero")
        return cls(-amount_minor if sign else amount_minor, currency)

    @classmethod
    def from_decimal(cls, amount: Decimal, currency: str) -> Self:
        """Exactly the same amount, or InvalidMoney; Decimal("100.00") JPY is 100 minor units."""
        if not amount.is_finite() or abs(amount.adjusted()) > 40:
            raise InvalidMoney(f"{amount} is no amount of money")
        numerator, denominator = amount.as_integer_ratio()
        amount_minor, rest = divmod(numerator * 10 ** exponent_of(currency), denominator)
        if rest:
            raise InvalidMoney(f"{amount} is finer than the minor unit of {currency}")
        return cls(amount_minor, currency)

    def to_decimal_string(self) -> str:
        """The amount with all digits of its currency: "1284000.00", "-0.05", JPY "1284000"."""
        exponent = exponent_of(self.currency)
        sign = "-" if self.amount_minor < 0 else ""
        digits = str(abs(self.amount_minor)).rjust(exponent + 1, "0")
        if exponent == 0:
            return sign + digits
        return f"{sign}{digits[:-exponent]}.{digits[-exponent:]}"

    def __str__(self) -> str:
        return f"{self.currency} {self.to_decimal_string()}"

    def __add__(self, other: Money) -> Money:
        return Money(self.amount_minor + self._minor_of(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount_minor - self._minor_of(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount_minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount_minor < self._minor_of(other)

    def _minor_of(self, other: Money) -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return other.amount_minor
