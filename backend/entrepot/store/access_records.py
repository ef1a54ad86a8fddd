"""Who has looked at what of whose: records, and whose a thing is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlmodel import Session, col, select

from entrepot.store.tables import (
    AccessRecord,
    Document,
    EvidenceItem,
    Examination,
    Facility,
    FacilityLender,
    Participant,
    Title,
    TradeOrder,
    VoyageLink,
)
from entrepot.store.tenancy import beyond

Things = Mapping[str, set[bytes]]
"""Ids by what they are ids of, as fields and paths name them: order_id, facility_id, ..."""


def keep(session: Session, records: Iterable[AccessRecord]) -> None:
    """Writes them in the transaction that has read; nobody who acts for a participant may."""
    with beyond(session):
        session.add_all(records)
        session.flush()


def owners_of(session: Session, things: Things) -> dict[bytes, set[bytes]]:
    """Whose these things are, each with what of them is its: an order is its two parties', and with
    it its bills and evidence; a facility also its lenders'; a document its owner's; what hangs on a
    voyage, the carrier's or the attester's."""
    found: dict[bytes, set[bytes]] = defaultdict(set)
    for name, ids in things.items():
        for thing, owner in _OWNERS[name](session, ids):
            if owner is not None and any(owner):
                found[owner].add(thing)
    return found


def _orders(session: Session, ids: Iterable[bytes]) -> Iterable[tuple[bytes, bytes]]:
    query = select(TradeOrder.order_id, TradeOrder.exporter, TradeOrder.importer)
    for order_id, exporter, importer in session.exec(
        query.where(col(TradeOrder.order_id).in_(ids))
    ):
        yield order_id, exporter
        yield order_id, importer


def _on_orders(
    session: Session, key: Any, order: Any, ids: Iterable[bytes]
) -> Iterable[tuple[bytes, bytes]]:
    """Things that belong to an order, under the order's parties."""
    query = select(key, TradeOrder.exporter, TradeOrder.importer).join(
        TradeOrder, col(TradeOrder.order_id) == order
    )
    for thing, exporter, importer in session.exec(query.where(key.in_(ids))):
        yield thing, exporter
        yield thing, importer


def _facilities(session: Session, ids: Iterable[bytes]) -> Iterable[tuple[bytes, bytes]]:
    yield from _on_orders(session, col(Facility.financing_id), col(Facility.order_id), ids)
    query = select(FacilityLender.financing_id, FacilityLender.lender)
    yield from session.exec(query.where(col(FacilityLender.financing_id).in_(ids)))


def _documents(session: Session, ids: Iterable[bytes]) -> Iterable[tuple[bytes, bytes]]:
    query = select(Document.document_id, Document.owner)
    yield from session.exec(query.where(col(Document.document_id).in_(ids)))


def _titles(session: Session, ids: Iterable[bytes]) -> Iterable[tuple[bytes, bytes]]:
    yield from _on_orders(session, col(Title.title_id), col(Title.order_id), ids)


def _evidence(session: Session, ids: Iterable[bytes]) -> Iterable[tuple[bytes, bytes]]:
    yield from _on_orders(session, col(EvidenceItem.evidence_id), col(EvidenceItem.stream), ids)
    query = select(EvidenceItem.evidence_id, EvidenceItem.attester)
    yield from session.exec(query.where(col(EvidenceItem.evidence_id).in_(ids)))


def _examinations(session: Session, ids: Iterable[bytes]) -> Iterable[tuple[bytes, bytes]]:
    yield from _on_orders(session, col(Examination.examination_id), col(Examination.order_id), ids)
    query = select(Examination.examination_id, Examination.bank)
    yield from session.exec(query.where(col(Examination.examination_id).in_(ids)))


def _members(session: Session, ids: Iterable[bytes]) -> Iterable[tuple[bytes, bytes]]:
    query = select(Participant.participant_id).where(col(Participant.participant_id).in_(ids))
    for member in session.exec(query):
        yield member, member


def _subjects(session: Session, ids: Iterable[bytes]) -> Iterable[tuple[bytes, bytes]]:
    """What an event is about: an order, a voyage, a facility or a member."""
    yield from _orders(session, ids)
    yield from _facilities(session, ids)
    yield from _members(session, ids)
    query = select(VoyageLink.voyage_id, VoyageLink.carrier).distinct()
    yield from session.exec(query.where(col(VoyageLink.voyage_id).in_(ids)))


_OWNERS = {
    "order_id": _orders,
    "facility_id": _facilities,
    "document_id": _documents,
    "title_id": _titles,
    "evidence_id": _evidence,
    "examination_id": _examinations,
    "participant": _members,
    "lender": _members,
    "exporter": _members,
    "partner": _members,
    "bank": _members,
    "lei": _members,
    "subject": _subjects,
}
