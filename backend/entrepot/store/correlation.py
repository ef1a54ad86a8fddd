"""What a payload is about, found by what it says of itself: documents, orders, voyages."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from entrepot.store.tables import Document, EvidenceItem, OrderReference, VoyageLink


def documents_by_reference(
    session: Session, owner: bytes, kind: str, reference: str
) -> Sequence[Document]:
    """What one participant has sent under a reference of its own, for whichever order."""
    query = select(Document).where(
        col(Document.owner) == owner,
        col(Document.kind) == kind,
        col(Document.reference) == reference,
    )
    return session.exec(query.order_by(col(Document.document_id))).all()


def documents_of_content(session: Session, owner: bytes, sha256: bytes) -> Sequence[Document]:
    """What one participant has sent of these very bytes, for whichever order."""
    query = select(Document).where(col(Document.owner) == owner, col(Document.sha256) == sha256)
    return session.exec(query.order_by(col(Document.document_id))).all()


def orders_invoiced(session: Session, numbers: Collection[str]) -> Sequence[bytes]:
    """The orders for which an invoice of one of these normalised numbers was sent."""
    query = select(Document.order_id).where(
        col(Document.kind) == "INVOICE", func.lower(col(Document.reference)).in_(numbers)
    )
    return session.exec(query.distinct()).all()


def voyages_of(session: Session, order_id: bytes) -> Sequence[bytes]:
    """The voyages that an order is aboard of."""
    query = select(VoyageLink.voyage_id).where(col(VoyageLink.order_id) == order_id)
    return session.exec(query.order_by(col(VoyageLink.voyage_id))).all()


def voyages_by_reference(
    session: Session, carrier: bytes, orders: Collection[str], bills: Collection[str]
) -> Sequence[bytes]:
    """The carrier's voyages that an order is aboard of which bears one of these normalised
    references, or of which a bill of lading does."""
    billed = select(Document.order_id).where(
        col(Document.kind) == "TRANSPORT_DOCUMENT",
        func.lower(col(Document.reference)).in_(bills),
    )
    query = (
        select(VoyageLink.voyage_id)
        .join(OrderReference, col(OrderReference.order_id) == col(VoyageLink.order_id))
        .where(col(VoyageLink.carrier) == carrier)
        .where(
            or_(
                func.lower(col(OrderReference.reference)).in_(orders),
                col(VoyageLink.order_id).in_(billed),
            )
        )
    )
    return session.exec(query.distinct()).all()


def aboard_with_fact(session: Session, voyage_id: bytes, source_key: bytes) -> Sequence[bytes]:
    """The orders aboard that a fact of this source is recorded for, each by itself."""
    query = (
        select(EvidenceItem.stream)
        .join(VoyageLink, col(VoyageLink.order_id) == col(EvidenceItem.stream))
        .where(col(VoyageLink.voyage_id) == voyage_id, col(EvidenceItem.source_key) == source_key)
    )
    return session.exec(query.distinct()).all()
