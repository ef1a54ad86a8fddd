"""The register as it is folded: each key is where the contract has it, over all orders (P2, P5)."""

from collections.abc import Iterator, Sequence

import pytest
from sqlmodel import Session, col, delete

from entrepot.bindings.encumbrances import (
    AssetLinked,
    AssetsUnlinked,
    EncumbranceFreed,
    EncumbranceReserved,
)
from entrepot.bindings.ids import AssetKey, FinancingId, OrderId
from entrepot.kit.abi import Event
from entrepot.steps.indexing.projections import Place, fold
from entrepot.store.embedded import EmbeddedPostgres
from entrepot.store.goods import family_of
from entrepot.store.session import Store
from entrepot.store.tables import PROJECTIONS
from tests.store.cast import word
from tests.store.story import Book

pytestmark = pytest.mark.postgres

ONE, TWO = OrderId(word("order 1")), OrderId(word("order 2"))
FIRST, SECOND = AssetKey(word("goods 1")), AssetKey(word("goods 2"))
INVOICE, BILL = AssetKey(word("invoice")), AssetKey(word("bill"))


@pytest.fixture
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("goods"), durable=False) as server:
        store = Store(server.url)
        Book(store).open()
        with store.transaction() as session:
            yield session
        store.close()


def financing(order: OrderId) -> FinancingId:
    return FinancingId(word(f"facility of {order.hex()}"))


def linked(order: OrderId, family: AssetKey, turn: int, key: AssetKey) -> AssetLinked:
    return AssetLinked(
        order_id=order, financing_id=financing(order), family=family, round=turn, key=key
    )


def reserved(order: OrderId, family: AssetKey) -> EncumbranceReserved:
    return EncumbranceReserved(
        order_id=order,
        financing_id=financing(order),
        family=family,
        currency=b"USD",
        capacity=10,
        amount=1,
        expires_at=1,
    )


def lapsed(order: OrderId, family: AssetKey, turn: int) -> Sequence[Event]:
    held = {"order_id": order, "financing_id": financing(order), "family": family}
    return (
        EncumbranceFreed(**held, reserved=1, committed=0),
        AssetsUnlinked(**held, round=turn),
    )


def tell(session: Session, events: Sequence[Event]) -> None:
    for index, event in enumerate(events):
        place = Place(
            block_number=1,
            log_index=index,
            timestamp=1,
            tx_hash=word("tx"),
            address=bytes(20),
            stream=event.order_id,  # pyright: ignore[reportAttributeAccessIssue]
        )
        fold(session, [(event, place)])


HISTORY: Sequence[Event] = (
    linked(ONE, FIRST, 0, FIRST),
    linked(ONE, FIRST, 0, INVOICE),
    reserved(ONE, FIRST),
    linked(TWO, FIRST, 0, BILL),
    *lapsed(ONE, FIRST, 0),
    linked(TWO, SECOND, 0, SECOND),
    linked(TWO, SECOND, 0, INVOICE),
    reserved(TWO, SECOND),
    linked(ONE, FIRST, 1, FIRST),
    reserved(ONE, FIRST),
)


def places(session: Session) -> list[bytes | None]:
    return [family_of(session, key) for key in (FIRST, SECOND, INVOICE, BILL)]


def test_key_is_where_its_last_standing_link_says(session: Session) -> None:
    assert places(session) == [None] * 4
    tell(session, HISTORY[:4])
    assert places(session) == [FIRST, None, FIRST, FIRST]
    tell(session, HISTORY[4:6])
    assert places(session) == [None] * 4
    tell(session, HISTORY[6:])
    assert places(session) == [FIRST, SECOND, SECOND, None]


@pytest.mark.parametrize("order", [ONE, TWO])
def test_p5_stream_folded_again_gives_the_same(session: Session, order: OrderId) -> None:
    tell(session, HISTORY)
    before = places(session)
    for table in PROJECTIONS:
        session.exec(delete(table).where(col(table.stream) == order))
    session.expire_all()
    tell(session, [e for e in HISTORY if e.order_id == order])  # pyright: ignore[reportAttributeAccessIssue]
    assert places(session) == before
