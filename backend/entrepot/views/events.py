"""The feed: every event of the ledger that the caller may know, in the chain's order."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, true, tuple_
from sqlmodel import Session, col, select

from entrepot.kit.abi import to_plain
from entrepot.store.tables import Facility, Log, Participant
from entrepot.store.visibility import facilities_seen, sees_everything, subjects_seen
from entrepot.views.chain import as_of
from entrepot.views.cursors import read_place, write_place
from entrepot.views.ledger import event_of, times_of
from entrepot.views.values import Page, hexed, page_size, rfc3339

MEMBERSHIP = (
    "ParticipantRegistered",
    "KycRenewed",
    "RolesChanged",
    "AccountChanged",
    "ParticipantSuspended",
    "ParticipantReinstated",
    "ParticipantRemoved",
    "SandboxCapSet",
)
"""What concerns all members alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """`subject` is topic 1: the order wherever there is one. `arguments` are the event's fields."""

    cursor: str
    block: int
    log_index: int
    tx_hash: str
    at: str | None
    contract: str
    event: str
    subject: str
    arguments: dict[str, Any]
    final: bool


def list_events(
    session: Session,
    caller: bytes | None,
    *,
    after: str | None = None,
    limit: int = 100,
    finality: str = "instant",
) -> Page[EventView]:
    """The events after a cursor, oldest first. `next` is the last item's cursor, also when there
    is nothing after it yet, so that a reader can keep asking; None on an empty page."""
    place = (col(Log.block_number), col(Log.log_index))
    query = select(Log).where(_seen(session, caller)).order_by(*place).limit(page_size(limit))
    if after is not None:
        query = query.where(tuple_(*place) > tuple_(*read_place(after)))
    logs = list(session.exec(query))
    here = as_of(session, finality)
    times = times_of(session, logs)
    items = tuple(
        _view(log, times[log.block_number], here.final_block if here else -1) for log in logs
    )
    return Page(items, items[-1].cursor if items else None)


def _seen(session: Session, caller: bytes | None) -> ColumnElement[bool]:
    if caller is None or sees_everything(session, caller):
        return true()
    orders, voyages = subjects_seen(session, caller)
    facilities = session.exec(select(Facility.financing_id).where(facilities_seen(session, caller)))
    of_money = col(Log.contract).in_(("Financing", "Encumbrances"))
    return or_(
        col(Log.event).in_(MEMBERSHIP),
        _names(session, caller),
        and_(col(Log.stream).in_(orders), ~of_money),
        and_(of_money, _topic(2).in_(list(facilities))),
        col(Log.stream).in_(voyages),
    )


def _names(session: Session, caller: bytes) -> ColumnElement[bool]:
    """Logs that name the caller, or its account, in a topic."""
    topics: Any = col(Log.topics)
    own = [caller.ljust(32, b"\0")]
    if participant := session.get(Participant, caller):
        own.append(participant.account.rjust(32, b"\0"))
    return or_(*(topics.contains([topic]) for topic in own))


def _topic(position: int) -> Any:
    """Counted from 0, the event's own; arrays of PostgreSQL count from 1."""
    topics: Any = col(Log.topics)
    return topics[position + 1]


def _view(log: Log, at: int, final_block: int) -> EventView:
    return EventView(
        cursor=write_place(log.block_number, log.log_index),
        block=log.block_number,
        log_index=log.log_index,
        tx_hash=hexed(log.tx_hash),
        at=rfc3339(at),
        contract=log.contract,
        event=log.event,
        subject=hexed(log.stream),
        arguments=to_plain(event_of(log)),
        final=log.block_number <= final_block,
    )
