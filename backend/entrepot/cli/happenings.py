"""What a case tells, in the words of the trade and of the reader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from entrepot.cli.changing import rows, short_id, value_of
from entrepot.cli.words import Words
from entrepot.devnet.cases.lanes import kind_of
from entrepot.domain.money import Money
from entrepot.kit.clock import from_unix
from entrepot.views.values import Party
from entrepot.views.words import BREACHES, EVENTS

if TYPE_CHECKING:
    from entrepot.devnet.cases.case import Block, Happening, Head
    from entrepot.devnet.cases.checking import Difference

ACTORS = ("attester", "lender", "carrier", "regulator", "arbiter", "payer", "actor", "exporter")


FOUND: Mapping[str, str] = {
    "entrepot.facility.conditions_met": "All conditions met",
    "entrepot.facility.conditions_wait": "Conditions not met",
    "entrepot.facility.breach_noted": BREACHES["ReleaseBreached"],
    "entrepot.facility.breach_mended": BREACHES["BreachMended"],
    "entrepot.deposit.transfer": "Deposit moved",
    "entrepot.deposit.minted": "Deposit credited",
    "entrepot.deposit.approval": "Deposit may be drawn on",
}
"""What this node finds by itself, and what a deposit's token says."""


class Teller:
    """Says in one language what a case's blocks are about."""

    def __init__(self, head: Head, lang: str) -> None:
        self.words = Words(lang)
        self.parties = {m.lei: Party(m.lei, m.name, m.name_zh) for m in head.members}

    def block(self, block: Block) -> Iterator[str]:
        """A block's lines: when, by whom which call, what happened, what changed."""
        yield f"block {block.number} · {time_of(block.time)} · {short_id(block.hash)}"
        for transaction in block.transactions:
            verdict = "" if transaction.ok else " · reverted"
            yield f"    {transaction.by}: {transaction.call}{verdict}"
        for happening in block.events:
            yield f"  • {self.event(happening)}"
        for line in rows(block.changes):
            yield f"      {line}"

    def event(self, happening: Happening) -> str:
        """`Tranche released: tranche 2, Harbour Bank, USD 642,000.00`."""
        more = [*self._figures(happening.data)]
        return self._title(happening) + (f": {', '.join(more)}" if more else "")

    def party(self, lei: str) -> str:
        return self.words.party(self.parties[lei]) if lei in self.parties else lei

    def _title(self, happening: Happening) -> str:
        name = (happening.ledger_event or "").rpartition(".")[2]
        if name in EVENTS:
            return self.words.event(EVENTS[name][1])
        kind = kind_of(happening)
        if kind:
            withdrawn = happening.type.endswith(".withdrawn")
            return self.words.kind(kind) + (f" ({self.words('withdrawn')})" if withdrawn else "")
        if happening.type in FOUND:
            return self.words.event(self.words(FOUND[happening.type]))
        return happening.type.removeprefix("entrepot.").replace(".", ": ").replace("_", " ")

    def _figures(self, data: dict[str, Any]) -> Iterator[str]:
        if isinstance(tranche := data.get("tranche"), int | str):
            yield f"{self.words('Tranche')} {int(tranche) + 1}"
        for name in ACTORS:
            if data.get(name) in self.parties:
                yield self.party(str(data[name]))
                break
        amount, currency = data.get("amount"), data.get("currency")
        if amount is not None and currency:
            yield f"{currency} {Money(int(amount), currency).to_decimal_string()}"
        for name in ("missing", "blocking", "missing_twice"):
            for kind in data.get(name) or ():
                yield f"{self.words('missing' if name != 'blocking' else 'does not hold')}: " + (
                    self.words.kind(kind)
                )


def time_of(seconds: int) -> str:
    return f"{from_unix(seconds):%Y-%m-%d %H:%M:%SZ}"


def difference_in_words(difference: Difference, teller: Teller) -> str:
    """What was recorded, and what it is now."""
    from entrepot.devnet.cases import checking

    was, now = difference.recorded, difference.found
    if difference.place == checking.ROW:
        table, _, key = difference.subject.partition(" ")
        what = f"{table.replace('_', ' ')} {short_id(key)}: {difference.field.replace('_', ' ')}"
        was, now = value_of(difference.field, was), value_of(difference.field, now)
    elif difference.place == checking.EVENT:
        what = "what happened: " + difference.subject
        was, now = _event(was, teller), _event(now, teller)
    elif difference.place == checking.BLOCK:
        what = f"the block of {time_of(int(difference.subject))}"
    elif difference.place == checking.TRANSACTION:
        what = difference.subject
    else:
        what = difference.place
    return f"{what} was recorded as {was or 'nothing'} and is {now or 'nothing'}"


def _event(spelled: str | None, teller: Teller) -> str | None:
    from entrepot.devnet.cases.case import Happening

    if spelled is None:
        return None
    return f"“{teller.event(msgspec.json.decode(spelled, type=Happening))}” {spelled}"
