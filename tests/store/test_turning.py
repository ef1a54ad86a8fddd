"""Lists a page at a time: every row once and in order, however many share a block, and whatever is
added meanwhile; a cursor of somebody else's making is refused."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlmodel import Session

from entrepot.store.embedded import EmbeddedPostgres
from entrepot.store.session import Store
from entrepot.views import approvals, debts, documents, payments, titles, voyages
from entrepot.views.cursors import BadCursor
from entrepot.views.paging import Asked
from entrepot.views.values import Page
from tests.store.cast import BANK_A
from tests.store.copying import add_copies
from tests.store.story import Book, Story
from tests.store.test_views import _tell

pytestmark = pytest.mark.postgres

COPIES = 6
LISTS: dict[str, Callable[[Session, Asked], Page[Any]]] = {
    "approvals": lambda session, asked: approvals.queue(session, BANK_A, show="all", asked=asked),
    "debts": lambda session, asked: debts.owing(session, BANK_A, 0, asked),
    "documents": lambda session, asked: documents.newest(session, BANK_A, asked=asked),
    "payments": lambda session, asked: payments.newest(session, BANK_A, asked),
    "titles": lambda session, asked: titles.newest(session, BANK_A, asked),
    "voyages": lambda session, asked: voyages.newest(session, BANK_A, asked),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """The story's trade, and others like it in the same blocks."""
    with EmbeddedPostgres(tmp_path_factory.mktemp("turning"), durable=False) as server:
        store = Store(server.url)
        _tell(Story(Book(store)))
        with store.transaction() as session:
            add_copies(session, COPIES)
        yield store
        store.close()


@pytest.mark.parametrize("name", LISTS)
def test_list_page_by_page_is_the_whole_of_it(store: Store, name: str) -> None:
    turn = LISTS[name]
    with store.reading() as session:
        whole = turn(session, Asked(limit=500))
        items, after = list[Any](), None
        for _ in whole.items:
            page = turn(session, Asked(limit=2, after=after))
            items += page.items
            if (after := page.next) is None:
                break
    assert len(whole.items) > COPIES
    assert whole.next is None
    assert tuple(items) == whole.items


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("cursor", ["", "1.x", "1.0xabc", "9" * 40 + ".0x00", "1.0x" + "00" * 64])
def test_cursor_of_somebody_else_s_making_is_refused_or_ends_the_list(
    store: Store, name: str, cursor: str
) -> None:
    with store.reading() as session:
        try:
            page = LISTS[name](session, Asked(after=cursor))
        except BadCursor:
            return
    assert cursor.endswith("00" * 64), "only what is written like a cursor is taken for one"
    assert page.next is None
