"""Money is exact, bounded, and never of two currencies at once."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.domain.code_lists import CURRENCY_EXPONENTS
from entrepot.domain.errors import CurrencyMismatch, InvalidMoney
from entrepot.domain.money import AMOUNT_MINOR_MAX, Money, exponent_of

amounts = st.integers(min_value=-AMOUNT_MINOR_MAX, max_value=AMOUNT_MINOR_MAX)
currencies = st.sampled_from(sorted(CURRENCY_EXPONENTS))


@pytest.mark.parametrize(
    ("text", "currency", "amount_minor"),
    [
        ("1284000.00", "USD", 128_400_000),
        ("1284000", "USD", 128_400_000),
        ("1284000.5", "USD", 128_400_050),
        ("0.01", "EUR", 1),
        ("-0.05", "EUR", -5),
        ("1284000", "JPY", 1_284_000),
        ("1.234", "KWD", 1_234),
        ("1.2345", "CLF", 12_345),
        ("0", "USD", 0),
    ],
)
def test_parse_when_exact_gives_minor_units(text: str, currency: str, amount_minor: int) -> None:
    assert Money.parse(text, currency) == Money(amount_minor, currency)


@pytest.mark.parametrize(
    ("text", "currency", "why"),
    [
        ("1.005", "USD", "3 decimals; USD has 2"),
        ("1.0", "JPY", "1 decimals; JPY has 0"),
        ("1,284,000.00", "USD", "not a plain decimal"),
        ("1e6", "USD", "not a plain decimal"),
        ("+1.00", "USD", "not a plain decimal"),
        ("01.00", "USD", "not a plain decimal"),
        (".50", "USD", "not a plain decimal"),
        ("1.", "USD", "not a plain decimal"),
        (" 1.00", "USD", "not a plain decimal"),
        ("1.00\n", "USD", "not a plain decimal"),
        ("", "USD", "not a plain decimal"),
        ("NaN", "USD", "not a plain decimal"),
        ("\u0661.00", "USD", "not a plain decimal"),
        ("-0.00", "USD", "negative zero"),
        ("1.00", "usd", "not an active ISO 4217 currency"),
        ("1.00", "DEM", "not an active ISO 4217 currency"),
        ("1.00", "XAU", "not an active ISO 4217 currency"),
        (str(AMOUNT_MINOR_MAX), "USD", "do not fit the ledger"),
    ],
)
def test_parse_when_not_exact_says_why(text: str, currency: str, why: str) -> None:
    with pytest.raises(InvalidMoney, match=why):
        Money.parse(text, currency)


def test_from_decimal_when_trailing_zeros_are_beyond_the_currency_is_exact() -> None:
    assert Money.from_decimal(Decimal("100.00"), "JPY") == Money(100, "JPY")


@pytest.mark.parametrize("amount", ["0.001", "NaN", "Infinity", "1E+400", "1E-400"])
def test_from_decimal_when_not_representable_refuses(amount: str) -> None:
    with pytest.raises(InvalidMoney):
        Money.from_decimal(Decimal(amount), "USD")


def test_operators_when_currencies_differ_refuse() -> None:
    dollars, euros = Money(100, "USD"), Money(100, "EUR")
    for operate in (lambda: dollars + euros, lambda: dollars - euros, lambda: dollars < euros):
        with pytest.raises(CurrencyMismatch):
            operate()
    assert dollars != euros


def test_exponents_cover_the_odd_currencies() -> None:
    assert [exponent_of(code) for code in ("JPY", "USD", "KWD", "CLF")] == [0, 2, 3, 4]


@given(amounts, currencies)
def test_parse_undoes_to_decimal_string(amount_minor: int, currency: str) -> None:
    money = Money(amount_minor, currency)
    assert Money.parse(money.to_decimal_string(), currency) == money
    assert Money.from_decimal(Decimal(money.to_decimal_string()), currency) == money


@given(st.integers(-(10**30), 10**30), st.integers(-(10**30), 10**30), currencies)
def test_sums_are_those_of_the_minor_units(a: int, b: int, currency: str) -> None:
    left, right = Money(a, currency), Money(b, currency)
    assert (left + right).amount_minor == a + b
    assert left - right == left + -right
    assert (left < right) == (a < b)
    assert max(left, right).amount_minor == max(a, b)
