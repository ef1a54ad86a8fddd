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


class JournalMark(Row, table=True):
    """How far the journal has been written: all logs of blocks up to here."""

    id: int = Field(default=1, primary_key=True)
    block_number: int = Field(sa_type=BigInteger)
