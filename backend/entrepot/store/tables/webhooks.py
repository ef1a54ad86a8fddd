"""Webhooks: where members want to be told, and what was told there."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from entrepot.store.columns import Row, binary, json_column


class WebhookEndpoint(Row, table=True):
    """ACTIVE <> DISABLED, because its member PAUSED it, or it was FAILING or GONE.

    types: patterns, all for none. cursor: how far the feed was read for it; read_upto: the last
    block of which all was. full: as much waits as may; it is read on when something was delivered.
    round: raised by each replay. wake_at: when there may be something to send; failing_since: of
    the attempts since the last that worked.
    """

    webhook_id: str = Field(primary_key=True)
    participant_id: bytes = binary(index=True)
    url: str
    description: str = ""
    types: list[str] = json_column(default_factory=list)
    order_id: bytes | None = binary(default=None)
    state: str = "ACTIVE"
    reason: str = ""
    cursor: str
    read_upto: int = Field(default=-1, sa_type=BigInteger)
    full: bool = False
    round: int = 0
    wake_at: datetime = Field(sa_type=DateTime(timezone=True))
    failing_since: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    created_at: datetime = Field(sa_type=DateTime(timezone=True))


def _of_endpoint(*, primary_key: bool = False) -> str:
    reference = ForeignKey("webhook_endpoint.webhook_id", ondelete="CASCADE")
    return Field(sa_column_args=(reference,), primary_key=primary_key)


class WebhookSecret(Row, table=True):
    """A secret as sealed under this node's key. ends_at: of a former one, while both sign."""

    webhook_id: str = _of_endpoint(primary_key=True)
    number: int = Field(primary_key=True)
    key_id: bytes = binary()
    wrapped: bytes = binary()
    ends_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class WebhookDelivery(Row, table=True):
    """PENDING > DELIVERED, and back when it is sent again.

    lanes: what it keeps its order among; none when it was asked for out of order. leased_until:
    while somebody sends it. status, error: of the last attempt.
    """

    __table_args__ = (
        UniqueConstraint("webhook_id", "round", "event_id"),
        Index(
            "ix_webhook_delivery_open",
            "webhook_id",
            "id",
            postgresql_where=text("state = 'PENDING'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    webhook_id: str = _of_endpoint()
    round: int
    event_id: str
    cursor: str
    type: str
    lanes: list[bytes] = Field(default_factory=list, sa_type=ARRAY(LargeBinary))
    body: bytes = binary()
    state: str = "PENDING"
    attempts: int = 0
    next_at: datetime = Field(sa_type=DateTime(timezone=True))
    leased_until: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    status: int | None = None
    error: str | None = None
    tried_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    delivered_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class WebhookNotice(Row, table=True):
    """That an endpoint was switched off, told at a block that nobody was told of before."""

    block_number: int = Field(
        sa_type=BigInteger, primary_key=True, sa_column_kwargs={"autoincrement": False}
    )
    webhook_id: str = Field(primary_key=True)
    participant_id: bytes = binary(index=True)
    reason: str
    url: str
