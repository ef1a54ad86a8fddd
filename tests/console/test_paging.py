"""A list that is longer than a page: page by page, as a file, and on paper."""

import csv
import re
from collections.abc import Iterator
from io import StringIO

import pytest
from fastapi.testclient import TestClient

from entrepot.console import create_console, screen
from entrepot.steps import World
from tests.console.desk import open_desk
from tests.store.cast import BANK_A, token_of
from tests.store.copying import add_copies

pytestmark = pytest.mark.postgres

HOME = "http://console.test"
COPIES = 120
ROW = re.compile(r'<th scope="row"><a href="/facilities/(0x[0-9a-f]{64})">')
MORE = re.compile(r'rel="next" href="([^"]+)"')


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The story's facility, and as many more."""
    with open_desk(tmp_path_factory.mktemp("desk")) as (world, _):
        with world.store.transaction() as session:
            add_copies(session, COPIES)
        yield world


@pytest.fixture
def client(world: World) -> Iterator[TestClient]:
    with TestClient(create_console(world), base_url=HOME, headers={"Origin": HOME}) as client:
        client.post("/login", data={"token": token_of(BANK_A)}, follow_redirects=False)
        yield client


def test_pages_together_are_the_file_and_no_page_is_long(client: TestClient) -> None:
    pages, address = list[list[str]](), "/?show=all"
    while True:
        text = client.get(address).text
        pages.append(ROW.findall(text))
        assert ("First page" in text) == (len(pages) > 1)
        if (more := MORE.search(text)) is None:
            break
        address = more[1].replace("&amp;", "&")
    assert [len(page) for page in pages] == [50, 50, 21]
    rows = list(csv.DictReader(StringIO(client.get("/?show=all&as=csv").text)))
    shown = [facility_id for page in pages for facility_id in page]
    assert len(set(shown)) == COPIES + 1
    assert [row["reference"] for row in rows if row["reference"] in shown] == [
        each for each in shown if each in {row["reference"] for row in rows}
    ]
    assert len(rows) == len(shown)


def test_row_without_a_reference_is_picked_by_its_short_id(client: TestClient) -> None:
    text = client.get("/?show=all&lang=en").text
    labels = re.findall(r'data-pick value="[^"]+" aria-label="([^"]+)" autocomplete="off">', text)
    assert len(labels) == 50
    assert all(re.fullmatch(r"Select (EXP-2026-1187|0x\w{4}…\w{4})", one) for one in labels)


def test_what_waits_is_counted_over_all_pages(client: TestClient) -> None:
    assert re.search(rf'id="waiting"><b class="count">{COPIES + 1} ', client.get("/").text)


def test_file_has_all_rows_however_few_are_fetched_at_a_time(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = client.get("/?show=all&as=csv").text
    monkeypatch.setattr(screen, "FILE_ROWS", 7)
    assert client.get("/?show=all&as=csv").text == whole


def test_list_too_long_for_paper_is_refused_with_a_way_out(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "FILE_ROWS", 50)
    monkeypatch.setattr(screen, "PRINTED_ROWS_MAX", 100)
    refused = client.get("/?show=all&as=pdf")
    assert refused.status_code == 422
    assert "take it as CSV" in refused.text
    monkeypatch.setattr(screen, "PRINTED_ROWS_MAX", 150)
    assert client.get("/?show=all&as=pdf").content.startswith(b"%PDF-")


def test_cursor_of_somebody_else_s_making_is_refused(client: TestClient) -> None:
    assert client.get("/?after=mine").status_code == 422
