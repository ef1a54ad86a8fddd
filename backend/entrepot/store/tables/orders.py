"""Orders and whom they name as attesters, folded from TradeOrders."""

from sqlalchemy import BigInteger
from sqlmodel import Field

from entrepot.store.columns import Row, binary, json_column, whole


class TradeOrder(Row, table=True):
    """exporter_failed, importer_failed: the last version over which its dispute has failed."""

    order_id: bytes = binary(primary_key=True)
    stream: bytes = binary(index=True)
    state: str
    version: int
    exporter: bytes = binary(index=True)
    importer: bytes = binary(index=True)
    currency: str
    amount_minor: int = whole()
    origin: str
    destination: str
    commitment: bytes = binary()
    accept_by: int = whole()
    ship_by: int = whole()
    placed_block: int = Field(sa_type=BigInteger)
    disputed_by: bytes | None = binary(default=None)
    disputed_until: int | None = whole(default=None)
    exporter_failed: int = 0
    importer_failed: int = 0


class OrderAttester(Row, table=True):
    order_id: bytes = binary(primary_key=True)
    position: int = Field(primary_key=True)
    stream: bytes = binary(index=True)
    participant_id: bytes = binary(index=True)
    kinds: int = whole()


class OrderReference(Row, table=True):
    """The parties' own words for an order, which never reach the chain (P8)."""

    order_id: bytes = binary(primary_key=True)
    reference: str = Field(index=True)
    details: dict[str, object] = json_column()
