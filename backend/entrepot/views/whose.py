"""Which things an answer tells of, so that their owners can be told who has looked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from entrepot.domain.cloudevents import CloudEvent
from entrepot.store.visibility import MEMBERSHIP
from entrepot.views.fields import CATALOGUE, EVERYBODYS
from entrepot.views.values import Party, unhexed

NAMED_BY_PATHS = (
    "order_id",
    "facility_id",
    "document_id",
    "title_id",
    "evidence_id",
    "examination_id",
    "lei",
)


def things_of(path: Mapping[str, str], views: Sequence[Any]) -> dict[str, set[bytes]]:
    """The thing that the path names; else those that the views themselves say they are about."""
    for name in NAMED_BY_PATHS:
        if name in path:
            return {name: {octets(path[name])}}
    found: dict[str, set[bytes]] = defaultdict(set)
    for view in views:
        if isinstance(view, CloudEvent) and _is_for_all(view):
            continue
        for name in CATALOGUE[type(view).__name__].of:
            if (value := getattr(view, name)) is not None:
                found[name].add(octets(value))
        if isinstance(view, CloudEvent) and (facility := _facility(view)):
            found["facility_id"].add(facility)
    return dict(found)


def are_everybodys(views: Sequence[Any]) -> bool:
    """Whether all of it is what any member may know."""
    return bool(views) and all(CATALOGUE[type(view).__name__].kind in EVERYBODYS for view in views)


def told(thing: bytes) -> str:
    """A thing's id as it is written everywhere outside: a member by LEI."""
    return thing.decode("ascii") if len(thing) == 20 else "0x" + thing.hex()


def _is_for_all(event: CloudEvent) -> bool:
    return (event.ledgerevent or "").rpartition(".")[2] in MEMBERSHIP


def _facility(event: CloudEvent) -> bytes | None:
    """Whose money an event is about, whatever its subject is."""
    told = event.data.get("facility_id") or event.data.get("financing_id")
    return octets(told) if isinstance(told, str) else None


def octets(value: str | Party) -> bytes:
    """A thing's id as the tables have it: a member's LEI or 0x-hex."""
    text = value.lei if isinstance(value, Party) else value
    try:
        return unhexed(text)
    except ValueError:
        return text.encode()
