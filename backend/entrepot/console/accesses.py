"""What a regulator is told of others on a page, written down for them to read (ADR 0051).

Whatever a page is given is walked, and each thing in it that says whose it is goes into the record:
a screen that shows something new is recorded without having to remember it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import fields, is_dataclass
from typing import Any, Final
from uuid import uuid4

from fastapi import Request

from entrepot.console.sessions import Officer
from entrepot.domain.consents import SUPERVISION
from entrepot.steps import World
from entrepot.store import access_records
from entrepot.store.session import Session
from entrepot.store.tables import AccessRecord
from entrepot.views import whose
from entrepot.views.fields import CATALOGUE
from entrepot.views.values import Party

CUT_OF: Final = {
    "QueueRow": "FacilityView",
    "ExposureView": "FacilityView",
    "VoyageView": "OrderView",
}
"""Rows that the console alone shows, by the view that has their fields."""

OF_PAPERS: Final = frozenset({"loading", "discharge"})
"""What a row tells out of a paper, beside the fields of what it is cut of."""

SUMS: Final = "ExposureView"
"""Of a member's facilities together; their field `of` is the member, or what it is that they
share, and then they are nobody's."""

Told = set[tuple[str, bytes]]
"""Things by what they are ids of, and their ids."""


def opened(world: World, officer: Officer) -> AbstractContextManager[Session]:
    """What a page is read in. A regulator's keeps what is written down of it; all others'
    cannot write."""
    if officer.is_regulator:
        return world.store.accessing(officer.acting)
    return world.store.reading(officer.acting)


def note(
    world: World,
    session: Session,
    request: Request,
    officer: Officer,
    values: Any,
    *,
    reason: str = "",
    known: Told | None = None,
) -> None:
    """A record with each owner of what `values` tell, in the transaction that has read them.

    known: what the same stream has told before, to which what is told now is added: things that are
    told again leave no further record. None of it for who is no regulator.
    """
    if not officer.is_regulator:
        return
    things, names = _things(values)
    known = set() if known is None else known
    new = {
        name: fresh
        for name, ids in things.items()
        if (fresh := {each for each in ids if (name, each) not in known})
    }
    known.update((name, each) for name, ids in new.items() for each in ids)
    owners = access_records.owners_of(session, new)
    owners.pop(officer.participant_id, None)
    access_records.keep(
        session,
        [
            _record(world, request, officer, owner, resources, reason, names)
            for owner, resources in sorted(owners.items())
        ],
    )


def _record(
    world: World,
    request: Request,
    officer: Officer,
    owner: bytes,
    resources: set[bytes],
    reason: str,
    names: set[str],
) -> AccessRecord:
    base = request.scope.get("root_path", "")
    return AccessRecord(
        at=world.clock.now(),
        owner=owner,
        reader=officer.participant_id,
        purpose=SUPERVISION,
        reason=reason,
        request_id=request.scope["state"].get("request_id") or f"req_{uuid4().hex}",
        read=f"{request.method} {base}{request.scope['route'].path_format}",
        resources=sorted(whose.told(thing) for thing in resources),
        fields=sorted(names),
    )


def _things(values: Any) -> tuple[dict[str, set[bytes]], set[str]]:
    """The things that say whose they are, and the names of what is told of them that isn't open."""
    found: dict[str, set[bytes]] = defaultdict(set)
    names: set[str] = set()
    for view in _views(values):
        name = type(view).__name__
        known = CATALOGUE[CUT_OF.get(name, name)]
        own = {each.name for each in fields(view)}
        if name == SUMS:
            if isinstance(view.of, Party):
                found["participant"].add(whose.octets(view.of))
            else:
                continue
        names.update(filter(None, (known.name_of(each) for each in own & known.fields.keys())))
        if any(getattr(view, each) for each in own & OF_PAPERS):
            names.add("documents.summary")
        for each in known.of:
            if each in own and (value := getattr(view, each)) is not None:
                found[each].add(whose.octets(value))
    return found, names


def _views(value: Any) -> Iterator[Any]:
    """Each view in a page's values, however deep."""
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _views(each)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from _views(each)
    elif is_dataclass(value) and not isinstance(value, type):
        name = type(value).__name__
        if CUT_OF.get(name, name) in CATALOGUE:
            yield value
        for each in fields(value):
            yield from _views(getattr(value, each.name))
