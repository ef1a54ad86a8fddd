"""What customs have said of one declaration, folded to where it stands.

    LODGED > ACCEPTED > {DOCUMENTS_REQUIRED, UNDER_CONTROL, DETAINED}* > RELEASED | CLEARED > EXITED
    REJECTED, INVALIDATED end it; INVALIDATED after CLEARED takes the clearance back

Answers arrive out of order, twice, late, and in the thread of another declaration. So nothing here
depends on the order of arrival: answers are told apart by customs' own number of each, put in the
order in which customs issued them, and folded. A clock that counts whole seconds gives many of them
one time; then the order of a declaration's life decides.

WCO function codes are those of the DMS responses (WCO Data Model 3.6), CUSRES ones those of
UN/EDIFACT data element 7365, container ones those of DCSA's event domain 3.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final


class CustomsState(StrEnum):
    """Where a declaration stands: the normal form, whichever dialect customs speak."""

    LODGED = "LODGED"
    ACCEPTED = "ACCEPTED"
    DOCUMENTS_REQUIRED = "DOCUMENTS_REQUIRED"
    UNDER_CONTROL = "UNDER_CONTROL"
    DETAINED = "DETAINED"
    RELEASED = "RELEASED"
    CLEARED = "CLEARED"
    EXITED = "EXITED"
    REJECTED = "REJECTED"
    INVALIDATED = "INVALIDATED"


class Said(IntEnum):
    """What one answer says. The numbers are the order within one second of customs' clock."""

    RECEIVED = 0
    NOTED = 1
    """Debts, balances, reminders, answers to requests: nothing changes for the goods."""
    ACCEPTED = 2
    DOCUMENTS_REQUIRED = 3
    UNDER_CONTROL = 4
    DETAINED = 5
    CORRECTED = 6
    """Customs' own correction after an inspection: mass or value may be other than declared."""
    RELEASED = 7
    CLEARED = 8
    EXITED = 9
    REJECTED = 10
    INVALIDATED = 11


OF_WCO: Final[Mapping[str, Said]] = MappingProxyType(
    {
        "01": Said.ACCEPTED,
        "02": Said.RECEIVED,
        "03": Said.REJECTED,
        "05": Said.UNDER_CONTROL,
        "06": Said.DOCUMENTS_REQUIRED,
        "07": Said.CORRECTED,
        "08": Said.RELEASED,
        "09": Said.CLEARED,
        "10": Said.INVALIDATED,
        "11": Said.NOTED,
        "13": Said.NOTED,
        "14": Said.NOTED,
        "15": Said.NOTED,
        "16": Said.EXITED,
        "18": Said.NOTED,
    }
)
"""FunctionCode of a WCO response (DMS) -> what it says."""

OF_CUSRES: Final[Mapping[str, Said]] = MappingProxyType(
    {
        "1": Said.ACCEPTED,
        "2": Said.REJECTED,
        "3": Said.REJECTED,
        "4": Said.RELEASED,
        "5": Said.UNDER_CONTROL,
        "6": Said.DOCUMENTS_REQUIRED,
        "7": Said.DETAINED,
        # Under transfer the goods move, but stay under customs' supervision: no release.
        "8": Said.NOTED,
        "9": Said.ACCEPTED,
        # What was sent could not be read: nothing was said of the declaration.
        "14": Said.NOTED,
        "15": Said.NOTED,
        "16": Said.NOTED,
        "17": Said.RECEIVED,
        "18": Said.NOTED,
    }
)
"""UN/EDIFACT data element 7365 -> what it says."""

OF_CONTAINER: Final[Mapping[str, Said]] = MappingProxyType(
    {"CUSS": Said.UNDER_CONTROL, "CUSI": Said.UNDER_CONTROL, "CUSR": Said.RELEASED}
)
"""DCSA equipment event -> what the carrier saw customs do with the container."""

