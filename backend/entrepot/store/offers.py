"""Offers and quotes as rows: added, found, and never changed but for what becomes of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import Session, col, or_, select

from entrepot.domain.offers import OfferTerms
from entrepot.store.tables import Offer, OfferWithdrawal, Quote

_TERMS: TypeAdapter[OfferTerms] = TypeAdapter(OfferTerms)


def written(terms: OfferTerms) -> dict[str, Any]:
    """Terms as JSON: LEIs as text, enums and sets of kinds as numbers."""
    return _TERMS.dump_python(terms, mode="json")


def terms_of(offer: Offer) -> OfferTerms:
    """The inverse."""
    return terms_of_document(offer.terms)


def terms_of_document(document: Any) -> OfferTerms:
    """Terms as they were written."""
    return _TERMS.validate_python(document)


def versions(session: Session, offer_id: str) -> Sequence[Offer]:
    """All there are, the first one first."""
    query = select(Offer).where(Offer.offer_id == offer_id).order_by(col(Offer.version))
    return session.exec(query).all()


def all_versions(session: Session, offer_ids: Iterable[str]) -> dict[str, list[Offer]]:
    """Those of several offers, each with the first one first."""
    query = select(Offer).where(col(Offer.offer_id).in_(offer_ids)).order_by(col(Offer.version))
    found: dict[str, list[Offer]] = defaultdict(list)
    for row in session.exec(query):
        found[row.offer_id].append(row)
    return found


def withdrawn(session: Session, offer_ids: Iterable[str]) -> set[str]:
    """Those of them that have ended."""
    query = select(OfferWithdrawal.offer_id)
    return set(session.exec(query.where(col(OfferWithdrawal.offer_id).in_(offer_ids))))


def is_withdrawn(session: Session, offer_id: str) -> bool:
    return session.get(OfferWithdrawal, offer_id) is not None


def version(session: Session, offer_id: str, number: int) -> Offer:
    """A version that must be there, for a quote names it."""
    return session.get_one(Offer, (offer_id, number))


def in_force(session: Session, partner: bytes, at: int) -> Sequence[Offer]:
    """Of each offer that is for the partner the version that stands at a time, by id."""
    ended = select(OfferWithdrawal).where(col(OfferWithdrawal.offer_id) == col(Offer.offer_id))
    newest = (
        select(Offer)
        .where(col(Offer.valid_from) <= at, ~ended.exists())
        .ext(distinct_on(col(Offer.offer_id)))
        .order_by(col(Offer.offer_id), col(Offer.version).desc())
    )
    return [
        offer
        for offer in session.exec(newest)
        if at < offer.valid_until and (not offer.partners or partner in offer.partners)
    ]


def find_quote(session: Session, quote_id: str, participant_id: bytes) -> Quote | None:
    """One of the exporter's or the asker's, locked until the transaction ends."""
    query = select(Quote).where(
        col(Quote.quote_id) == quote_id,
        or_(col(Quote.exporter) == participant_id, col(Quote.partner) == participant_id),
    )
    return session.exec(query.with_for_update()).first()
