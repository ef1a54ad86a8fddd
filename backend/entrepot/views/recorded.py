"""What a recording needs of what was asked: requests with the transactions they led to, documents
with what the ledger has of them, and where an order begins and ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import func
from sqlmodel import Session, col, select

from entrepot.store.tables import (
    Block,
    Document,
    Facility,
    Log,
    Outbox,
    OutboxState,
    TradeOrder,
    VoyageLink,
)
from entrepot.views.values import hexed, unhexed

MADE = (OutboxState.MINED, OutboxState.FINAL, OutboxState.REVERTED)
REFUSED = (OutboxState.FAILED, OutboxState.REVERTED)
"""What is in other states may have an error too: what the node said before it took the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """One operation. asked_at: unix seconds; block: the one with its first transaction, None where
    there is none; by: the member's LEI, empty for the worker; refused: the first error's name."""

    operation: str
    verb: str
    by: str
    asked_at: int
    block: int | None
    transactions: tuple[str, ...]
    refused: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentView:
    """stored_at: unix seconds; sha256: of its bytes, by which the vault has them."""

    document: str
    order: str
    owner: str
    kind: str
    format: str
    commitment: str
    size_bytes: int
    stored_at: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Part:
    """The blocks that an order's life takes, both included."""

    order: str
    first: int
    last: int


def requests(session: Session) -> tuple[RequestView, ...]:
    """Every operation that led to a transaction, or was refused, in the order they were asked."""
    rows = session.exec(select(Outbox).order_by(col(Outbox.operation_id), col(Outbox.id))).all()
    found = [
        (calls[0].id or 0, _request(operation, calls))
        for operation, group in groupby(rows, key=lambda row: row.operation_id)
        for calls in [list(group)]
    ]
    return tuple(request for _, request in sorted(found, key=lambda pair: pair[0]))


def documents(session: Session, order: str = "") -> tuple[DocumentView, ...]:
    """Those of one order, or all, in the order they were stored."""
    query = select(Document).order_by(col(Document.stored_at), col(Document.document_id))
    if order:
        query = query.where(Document.order_id == unhexed(order))
    return tuple(
        DocumentView(
            document=hexed(row.document_id),
            order=hexed(row.order_id),
            owner=row.owner.decode("ascii"),
            kind=row.kind,
            format=row.format,
            commitment=hexed(row.commitment),
            size_bytes=row.size_bytes,
            stored_at=int(row.stored_at.timestamp()),
            sha256=row.sha256,
        )
        for row in session.exec(query)
    )


def parts(session: Session, beginning: str) -> tuple[Part, ...]:
    """The orders whose id, or whose facility's id, begins so (0x...)."""
    orders = set(session.exec(select(TradeOrder.order_id)))
    found = {order for order in orders if hexed(order).startswith(beginning)}
    for facility, order in session.exec(select(Facility.financing_id, Facility.order_id)):
        if hexed(facility).startswith(beginning):
            found.add(order)
    return tuple(_part(session, order) for order in sorted(found))


def head_of(session: Session) -> int:
    """The number of the last block that is stored, 0 for none."""
    return session.exec(select(func.max(Block.number))).one() or 0


def _request(operation: str, calls: Sequence[Outbox]) -> RequestView:
    mined = [call for call in calls if call.state in MADE and call.block_number is not None]
    refused = next((call.error for call in calls if call.error and call.state in REFUSED), {})
    by = calls[0].participant_id
    return RequestView(
        operation=operation,
        verb=calls[0].verb,
        by=by.decode("ascii") if by else "",
        asked_at=int(calls[0].created_at.timestamp()),
        block=min((call.block_number or 0 for call in mined), default=None),
        transactions=tuple(hexed(call.tx_hash or b"") for call in mined),
        refused=str(refused.get("name", "")),
    )


def _part(session: Session, order: bytes) -> Part:
    voyages = select(VoyageLink.voyage_id).where(VoyageLink.order_id == order)
    query = select(Log.block_number).where(
        (col(Log.stream) == order) | col(Log.stream).in_(voyages)
    )
    blocks = sorted(session.exec(query))
    return Part(hexed(order), blocks[0], blocks[-1])
