"""What people did here in their member's name."""

from sqlalchemy import BigInteger
from sqlmodel import Field

from entrepot.store.columns import Row, binary


class AuditEntry(Row, table=True):
    """One entry of a member's trail (`domain.audit_trail`). at: unix seconds. sha256: over this
    entry and the hash of the one before."""

    participant_id: bytes = binary(primary_key=True)
    number: int = Field(primary_key=True)
    at: int = Field(sa_type=BigInteger)
    actor: str
    act: str
    subject: str
    reason: str
    sha256: bytes = binary()
