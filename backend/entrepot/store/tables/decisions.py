"""Why a tranche was released, what it still waits for, and what no longer holds of it."""

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlmodel import Field

from entrepot.store.columns import Row, binary, json_column


class Decision(Row, table=True):
    """One evaluation of one tranche whose outcome differed from the one before.

    `facts` is everything that the rules were given and `outcome` everything they answered, so that
    the evaluation can be run again offline to the same bytes.
    """

    financing_id: bytes = binary(primary_key=True)
    tranche: int = Field(primary_key=True)
    block_number: int = Field(
        sa_type=BigInteger,
        sa_column_args=(ForeignKey("block.number", ondelete="CASCADE"),),
        primary_key=True,
        index=True,
    )
    block_hash: bytes = binary()
    rules_hash: bytes = binary()
    met: bool
    facts: dict[str, object] = json_column()
    outcome: dict[str, object] = json_column()


class Breach(Row, table=True):
    """What no longer holds of a released tranche's evidence, from a block on; an empty list where
    all holds again. It goes with its block.

    causes: kind, cause (WITHDRAWN or ADVERSE) and evidence_ids of each.
    """

    financing_id: bytes = binary(primary_key=True)
    tranche: int = Field(primary_key=True)
    block_number: int = Field(
        sa_type=BigInteger,
        sa_column_args=(ForeignKey("block.number", ondelete="CASCADE"),),
        primary_key=True,
        index=True,
    )
    causes: list[dict[str, object]] = json_column(default_factory=list)


class Standing(Row, table=True):
    """How a tranche was last judged, at whichever block: what is to be judged again is found by
    this, and what is due. One that does not wait any more has a row as well, and is not met.

    It doesn't go with its block: that it was judged on a block that is gone is what tells that it
    must be judged again. shared: whether the outcome hangs on what other facilities have drawn.
    next_at: the chain time at which it may change by itself, unix seconds.
    """

    __table_args__ = (
        Index("ix_standing_met", "financing_id", "tranche", postgresql_where=text("met")),
        Index("ix_standing_shared", "financing_id", postgresql_where=text("shared")),
    )

    financing_id: bytes = binary(primary_key=True)
    tranche: int = Field(primary_key=True)
    block_number: int = Field(sa_type=BigInteger, index=True)
    met: bool
    shared: bool
    next_at: int | None = Field(default=None, sa_type=BigInteger, index=True)
