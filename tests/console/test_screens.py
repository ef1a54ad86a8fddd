"""Every screen on the real stack: in every guise it fits, can be used by all, and complains of
nothing; a list is the same on the page, as a file and in the API."""

import csv
import os
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from entrepot.console.screens import SCREENS
from tests.console.gallery import (
    FOR_REGULATORS,
    GUISES,
    Guise,
    addresses,
    entered,
    look,
    open_held,
    shoot,
)
from tests.walk.stage import Walk

pytestmark = [pytest.mark.postgres, pytest.mark.anvil, pytest.mark.browser]

PLAIN = Guise("en", "light", 1280)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    with open_held(tmp_path_factory.mktemp("held")) as walk:
        yield walk


@pytest.mark.parametrize(
    "guise",
    [each if each == PLAIN else pytest.param(each, marks=pytest.mark.full) for each in GUISES],
    ids=str,
)
def test_each_page_fits_and_can_be_used_by_everybody(
    walk: Walk, browser: Browser, guise: Guise, tmp_path: Path
) -> None:
    shoot(walk, browser, guise, tmp_path)


def test_each_page_is_left_and_reached_by_two_keys(walk: Walk, browser: Browser) -> None:
    with entered(walk, browser, PLAIN) as watched:
        page = watched.page
        for screen in SCREENS:
            if screen.key and page.locator(f'nav [data-key="{screen.key}"]').count():
                page.wait_for_load_state()
                page.keyboard.press("g")
                page.keyboard.press(screen.key)
                expect(page).to_have_url(f"{walk.stack.url}/console{screen.path}")
        assert watched.complaints == []


def test_list_on_the_page_is_that_of_the_file(walk: Walk, browser: Browser) -> None:
    paths = addresses(walk)
    with entered(walk, browser, PLAIN) as watched:
        page = watched.page
        for screen in SCREENS:
            if screen.name in FOR_REGULATORS:
                continue
            url = f"{walk.stack.url}/console{paths[screen.name]}"
            look(page, url, PLAIN)
            if not page.locator(".files").count():
                continue
            file = page.request.get(url, params={"as": "csv"})
            assert file.headers["content-type"] == "text/csv; charset=utf-8"
            rows = list(csv.reader(StringIO(file.text())))
            assert len(rows) - 1 == page.locator(".grid").first.locator("tbody tr").count()
            printed = page.request.get(url, params={"as": "pdf"})
            assert printed.body().startswith(b"%PDF-")


def test_approvals_as_a_file_are_those_of_the_api(walk: Walk, browser: Browser) -> None:
    told = walk.ask("bank", "GET", "/v1/facilities").json()["items"]
    with entered(walk, browser, PLAIN) as watched:
        url = f"{walk.stack.url}/console/"
        file = watched.page.request.get(url, params={"as": "csv", "show": "all"}).text()
    rows = list(csv.DictReader(StringIO(file)))
    assert [(row["reference"], row["amount"], row["amount_currency"]) for row in rows] == [
        (one["order_reference"], one["amount"]["amount"], one["amount"]["currency"]) for one in told
    ]


def test_times_are_those_of_the_officers_zone_with_utc_beside(walk: Walk, browser: Browser) -> None:
    with entered(walk, browser, PLAIN) as watched:
        page = watched.page
        page.wait_for_load_state()
        look(page, f"{walk.stack.url}/console{addresses(walk)['facility']}", PLAIN)
        at = page.locator("#timeline time").first
        expect(at).to_have_text("2 Nov 2026 09:30")
        expect(at).to_have_attribute("title", "2026-11-02 01:30 UTC")


def test_page_that_is_not_for_the_role_says_so(walk: Walk, browser: Browser) -> None:
    with entered(walk, browser, PLAIN) as watched:
        answer = watched.page.goto(f"{walk.stack.url}/console/supervision")
        assert answer is not None
        assert answer.status == 403
        expect(watched.page.get_by_role("heading", level=1)).to_have_text("Not for your role")
        expect(watched.page.get_by_role("link", name="Supervision")).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_facility_is_printed_on_two_pages(walk: Walk, browser: Browser, language: str) -> None:
    with entered(walk, browser, Guise(language, "dark", 1280)) as watched:
        page = watched.page
        look(
            page,
            f"{walk.stack.url}/console{addresses(walk)['facility']}",
            Guise(language, "dark", 1280),
        )
        printed = page.pdf(format="A4")
    if folder := os.environ.get("SCREENSHOTS"):
        (Path(folder) / f"facility-{language}.pdf").write_bytes(printed)
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 2
