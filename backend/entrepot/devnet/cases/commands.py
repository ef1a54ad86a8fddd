"""What a reader types in the stepper, for people and scripts alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from entrepot.devnet.cases import expressions
from entrepot.devnet.cases.stepper import NoSuchPlace, Stepper
from entrepot.devnet.cases.whatif import what_if

HELP: Mapping[str, str] = {
    "n": "next business event",
    "b": "back to the one before",
    "s": "step into: block, call, event",
    "o": "one step back, of any kind",
    "g N": "go to place N; `g block N`: to block N",
    "c": "go on to the next breakpoint",
    "on EVENT": "stop at an event, at `revert` or at `refused`",
    "when CONDITION": "stop where it becomes true",
    "off": "forget all breakpoints",
    "w": "why does the money wait, and what would let it go; `w 2`: tranche 2",
    "d A B": "what differs between blocks A and B",
    "clock +90d": "let time run: d, h, m, s",
    "at DATE": "let time run until then",
    "set NAME = VALUE": "what if: a second devnet from here on, compared at the end",
    "p": "every name that conditions know, with its value; `p CONDITION`: one",
    "?": "this help",
}
SHORT: Mapping[str, str] = {
    "n": "next",
    "b": "back",
    "s": "step",
    "o": "out",
    "g": "goto",
    "c": "continue",
    "w": "why",
    "d": "diff",
    "p": "print",
    "?": "help",
}
_SECONDS: Mapping[str, int] = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}


class NotUnderstood(ValueError):
    """No command reads so; the message says what would."""


@dataclass(frozen=True, slots=True)
class Answer:
    """command: by its long name. value: what it came to, by the command: a Place, Why, Between,
    Waited, Breakpoint, facts, or None."""

    command: str
    value: Any


def run(stepper: Stepper, line: str) -> Answer:
    """Carries one line out. NotUnderstood, NoSuchPlace or ExpressionError leave all as it was."""
    words = line.split()
    if not words:
        raise NotUnderstood("type a command, or ? for what there is")
    name = SHORT.get(words[0], words[0])
    rest = line.strip()[len(words[0]) :].strip()
    if name in ("on", "when"):
        return Answer("stop_at", stepper.stop_at(f"{name} {rest}"))
    if name not in _COMMANDS:
        raise NotUnderstood(f"{words[0]!r} is no command: type ? for what there is")
    return Answer(name, _COMMANDS[name](stepper, rest))


def duration(text: str) -> timedelta:
    """`+90d`, `+1d12h`; NotUnderstood for anything else."""
    if not re.fullmatch(r"\+?(?:\d{1,6}[dhms])+", text):
        raise NotUnderstood("a duration is like +90d, +6h or +1d12h")
    parts = re.findall(r"(\d+)([dhms])", text)
    return timedelta(seconds=sum(int(count) * _SECONDS[unit] for count, unit in parts))


def moment(text: str) -> datetime:
    """`2026-12-01` or `2026-12-01T08:00:00Z`, in UTC where no zone is named."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise NotUnderstood("a date is like 2026-12-01 or 2026-12-01T08:00:00Z") from error
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _goto(stepper: Stepper, rest: str) -> object:
    word, _, number = rest.rpartition(" ")
    if not number.isdigit() or word.strip() not in ("", "block"):
        raise NotUnderstood("go where? `g 12`, or `g block 12`")
    return stepper.go_to_block(int(number)) if word else stepper.go_to(int(number))


def _why(stepper: Stepper, rest: str) -> object:
    tranches = stepper.why()
    if not rest:
        return tranches
    if not rest.isdigit() or not 1 <= int(rest) <= len(tranches):
        raise NoSuchPlace(f"there are {len(tranches)} tranches here, counted from 1")
    return (tranches[int(rest) - 1],)


def _diff(stepper: Stepper, rest: str) -> object:
    blocks = rest.split()
    if len(blocks) != 2 or not all(block.isdigit() for block in blocks):
        raise NotUnderstood("between which blocks? `d 120 126`")
    return stepper.diff(int(blocks[0]), int(blocks[1]))


def _print(stepper: Stepper, rest: str) -> object:
    facts = stepper.facts()
    return {rest: expressions.condition(rest)(facts)} if rest else dict(facts)


_COMMANDS: Mapping[str, Callable[[Stepper, str], object]] = {
    "next": lambda stepper, _: stepper.next(),
    "back": lambda stepper, _: stepper.back(),
    "step": lambda stepper, _: stepper.into(),
    "out": lambda stepper, _: stepper.out(),
    "goto": _goto,
    "continue": lambda stepper, _: stepper.go_on(),
    "off": lambda stepper, _: stepper.breakpoints.clear(),
    "why": _why,
    "diff": _diff,
    "clock": lambda stepper, rest: stepper.clock(duration(rest)),
    "at": lambda stepper, rest: stepper.at(moment(rest)),
    "set": lambda stepper, rest: what_if(stepper.case, stepper.place.block, rest),
    "print": _print,
    "help": lambda *_: HELP,
}