_STATE: Final = {
    Said.RECEIVED: CustomsState.LODGED,
    Said.ACCEPTED: CustomsState.ACCEPTED,
    Said.DOCUMENTS_REQUIRED: CustomsState.DOCUMENTS_REQUIRED,
    Said.UNDER_CONTROL: CustomsState.UNDER_CONTROL,
    Said.DETAINED: CustomsState.DETAINED,
    Said.RELEASED: CustomsState.RELEASED,
    Said.CLEARED: CustomsState.CLEARED,
    Said.EXITED: CustomsState.EXITED,
}
_HOLDING: Final = frozenset({Said.DOCUMENTS_REQUIRED, Said.UNDER_CONTROL, Said.DETAINED})
_FREEING: Final = frozenset({Said.RELEASED, Said.CLEARED, Said.EXITED})
_OPENING: Final = frozenset({Said.RECEIVED, Said.ACCEPTED})
_ENDING: Final = frozenset({Said.REJECTED, Said.INVALIDATED})


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomsAnswer:
    """One answer, whichever dialect it came in.

    reference: customs' own number of it, by which it is told apart. mrn: of the declaration that it
    answers, which alone says where it belongs. declared_as: the trader's reference that it names;
    that of a request (to amend, to cancel) is another than that of the declaration.
    version: of the declaration, None when it names none.
    """

    reference: str
    mrn: str
    said: Said
    issued_at: datetime
    version: int | None = None
    declared_as: str | None = None


@dataclass(frozen=True, slots=True)
class Unused:
    """An answer that changes nothing, and why."""

    answer: CustomsAnswer
    why: str


@dataclass(frozen=True, slots=True)
class CustomsStanding:
    """Where one declaration stands after all that customs have said.

    reached: what still holds, with the answer that said it last.
    history: every state it went through, in customs' order.
    """

    mrn: str
    state: CustomsState | None
    version: int | None
    reached: Mapping[Said, CustomsAnswer]
    corrections: tuple[CustomsAnswer, ...]
    history: tuple[CustomsState, ...]
    unused: tuple[Unused, ...]

    @property
    def is_released(self) -> bool:
        """Whether customs have let the goods go and not taken that back; a hold may stand still."""
        return any(said in self.reached for said in _FREEING)

    @property
    def released_at(self) -> datetime | None:
        """When customs last let the goods go."""
        moments = [self.reached[said].issued_at for said in _FREEING if said in self.reached]
        return max(moments, default=None)

    @property
    def holds(self) -> tuple[CustomsAnswer, ...]:
        """What customs still want to see or control before the goods may go on."""
        return tuple(answer for said, answer in self.reached.items() if said in _HOLDING)


def fold_all(answers: Iterable[CustomsAnswer]) -> dict[str, CustomsStanding]:
    """Each declaration's standing by MRN, whatever thread its answers lay in."""
    by_mrn: dict[str, list[CustomsAnswer]] = {}
    for answer in answers:
        by_mrn.setdefault(answer.mrn, []).append(answer)
    return {mrn: fold(mrn, its) for mrn, its in sorted(by_mrn.items())}


def fold(mrn: str, answers: Iterable[CustomsAnswer]) -> CustomsStanding:
    """Where the declaration stands. The same for every order of the answers, and when some come
    twice; answers to other declarations are left out.

    ValueError when two different answers bear one number: then customs' word is not known.
    """
    ordered = sorted(_each_once(a for a in answers if a.mrn == mrn), key=_by_issue)
    declared_as = _declared_as(ordered)
    reached: dict[Said, CustomsAnswer] = {}
    corrections: list[CustomsAnswer] = []
    history: list[CustomsState] = []
    unused: list[Unused] = []
    state: CustomsState | None = None
    version: int | None = None
    for answer in ordered:
        why = _why_unused(answer, state, version, reached, declared_as)
        if why is not None:
            unused.append(Unused(answer, why))
            continue
        version = max((v for v in (version, answer.version) if v is not None), default=None)
        if answer.said is Said.CORRECTED:
            corrections.append(answer)
            continue
        state = _advance(answer, state, reached)
        if not history or history[-1] is not state:
            history.append(state)
    return CustomsStanding(
        mrn=mrn,
        state=state,
        version=version,
        reached=MappingProxyType(dict(sorted(reached.items()))),
        corrections=tuple(corrections),
        history=tuple(history),
        unused=tuple(unused),
    )


def _each_once(answers: Iterable[CustomsAnswer]) -> list[CustomsAnswer]:
    by_reference: dict[str, CustomsAnswer] = {}
    for answer in answers:
        known = by_reference.setdefault(answer.reference, answer)
        if known != answer:
            raise ValueError(f"two different answers of customs bear the number {answer.reference}")
    return list(by_reference.values())


