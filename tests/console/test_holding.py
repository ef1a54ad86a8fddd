"""A regulator stops money and lets it go, on the real stack: the ledger holds, the page tells."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, expect

from entrepot.console import create_console
from entrepot.steps import World
from entrepot.views.values import hexed
from tests.console.desk import open_desk
from tests.console.gallery import Guise, entered
from tests.store.cast import BANK_A, REGULATOR, token_of
from tests.store.story import Story
from tests.walk.stage import Walk, open_walk

pytestmark = pytest.mark.postgres

HOME = "http://console.test"
FACILITY = f"/facilities/{hexed(Story.financing_id)}"
UNTIL = "Harbour Bank's first officer signs"
PLAIN = Guise("en", "light", 1280)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_desk(tmp_path_factory.mktemp("desk")) as (world, _):
        yield world


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    with open_walk("straight-walk", tmp_path_factory.mktemp("holding")) as walk:
        walk.play_until(UNTIL)
        yield walk


def enter(world: World, token: str) -> TestClient:
    headers = {"Origin": HOME, "Accept-Language": "en"}
    client = TestClient(create_console(world), base_url=HOME, headers=headers)
    client.post("/login", data={"token": token}, follow_redirects=False)
    return client


def form_of(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(csrf)" value="([^"]*)">', page))


def test_hold_is_for_regulators_who_said_why_they_look(world: World) -> None:
    bank = enter(world, token_of(BANK_A))
    page = bank.get(FACILITY).text
    assert 'id="holding"' not in page
    form = form_of(page) | {"reason": "I may not"}
    assert bank.post(f"{FACILITY}/holding/hold", data=form).status_code == 403
    regulator = enter(world, token_of(REGULATOR))
    form = form_of(regulator.get(FACILITY).text) | {"reason": "Inquiry 9"}
    assert regulator.post(f"{FACILITY}/holding/hold", data=form).status_code == 403
    regulator.post(f"{FACILITY}/look", data=form)
    lifted = regulator.post(f"{FACILITY}/holding/lift-hold", data=form)
    assert lifted.status_code == 409
    assert (
        regulator.post(f"{FACILITY}/holding/hold", data=form | {"reason": " "}).status_code == 422
    )
    assert regulator.post(f"{FACILITY}/holding/seize", data=form).status_code == 422
    held = regulator.post(f"{FACILITY}/holding/hold", data=form)
    assert "Signed, and on its way to the chain." in held.text
    trail = regulator.get("/audit").text
    assert "Put a facility on hold" in trail
    assert "Lifted the hold" not in trail


def hold(page: Page, reason: str, told: str) -> None:
    """By keyboard alone, once the page's scripts listen to it."""
    page.wait_for_load_state()
    page.keyboard.press("h")
    expect(page.locator("#holding-reason")).to_be_focused()
    page.keyboard.type(reason)
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_contain_text(told)


@pytest.mark.full
@pytest.mark.anvil
@pytest.mark.browser
def test_regulator_holds_and_lifts_and_everybody_sees_it(walk: Walk, browser: Browser) -> None:
    facility = walk.player.names["facility"]
    with (
        entered(walk, browser, PLAIN, "regulator.officer-1") as watched,
        entered(walk, browser, PLAIN) as bank,
    ):
        page = watched.page
        bank.page.goto(f"{walk.stack.url}/console/facilities/{facility}")
        page.goto(f"{walk.stack.url}/console/supervision")
        page.locator("[data-row] th a").first.click()
        page.locator(f"[href$='{facility}']").click()
        page.locator("#why").fill("Inquiry 9")
        page.keyboard.press("Enter")
        expect(page.locator("#holding")).to_be_visible()
        hold(page, "Court order 12", "On hold: nothing is paid out")
        expect(bank.page.locator("#state")).to_contain_text("on hold")
        expect(bank.page.locator("#timeline .live")).to_contain_text("Hold placed by the regulator")
        expect(bank.page.locator("#tranches")).to_contain_text("Held by the regulator")
        hold(page, "Order 12 was lifted", "The hold is lifted")
        expect(bank.page.locator("#state")).not_to_contain_text("on hold")
        page.goto(f"{walk.stack.url}/console/audit")
        expect(page.locator("main")).to_contain_text("Court order 12")
        assert watched.complaints == []
        assert bank.complaints == []
