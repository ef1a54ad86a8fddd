"""Examinations of documents under a credit, and who waived what they found."""

from datetime import datetime

from sqlalchemy import DateTime
from sqlmodel import Field

from entrepot.store.columns import Row, binary, json_column


class Examination(Row, table=True):
    """DISCREPANT > WAIVED or REFUSED; COMPLIES at once; any of them > VOID when a document of the
    order has a newer version or was taken back.

    credit: the terms as they were sent. documents: [{"document_id", "kind", "sha256"}]. notice: the
    findings. rules_hash: which rules examined. waivers: who, by which key, when and why. So it can
    be made again from the same bytes.
    """

    examination_id: bytes = binary(primary_key=True)
    order_id: bytes = binary(index=True)
    bank: bytes = binary(index=True)
    number: int
    state: str
    presented_on: str
    answer_by: str
    credit: dict[str, object] = json_column()
    documents: list[dict[str, str]] = json_column(default_factory=list)
    notice: list[dict[str, object]] = json_column(default_factory=list)
    rules_hash: bytes = binary()
    waivers: list[dict[str, str]] = json_column(default_factory=list)
    evidence_id: bytes | None = binary(default=None)
    examined_at: datetime = Field(sa_type=DateTime(timezone=True))
