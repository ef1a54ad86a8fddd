"""Rows of the approvals that are picked out: as a file, and opened one after another."""

import csv
import re
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.console.gallery import Guise, entered
from tests.console.watching import check
from tests.walk.stage import Walk, open_walk

pytestmark = [pytest.mark.postgres, pytest.mark.anvil, pytest.mark.browser, pytest.mark.full]

UNTIL = "Harbour Bank's first officer signs"
GUISES = (Guise("en", "light", 1280), Guise("zh", "dark", 390))


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    with open_walk("straight-walk", tmp_path_factory.mktemp("picking")) as walk:
        walk.play_until(UNTIL)
        yield walk


@pytest.mark.parametrize("guise", GUISES, ids=str)
def test_rows_are_picked_by_key_and_by_mouse(
    walk: Walk, browser: Browser, guise: Guise, tmp_path: Path
) -> None:
    facility = walk.player.names["facility"]
    url = f"{walk.stack.url}/console"
    with entered(walk, browser, guise) as watched:
        page = watched.page
        page.goto(f"{url}/?show=all")
        bar = page.locator("#picked")
        expect(bar).to_be_hidden()
        page.keyboard.press("j")
        page.keyboard.press("x")
        expect(bar.locator("output")).to_have_text("1")
        check(page, guise.language)
        page.screenshot(path=tmp_path / f"picked-{guise}.png", full_page=True)
        for form, start in (("csv", b"reference"), ("pdf", b"%PDF-")):
            with page.expect_download() as begun:
                bar.get_by_role("link", name=form.upper()).click()
            assert begun.value.path().read_bytes().startswith(start)
        page.locator("[data-pick]").click()
        expect(bar).to_be_hidden()
        page.locator("[data-pick]").click()
        bar.get_by_role("button").click()
        expect(page).to_have_url(re.compile(f"{facility}$"))
        expect(page.locator("#next-picked")).to_be_hidden()
        other = "0x" + "ab" * 32
        page.evaluate(
            "(id) => sessionStorage.setItem('entrepot.picked', JSON.stringify([id]))", other
        )
        page.reload()
        expect(page.locator("#next-picked output")).to_have_text("1")
        check(page, guise.language)
        page.keyboard.press("n")
        expect(page).to_have_url(re.compile(f"{other}$"))


def test_file_has_the_picked_rows_alone(walk: Walk, browser: Browser) -> None:
    facility = walk.player.names["facility"]
    with entered(walk, browser, GUISES[0]) as watched:
        url, other = f"{walk.stack.url}/console/", "0x" + "ab" * 32
        for only, count in ((facility, 1), (f"{other},{facility}", 1), (other, 0)):
            asked: dict[str, str | float | bool] = {"as": "csv", "show": "all", "only": only}
            told = watched.page.request.get(url, params=asked).text()
            assert len(list(csv.DictReader(StringIO(told)))) == count
        assert watched.page.request.get(url, params={"only": "0x12"}).status == 422
