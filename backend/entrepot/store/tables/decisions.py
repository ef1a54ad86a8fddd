"""Why a tranche was released, or what it still waits for."""

from sqlalchemy import BigInteger, ForeignKey
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
    )
    block_hash: bytes = binary()
    rules_hash: bytes = binary()
    met: bool
    facts: dict[str, object] = json_column()
    outcome: dict[str, object] = json_column()
