"""What was seen of the chain: the network, its blocks, its logs. Deleting a block takes with it
everything that was learnt from it."""

from sqlalchemy import BigInteger, LargeBinary
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from entrepot.store.columns import Row, binary, json_column, whole


class Network(Row, table=True):
    """The one chain this database belongs to; another is refused (P9).

    final_block: the highest block that was final when a fork last took blocks back, -1 for none:
    what was told as final once stays so while the chain grows again.
    """

    id: int = Field(default=1, primary_key=True)
    chain_id: int = Field(sa_type=BigInteger)
    genesis_hash: bytes = binary()
    deployment: dict[str, object] = json_column()
    first_block: int = Field(sa_type=BigInteger)
    final_block: int = Field(default=-1, sa_type=BigInteger)


class Block(Row, table=True):
    number: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    hash: bytes = binary()
    parent_hash: bytes = binary()
    timestamp: int = whole()


class Log(Row, table=True):
    """One event of one of our contracts. It is written and deleted with its block, set-wise; a
    foreign key would look the block up once more for each log.

    `stream` is topic 1: every projection row names the stream it is folded from, so that a fork
    re-folds exactly the streams it touched.
    """

    block_number: int = Field(sa_type=BigInteger, primary_key=True)
    log_index: int = Field(primary_key=True)
    tx_hash: bytes = binary()
    address: bytes = binary()
    contract: str
    event: str
    stream: bytes = binary(index=True)
    topics: list[bytes] = Field(default_factory=list, sa_type=ARRAY(LargeBinary))
    data: bytes = binary()
