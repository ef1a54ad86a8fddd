"""What the page shows of a reader's place in a case, said in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from entrepot.devnet.cases.altering import CannotSet
from entrepot.devnet.cases.case import Case, CaseError
from entrepot.devnet.cases.commands import Answer, NotUnderstood, run
from entrepot.devnet.cases.expressions import ExpressionError
from entrepot.devnet.cases.lanes import LANES, passed, releases
from entrepot.devnet.cases.stepper import NoSuchPlace, Stepper
from entrepot.devnet.cases.timeline import Place

ENTRIES_SHOWN = 10
"""The newest of a lane."""

REFUSED = (NotUnderstood, NoSuchPlace, ExpressionError, CannotSet, CaseError)


class Says(Protocol):
    """Our own phrases in one language."""

    def __call__(self, text: str) -> str: ...


class Narrates(Protocol):
    """Tells a case in one language: the terminal's words serve the page as well."""

    @property
    def words(self) -> Says: ...
    def place(self, place: Place) -> str: ...
    def entry(self, place: Place) -> str: ...
    def standing(self, stepper: Stepper) -> Iterator[tuple[str, str]]: ...
    def answer(self, answer: Answer) -> Iterator[str]: ...


NarratorOf = Callable[[Case, str], Narrates]
"""A case and a language's code -> who tells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """entries: the newest last, each with whether the reader is at it. more: how many are older."""

    name: str
    entries: tuple[tuple[str, bool], ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A place and what was asked there. releases: the numbers of the places where money goes out.
    answer: lines; refused: why the command was none, and then nothing has changed."""

    title: str
    place: str
    number: int
    last: int
    block: int
    lanes: tuple[Lane, ...]
    standing: tuple[tuple[str, str], ...]
    releases: tuple[int, ...]
    breakpoints: tuple[str, ...]
    off_record: bool
    asked: str
    answer: tuple[str, ...]
    refused: str


def show(stepper: Stepper, narrator: Narrates, lang: str, line: str = "") -> Shown:
    """Carries a command out, if there is one, and shows where that led."""
    answer, refused = _done(stepper, narrator, line) if line else ((), "")
    head, here = stepper.case.head, stepper.place
    return Shown(
        title=(head.title_zh if lang == "zh" else head.title) or head.name,
        place=narrator.place(here),
        number=here.number,
        last=stepper.places[-1].number,
        block=here.block,
        lanes=tuple(_lane(stepper, narrator, name) for name in LANES),
        standing=tuple(narrator.standing(stepper)),
        releases=tuple(releases(stepper.case, stepper.places)),
        breakpoints=tuple(each.text for each in stepper.breakpoints),
        off_record=stepper.off_record,
        asked=line,
        answer=answer,
        refused=refused,
    )


def _done(stepper: Stepper, narrator: Narrates, line: str) -> tuple[tuple[str, ...], str]:
    try:
        answer = run(stepper, line)
        moved = isinstance(answer.value, Place)  # the page tells the place anyway
        return () if moved else tuple(narrator.answer(answer)), ""
    except REFUSED as error:
        return (), str(error)


def _lane(stepper: Stepper, narrator: Narrates, name: str) -> Lane:
    here = stepper.place.number
    told = passed(stepper.case, stepper.places, here, name)
    shown = told[-ENTRIES_SHOWN:]
    return Lane(
        name=name,
        entries=tuple((narrator.entry(place).strip(), place.number == here) for place in shown),
        more=len(told) - len(shown),
    )