def _by_issue(answer: CustomsAnswer) -> tuple[datetime, int, int, str]:
    return answer.issued_at, answer.said, answer.version or 0, answer.reference


def _declared_as(ordered: list[CustomsAnswer]) -> str | None:
    """The declaration's own reference, by what accepted it, else by the first that names one."""
    accepted = [a.declared_as for a in ordered if a.said is Said.ACCEPTED and a.declared_as]
    return next(iter(accepted or [a.declared_as for a in ordered if a.declared_as]), None)


def _why_unused(
    answer: CustomsAnswer,
    state: CustomsState | None,
    version: int | None,
    reached: Mapping[Said, CustomsAnswer],
    declared_as: str | None,
) -> str | None:
    """Why an answer changes nothing; None when it does."""
    if answer.said is Said.NOTED:
        return "it changes nothing for the goods"
    if state in (CustomsState.REJECTED, CustomsState.INVALIDATED):
        if answer.said is Said.INVALIDATED and state is CustomsState.REJECTED:
            return None
        return f"the declaration is {state}: a new one is needed"
    request = answer.declared_as not in (None, declared_as)
    if answer.said in (Said.RECEIVED, Said.REJECTED) and request and Said.ACCEPTED in reached:
        return f"it answers the request {answer.declared_as}, not the declaration"
    older = None not in (answer.version, version) and (answer.version or 0) < (version or 0)
    if older and answer.said in _FREEING | {Said.ACCEPTED}:
        return f"it speaks of version {answer.version}, and version {version} is known"
    if answer.said in _OPENING and answer.said in reached:
        return f"{answer.said.name} was said before"
    return None


def _advance(
    answer: CustomsAnswer, state: CustomsState | None, reached: dict[Said, CustomsAnswer]
) -> CustomsState:
    """The next state; `reached` is brought along."""
    said = answer.said
    if said in _ENDING:
        # What was reached no longer holds; a hold does, for the goods are where they were.
        for each in [s for s in reached if s not in _HOLDING]:
            del reached[each]
        reached[said] = answer
        return CustomsState[said.name]
    if said in _FREEING:
        for each in [s for s in reached if s in _HOLDING]:
            del reached[each]
    reached[said] = answer
    if said in _HOLDING:
        return _STATE[said]
    return _later(state, _STATE[said])


_ORDER: Final = tuple(CustomsState)


def _later(state: CustomsState | None, other: CustomsState) -> CustomsState:
    """RECEIVED and ACCEPTED come in either order, CLEARED after EXITED: none of them leads back."""
    return other if state is None or _ORDER.index(other) > _ORDER.index(state) else state


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenAtContainer:
    """What the carrier saw customs do with a container: one of the codes of OF_CONTAINER."""

    container: str
    code: str
    at: datetime


def open_selections(seen: Iterable[SeenAtContainer]) -> tuple[SeenAtContainer, ...]:
    """The containers that the carrier last saw picked out by customs, and not released since."""
    last: dict[str, SeenAtContainer] = {}
    for each in sorted(seen, key=lambda s: (s.at, OF_CONTAINER[s.code], s.container, s.code)):
        last[each.container] = each
    return tuple(each for each in last.values() if OF_CONTAINER[each.code] is Said.UNDER_CONTROL)


def contradiction(standing: CustomsStanding, seen: Iterable[SeenAtContainer]) -> str | None:
    """Where the carrier's word about customs stands against customs' own, in words.

    Customs are the authority: what the carrier saw never lifts a hold of theirs. But what it saw
    after they let the goods go is not passed over either: it holds the goods until one of the two
    gives way.
    """
    if not standing.is_released or standing.released_at is None:
        return None
    after = [each for each in open_selections(seen) if each.at > standing.released_at]
    if not after:
        return None
    told = ", ".join(f"{each.code} {each.container} at {each.at:%Y-%m-%dT%H:%MZ}" for each in after)
    return (
        f"customs let {standing.mrn} go at {standing.released_at:%Y-%m-%dT%H:%MZ}, and the carrier"
        f" saw them pick out goods of it afterwards: {told}"
    )
