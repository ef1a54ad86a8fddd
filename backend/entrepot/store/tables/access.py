"""Who may call: bearer tokens, and the answers kept for repeated requests."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime
from sqlmodel import Field

from entrepot.store.columns import Row, binary, json_column


class Token(Row, table=True):
    """A bearer token, known only by its SHA-256; it speaks for one key of one participant."""

    token_sha256: bytes = binary(primary_key=True)
    participant_id: bytes = binary()
    label: str
    key_address: bytes | None = binary(default=None)
    scopes: list[str] = json_column(default_factory=list)
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    revoked_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class RequestCount(Row, table=True):
    """How many requests of one kind a participant has made in the minute that began then.

    Unlogged: after a crash of the database it counts from nought again. began_at: unix seconds.
    """

    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    participant_id: bytes = binary(primary_key=True)
    policy: str = Field(primary_key=True)
    began_at: int = Field(sa_type=BigInteger)
    used: int = 0


class IdempotencyRecord(Row, table=True):
    """The first answer to a key, given again to whoever repeats the same request."""

    participant_id: bytes = binary(primary_key=True)
    key: str = Field(primary_key=True)
    request_sha256: bytes = binary()
    status: int | None = None
    body: dict[str, object] = json_column()
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
