"""The feed: all that happened and that the caller may know, in one order that never changes.

First by block. In a block come the ledger's logs, then what this node made of it: decisions,
breaches, and what became of webhooks. A block is told once every tranche is judged at it, so
nothing is put in before a cursor that was given out already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, false, or_, true, tuple_
from sqlmodel import Session, col, select

from entrepot.domain import cloudevents
from entrepot.domain.cloudevents import CloudEvent
from entrepot.kit.abi import Event
from entrepot.kit.clock import from_unix
from entrepot.store.places import BREACH, DECISION, NOTICE, Place
from entrepot.store.tables import (
    Block,
    Breach,
    Decision,
    Facility,
    Log,
    TradeOrder,
    VoyageLink,
    WebhookNotice,
)
from entrepot.store.visibility import Condition, facilities_seen, logs_seen, orders_seen

START: Final = Place(-1, 0)


def end_of(block: int) -> Place:
    """The place after all that a block has or will have."""
    return Place(block, NOTICE, b"\xff" * 33)


SCANNED_MAX: Final = 2_000
"""Rows looked at for one page: types of facts are told apart only when decoded."""

Decode = Callable[[Sequence[bytes], bytes], Event]
Row = Log | Decision | Breach | WebhookNotice


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """after: where to go on. upto: the last block to tell; final: the last final one.

    types: None for all. order: only what concerns this order.
    """

    chain_id: int
    upto: int
    final: int
    after: Place = START
    limit: int = 100
    types: frozenset[str] | None = None
    order: bytes | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """stream: what it is about, in the ledger's order of events."""

    place: Place
    stream: bytes
    event: CloudEvent


@dataclass(frozen=True, slots=True)
class Read:
    """next: where to go on, also when nothing of what was looked at was asked for."""

    items: list[Item]
    next: Place
    at_end: bool


def read(session: Session, caller: bytes | None, asked: Asked, decode: Decode) -> Read:
    """Up to `limit` events after a place; fewer, without being at the end, when many others had to
    be looked at."""
    items: list[Item] = []
    place, scanned = asked.after, 0
    while True:
        size = asked.limit - len(items)
        rows = _rows(session, caller, asked, place, size)
        times = _blocks(session, rows)
        for at, row in rows:
            item = _item(session, asked, at, row, times[at.block], decode)
            if asked.types is None or item.event.type in asked.types:
                items.append(item)
            place = at
        scanned += len(rows)
        if len(rows) < size:
            return Read(items, max(place, asked.after), True)
        if len(items) == asked.limit or scanned >= SCANNED_MAX:
            return Read(items, place, False)


def _rows(
    session: Session, caller: bytes | None, asked: Asked, after: Place, size: int
) -> list[tuple[Place, Row]]:
    found: list[tuple[Place, Row]] = [
        (Place(log.block_number, log.log_index), log)
        for log in session.exec(_logs(session, caller, asked, after).limit(size))
    ]
    wanted = asked.types
    if wanted is None or wanted & {cloudevents.CONDITIONS_MET, cloudevents.CONDITIONS_WAIT}:
        found += _judged(session, caller, asked, after, size, Decision, DECISION)
    if wanted is None or wanted & {cloudevents.BREACH_NOTED, cloudevents.BREACH_MENDED}:
        found += _judged(session, caller, asked, after, size, Breach, BREACH)
    if asked.order is None and (wanted is None or cloudevents.WEBHOOK_DISABLED in wanted):
        found += _notices(session, caller, asked, after, size)
    return sorted(found, key=lambda pair: pair[0])[:size]


def _logs(session: Session, caller: bytes | None, asked: Asked, after: Place) -> Any:
    at = (col(Log.block_number), col(Log.log_index))
    query = select(Log).where(
        logs_seen(session, caller),
        tuple_(*at) > tuple_(after.block, after.rank),
        col(Log.block_number) <= asked.upto,
    )
    if asked.order is not None:
        voyages = select(VoyageLink.voyage_id).where(VoyageLink.order_id == asked.order)
        query = query.where(or_(col(Log.stream) == asked.order, col(Log.stream).in_(voyages)))
    if asked.types is not None:
        query = query.where(_may_be(asked.types))
    return query.order_by(*at)


def _may_be(types: frozenset[str]) -> Condition:
    """Logs that can be of these types."""
    places = {place for name in types if (place := cloudevents.TYPES[name]) is not None}
    names = {"Evidence." + name for name in (*cloudevents.RECORDED, *cloudevents.WITHDRAWN)}
    facts = types - {name for name in types if cloudevents.TYPES[name] is not None}
    allowed: list[Condition] = [
        and_(col(Log.contract) == contract, col(Log.event) == name) for contract, name in places
    ]
    if facts - cloudevents.OURS.keys():
        allowed.append(col(Log.event).in_([name.partition(".")[2] for name in names]))
    return or_(false(), *allowed)


def _judged(
    session: Session,
    caller: bytes | None,
    asked: Asked,
    after: Place,
    size: int,
    table: type[Decision] | type[Breach],
    rank: int,
) -> Iterable[tuple[Place, Decision | Breach]]:
    """What was judged of tranches: by block, facility, tranche."""
    at = (col(table.block_number), col(table.financing_id), col(table.tranche))
    query = (
        select(table)
        .join(Facility, col(Facility.financing_id) == col(table.financing_id))
        .where(facilities_seen(session, caller), col(table.block_number) <= asked.upto)
    )
    if after.rank < rank:
        query = query.where(col(table.block_number) >= after.block)
    elif after.rank == rank:
        key = (after.block, after.key[:32], int.from_bytes(after.key[32:]))
        query = query.where(tuple_(*at) > tuple_(*key))
    else:
        query = query.where(col(table.block_number) > after.block)
    if asked.order is not None:
        query = query.where(Facility.order_id == asked.order)
    for row in session.exec(query.order_by(*at).limit(size)):
        key = row.financing_id + row.tranche.to_bytes(2)
        yield Place(row.block_number, rank, key), row


