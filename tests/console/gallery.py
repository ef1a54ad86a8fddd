"""Every screen of the console in every guise, on a devnet on which the second tranche waits.

`scripts/gallery` writes them to build/gallery, for people to look at; the tests look at the same.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, Page, expect

from entrepot.console.screens import SCREENS
from tests.api.offering import OFFER
from tests.console.browser import open_browser
from tests.console.watching import Watched, check
from tests.walk.stage import Walk, open_walk

BUILD = Path(__file__).parents[2] / "build/gallery"
OFFICER = "bank.officer-1"
REGULATOR = "regulator.admin"
FOR_REGULATORS = frozenset({"supervision", "reason"})
UNTIL = "Customs in Ningbo end the control"
HEIGHT = 900
Scheme = Literal["light", "dark"]


@dataclass(frozen=True, slots=True)
class Guise:
    """How a page is looked at."""

    language: str
    scheme: Scheme
    width: int

    def __str__(self) -> str:
        return f"{self.language}-{self.scheme}-{self.width}"


SCHEMES: tuple[Scheme, ...] = ("light", "dark")
GUISES = tuple(Guise(*each) for each in product(("en", "zh"), SCHEMES, (1280, 390)))


@contextmanager
def open_held(folder: Path) -> Iterator[Walk]:
    """A devnet where customs hold the goods, and the second tranche waits for that alone."""
    with open_walk("customs-hold", folder) as walk:
        steps = walk.scenario.steps
        until = next(at for at, step in enumerate(steps) if step.say.startswith(UNTIL))
        walk.play(steps[:until])
        yield walk


def addresses(walk: Walk) -> dict[str, str]:
    """Where each page is, by its name: the screens, and the facility that waits, before
    which a regulator is asked for a reason."""
    exporter = next(one for one in walk.stack.ground.members if one.alias == "exporter")
    paper = walk.ask("bank", "GET", "/v1/orders/{order}/documents").json()["items"][0]
    change = proposed(walk)
    names = walk.player.names | {"lei": exporter.lei, "document": paper["document_id"]}
    names |= {"proposal": change["proposal_id"]}
    found = {screen.name: screen.path.format(**names) for screen in SCREENS}
    facility = f"/facilities/{names['facility']}"
    return found | {
        "facility": facility,
        "reason": facility,
        "change-bands": "/policies/change/bands",
        "change-offer": f"/policies/change/offer?offer={change['offer_id']}",
    }


def proposed(walk: Walk) -> dict[str, Any]:
    """The change of an offer that a colleague of the officer's has proposed; the same each time."""
    if not (there := walk.ask(OFFICER, "GET", "/v1/policy-proposals").json()["items"]):
        walk.ask(OFFICER, "POST", "/v1/offers", json=OFFER)
        tranche = {**OFFER["tranches"][0], "required": ["INVOICE", "SHIPPED_ON_BOARD"]}
        most = {"amount": "2500000.00", "currency": "USD"}
        change = {"interest_bps": 725, "buyer_max": most, "tranches": [tranche]}
        body = {"offer": {**OFFER, **change}, "reason": "The board: dearer, and goods aboard first"}
        walk.ask("bank.officer-2", "POST", "/v1/policy-proposals", json=body)
        there = walk.ask(OFFICER, "GET", "/v1/policy-proposals").json()["items"]
    return dict(there[0])


@contextmanager
def entered(walk: Walk, browser: Browser, guise: Guise, who: str = OFFICER) -> Iterator[Watched]:
    """A page of the console with an officer logged in, in that guise."""
    context = browser.new_context(
        color_scheme=guise.scheme,
        viewport={"width": guise.width, "height": HEIGHT},
        locale="en-GB",
        timezone_id="Asia/Shanghai",
    )
    try:
        yield _log_in(walk, context, guise, who)
    finally:
        context.close()


def _log_in(walk: Walk, context: BrowserContext, guise: Guise, who: str) -> Watched:
    watched = Watched(context.new_page())
    page = watched.page
    page.goto(f"{walk.stack.url}/console/?lang={guise.language}")
    page.locator("#token").fill(walk.stack.tokens[who])
    page.keyboard.press("Enter")
    expect(page.locator("header .me")).to_be_visible()
    return watched


def shoot(walk: Walk, browser: Browser, guise: Guise, folder: Path) -> None:
    """A picture of each page in one guise. AssertionError where one can't be used or complains."""
    paths = addresses(walk)
    for who, names in {OFFICER: paths.keys() - FOR_REGULATORS, REGULATOR: FOR_REGULATORS}.items():
        _shoot(walk, browser, guise, folder, who, {name: paths[name] for name in sorted(names)})


def _shoot(
    walk: Walk, browser: Browser, guise: Guise, folder: Path, who: str, paths: dict[str, str]
) -> None:
    with entered(walk, browser, guise, who) as watched:
        for name, path in paths.items():
            look(watched.page, f"{walk.stack.url}/console{path}", guise)
            watched.page.screenshot(path=folder / f"{name}-{guise}.png", full_page=True)
            assert watched.complaints == [], f"{name} as {guise}"


def look(page: Page, url: str, guise: Guise) -> None:
    """Opens a page and checks it. Left open, its stream would keep it from ever being idle."""
    answer = page.goto(url)
    assert answer is not None, url
    assert answer.status == 200, url
    check(page, guise.language)


def main() -> None:
    """Writes the gallery; each picture is named PAGE-LANGUAGE-SCHEME-WIDTH.png."""
    if sys.argv[1:]:
        sys.exit("usage: scripts/gallery\n\nWrites a picture of every screen to build/gallery.")
    BUILD.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, open_held(Path(folder)) as walk, open_browser() as browser:
        for number, guise in enumerate(GUISES, 1):
            sys.stderr.write(f"{number} of {len(GUISES)}: {guise}\n")
            shoot(walk, browser, guise, BUILD)
    sys.stdout.write(f"{BUILD}\n")


if __name__ == "__main__":
    main()
