"""A page outlives the server that it came from: it says so while that is away, and goes on by
itself with what happened meanwhile, for whoever was in."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from entrepot.devnet.ground import environment
from entrepot.kit.processes import Child, free_port
from tests.console.gallery import OFFICER
from tests.walk.stage import Walk, open_walk

pytestmark = [pytest.mark.postgres, pytest.mark.anvil, pytest.mark.browser, pytest.mark.full]

UNTIL = "Harbour Bank's second officer signs"
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """A devnet where a facility has its first signature."""
    with open_walk("straight-walk", tmp_path_factory.mktemp("restart")) as walk:
        walk.play_until(UNTIL)
        yield walk


@pytest.fixture
def server(walk: Walk, tmp_path: Path) -> Iterator[tuple[Child, str]]:
    """A second server over the same database, to be killed; and its console."""
    settings = walk.stack.ground.settings.model_copy(update={"api_port": free_port()})
    url = f"http://127.0.0.1:{settings.api_port}"
    child = Child(
        [sys.executable, "-m", "entrepot", "api"],
        log=tmp_path / "api.log",
        environment=environment(settings),
    )
    with child:
        child.wait_until(lambda: _answers(url), timeout_s=PATIENCE_S)
        yield child, url


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz").is_success
    except httpx.TransportError:
        return False


@contextmanager
def entered(walk: Walk, browser: Browser, url: str) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{url}/console/facilities/{walk.player.names['facility']}")
    page.locator("#token").fill(walk.stack.tokens[OFFICER])
    page.keyboard.press("Enter")
    expect(page.locator("#signoffs h3")).to_have_count(2)
    page.evaluate("window.loadedOnce = true")
    yield page
    context.close()


def test_page_says_that_the_server_is_away_and_shows_what_happened_meanwhile(
    walk: Walk, browser: Browser, server: tuple[Child, str]
) -> None:
    child, url = server
    with entered(walk, browser, url) as page:
        lost = page.locator("[data-away=lost]")
        expect(page.locator("#signoffs h3").first).to_contain_text("1/2")
        expect(lost).to_be_hidden()
        os.kill(child.pid, signal.SIGKILL)
        child.wait(PATIENCE_S)
        expect(lost).to_be_visible()
        expect(lost).to_contain_text("The server does not answer")

        signed = walk.ask(
            "bank.officer-2",
            "POST",
            "/v1/facilities/{facility}/approvals",
            headers={"Prefer": "wait=20"},
        )
        assert signed.json()["status"] == "succeeded", signed.text
        expect(page.locator("#signoffs h3").first).to_contain_text("1/2")
        child.start()
        expect(page.locator("#signoffs h3").first).to_contain_text("2/2", timeout=PATIENCE_S * 1e3)
        expect(page.locator("#timeline .live", has_text="Sign-off recorded")).to_have_count(1)
        expect(lost).to_be_hidden()
        assert page.evaluate("window.loadedOnce"), "the page was loaded anew"


def test_page_of_somebody_who_is_out_says_so_and_leads_back_in(
    walk: Walk, browser: Browser
) -> None:
    facility = f"/console/facilities/{walk.player.names['facility']}"
    with entered(walk, browser, walk.stack.url) as page:
        beside = page.context.new_page()
        beside.goto(f"{walk.stack.url}/console/chain")
        beside.get_by_role("button", name="Log out").click()
        out = page.locator("[data-away=out]")
        expect(out).to_be_visible()
        expect(page.locator("[data-away=lost]")).to_be_hidden()
        out.get_by_role("link", name="Log in").click()
        page.locator("#token").fill(walk.stack.tokens[OFFICER])
        page.keyboard.press("Enter")
        expect(page).to_have_url(walk.stack.url + facility)
