"""A page that is watched: what it complains of, and what keeps somebody from using it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

AXE = Path(__file__).parent / "node_modules/axe-core/axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
SMALL = """
() => [...document.querySelectorAll('button, input:not([type=hidden]), summary, nav a, .chip')]
  .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 24)
  .map((e) => e.outerHTML)
"""
SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
TAGS = {"en": "en", "zh": "zh-CN"}


class Watched:
    """A page whose every complaint is kept: console errors, script errors, broken policy."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self._heard(message.type, message.text))
        page.on("requestfailed", lambda request: self._failed(request.url, request.failure))

    def _heard(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def _failed(self, url: str, failure: str | None) -> None:
        if failure != "net::ERR_ABORTED":  # a page that is left ends its stream, and its files
            self.complaints.append(f"{url}: {failure}")


def check(page: Page, language: str) -> None:
    """The page is in that language, fits, and axe finds nothing against WCAG 2.2 AA."""
    expect(page.locator("html")).to_have_attribute("lang", TAGS[language])
    expect(page.get_by_role("main")).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert page.evaluate(SMALL) == []
    assert page.evaluate(SIDEWAYS) <= 0, f"{page.url} scrolls sideways"
    assert violations(page) == []


def violations(page: Page) -> list[str]:
    """What axe holds against the page: the rule, and the elements that break it."""
    page.evaluate(_axe())
    wanted = json.dumps({"runOnly": list(RULES)})
    found: dict[str, Any] = page.evaluate(f"() => axe.run(document, {wanted})")
    return [
        f"{each['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


@cache
def _axe() -> str:
    """Its source, told to the browser past the page's policy, which lets no foreign script in."""
    return AXE.read_text(encoding="utf-8")
