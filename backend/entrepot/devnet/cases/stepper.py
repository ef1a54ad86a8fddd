"""One reader's place in a case, and all that can be asked there.

Moving takes chain and tables along. Questions about recorded blocks are answered from the case;
after `clock` or `at` the stage is off the record, at a time that the case does not have, and they
are answered from the stage's tables, until the next move goes back to the record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from entrepot.devnet.cases import states as folded
from entrepot.devnet.cases.breakpoints import Breakpoint, breakpoint_of
from entrepot.devnet.cases.case import Block, Case
from entrepot.devnet.cases.expressions import Facts
from entrepot.devnet.cases.facts import facts_of
from entrepot.devnet.cases.stage import CaseStage
from entrepot.devnet.cases.states import Between, States
from entrepot.devnet.cases.timeline import Level, Place, places
from entrepot.devnet.cases.why import Why, why
from entrepot.kit.clock import from_unix, to_unix
from entrepot.views.changes import Snapshot
from entrepot.views.debts import OwedView, owed_at


class NoSuchPlace(ValueError):
    """The case has no such place; the message says what it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """What letting time run did. time: unix seconds; owed: by each facility then."""

    time: int
    between: Between
    owed_before: tuple[OwedView, ...]
    owed: tuple[OwedView, ...]


class Stepper:
    """Goes through a case on its stage. Whatever it does is undone by going somewhere else."""

    def __init__(self, case: Case, stage: CaseStage) -> None:
        self.case, self.stage = case, stage
        self.places = places(case)
        self.breakpoints: list[Breakpoint] = []
        self._states = States(case)
        self._facts: dict[int, Facts] = {}
        self._place = self.places[0]
        self.stage.go_to(self._place.block)

    @property
    def place(self) -> Place:
        return self._place

    @property
    def block(self) -> Block:
        """The recorded block that the place is in."""
        return self.case.block(self._place.block)

    @property
    def off_record(self) -> bool:
        """Whether time has been let run beyond the record."""
        return self.stage.block != self._place.block

    @property
    def time(self) -> int:
        """What the chain's clock says, unix seconds."""
        return self.stage.chain.time

    def next(self) -> Place:
        """The next business event, or the end."""
        return self._seek(1, lambda place: place.level is Level.EVENT)

    def back(self) -> Place:
        """The business event before, or the beginning."""
        return self._seek(-1, lambda place: place.level is Level.EVENT)

    def into(self) -> Place:
        """The next place of any level: into a block, to its calls and their events."""
        return self._seek(1, lambda _: True)

    def out(self) -> Place:
        """The place before, of any level."""
        return self._seek(-1, lambda _: True)

    def go_on(self) -> Breakpoint | None:
        """To the next place where a breakpoint holds, and which; to the end when none does."""
        hit: list[Breakpoint] = []

        def stops(place: Place) -> bool:
            hit[:] = [b for b in self.breakpoints if b.holds(self.case, place, self.facts_at)][:1]
            return bool(hit)

        self._seek(1, stops)
        return hit[0] if hit else None

    def go_to(self, number: int) -> Place:
        """To a place by its number."""
        if not 0 <= number < len(self.places):
            raise NoSuchPlace(f"places are numbered from 0 to {len(self.places) - 1}")
        return self._move(self.places[number])

    def go_to_block(self, number: int) -> Place:
        """To the moment after a block."""
        return self._move(self.place_of(number))

    def place_of(self, block: int) -> Place:
        """The place of a block."""
        for place in self.places:
            if place.block == block and place.level is Level.BLOCK:
                return place
        raise NoSuchPlace(f"blocks go from {self.places[0].block} to {self.places[-1].block}")

    def stop_at(self, text: str) -> Breakpoint:
        """Sets a breakpoint, which may be there already. ExpressionError when it is none, or speaks
        of what this case never has."""
        added = breakpoint_of(text)
        if added.condition is not None:
            added.condition(self.facts_at(self.case.head.last))
        if added.text not in {each.text for each in self.breakpoints}:
            self.breakpoints.append(added)
        return added

    def state(self) -> Snapshot:
        """The tables as they are here."""
        return self.stage.state() if self.off_record else self._states.at(self._place.block)

    def facts(self) -> Facts:
        """What can be asked for by name here."""
        if not self.off_record:
            return self.facts_at(self._place.block)
        return facts_of(self.state(), self.case.head, self.stage.block, self.time)

    def facts_at(self, block: int) -> Facts:
        """The same after any recorded block."""
        if block not in self._facts:
            time = self.case.block(block).time if block else self.case.head.genesis_time
            self._facts[block] = facts_of(self._states.at(block), self.case.head, block, time)
        return self._facts[block]

    def why(self) -> tuple[Why, ...]:
        """Every tranche of the facility as it stands here."""
        return why(self.state(), self.case.head)

    def diff(self, one: int, other: int) -> Between:
        """What differs between the states after two blocks."""
        for block in (one, other):
            self.place_of(block)
        return folded.between(self.case, self._states, one, other)

    def clock(self, by: timedelta) -> Waited:
        """Lets time run: the chain's, the backend's, and interest with them."""
        return self.at(from_unix(self.time) + by)

    def at(self, when: datetime) -> Waited:
        """Lets time run until then; NoSuchPlace when that has passed."""
        if to_unix(when) <= self.time:
            raise NoSuchPlace(f"it is {from_unix(self.time):%Y-%m-%d %H:%M:%SZ}: time runs forward")
        before, owed_before = self.stage.state(), self._owed()
        self.stage.wait_until(to_unix(when))
        return Waited(
            time=self.time,
            between=folded.compare(before, self.stage.state()),
            owed_before=owed_before,
            owed=self._owed(),
        )

    def _owed(self) -> tuple[OwedView, ...]:
        with self.stage.world.store.reading() as session:
            return owed_at(session, self.time)

    def _seek(self, way: int, stops: Callable[[Place], bool]) -> Place:
        """To the nearest place in that direction where one stops, or to the last one there."""
        number = self._place.number
        while 0 <= number + way < len(self.places):
            number += way
            if stops(self.places[number]):
                break
        return self._move(self.places[number])

    def _move(self, place: Place) -> Place:
        if self.off_record:
            self.stage.back(self._place.block)
        self.stage.go_to(place.block)
        self._place = place
        return place
