"""A newcomer's first case, by keyboard alone: find the demo's facility, read why its second tranche
waits, approve with a passkey, see the money leave and the timeline follow without a reload."""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.console.browser import open_browser
from tests.console.device import Device
from tests.console.keyboard import Keyboard
from tests.console.watching import Watched
from tests.walk.stage import Walk, open_walk

pytestmark = [pytest.mark.postgres, pytest.mark.anvil, pytest.mark.browser]

SIGNED_BY_NEWCOMER = "Harbour Bank's second officer signs"
FIRST_PAID = "The first tranche is released"
HELD = "Everything that the second tranche needs is there"
FREED = "Customs in Ningbo end the control"
SECOND_PAID = "The second tranche is released"


@dataclass
class Newcomer:
    """Somebody at a device of their own, and the devnet that they look at through it."""

    walk: Walk
    device: Device
    watched: Watched
    reached: int

    @property
    def page(self) -> Page:
        return self.device.page

    @property
    def console(self) -> str:
        return self.walk.stack.url.replace("127.0.0.1", "localhost") + "/console/"

    def meanwhile(self, until: str) -> None:
        """What the others do, up to and with the step that says so."""
        steps = self.walk.scenario.steps
        to = _place(self.walk, until) + 1
        self.walk.play(steps[self.reached : to])
        self.reached = to

    def tranche(self, number: int) -> Locator:
        return self.page.locator("#tranches li").nth(number - 1)

    def complaints(self) -> list[str]:
        """But for Chromium's advice to take RS256 as well, which no contract could verify."""
        return [each for each in self.watched.complaints if "pubKeyCredParams" not in each]


def _place(walk: Walk, says: str) -> int:
    return next(n for n, step in enumerate(walk.scenario.steps) if step.say.startswith(says))


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    """Invited, with a passkey, and logged out; one signature is missing to a facility: theirs."""
    with open_walk("customs-hold", tmp_path) as walk, open_browser() as browser:
        steps, own = walk.scenario.steps, _place(walk, SIGNED_BY_NEWCOMER)
        others = _place(walk, "Harbour Bank pays in its share")
        walk.play([*steps[:own], *steps[own + 1 : others]])
        told = walk.command("people", "invite", "harbour-bank", "--decide", "--label", "newcomer")
        device = Device(browser)
        watched = Watched(device.page)
        device.page.goto(told["url"])
        expect(device.page.get_by_role("button", name="Add a passkey")).to_be_focused()
        device.page.keyboard.press("Enter")
        expect(device.page).to_have_title("Approvals · Entrepot")
        device.page.goto("about:blank")  # a page that follows would ask on, and be told to log in
        device.page.context.clear_cookies()
        yield Newcomer(walk, device, watched, reached=others)


def test_newcomer_understands_approves_and_sees_the_money_leave_by_keyboard_alone(
    newcomer: Newcomer, capsys: pytest.CaptureFixture[str]
) -> None:
    page, keys = newcomer.page, Keyboard(newcomer.page)
    page.goto(newcomer.console)
    started = time.monotonic()
    expect(page.get_by_role("button", name="Log in with a passkey")).to_be_focused()
    keys.press("Enter")
    expect(page).to_have_title("Approvals · Entrepot")
    expect(page.locator(".grid tbody tr")).to_have_count(1)
    keys.press("j", "Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("PO-2026-1187")

    expect(newcomer.tranche(2)).to_contain_text(
        "Not released; it waits for: Transport document; Shipped on board; Vessel departed; "
        "Export released by customs; Bill of lading pledged to the lenders; "
        "All lenders have approved and paid in"
    )
    expect(page.locator("#conditions-2")).to_contain_text("3 of 4 sign-offs")
    keys.press("a")
    expect(page.get_by_role("button", name="Approve with your passkey")).to_be_focused()
    keys.press("Enter")
    expect(page.locator("#result")).to_contain_text("recorded in block")
    expect(page.locator("#result")).to_contain_text("Made by your passkey")
    expect(page.locator("#result")).to_be_focused()
    page.evaluate("window.loadedOnce = true")

    newcomer.meanwhile(FIRST_PAID)
    expect(newcomer.tranche(1)).to_contain_text("Paid to the exporter")
    expect(page.locator("#timeline .live", has_text="Tranche released")).to_have_count(1)

    newcomer.meanwhile(HELD)
    expect(newcomer.tranche(2)).to_contain_text("Stopped by: Held by customs")
    newcomer.meanwhile(FREED)
    newcomer.meanwhile(SECOND_PAID)
    expect(newcomer.tranche(2)).to_contain_text("Paid to the exporter")
    expect(page.locator("#timeline .live", has_text="Tranche released")).to_have_count(2)
    expect(page.locator("#timeline .live .number", has_text="642,000.00")).not_to_have_count(0)

    assert page.evaluate("window.loadedOnce"), "the page was loaded anew"
    assert newcomer.complaints() == []
    took_s = time.monotonic() - started
    with capsys.disabled():
        sys.stdout.write(f"\nnewcomer: {keys.strokes} keystrokes, {took_s:.1f} s\n")
