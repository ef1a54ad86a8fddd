"""Where `c` stops: `on facility.tranche_released`, `on revert`, `when outstanding > limit`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from entrepot.devnet.cases import expressions
from entrepot.devnet.cases.case import Case, Happening
from entrepot.devnet.cases.expressions import Condition, ExpressionError, Facts
from entrepot.devnet.cases.timeline import Level, Place, call_at, event_at

REVERT, REFUSED = "revert", "refused"


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """text: as it was given; one of `event` (a pattern) and `condition` is set."""

    text: str
    event: str = ""
    condition: Condition | None = None

    def holds(self, case: Case, place: Place, facts: Callable[[int], Facts]) -> bool:
        """Whether to stop at this place. facts: those after a block. A condition holds where it
        becomes true: at the block after which it is, if it was not before."""
        if self.condition is not None:
            if place.level is not Level.BLOCK:
                return False
            now, before = facts(place.block), facts(place.block - 1)
            return _true(self.condition, now) and not _true(self.condition, before)
        if self.event == REVERT:
            call = call_at(case, place)
            return place.level is Level.CALL and call is not None and not call.ok
        if self.event == REFUSED:
            return place.level is Level.BLOCK and place.block in _refused_at(case)
        event = event_at(case, place)
        return event is not None and any(fnmatchcase(n, self.event) for n in names_of(event))


def _refused_at(case: Case) -> set[int]:
    """The blocks after which something was refused: by the contract, or before it got there."""
    requests = {request.block for request in case.requests if request.refused}
    return requests | {step.last_block for step in case.steps if step.refused}


def breakpoint_of(text: str) -> Breakpoint:
    """Reads `on EVENT` or `when CONDITION`; ExpressionError says what is wrong."""
    verb, _, rest = text.strip().partition(" ")
    rest = rest.strip()
    if verb == "on" and rest:
        return Breakpoint(text.strip(), event=rest.lower().removeprefix("entrepot."))
    if verb == "when" and rest:
        return Breakpoint(text.strip(), condition=expressions.condition(rest))
    raise ExpressionError("it is `on EVENT`, `on revert`, `on refused` or `when CONDITION`")


def names_of(event: Happening) -> set[str]:
    """What an event can be called: `facility.tranche_released`, `financing.tranche_released`,
    `financing.released`."""
    found = {event.type.removeprefix("entrepot.")}
    contract, _, name = (event.ledger_event or "").partition(".")
    if name:
        words = "".join(f"_{c.lower()}" if c.isupper() else c for c in name).strip("_")
        contract = contract.lower()
        found |= {f"{contract}.{words}", f"{contract}.{words.rpartition('_')[2]}"}
    return found


def _true(condition: Condition, facts: Facts) -> bool:
    """A name that no state has had yet makes a condition false, not wrong."""
    try:
        return bool(condition(facts))
    except ExpressionError:
        return False
