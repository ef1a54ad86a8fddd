"""Documents kept off chain, by content; the bytes themselves lie encrypted in the vault."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime
from sqlmodel import Field

from entrepot.store.columns import Row, binary, json_column


class Document(Row, table=True):
    document_id: bytes = binary(primary_key=True)
    order_id: bytes = binary(index=True)
    owner: bytes = binary(index=True)
    kind: str
    format: str
    reference: str
    sha256: bytes = binary()
    size_bytes: int = Field(sa_type=BigInteger)
    commitment: bytes = binary(index=True)
    evidence_id: bytes | None = binary(default=None, index=True)
    summary: dict[str, object] = json_column()
    stored_at: datetime = Field(sa_type=DateTime(timezone=True))
