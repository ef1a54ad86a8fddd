"""What carriers have told of a shipment, folded to the events that stand and are plausible.

An event is named by the party it comes from and its id; the version that was updated last stands,
and a retraction discards all that was told before it. What stands counts when it happened (ACT), is
not in the future, is at the bill's port and on its vessel, and fits the life of its container:

    GTOT(empty) < STUF < GTIN < LOAD < DEPA < ARRI < DISC < GTOT(laden) < STRP

Nothing depends on the order of arrival. Where two events contradict each other nothing is chosen:
an event counts when it belongs to every longest plausible story of its container; the rest is kept,
flagged with the reason, and proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from entrepot.domain.documents.dcsa_events import (
    EquipmentEvent,
    Event,
    EventRetraction,
    TransportCall,
    TransportEvent,
)
from entrepot.domain.documents.facts import Shipment, is_at_port
from entrepot.kit.hashing import normalise

_ZONE_MAX: Final = timedelta(hours=12)
"""A bill's day of shipment is a day at the port; west of Greenwich it ends later than in UTC."""

_LADEN: Final = {"STUF": 1, "GTIN": 2, "LOAD": 3, "DISC": 6, "GTOT": 7, "STRP": 8}
_VESSEL: Final = {"DEPA": 4, "ARRI": 5}
_BEFORE_DEPARTURE: Final = frozenset({"STUF", "GTIN", "LOAD"})
_AFTER_ARRIVAL: Final = frozenset({"DISC", "STRP"})
_AT_PORT: Final = frozenset({"GTIN", "LOAD", "DISC", "DEPA", "ARRI"})

Identity = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """What one party (`source`, its code) has told: an event, or that one is taken back."""

    source: str
    what: Event | EventRetraction


@dataclass(frozen=True, slots=True)
class Flag:
    """An event that is kept and proves nothing, and why."""

    event: Event
    why: str


@dataclass(frozen=True, slots=True)
class Story:
    """counted: what may prove something, oldest first. flags: the rest of what stands.
    retracted: ids of the events that were taken back."""

    counted: tuple[Event, ...]
    flags: tuple[Flag, ...]
    retracted: frozenset[str]


def version_of(event: Event) -> datetime:
    """By what the later of two events with one id is told: 2.2, without updates, by creation."""
    return event.header.updated_at or event.header.created_at


def standing_events(told: Iterable[Told]) -> tuple[tuple[Event, ...], frozenset[str]]:
    """The events that stand, oldest first, and the ids of those that were taken back.

    ValueError when two versions of one event were updated at the same moment: neither is later.
    """
    newest: dict[Identity, Event] = {}
    taken_back: dict[Identity, datetime] = {}
    for each in told:
        what = each.what
        if isinstance(what, EventRetraction):
            key = (each.source, what.originator, what.id)
            taken_back[key] = max(taken_back.get(key, what.updated_at), what.updated_at)
            continue
        key = (each.source, what.header.originator, what.header.id)
        known = newest.setdefault(key, what)
        if known != what and version_of(known) == version_of(what):
            raise ValueError(f"event {what.header.id} was told in two ways at {version_of(what)}")
        if version_of(known) < version_of(what):
            newest[key] = what
    retracted = {key for key, event in newest.items() if _is_taken_back(key, event, taken_back)}
    standing = [event for key, event in newest.items() if key not in retracted]
    return tuple(sorted(standing, key=_by_time)), frozenset(key[2] for key in retracted)


def story_of(told: Iterable[Told], now: datetime, shipment: Shipment | None = None) -> Story:
    """What of all that was told stands and counts, whatever order it came in."""
    standing, retracted = standing_events(told)
    flags: list[Flag] = []
    sound: list[Event] = []
    for event in standing:
        why = _why_alone(event, now, shipment)
        if why is None:
            sound.append(event)
        else:
            flags.append(Flag(event, why))
    calls = [e for e in sound if isinstance(e, TransportEvent) and e.header.code in _VESSEL]
    flags += _out_of_order(calls, "the vessel")
    departed, arrived = _bounds(calls, {flag.event.header.id for flag in flags})
    by_container: dict[str, list[EquipmentEvent]] = {}
    for event in sound:
        if isinstance(event, EquipmentEvent) and event.equipment and _rank(event) is not None:
            why = _why_with_vessel(event, departed, arrived)
            if why is None:
                by_container.setdefault(event.equipment, []).append(event)
            else:
                flags.append(Flag(event, why))
    for container, events in sorted(by_container.items()):
        flags += _out_of_order(events, f"container {container}")
    flagged = {flag.event for flag in flags}
    return Story(
        counted=tuple(event for event in sound if event not in flagged),
        flags=tuple(sorted(flags, key=lambda flag: _by_time(flag.event))),
        retracted=retracted,
    )


def _is_taken_back(key: Identity, event: Event, taken_back: dict[Identity, datetime]) -> bool:
    """A retraction that names no originator means the event of its sender."""
    source, _, event_id = key
    moments = (taken_back.get(each) for each in (key, (source, "", event_id)))
    return any(moment is not None and version_of(event) <= moment for moment in moments)


