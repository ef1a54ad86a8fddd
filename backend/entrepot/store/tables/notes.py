"""What people say to each other about a facility: kept here, on no chain."""

from datetime import datetime

from sqlalchemy import DateTime
from sqlmodel import Field

from entrepot.store.columns import Row, binary


class FacilityNote(Row, table=True):
    """A question about a facility, its answer, or why a lender declined it. Off the chain.

    kind: QUESTION, ANSWER or DECLINED. recipient: who reads it beside its author. answers: the
    question's number. label: of the person or token that wrote it.
    """

    financing_id: bytes = binary(primary_key=True)
    number: int = Field(primary_key=True)
    kind: str
    author: bytes = binary()
    recipient: bytes = binary()
    answers: int | None = None
    label: str
    text: str
    written_at: datetime = Field(sa_type=DateTime(timezone=True))
