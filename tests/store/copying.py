"""Trades like that of the story, in the same blocks: for lists that are longer than a page."""

from sqlmodel import Session, SQLModel, select

from entrepot.store.tables import (
    Document,
    EvidenceItem,
    Facility,
    FacilityLender,
    Payment,
    Title,
    TradeOrder,
    Tranche,
    VoyageLink,
)
from tests.store.cast import word

TABLES = (
    TradeOrder,
    EvidenceItem,
    VoyageLink,
    Title,
    Document,
    Facility,
    FacilityLender,
    Tranche,
    Payment,
)
NAMES = (
    "order_id",
    "stream",
    "voyage_id",
    "title_id",
    "document_id",
    "evidence_id",
    "financing_id",
    "payment_reference",
)


def add_copies(session: Session, count: int) -> None:
    """As many more of whatever the tables have now."""
    models = [row for table in TABLES for row in session.exec(select(table)).all()]
    for number in range(count):
        session.add_all([_copy(row, number) for row in models])


def _copy(row: SQLModel, number: int) -> SQLModel:
    """The same of another trade: what it is called by is another's."""
    own = row.model_dump()
    renamed = {name: word(f"{own[name].hex()} {number}") for name in NAMES if own.get(name)}
    return type(row)(**own | renamed)
