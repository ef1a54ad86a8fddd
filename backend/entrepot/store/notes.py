"""Notes on a facility: between a lender's people and the exporter, read by these two."""

from sqlalchemy import func
from sqlmodel import col, select

from entrepot.store.session import Session
from entrepot.store.tables import FacilityNote
from entrepot.store.tenancy import beyond


def find(session: Session, financing_id: bytes, number: int) -> FacilityNote | None:
    return session.get(FacilityNote, (financing_id, number))


def count(session: Session, financing_id: bytes) -> int:
    """All of them, whoever wrote them: what the next number comes from."""
    query = select(func.count()).where(col(FacilityNote.financing_id) == financing_id)
    with beyond(session):
        return session.exec(query).one()
