"""An officer holds a release before it is signed, from its facility or the list, and resumes it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from entrepot.steps import World
from entrepot.store.tables import Facility
from tests.console.browser import open_browser
from tests.console.desk import open_desk, serve
from tests.console.test_holding import FACILITY, enter, form_of
from tests.console.watching import Watched, check
from tests.store.cast import BANK_A, BANK_B, EXPORTER, token_of
from tests.store.story import Story

pytestmark = pytest.mark.postgres

WHY = "an unusual account: call back"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_desk(tmp_path_factory.mktemp("desk")) as (world, _):
        with world.store.transaction() as session:
            session.get_one(Facility, Story.financing_id).state = "FUNDED"
        yield world


def test_hold_is_told_to_all_and_its_reason_to_colleagues(world: World) -> None:
    bank, other, exporter = (enter(world, token_of(x)) for x in (BANK_A, BANK_B, EXPORTER))
    form = form_of(bank.get(FACILITY).text) | {"reason": WHY, "back": "releases"}
    assert bank.post(f"{FACILITY}/tranches/1/hold", data=form | {"csrf": "x"}).status_code == 403
    assert bank.post(f"{FACILITY}/tranches/1/hold", data=form | {"reason": " "}).status_code == 422
    listed = bank.post(f"{FACILITY}/tranches/1/hold", data=form).text
    assert "Held by Bank of Yongjiang since" in listed
    assert f"{FACILITY}/tranches/1/resume" in listed
    again = bank.post(f"{FACILITY}/tranches/1/hold", data=form)
    assert (again.status_code, "a colleague of yours was before you" in again.text) == (409, True)
    page = exporter.get(FACILITY).text
    assert "Held by Bank of Yongjiang since" in page
    assert WHY not in page
    assert "/tranches/1/hold" not in page
    given = form_of(page) | {"reason": WHY}
    refused = exporter.post(f"{FACILITY}/tranches/1/hold", data=given)
    assert (refused.status_code, "officers of the facility" in refused.text) == (409, True)
    page = other.get(FACILITY).text
    assert WHY not in page
    assert f"{FACILITY}/tranches/1/hold" in page, "another lender may hold it, too"
    bank.post(f"{FACILITY}/tranches/1/resume", data=form | {"reason": "called back"})
    assert "Held by Bank of Yongjiang" not in bank.get("/releases").text
    trail = bank.get("/audit").text
    assert ("Held a release" in trail, f"2: {WHY}" in trail) == (True, True)
    assert ("Resumed a release" in trail, "2: called back" in trail) == (True, True)


@pytest.mark.full
@pytest.mark.browser
def test_officer_holds_by_keyboard_and_others_see_it_at_once(world: World) -> None:
    with open_browser() as browser, serve(world) as url:
        bank, exporter = Watched(browser.new_page()), Watched(browser.new_page())
        for watched, member in ((bank, BANK_A), (exporter, EXPORTER)):
            watched.page.goto(f"{url}{FACILITY}")
            watched.page.locator("#token").fill(token_of(member))
            watched.page.locator("#token").press("Enter")
            expect(watched.page.locator("#tranches")).to_be_visible()
        page = bank.page
        page.wait_for_load_state()
        page.keyboard.press("h")
        page.keyboard.type(WHY)
        page.keyboard.press("Enter")
        expect(page.locator("#tranches")).to_contain_text(WHY)
        held = exporter.page.locator("#tranches")
        expect(held).to_contain_text("Held by Bank of Yongjiang since")
        page.set_viewport_size({"width": 390, "height": 900})
        page.emulate_media(color_scheme="dark")
        page.goto(f"{url}/releases?lang=zh")
        check(page, "zh")
        page.locator(".holding summary").click()
        check(page, "zh")
        page.locator(".holding input:not([type=hidden])").fill("无异常")
        page.keyboard.press("Enter")
        expect(held).not_to_contain_text("Held by Bank of Yongjiang since")
        assert bank.complaints == []
        assert exporter.complaints == []
