"""What we asked of the chain: one row per intent, from the request to the final block."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, UniqueConstraint, text
from sqlmodel import Field

from entrepot.store.columns import Row, binary, json_column


class OutboxState:
    """QUEUED > SIGNED > SENT > MINED > FINAL; QUEUED > FAILED when the chain would refuse the call;
    SENT > REVERTED once its block is indexed, also when it was cancelled and nothing was mined in
    its stead; a fork puts MINED and REVERTED back to SENT; SENT goes back to QUEUED when another
    has taken its nonce for good."""

    QUEUED = "QUEUED"  # -> SIGNED, FAILED
    SIGNED = "SIGNED"  # -> SENT
    SENT = "SENT"  # -> MINED, FINAL, REVERTED, QUEUED
    MINED = "MINED"  # -> FINAL, SENT
    FINAL = "FINAL"
    FAILED = "FAILED"
    REVERTED = "REVERTED"


class Outbox(Row, table=True):
    """`key` makes the intent unique; signed bytes are stored before they are first broadcast. What
    a lender's hold takes back unsigned gives its key free, and gets one of its own.

    raw, tx_hash: the newest bytes of this nonce, or those that were mined; all others are in
    Replaced. cancel: somebody wants it not to happen any more, if that is still possible.
    wait_s: how long after the block of the operation's row before it; not_before: from which chain
    time on, unix seconds, known once that row is mined.
    """

    __table_args__ = (
        UniqueConstraint("sender", "nonce"),
        Index(
            "ix_outbox_open",
            "state",
            "priority",
            "id",
            postgresql_where=text("state IN ('QUEUED', 'SIGNED', 'SENT', 'MINED')"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger)
    key: str = Field(unique=True)
    operation_id: str = Field(index=True)
    participant_id: bytes | None = binary(default=None)
    verb: str
    sender: bytes = binary(index=True)
    target: bytes = binary()
    calldata: bytes = binary()
    priority: int = 5
    wait_s: int | None = None
    not_before: int | None = Field(default=None, sa_type=BigInteger)
    state: str = OutboxState.QUEUED
    nonce: int | None = Field(default=None, sa_type=BigInteger)
    raw: bytes | None = binary(default=None)
    tx_hash: bytes | None = binary(default=None)
    block_number: int | None = Field(default=None, sa_type=BigInteger)
    attempts: int = 0
    cancel: bool = False
    sent_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    error: dict[str, object] = json_column()
    created_at: datetime = Field(sa_type=DateTime(timezone=True))


class Replaced(Row, table=True):
    """Signed bytes that others took the place of; they may still be what is mined.

    why: BUMPED, CANCELLED, or NONCE_TAKEN, after which they never can be.
    """

    tx_hash: bytes = binary(primary_key=True)
    outbox_id: int = Field(
        sa_type=BigInteger,
        sa_column_args=(ForeignKey("outbox.id", ondelete="CASCADE"),),
        index=True,
    )
    nonce: int = Field(sa_type=BigInteger)
    raw: bytes = binary()
    why: str
    replaced_at: datetime = Field(sa_type=DateTime(timezone=True))


class ReleaseRequest(Row, table=True):
    """Which tranche a call asks to release; one call may ask for many. together: with others."""

    financing_id: bytes = binary(primary_key=True)
    tranche: int = Field(primary_key=True)
    outbox_id: int = Field(
        sa_type=BigInteger,
        sa_column_args=(ForeignKey("outbox.id", ondelete="CASCADE"),),
        primary_key=True,
        index=True,
    )
    together: bool = False


class ReleaseHold(Row, table=True):
    """A lender keeps the release of a tranche back, off the chain; ended_at is None while it does.

    number: of the tranche's holds, from 1: one that has ended stays, and the next is another row.
    label, ended_by: of the person or token that held, and that let go; each with why.
    """

    __table_args__ = (
        Index(
            "ux_release_hold_standing",
            "financing_id",
            "tranche",
            "participant",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    financing_id: bytes = binary(primary_key=True)
    tranche: int = Field(primary_key=True)
    number: int = Field(primary_key=True)
    participant: bytes = binary()
    label: str
    reason: str
    held_at: datetime = Field(sa_type=DateTime(timezone=True))
    ended_by: str = ""
    ended_because: str = ""
    ended_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class Lane(Row, table=True):
    """The next nonce of one sender; its row lock makes one worker the lane's leader.

    moved_at: when one of its calls was last seen mined.
    """

    sender: bytes = binary(primary_key=True)
    next_nonce: int = Field(sa_type=BigInteger)
    moved_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class Operation(Row, table=True):
    """What the API answers a command with: one or more outbox rows under one id, and its result."""

    operation_id: str = Field(primary_key=True)
    participant_id: bytes = binary(index=True)
    verb: str
    result: dict[str, object] = json_column()
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
