"""What lies in the vault, and who holds a key to it; neither content nor usable key is here."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime
from sqlmodel import Field

from entrepot.store.columns import Row, binary


class VaultContent(Row, table=True):
    """blob: name of the sealed bytes; None once erased. keep_until: not erased before.

    hold: why it is not erased even then, in words; None without a legal hold.
    """

    sha256: bytes = binary(primary_key=True)
    blob: bytes | None = binary(default=None, index=True)
    size_bytes: int = Field(sa_type=BigInteger)
    stored_at: datetime = Field(sa_type=DateTime(timezone=True))
    keep_until: datetime = Field(sa_type=DateTime(timezone=True))
    hold: str | None = None
    erased_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class VaultWrap(Row, table=True):
    """The content's key as wrapped for one party; None once it was taken away, and so it stays."""

    sha256: bytes = binary(primary_key=True)
    party: bytes = binary(primary_key=True)
    key_id: bytes = binary(index=True)
    wrapped: bytes | None = binary(default=None)
    given_at: datetime = Field(sa_type=DateTime(timezone=True))
    taken_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
