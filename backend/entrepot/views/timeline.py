"""One order, every event: what happened to the order, the goods and the money, in one line each."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, col, select

from entrepot.kit.abi import Event
from entrepot.store.tables import Block, Breach, Facility, Log, TradeOrder, VoyageLink
from entrepot.store.visibility import facilities_seen, may_see_order
from entrepot.views.chain import as_of
from entrepot.views.cursors import write_place
from entrepot.views.ledger import event_of, times_of
from entrepot.views.values import Amount, Parties, Party, amount, hexed, rfc3339
from entrepot.views.words import BREACHES, EVENTS, flow_of_kind, kind_in_words

ACTORS = (
    "attester",
    "lender",
    "carrier",
    "regulator",
    "arbiter",
    "payer",
    "pledgor",
    "possessor",
    "from_",
    "actor",
    "caller",
    "exporter",
    "importer",
)
"""The fields that say who did it, the most telling first."""

AFTER_LOGS = 100_000_000
"""What was found at a block stands behind all that its transactions did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """`words` say what happened; the other fields are what it happened with, None where the event
    has no such thing; tx_hash is None of what was found in a block and is no transaction's deed
    (ReleaseBreached, BreachMended). `final` once no fork can take it back."""

    cursor: str
    block: int
    log_index: int
    tx_hash: str | None
    at: str | None
    flow: str
    event: str
    kind: str | None
    words: str
    withdrawn: bool
    actor: Party | None
    to: Party | None
    amount: Amount | None
    tranche: int | None
    given: int | None
    needed: int | None
    facility_id: str | None
    evidence_id: str | None
    final: bool


def of_order(
    session: Session, caller: bytes | None, order_id: bytes, *, finality: str = "instant"
) -> tuple[TimelineEntry, ...] | None:
    """The order's life so far, oldest first; None if the caller does not see the order.

    What belongs to a facility is shown to those who see that facility only.
    """
    if not may_see_order(session, caller, order_id):
        return None
    order = session.get_one(TradeOrder, order_id)
    logs = _logs(session, order_id)
    decoded = [(log, event_of(log)) for log in logs]
    facilities = set(
        session.exec(
            select(Facility.financing_id).where(
                Facility.order_id == order_id, facilities_seen(session, caller)
            )
        )
    )
    shown = [
        (log, event)
        for log, event in decoded
        if (log.event in EVENTS or _fact(event) is not None) and _seen(log, event, facilities)
    ]
    parties = Parties(session, _participants(event for _, event in shown))
    times = times_of(session, logs)
    here = as_of(session, finality)
    final_block = here.final_block if here else -1
    entries = [
        _entry(log, event, order.currency, parties, times[log.block_number], final_block)
        for log, event in shown
    ]
    entries += _breaches(session, facilities, final_block)
    return tuple(sorted(entries, key=lambda entry: (entry.block, entry.log_index)))


def _logs(session: Session, order_id: bytes) -> list[Log]:
    """The order's own events, and the facts of the voyages its goods are on."""
    voyages = select(VoyageLink.voyage_id).where(VoyageLink.order_id == order_id)
    query = (
        select(Log)
        .where(or_(col(Log.stream) == order_id, col(Log.stream).in_(voyages)))
        .order_by(col(Log.block_number), col(Log.log_index))
    )
    return list(session.exec(query))


def _seen(log: Log, event: Event, facilities: set[bytes]) -> bool:
    if log.contract not in ("Financing", "Encumbrances"):
        return True
    return getattr(event, "financing_id", b"") in facilities


def _entry(
    log: Log, event: Event, currency: str, parties: Parties, at: int, final_block: int
) -> TimelineEntry:
    kind = _fact(event)
    if log.event in EVENTS:
        flow, words = EVENTS[log.event]
    elif kind is not None:
        flow, words = flow_of_kind(kind), kind_in_words(kind)
    else:
        flow, words = "", ""
    financing_id = getattr(event, "financing_id", None)
    evidence_id = getattr(event, "evidence_id", None)
    return TimelineEntry(
        cursor=write_place(log.block_number, log.log_index),
        block=log.block_number,
        log_index=log.log_index,
        tx_hash=hexed(log.tx_hash),
        at=rfc3339(at),
        flow=flow,
        event=log.event,
        kind=kind,
        words=words,
        withdrawn=log.event.endswith("Withdrawn") and kind is not None,
        actor=_party(parties, _actor(event)),
        to=_party(parties, getattr(event, "to", None)),
        amount=_amount(event, currency),
        tranche=getattr(event, "tranche", None),
        given=getattr(event, "given", None),
        needed=getattr(event, "needed", None),
        facility_id=hexed(financing_id) if financing_id and any(financing_id) else None,
        evidence_id=hexed(evidence_id) if evidence_id else None,
        final=log.block_number <= final_block,
    )


def _breaches(session: Session, facilities: set[bytes], final_block: int) -> list[TimelineEntry]:
    """When a released tranche came into breach, or came to be in another one, and was mended."""
    query = (
        select(Breach, Block.timestamp)
        .join(Block, col(Block.number) == col(Breach.block_number))
        .where(col(Breach.financing_id).in_(facilities))
        .order_by(col(Breach.block_number), col(Breach.financing_id), col(Breach.tranche))
    )
    rows = enumerate(session.exec(query), AFTER_LOGS)
    return [_breach(row, at, index, final_block) for index, (row, at) in rows]


def _breach(row: Breach, at: int, index: int, final_block: int) -> TimelineEntry:
    """A breach about several kinds of evidence names none of them."""
    event = "ReleaseBreached" if row.causes else "BreachMended"
    return TimelineEntry(
        cursor=write_place(row.block_number, index),
        block=row.block_number,
        log_index=index,
        tx_hash=None,
        at=rfc3339(at),
        flow="money",
        event=event,
        kind=str(row.causes[0]["kind"]) if len(row.causes) == 1 else None,
        words=BREACHES[event],
        withdrawn=False,
        actor=None,
        to=None,
        amount=None,
        tranche=row.tranche,
        given=None,
        needed=None,
        facility_id=hexed(row.financing_id),
        evidence_id=None,
        final=row.block_number <= final_block,
    )


def _fact(event: Event) -> str | None:
    """The kind of evidence that the event records or withdraws."""
    kind: Any = getattr(getattr(event, "fact", event), "kind", None)
    return kind.name if isinstance(kind, IntEnum) else None


def _actor(event: Event) -> bytes | None:
    for name in ACTORS:
        value = getattr(event, name, None)
        if isinstance(value, bytes) and any(value):
            return value
    return None


def _party(parties: Parties, participant_id: bytes | None) -> Party | None:
    return parties.maybe(participant_id) if participant_id is not None else None


def _amount(event: Event, currency: str) -> Amount | None:
    """The money that moved, or was asked for, in the order's currency."""
    terms: Any = getattr(event, "terms", None)
    if tranches := getattr(terms, "tranches", None):
        return amount(sum(tranche.amount for tranche in tranches), currency)
    minor = getattr(event, "amount", None) or getattr(event, "principal", None)
    minor = minor or getattr(terms, "amount", None)
    return amount(minor, currency) if isinstance(minor, int) else None


def _participants(events: Iterable[Event]) -> set[bytes]:
    values = (getattr(event, name, None) for event in events for name in (*ACTORS, "to"))
    return {value for value in values if isinstance(value, bytes)}