def _notices(
    session: Session, caller: bytes | None, asked: Asked, after: Place, size: int
) -> Iterable[tuple[Place, WebhookNotice]]:
    """Of the caller's own endpoints."""
    at = (col(WebhookNotice.block_number), col(WebhookNotice.webhook_id))
    query = select(WebhookNotice).where(
        tuple_(*at) > (after.block, after.key.hex() if after.rank == NOTICE else ""),
        col(WebhookNotice.block_number) <= asked.upto,
        WebhookNotice.participant_id == caller if caller is not None else true(),
    )
    for row in session.exec(query.order_by(*at).limit(size)):
        yield Place(row.block_number, NOTICE, bytes.fromhex(row.webhook_id)), row


def _blocks(session: Session, rows: Sequence[tuple[Place, Row]]) -> dict[int, Block]:
    numbers = {place.block for place, _ in rows}
    found = session.exec(select(Block).where(col(Block.number).in_(numbers)))
    return {block.number: block for block in found}


def _item(
    session: Session, asked: Asked, place: Place, row: Row, block: Block, decode: Decode
) -> Item:
    shared = {
        "time": from_unix(block.timestamp).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "blocknumber": place.block,
        "blockhash": "0x" + block.hash.hex(),
        "finality": "final" if place.block <= asked.final else "head",
        "cursor": str(place),
    }
    if isinstance(row, Log):
        return Item(place, row.stream, _of_log(asked, row, decode(row.topics, row.data), shared))
    if isinstance(row, WebhookNotice):
        return Item(place, bytes.fromhex(row.webhook_id), _of_notice(row, shared))
    facility = session.get_one(Facility, row.financing_id)
    return Item(place, facility.order_id, _of_judgement(row, facility, shared))


def _of_log(asked: Asked, log: Log, event: Event, shared: dict[str, Any]) -> CloudEvent:
    return CloudEvent(
        id=f"{shared['blockhash']}-{log.log_index}",
        source=f"eip155:{asked.chain_id}:0x{log.address.hex()}",
        type=cloudevents.type_of(event),
        subject=subject_of(log.stream),
        data=cloudevents.data_of(event),
        txhash="0x" + log.tx_hash.hex(),
        ledgerevent=f"{log.contract}.{log.event}",
        **shared,
    )


def subject_of(stream: bytes) -> str:
    """Topic 1 as text: a member's is its LEI, padded on the right."""
    name = stream.rstrip(b"\0")
    return name.decode("ascii") if len(name) == 20 and name.isalnum() else "0x" + stream.hex()


def _of_judgement(row: Decision | Breach, facility: Facility, shared: dict[str, Any]) -> CloudEvent:
    facility_id = "0x" + row.financing_id.hex()
    told = {
        "order_id": "0x" + facility.order_id.hex(),
        "facility_id": facility_id,
        "tranche": row.tranche,
    }
    if isinstance(row, Decision):
        kind = cloudevents.CONDITIONS_MET if row.met else cloudevents.CONDITIONS_WAIT
        told |= {"rules_hash": "0x" + row.rules_hash.hex(), **row.outcome}
    else:
        kind = cloudevents.BREACH_NOTED if row.causes else cloudevents.BREACH_MENDED
        told |= {"causes": row.causes}
    what = "decision" if isinstance(row, Decision) else "breach"
    return CloudEvent(
        id=f"{shared['blockhash']}-{what}-{row.financing_id.hex()}-{row.tranche}",
        source=f"/v1/facilities/{facility_id}",
        type=kind,
        subject=str(told["order_id"]),
        data=told,
        txhash=None,
        ledgerevent=None,
        **shared,
    )


def _of_notice(row: WebhookNotice, shared: dict[str, Any]) -> CloudEvent:
    return CloudEvent(
        id=f"{shared['blockhash']}-webhook-{row.webhook_id}",
        source=f"/v1/webhooks/{row.webhook_id}",
        type=cloudevents.WEBHOOK_DISABLED,
        subject=row.webhook_id,
        data={"webhook_id": row.webhook_id, "url": row.url, "reason": row.reason},
        txhash=None,
        ledgerevent=None,
        **shared,
    )


def lanes_of(
    session: Session, caller: bytes | None, items: Sequence[Item]
) -> Iterator[tuple[Item, list[bytes]]]:
    """Each with what it keeps its order among: its own subject, and where that is a voyage the
    orders aboard that the caller sees."""
    links = session.exec(
        select(VoyageLink.voyage_id, VoyageLink.order_id)
        .join(TradeOrder, col(TradeOrder.order_id) == col(VoyageLink.order_id))
        .where(col(VoyageLink.voyage_id).in_({item.stream for item in items}))
        .where(orders_seen(session, caller))
    )
    aboard: dict[bytes, list[bytes]] = {}
    for voyage_id, order_id in links:
        aboard.setdefault(voyage_id, []).append(order_id)
    for item in items:
        yield item, [item.stream, *sorted(aboard.get(item.stream, []))]
