"""An officer's day in a real browser: log in, find what waits, look, sign, see it recorded."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.steps import World
from tests.console.desk import open_desk, serve
from tests.console.watching import Watched, check
from tests.store.cast import BANK_A, BANK_B, CUSTOMS_CN, token_of
from tests.store.story import Story

pytestmark = [pytest.mark.postgres, pytest.mark.browser]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Story]]:
    with open_desk(tmp_path_factory.mktemp("desk")) as desk:
        yield desk


def test_officer_signs_by_keyboard_and_sees_it_recorded_live(
    desk: tuple[World, Story], browser: Browser
) -> None:
    world, story = desk
    with serve(world) as url:
        watched = Watched(browser.new_page())
        page = watched.page
        page.goto(url + "/")
        _log_in(page, token_of(BANK_A))
        expect(page).to_have_title("Approvals · Entrepot")
        page.keyboard.press("j")
        expect(page.get_by_role("link", name=story.reference)).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text(story.reference)
        digest = page.locator("#decision .digest").inner_text()

        page.keyboard.press("a")
        expect(page.get_by_role("button", name="Approve and sign")).to_be_focused()
        page.keyboard.press("Enter")
        result = page.locator("#result")
        expect(result).to_contain_text("Signed, and on its way to the chain.")
        expect(result).to_be_focused()
        expect(page.locator("#signoffs h3").first).to_contain_text("0/2")

        block = story.sign(BANK_A, 0)
        expect(result).to_contain_text(f"recorded in block #{block}")
        expect(page.locator("#signoffs h3").first).to_contain_text("1/2")
        expect(page.locator("#signoffs")).to_contain_text("Relationship manager · you")
        expect(page.locator("#timeline .live")).to_contain_text("Sign-off recorded")
        expect(page.locator("#news")).to_have_text(f"Block {block}: Sign-off recorded")
        expect(page.locator("#waiting .count")).to_be_hidden()
        assert digest.startswith("0x")
        assert watched.complaints == []
        page.close()


def test_page_in_the_background_follows_the_chain_too(
    desk: tuple[World, Story], browser: Browser
) -> None:
    world, story = desk
    with serve(world) as url:
        page = browser.new_page()
        page.goto(f"{url}/facilities/0x{story.financing_id.hex()}")
        _log_in(page, token_of(BANK_A))
        first = story.sign(BANK_B, 0)
        expect(page.locator("#news")).to_have_text(f"Block {first}: Sign-off recorded")
        page.evaluate(
            "Object.defineProperty(document, 'hidden', {get: () => true});"
            "document.dispatchEvent(new Event('visibilitychange'));"
        )
        second = story.sign(BANK_B, 1)
        expect(page.locator("#news")).to_have_text(f"Block {second}: Sign-off recorded")
        page.close()


def test_page_follows_the_chain_forward_and_back(
    desk: tuple[World, Story], browser: Browser
) -> None:
    world, story = desk
    with serve(world) as url:
        watched = Watched(browser.new_page())
        page = watched.page
        page.goto(f"{url}/facilities/0x{story.financing_id.hex()}")
        _log_in(page, token_of(BANK_B))
        hold = page.locator("#conditions li.bad", has_text="Held by customs")
        expect(page.locator("#conditions")).to_be_visible()
        expect(hold).to_have_count(0)
        page.locator("#conditions-3 summary").click()

        fact_id = story.record(CUSTOMS_CN, EvidenceKind.CUSTOMS_HOLD)
        expect(hold).to_have_count(3)
        expect(page.locator("#conditions-3")).to_have_attribute("open", "")
        link = hold.first.get_by_role("link")
        link.click()
        fact = page.locator(f"[id='{(link.get_attribute('href') or '').removeprefix('#')}']")
        expect(fact).to_contain_text("Ningbo Customs")

        story.take_back_last_fact(fact_id)
        expect(hold).to_have_count(0)
        expect(page.locator("#timeline")).not_to_contain_text("Held by customs")
        assert watched.complaints == []
        page.close()


@pytest.mark.parametrize(
    ("language", "scheme", "width"),
    [
        ("zh", "light", 1280),
        pytest.param("en", "dark", 1280, marks=pytest.mark.full),
        pytest.param("en", "light", 390, marks=pytest.mark.full),
    ],
)
def test_pages_fit_and_can_be_used_by_everybody(
    desk: tuple[World, Story],
    browser: Browser,
    language: str,
    scheme: Literal["light", "dark"],
    width: int,
    tmp_path: Path,
) -> None:
    world, story = desk
    shots = Path(os.environ.get("SCREENSHOTS", tmp_path))
    with serve(world) as url:
        context = browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": 844}, locale="en-GB"
        )
        watched = Watched(context.new_page())
        page = watched.page
        page.goto(f"{url}/?show=all&lang={language}")
        check(page, language)
        _log_in(page, token_of(BANK_B))
        for name, place in (
            ("approvals", "/?show=all"),
            ("empty", "/?show=exceptions"),
            ("facility", f"/facilities/0x{story.financing_id.hex()}"),
        ):
            page.goto(url + place)
            check(page, language)
            page.screenshot(path=shots / f"{name}-{language}-{scheme}-{width}.png", full_page=True)
        assert watched.complaints == []
        context.close()


def _log_in(page: Page, token: str) -> None:
    page.locator("#token").fill(token)
    page.keyboard.press("Enter")
    expect(page.locator("header .me")).to_be_visible()
