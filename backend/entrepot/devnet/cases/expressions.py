"""Conditions over the facts of a state: `outstanding > limit and not title.state == 'PLEDGED'`.

A grammar of our own, because a case or a script may come from somebody else: names, whole numbers,
'words', true and false; + - *; == != < <= > >=; and or not; parentheses. Nothing is ever called.

    either = both {"or" both}      both = negation {"and" negation}
    negation = {"not"} comparison  comparison = sum [== sum]
    sum = product {+ product}      product = value {* value}
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

LENGTH_MAX = 400
DEPTH_MAX = 40
VALUE_MAX = 2**256

Value = int | str | bool
Facts = Mapping[str, Value]
Condition = Callable[[Facts], Value]

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d[\d_]*)|(?P<word>'[^']*'|\"[^\"]*\")|(?P<name>[A-Za-z_][\w.-]*\w|[A-Za-z_])"
    r"|(?P<sign>==|!=|<=|>=|[<>+\-*()]))"
)
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SUMS: Mapping[str, Callable[[int, int], int]] = {"+": operator.add, "-": operator.sub}
_PRODUCTS: Mapping[str, Callable[[int, int], int]] = {"*": operator.mul}
_CONSTANTS: Mapping[str, bool] = {"true": True, "false": False}


class ExpressionError(ValueError):
    """It is no condition, or speaks of what is not there; the message says what."""


def condition(text: str) -> Condition:
    """The text as a function of facts, which raises ExpressionError for an unknown name or for
    comparing numbers with words."""
    if len(text) > LENGTH_MAX:
        raise ExpressionError(f"a condition has {LENGTH_MAX} characters at most")
    reader = _Reader(_tokens(text))
    found = reader.either()
    if reader.rest:
        raise ExpressionError(f"not understood from {reader.rest[0][1]!r} on")
    return found


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise ExpressionError(f"not understood from {text[at:].strip()[:20]!r} on")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


class _Reader:
    """Recursive descent; what is left of the tokens is `rest`."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.rest = tokens
        self._depth = 0

    def either(self) -> Condition:
        found = self._both()
        while self._take("or"):
            left, right = found, self._both()
            found = _or(left, right)
        return found

    def _both(self) -> Condition:
        found = self._negation()
        while self._take("and"):
            left, right = found, self._negation()
            found = _and(left, right)
        return found

    def _negation(self) -> Condition:
        if self._take("not"):
            self._deeper()
            inner = self._negation()
            return lambda facts: not inner(facts)
        return self._comparison()

    def _comparison(self) -> Condition:
        left = self._chain(self._product, _SUMS)
        if (sign := self._take(*_COMPARISONS)) is None:
            return left
        return _compared(sign, left, self._chain(self._product, _SUMS))

    def _product(self) -> Condition:
        return self._chain(self._value, _PRODUCTS)

    def _chain(
        self, part: Callable[[], Condition], signs: Mapping[str, Callable[[int, int], int]]
    ) -> Condition:
        found = part()
        while (sign := self._take(*signs)) is not None:
            found = _computed(signs[sign], found, part())
        return found

    def _value(self) -> Condition:
        if not self.rest:
            raise ExpressionError("something is missing at the end")
        kind, text = self.rest.pop(0)
        if kind == "number":
            number = int(text.replace("_", ""))
            return lambda _: number
        if kind == "word":
            return lambda _: text[1:-1]
        if kind == "name":
            return _named(text)
        if text != "(":
            raise ExpressionError(f"a name or a number is wanted, not {text!r}")
        self._deeper()
        inner = self.either()
        if not self._take(")"):
            raise ExpressionError("a parenthesis is not closed")
        return inner

    def _take(self, *wanted: str) -> str | None:
        if self.rest and self.rest[0][0] in ("sign", "name") and self.rest[0][1] in wanted:
            return self.rest.pop(0)[1]
        return None

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise ExpressionError("too many parentheses")


def _or(left: Condition, right: Condition) -> Condition:
    return lambda facts: bool(left(facts)) or bool(right(facts))


def _and(left: Condition, right: Condition) -> Condition:
    return lambda facts: bool(left(facts)) and bool(right(facts))


def _named(name: str) -> Condition:
    if name in _CONSTANTS:
        return lambda _: _CONSTANTS[name]

    def value(facts: Facts) -> Value:
        if name not in facts:
            raise ExpressionError(f"there is no {name!r} here: {', '.join(sorted(facts))}")
        return facts[name]

    return value


def _compared(sign: str, left: Condition, right: Condition) -> Condition:
    def value(facts: Facts) -> bool:
        one, other = left(facts), right(facts)
        if isinstance(one, str) != isinstance(other, str) and sign not in ("==", "!="):
            raise ExpressionError(f"{one!r} and {other!r} have no order")
        return _COMPARISONS[sign](one, other)

    return value


def _computed(compute: Callable[[int, int], int], left: Condition, right: Condition) -> Condition:
    def value(facts: Facts) -> int:
        one, other = left(facts), right(facts)
        if isinstance(one, str) or isinstance(other, str):
            raise ExpressionError("words are not counted")
        found = compute(one, other)
        if abs(found) >= VALUE_MAX:
            raise ExpressionError("that number is too large")
        return found

    return value
