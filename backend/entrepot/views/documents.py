"""Documents kept off chain: what they are, never their bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from entrepot.kit.clock import from_unix, to_unix
from entrepot.store.tables import Document, EvidenceItem, OrderReference
from entrepot.store.visibility import documents_seen, may_see_order
from entrepot.views.cursors import BadCursor
from entrepot.views.paging import NEWEST, Asked, cut
from entrepot.views.values import Page, Parties, Party, hexed, maybe_hexed, rfc3339, unhexed

EPOCH = from_unix(0)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentView:
    """`sha256` finds the content in the vault; `evidence_id` the fact that speaks of it, if any.

    version: 1 for its owner's first text under its number. superseded_by: the document that
    replaced it, or null.
    """

    document_id: str
    order_id: str
    owner: Party
    kind: str
    format: str
    reference: str
    sha256: str
    size_bytes: int
    commitment: str
    evidence_id: str | None
    version: int
    superseded_by: str | None
    summary: dict[str, Any]
    stored_at: str | None


def of_order(
    session: Session, caller: bytes | None, order_id: bytes
) -> tuple[DocumentView, ...] | None:
    """Those of the order's documents that the caller may read; None if the order is not seen."""
    if not may_see_order(session, caller, order_id):
        return None
    query = (
        select(Document)
        .where(Document.order_id == order_id, documents_seen(session, caller))
        .order_by(col(Document.stored_at), col(Document.document_id))
    )
    return _views(session, list(session.exec(query)))


def newest(
    session: Session, caller: bytes | None, *, search: str = "", asked: Asked = NEWEST
) -> Page[DocumentView]:
    """The documents that the caller may read, newest first. search: part of a paper's number or of
    its order's reference."""
    query = select(Document).where(documents_seen(session, caller))
    if words := search.strip():
        ordered = select(OrderReference.order_id).where(
            col(OrderReference.reference).icontains(words, autoescape=True)
        )
        query = query.where(
            or_(
                col(Document.reference).icontains(words, autoescape=True),
                col(Document.order_id).in_(ordered),
            )
        )
    rows, more = cut(
        session,
        query,
        (col(Document.stored_at), col(Document.document_id)),
        at=lambda row: ((row.stored_at - EPOCH) // MICROSECOND, row.document_id),
        asked=asked,
        numbered=_stored_at,
    )
    return Page(_views(session, rows), more)


def _stored_at(microseconds: int) -> datetime:
    """Raises BadCursor for a time that no calendar has."""
    try:
        return EPOCH + microseconds * MICROSECOND
    except OverflowError:
        raise BadCursor("that is no cursor of this list") from None


def before(session: Session, caller: bytes | None, document: DocumentView) -> DocumentView | None:
    """The version that this one took the place of, if there is one and the caller may read it."""
    others = of_order(session, caller, unhexed(document.order_id)) or ()
    return next((one for one in others if one.superseded_by == document.document_id), None)


def get_document(session: Session, caller: bytes | None, document_id: bytes) -> DocumentView | None:
    query = select(Document).where(
        Document.document_id == document_id, documents_seen(session, caller)
    )
    row = session.exec(query).first()
    return _views(session, [row])[0] if row else None


def contents_of(session: Session, document_id: bytes) -> tuple[bytes, ...]:
    """What of the document lies in the vault: its bytes, and its fields if it has a profile."""
    row = session.get(Document, document_id)
    found = (row.sha256, row.fields_sha256) if row else ()
    return tuple(each for each in found if each is not None)


def _views(session: Session, rows: Sequence[Document]) -> tuple[DocumentView, ...]:
    parties = Parties(session, [row.owner for row in rows])
    later = _successors(session, rows)
    return tuple(
        DocumentView(
            document_id=hexed(row.document_id),
            order_id=hexed(row.order_id),
            owner=parties[row.owner],
            kind=row.kind,
            format=row.format,
            reference=row.reference,
            sha256=hexed(row.sha256),
            size_bytes=row.size_bytes,
            commitment=hexed(row.commitment),
            evidence_id=maybe_hexed(row.evidence_id),
            version=_version(row.summary.get("version")),
            superseded_by=maybe_hexed(later.get(row.evidence_id or b"")),
            summary=row.summary,
            stored_at=rfc3339(to_unix(row.stored_at)),
        )
        for row in rows
    )


def _version(told: object) -> int:
    """The number of a paper's version; an event's is a time, and it is the first of its own."""
    return told if isinstance(told, int) else 1


def _successors(session: Session, rows: Sequence[Document]) -> dict[bytes, bytes]:
    """By the fact of a document: the document whose fact replaced that one."""
    earlier = aliased(EvidenceItem)
    query = (
        select(earlier.evidence_id, Document.document_id)
        .join(
            EvidenceItem,
            (col(EvidenceItem.stream) == col(earlier.stream))
            & (col(EvidenceItem.attester) == col(earlier.attester))
            & (col(EvidenceItem.kind) == col(earlier.kind))
            & (col(EvidenceItem.supersedes) == col(earlier.source_key)),
        )
        .join(Document, col(Document.evidence_id) == col(EvidenceItem.evidence_id))
        .where(col(earlier.evidence_id).in_([row.evidence_id for row in rows if row.evidence_id]))
    )
    return dict(session.exec(query).all())
