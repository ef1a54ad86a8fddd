"""The stepper's answers in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from entrepot.cli.changing import short_id, value_of
from entrepot.cli.happenings import Teller, time_of
from entrepot.devnet.cases import facts
from entrepot.devnet.cases.commands import Answer
from entrepot.devnet.cases.timeline import Level, Place, call_at, event_at
from entrepot.devnet.cases.why import ATTEST, ATTEST_TWICE, WITHDRAW, Remedy, Why

if TYPE_CHECKING:
    from entrepot.devnet.cases.case import Case
    from entrepot.devnet.cases.states import Between
    from entrepot.devnet.cases.stepper import Stepper, Waited
    from entrepot.devnet.cases.whatif import WhatIf

REMEDIES: Mapping[str, str] = {
    "STATE": "every lender approves and pays in",
    "TRANCHE": "nothing: it was released or has lapsed",
    "DATES": "time: see the tranche's dates",
    "HOLD": "the regulator lifts its hold",
    "ORDER": "the importer accepts the order as it is now, or the dispute is resolved",
    "APPROVALS": "the lenders approve again, on the evidence as it is now",
    "TITLE": "the holder endorses the bill and offers it in pledge for this facility",
    "PARTIES": "the participants are active again",
    "LIMIT": "repayments, or a higher limit of the lender",
    "SANDBOX": "repayments, or a higher cap of the regulator",
    "RESERVE": "more cash in the reserve",
    "ENCUMBRANCE": "the other financing of these goods ends",
    "RECOURSE": "the exporter settles the recourse claim",
}
"""What makes a condition hold that no fact of evidence can."""

DEEDS: Mapping[str, str] = {
    ATTEST: "would attest it",
    ATTEST_TWICE: "would attest it, too",
    WITHDRAW: "would withdraw it",
}

FIGURES = ("outstanding", "escrow", "reserve", "limit")

THINGS: Mapping[str, str] = {
    "trade_order": "Order",
    "title": "Title",
    "facility": "Facility",
    "holding": "Goods in the register",
}


class Narrator:
    """Tells a case's places and answers in one language."""

    def __init__(self, case: Case, lang: str) -> None:
        self.case, self.head = case, case.head
        self.teller = Teller(case.head, lang)
        self.words = self.teller.words
        self._by_command: Mapping[str, Callable[[Any], Iterator[str]]] = {
            "why": self.why,
            "diff": self.between,
            "clock": self.waited,
            "at": self.waited,
            "print": self.facts,
            "set": self.what_if,
            "stop_at": lambda value: iter([f"{self.words('stops')} {value.text}"]),
            "off": lambda _: iter([self.words("no breakpoints")]),
            "continue": self._stopped,
            "help": lambda value: (f"{key:<16} {self.words(text)}" for key, text in value.items()),
        }

    def answer(self, answer: Answer) -> Iterator[str]:
        """The lines of an answer; of a move none but the place tells."""
        if isinstance(answer.value, Place):
            return iter([self.place(answer.value)])
        return self._by_command[answer.command](answer.value)

    def place(self, place: Place) -> str:
        """`#134 block 125 · Vessel departed: Blue Meridian Lines`."""
        block = self.case.block(place.block)
        what = f"{time_of(block.time)}"
        call, event = call_at(self.case, place), event_at(self.case, place)
        if event is not None:
            what = self.teller.event(event)
        elif place.level is Level.CALL and call is not None:
            what = f"{call.by}: {call.call}" + ("" if call.ok else f" ({self.words('reverted')})")
        return f"#{place.number} {self.words('block')} {place.block} · {what}"

    def entry(self, place: Place) -> str:
        """A place as its lane has it: `125 Vessel departed: Blue Meridian Lines`."""
        event, call = event_at(self.case, place), call_at(self.case, place)
        if event is not None:
            return f"{place.block} {self.teller.event(event)}"
        if place.level is Level.CALL and call is not None:
            return f"    {call.by}: {call.call}"
        return f"{place.block} {time_of(self.case.block(place.block).time)}"

    def standing(self, stepper: Stepper) -> Iterator[tuple[str, str]]:
        """Where order, title, facility and money stand here, by name."""
        found = stepper.facts()
        for name in ("Order", "Title", "Facility"):
            yield self.words(name), self.words.state(str(found[name.lower()])) or "—"
        for name in FIGURES:
            yield self.words(name), self.words.money(int(found[name]), str(found["currency"]))
        if stepper.off_record:
            yield self.words("now"), time_of(stepper.time)

    def why(self, tranches: tuple[Why, ...]) -> Iterator[str]:
        """Each tranche: whether money moves, and if not, what would let it."""
        if not tranches:
            yield self.words("nobody has asked for a facility yet")
        for each in tranches:
            head = f"{self.words('Tranche')} {each.tranche + 1}: {self.words.state(each.state)}"
            if each.released_block is not None:
                yield f"{head}, {self.words('block')} {each.released_block}"
            elif each.state != "PENDING":
                yield head
            elif each.decision is None:
                yield f"{head}: {self.words('not judged before all lenders have paid in')}"
            elif each.decision.met:
                yield f"{head}: {self.words('all conditions hold; the money goes out next')}"
            else:
                judged = f"{self.words('decided at block')} {each.decision.block}"
                yield f"{head}, {self.words('no money moves')} ({judged})"
                for remedy in each.remedies:
                    yield from self._remedy(remedy)

    def between(self, between: Between) -> Iterator[str]:
        """States, balances, documents, journal and what members were told, in this order."""
        sections: list[tuple[str, list[str]]] = [
            ("States", [self._state(between, change) for change in between.states]),
            ("Balances", [self._moved(moved) for moved in between.balances]),
            ("Documents", [self._document(each) for each in between.documents]),
            ("Journal", [self._line(line) for line in between.journal]),
            ("Told to members, and to their webhooks", [self._told(e) for e in between.told]),
        ]
        for title, lines in sections:
            if lines:
                yield self.words(title)
                yield from (f"  {line}" for line in lines)
        if not any(lines for _, lines in sections):
            yield self.words("nothing differs")

    def waited(self, waited: Waited) -> Iterator[str]:
        """What time has done: to the tables, and to what is owed."""
        yield f"{self.words('now')} {time_of(waited.time)}; {self.words('any move goes back')}"
        then = {each.facility_id: each for each in waited.owed_before}
        for each in waited.owed:
            before = then.get(each.facility_id, each)
            for name in ("interest_minor", "penalty_minor"):
                was, now = getattr(before, name), getattr(each, name)
                if was != now:
                    yield (
                        f"{self.words('Facility')} {short_id(each.facility_id)}: "
                        f"{self.words(name.removesuffix('_minor'))} "
                        f"{self.words.money(was, each.currency)} → "
                        f"{self.words.money(now, each.currency)}"
                    )
        yield from self.between(waited.between)

    def what_if(self, fork: WhatIf) -> Iterator[str]:
        """Both ends side by side, what was refused on the way, and why money waits there."""
        yield f"{self.words('what if')} {fork.set} ({self.words('block')} {fork.block})"
        yield f"  {'':<24} {self.words('as it was'):<24} {self.words('as it would be')}"
        for name in sorted(fork.was.keys() | fork.would_be.keys()):
            was, would_be = fork.was.get(name, 0), fork.would_be.get(name, 0)
            if was != would_be and name not in ("block", "time"):
                yield f"  {name:<24} {was!s:<24} {would_be}"
        for each in fork.refused:
            yield (
                f"  ✗ {time_of(each.time)} {each.by}: {each.call}: "
                f"{self.words('refused')}, {each.reason}"
            )
        yield from self.why(fork.why)

    def facts(self, found: Mapping[str, object]) -> Iterator[str]:
        return (f"{name:<28} {value}" for name, value in sorted(found.items()))

    def _stopped(self, reached: Any) -> Iterator[str]:
        found = f"{self.words('stopped')} {reached.text}" if reached else self.words("at the end")
        return iter([found])

    def _remedy(self, remedy: Remedy) -> Iterator[str]:
        if not remedy.kind:
            yield f"  ○ {self.words('does not hold')}: {self.words.condition(remedy.condition)}"
            if remedy.condition in REMEDIES:
                yield f"    → {self.words(REMEDIES[remedy.condition])}"
            return
        sign = "✗" if remedy.deed == WITHDRAW else "○"
        lacks = {
            ATTEST: "nobody has attested it",
            ATTEST_TWICE: "missing a second, unrelated attester",
            WITHDRAW: "stands against it until it is withdrawn",
        }
        yield f"  {sign} {self.words.kind(remedy.kind)}: {self.words(lacks[remedy.deed])}"
        who = f" {self.words('or')} ".join(self.teller.party(lei) for lei in remedy.who)
        nobody = self.words("the order names nobody for it")
        yield f"    → {who} {self.words(DEEDS[remedy.deed])}" if who else f"    → {nobody}"

    def _state(self, between: Between, change: Any) -> str:
        row = between.rows[f"{change.table} {change.key}"]
        label = f"{self._thing(change.table, row)}"
        if change.field != "state":
            label += f", {self.words(change.field.removesuffix('_minor').replace('_', ' '))}"
        was, now = (self._value(change.field, v, row) for v in (change.before, change.after))
        return f"{label}: {was} → {now}"

    def _thing(self, table: str, row: Mapping[str, str]) -> str:
        if table == "evidence_item":
            return f"{self.words.kind(row['kind'])} ({self.teller.party(row['attester'])})"
        if table == "tranche":
            return f"{self.words('Tranche')} {int(row['position']) + 1}"
        return self.words(THINGS.get(table, table.replace("_", " ")))

    def _value(self, field: str, value: str | None, row: Mapping[str, str]) -> str:
        if value is None or not value.strip("0x"):
            return "—" if field != "version" and not field.endswith("_minor") else "0"
        if field == "state":
            return self.words.state(value)
        if field.endswith("_minor") and "currency" in row:
            return self.words.money(int(value), row["currency"])
        return self.teller.party(value) if value in self.teller.parties else value_of(field, value)

    def _moved(self, moved: Any) -> str:
        was = self.words.money(moved.before_minor, moved.currency)
        return f"{self._account(moved.account)}: {was} → " + self.words.money(
            moved.after_minor, moved.currency
        )

    def _document(self, document: Any) -> str:
        what = self.words.kind(document.kind)
        return f"{what}: {self.teller.party(document.owner)}, {short_id(document.document)}"

    def _line(self, line: Any) -> str:
        moved = self.words.money(line.amount_minor, line.currency)
        return f"{self._account(line.account)}: {moved} ({line.memo})"

    def _account(self, account: str) -> str:
        """`deposit of exporter`, `claim of Harbour Bank`."""
        kind, *parts = account.split("/")
        if kind in ("deposit", "rail"):
            return f"{self.words(kind)} {facts.owner(self.head, parts[1])}"
        whose = " ".join(self.teller.party(part) for part in parts[1:])
        return f"{self.words(kind)} {whose or short_id('0x' + parts[0])}"

    def _told(self, event: Any) -> str:
        return f"{event.type.removeprefix('entrepot.')}: {self.teller.event(event)}"
