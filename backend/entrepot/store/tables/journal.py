"""The journal: balanced entries of postings. Rows are only ever added, and go with their block."""

from sqlalchemy import BigInteger, ForeignKey
from sqlmodel import Field

from entrepot.store.columns import Row, whole


class Posting(Row, table=True):
    """One line of the entry that its log caused; the amounts of one entry sum to zero.

    A balance is the sum of an account's postings, never a column that is updated.
    """

    block_number: int = Field(
        sa_type=BigInteger,
        sa_column_args=(ForeignKey("block.number", ondelete="CASCADE"),),
        primary_key=True,
    )
    log_index: int = Field(primary_key=True)
    line: int = Field(primary_key=True)
    account: str = Field(index=True)
    currency: str
    amount_minor: int = whole()
    memo: str


class Progress(Row, table=True):
    """How far a step has come: it has dealt with all blocks up to here."""

    step: str = Field(primary_key=True)
    block_number: int = Field(sa_type=BigInteger)