def _why_alone(event: Event, now: datetime, shipment: Shipment | None) -> str | None:
    """Why an event is implausible by itself, or against the bill."""
    header = event.header
    if header.classifier != "ACT":
        return f"{header.classifier} tells what may come; only ACT counts"
    if header.occurred_at > now:
        return f"it is dated {header.occurred_at:%Y-%m-%dT%H:%MZ}, in the future"
    if shipment is None or not isinstance(event, TransportEvent | EquipmentEvent):
        return None
    of_port = header.code in _AT_PORT or (header.code == "GTOT" and _rank(event) == _LADEN["GTOT"])
    if of_port and not is_at_port(event, shipment):
        place = event.call.location if isinstance(event, TransportEvent) else event.location
        bill = f"{shipment.port_of_loading} to {shipment.port_of_discharge}"
        return f"{header.code} is at {place or 'no named place'}; the bill of lading goes {bill}"
    if header.code == "LOAD" and isinstance(event, EquipmentEvent):
        return _why_not_loaded(event, shipment)
    return None


def _why_not_loaded(event: EquipmentEvent, shipment: Shipment) -> str | None:
    """LOAD is before the bill's day of shipment, on the bill's vessel and voyage."""
    if shipment.on_board_on is not None:
        ends = datetime.combine(shipment.on_board_on, time(), UTC) + timedelta(days=1) + _ZONE_MAX
        if event.header.occurred_at >= ends:
            on_board = shipment.on_board_on
            return f"it was loaded after {on_board}, when the bill of lading has it on board"
    if shipment.vessel is None or event.call is None:
        return None
    found = (event.call.vessel_name, _outbound(event.call))
    for ours, theirs in zip(shipment.vessel, found, strict=True):
        if theirs is not None and normalise(ours) != normalise(theirs):
            return f"it was loaded on {theirs}; the bill of lading names {ours}"
    return None


def _outbound(call: TransportCall) -> str | None:
    return call.export_voyage if call.mode == "VESSEL" else None


def _rank(event: Event) -> int | None:
    """Its place in a container's life; None for what may happen at any time."""
    match event:
        case TransportEvent():
            return _VESSEL.get(event.header.code)
        case EquipmentEvent() if event.is_laden:
            return _LADEN.get(event.header.code)
        case EquipmentEvent():
            return {"GTOT": 0, "STUF": 1}.get(event.header.code)
        case _:
            return None


def _bounds(
    calls: Sequence[TransportEvent], flagged: set[str]
) -> tuple[datetime | None, datetime | None]:
    """The last departure and the first arrival that count."""
    sound = [c for c in calls if c.header.id not in flagged and c.call.mode == "VESSEL"]
    departed = [c.header.occurred_at for c in sound if c.header.code == "DEPA"]
    arrived = [c.header.occurred_at for c in sound if c.header.code == "ARRI"]
    return max(departed, default=None), min(arrived, default=None)


def _why_with_vessel(
    event: EquipmentEvent, departed: datetime | None, arrived: datetime | None
) -> str | None:
    code, at = event.header.code, event.header.occurred_at
    if departed is not None and at > departed and code in _BEFORE_DEPARTURE:
        return f"{code} at {at:%Y-%m-%dT%H:%MZ} is after the departure at {departed:%m-%dT%H:%MZ}"
    is_after = code in _AFTER_ARRIVAL or (code == "GTOT" and event.is_laden)
    if arrived is not None and at < arrived and is_after:
        return f"{code} at {at:%Y-%m-%dT%H:%MZ} is before the arrival at {arrived:%m-%dT%H:%MZ}"
    return None


def _out_of_order(events: Sequence[Event], whose: str) -> list[Flag]:
    """The events that are not in every longest story in which no later stage comes first."""
    ranked = sorted(
        ((event, rank) for event in events if (rank := _rank(event)) is not None),
        key=lambda pair: (pair[0].header.occurred_at, pair[1], pair[0].header.id),
    )
    ranks = [rank for _, rank in ranked]
    before = _longest(ranks)
    after = _longest([-rank for rank in reversed(ranks)])[::-1]
    best = max(before, default=0)
    fits = [one + other - 1 == best for one, other in zip(before, after, strict=True)]
    at_place: dict[int, int] = {}
    for length, fit in zip(before, fits, strict=True):
        at_place[length] = at_place.get(length, 0) + fit
    return [
        Flag(event, _why_out(event, ranked, whose))
        for (event, _), length, fit in zip(ranked, before, fits, strict=True)
        if not fit or at_place[length] > 1
    ]


def _longest(ranks: Sequence[int]) -> list[int]:
    """For each place the length of the longest run of ranks up to it that never falls."""
    best: dict[int, int] = {}
    lengths: list[int] = []
    for rank in ranks:
        length = 1 + max((n for r, n in best.items() if r <= rank), default=0)
        best[rank] = max(best.get(rank, 0), length)
        lengths.append(length)
    return lengths


def _why_out(event: Event, ranked: Sequence[tuple[Event, int]], whose: str) -> str:
    """Names an event that it contradicts."""
    rank, at = _rank(event) or 0, event.header.occurred_at
    for other, other_rank in ranked:
        other_at = other.header.occurred_at
        if (rank < other_rank and at > other_at) or (rank > other_rank and at < other_at):
            return (
                f"{event.header.code} of {whose} at {at:%Y-%m-%dT%H:%MZ} contradicts"
                f" {other.header.code} at {other_at:%Y-%m-%dT%H:%MZ}"
            )
    raise AssertionError("what is out of order contradicts something")


def _by_time(event: Event) -> tuple[datetime, str, str]:
    return event.header.occurred_at, event.header.id, event.header.originator
