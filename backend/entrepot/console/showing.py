"""How values look to a reader: amounts, times, names and states, in a language and a zone."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from babel.core import Locale
from babel.dates import format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal

from entrepot.console.language import Language, catalogue
from entrepot.console.listing import Kind
from entrepot.console.map.sea import port
from entrepot.views.values import Amount, Party
from entrepot.views.words import ROLES, kind_in_words, state_in_words

NOTHING = "—"
HASH_SHOWN_MAX = 14
_ID = re.compile(r"0x[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads one language in one zone.

    now: the chain's time, RFC 3339, from which ages are told; None before the first block.
    """

    language: Language
    zone: tzinfo = UTC
    now: str | None = None

    def show(self, kind: Kind, value: Any) -> str:
        """A value of a list's column, as text."""
        return NOTHING if value is None or value == "" else self._ways()[kind](value)

    def _ways(self) -> dict[Kind, Callable[[Any], str]]:
        return {
            "text": str,
            "money": self.money,
            "party": self.name,
            "moment": self.moment,
            "age": self.age,
            "state": self.state,
            "count": self.count,
            "percent": self.percent,
            "share": share,
            "hash": short,
            "words": self.words,
            "kind": self.kind,
            "kinds": self.kinds,
            "roles": self.roles,
            "reference": reference,
            "country": self.country,
            "corridor": corridor,
        }

    def money(self, value: Amount) -> str:
        """With its currency's code and its own number of decimals: "USD 1,284,000.00"."""
        return format_currency(
            Decimal(value.amount),
            value.currency,
            locale=self.language.locale,
            format="¤¤ #,##0.00",
        )

    def percent(self, bps: int) -> str:
        """Basis points as a percentage: 620 as 6.2%, 6000 as 60%."""
        return format_decimal(Decimal(bps) / 100, "0.##", locale=self.language.locale) + "%"

    def count(self, value: int) -> str:
        return format_decimal(value, locale=self.language.locale)

    def moment(self, text: str | None) -> str:
        """An RFC 3339 time in UTC, as people of the language write it where they are."""
        if text is None:
            return NOTHING
        when = datetime.fromisoformat(text).astimezone(self.zone)
        return format_datetime(
            when, self.language.moment, tzinfo=self.zone, locale=self.language.locale
        )

    def age(self, text: str | None) -> str:
        """How long ago, on the chain's clock: "14m"."""
        if text is None or self.now is None:
            return NOTHING
        passed = datetime.fromisoformat(self.now) - datetime.fromisoformat(text)
        return format_timedelta(
            max(passed, timedelta()), format="narrow", locale=self.language.locale
        )

    def name(self, party: Party) -> str:
        """The name that the reader reads; the other one where there is none."""
        return (party.name_zh or party.name) if self.language.code == "zh" else party.name

    def country(self, code: str) -> str:
        """Of ISO 3166-1: "Netherlands"; the code where there is no such country."""
        return Locale.parse(self.language.locale).territories.get(code, code)

    def port(self, code: str) -> str:
        """A UN/LOCODE, with its name where that is known: "Ningbo (CNNGB)"."""
        known = port(code)
        return f"{known.name} ({code})" if known else code

    def words(self, english: str) -> str:
        """Words of ours in the reader's language."""
        return catalogue(self.language.code).gettext(english)

    def state(self, state: str) -> str:
        return self.words(state_in_words(state))

    def kind(self, kind: str) -> str:
        return self.words(kind_in_words(kind))

    def kinds(self, kinds: Sequence[str]) -> str:
        return " · ".join(self.kind(kind) for kind in kinds)

    def roles(self, roles: Sequence[str]) -> str:
        return " · ".join(self.words(ROLES[role]) for role in roles)


def reference(text: str) -> str:
    """A member's own number for an order; short where only the ledger's id is known."""
    return short(text) if _ID.fullmatch(text) else text


def corridor(countries: str) -> str:
    """CNNL, as the ledger has it, as CN–NL."""
    return f"{countries[:2]}–{countries[2:]}"


def share(bps: int) -> str:
    """Basis points as a share of a hundred: 6000 as 60, 3333 as 33.33."""
    return f"{Decimal(bps) / 100:f}"


def short(text: str) -> str:
    """0x8f1c…55aa: enough of a hash to recognise it."""
    return text if len(text) <= HASH_SHOWN_MAX else f"{text[:6]}…{text[-4:]}"
