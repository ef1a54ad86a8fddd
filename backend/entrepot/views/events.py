"""The feed: every event that the caller may know, as CloudEvents, oldest first."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from entrepot.bindings.participants import ParticipantState
from entrepot.chain.codec import decode_event
from entrepot.domain import cloudevents
from entrepot.domain.cloudevents import CloudEvent
from entrepot.store import feed
from entrepot.store.feed import Asked
from entrepot.store.heights import Heights, heights
from entrepot.store.places import Place
from entrepot.store.tables import Participant
from entrepot.views.values import Page, page_size, unhexed


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody asks for. after: a cursor; finality: final, or head to be told of what a fork
    may still take back; types: by name, or as `entrepot.customs.*`; order: its id as 0x-hex."""

    after: str | None = None
    finality: str = "final"
    types: tuple[str, ...] = ()
    order: str | None = None


def list_events(
    session: Session,
    caller: bytes | None,
    wanted: Wanted = Wanted(),
    *,
    limit: int = 100,
    policy: str = "instant",
    chain_id: int = 0,
) -> Page[CloudEvent]:
    """The events after a cursor. `next` is where to go on, also when there is nothing after it yet;
    None only before the first event. A page may be short though there is more: it ends when `next`
    stays the same.

    policy: the deployment's rule of finality. Raises ValueError for a bad cursor, type or order.
    """
    known = heights(session, policy)
    asked = Asked(
        chain_id=chain_id,
        upto=_upto(known, wanted),
        final=known.final,
        after=Place.read(wanted.after) if wanted.after is not None else feed.START,
        limit=page_size(limit),
        types=cloudevents.chosen(wanted.types) if wanted.types else None,
        order=unhexed(wanted.order) if wanted.order is not None else None,
    )
    found = feed.read(session, caller, asked, decode_event)
    following = None if found.next == feed.START else str(found.next)
    return Page(tuple(item.event for item in found.items), following)


def now(session: Session, wanted: Wanted, policy: str) -> str:
    """The cursor after all that is told by now."""
    return str(feed.end_of(max(upto(session, wanted, policy), 0)))


def upto(session: Session, wanted: Wanted, policy: str) -> int:
    """The last block of which all is told by now; -1 for none."""
    return _upto(heights(session, policy), wanted)


def is_heard(session: Session, caller: bytes) -> bool:
    """Whether the caller may be told anything: not once the member is not active any more."""
    participant = session.get(Participant, caller)
    return participant is None or participant.state == ParticipantState.ACTIVE.name


def _upto(known: Heights, wanted: Wanted) -> int:
    return known.told_at_head if wanted.finality == "head" else known.told
