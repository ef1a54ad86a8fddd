"""Documents kept off chain, by content; the bytes themselves lie encrypted in the vault."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime
from sqlmodel import Field

from entrepot.store.columns import Row, binary, json_column


class Document(Row, table=True):
    """sha256: its bytes in the vault. fields_sha256: its fields there, as canonical JSON, as they
    were committed to; None when it has no profile."""

    document_id: bytes = binary(primary_key=True)
    order_id: bytes = binary(index=True)
    owner: bytes = binary(index=True)
    kind: str
    format: str
    reference: str
    sha256: bytes = binary()
    fields_sha256: bytes | None = binary(default=None)
    size_bytes: int = Field(sa_type=BigInteger)
    commitment: bytes = binary(index=True)
    evidence_id: bytes | None = binary(default=None, index=True)
    summary: dict[str, object] = json_column()
    stored_at: datetime = Field(sa_type=DateTime(timezone=True))


class PaperFingerprint(Row, table=True):
    """What a paper may have in common with one of another order (`domain.fingerprints`)."""

    document_id: bytes = binary(primary_key=True)
    kind: str = Field(primary_key=True)
    key: bytes = binary(primary_key=True, index=True)
    order_id: bytes = binary(index=True)


class NearMatchDecision(Row, table=True):
    """What a lender's person made of a near match; the last number of a lender counts.

    match_id: of the two orders and all that they have in common. label: of the token that was used.
    """

    match_id: bytes = binary(primary_key=True)
    lender: bytes = binary(primary_key=True)
    number: int = Field(primary_key=True)
    order_id: bytes = binary(index=True)
    verdict: str
    reason: str
    key: bytes | None = binary(default=None)
    label: str
    decided_at: datetime = Field(sa_type=DateTime(timezone=True))
