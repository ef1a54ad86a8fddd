"""The reference in a real browser: nothing is blocked or missing, and it can be used by keys."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import pytest
from playwright.sync_api import Page, expect

from entrepot.steps import World
from tests.api.serving import serve
from tests.console.browser import open_browser

pytestmark = pytest.mark.browser

SETTINGS = SimpleNamespace(document_bytes_max=1024, request_seconds_max=60)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The API without a world: its description needs none."""
    with serve(cast("World", SimpleNamespace(settings=SETTINGS))) as address:
        yield address


@pytest.fixture
def page() -> Iterator[Page]:
    with open_browser() as browser:
        yield browser.new_page(viewport={"width": 390, "height": 844})


def test_page_is_clean_under_its_policy_and_asks_nobody_else(url: str, page: Page) -> None:
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url.removeprefix(url)))
    page.goto(f"{url}/docs")
    expect(page.get_by_role("heading", name="Entrepot API")).to_be_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('nav')).position") == "sticky"
    assert said == []
    assert set(asked) - {"/favicon.ico"} == {"/docs", "/docs/reference.css"}
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_operation_opens_by_keyboard_and_leads_to_its_schema(url: str, page: Page) -> None:
    page.goto(f"{url}/docs")
    summary = page.locator("summary", has_text="Place an order")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("The exporter places what the two have agreed on")).to_be_visible()
    page.get_by_role("link", name="PlaceOrderIn").first.click()
    expect(page.locator("#schema-PlaceOrderIn")).to_be_visible()


def test_what_is_injected_does_not_run(url: str, page: Page) -> None:
    """The policy holds, whatever gets onto the page."""
    page.goto(f"{url}/docs")
    ran = page.evaluate(
        """() => {
            try { document.body.innerHTML = '<img src=x onerror="window.ran = true">'; }
            catch (error) { return error.name; }
            return 'set';
        }"""
    )
    assert ran == "TypeError"
