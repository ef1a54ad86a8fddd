"""The stepper as a page, in a real browser: the same answers as in the terminal, in both languages,
by keyboard, and under the console's policy."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, expect

import entrepot.devnet.replay_page
from entrepot.cli.answers import Narrator
from entrepot.cli.words import ZH, Words
from entrepot.devnet.cases.case import Case, CaseError, write
from entrepot.devnet.cases.recording import Wanted, record_scenario
from entrepot.devnet.replay_page.app import create_page
from entrepot.devnet.replay_page.desk import open_desk
from entrepot.kit.processes import free_port
from tests.console.gallery import GUISES, Guise
from tests.console.watching import Watched, check

pytestmark = [pytest.mark.postgres, pytest.mark.anvil, pytest.mark.browser]

SCENARIO = Path(__file__).parents[2] / "hardhat-free-devnet/scenarios/customs-hold.toml"
TEMPLATES = Path(entrepot.devnet.replay_page.__file__).parent / "templates"
PLAIN = Guise("en", "light", 1280)
HELD = "held"
HOME = "http://127.0.0.1"


@pytest.fixture(scope="module")
def case() -> Case:
    return record_scenario(SCENARIO, Wanted(name=HELD), lambda _: None)


@pytest.fixture(scope="module")
def app(case: Case, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The page over a folder with a case, and with a file that is none."""
    folder = tmp_path_factory.mktemp("cases")
    write(case, folder / f"{HELD}.jsonl")
    (folder / "broken.jsonl").write_text("{}\n")
    with open_desk(folder, Narrator) as desk:
        yield create_page(desk, Words)


@pytest.fixture(scope="module")
def url(app: FastAPI) -> Iterator[str]:
    port = free_port()
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.02)
    yield f"{HOME}:{port}"
    server.should_exit = True
    thread.join()


@contextmanager
def opened(browser: Browser, url: str, guise: Guise = PLAIN) -> Iterator[Watched]:
    """The case's page at its first place."""
    context = browser.new_context(
        color_scheme=guise.scheme, viewport={"width": guise.width, "height": 900}
    )
    try:
        watched = Watched(context.new_page())
        watched.page.goto(f"{url}/cases/{HELD}?lang={guise.language}")
        asked(watched.page, "g 0")
        asked(watched.page, "off")
        yield watched
        assert watched.complaints == []
    finally:
        context.close()


def asked(page: Page, line: str) -> str:
    """Types a command; what was answered, once it was."""
    page.locator("#line").fill(line)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.keyboard.press("Enter")
    expect(page.locator("#answer-title code")).to_have_text(line)
    return page.locator("#answer").inner_text()


def press(page: Page, key: str, place: int) -> None:
    """Presses a single key, and waits for the place that it leads to."""
    page.keyboard.press(key)
    expect(page.locator("#scrubber small")).to_contain_text(f"{place} /")


@pytest.mark.parametrize(
    "guise",
    [GUISES[0], *(pytest.param(each, marks=pytest.mark.full) for each in GUISES[1:])],
    ids=str,
)
def test_page_fits_and_can_be_used_by_everybody(
    browser: Browser, url: str, guise: Guise, tmp_path: Path
) -> None:
    with opened(browser, url, guise) as watched:
        page = watched.page
        asked(page, "on shipment.vessel_departed")
        asked(page, "c")
        asked(page, "w 2")
        check(page, guise.language)
        page.screenshot(path=tmp_path / f"replay-{guise}.png", full_page=True)
        page.goto(f"{url}/?lang={guise.language}")
        check(page, guise.language)
        page.screenshot(path=tmp_path / f"cases-{guise}.png", full_page=True)


def test_a_newcomer_finds_why_the_second_tranche_waits(browser: Browser, url: str) -> None:
    with opened(browser, url) as watched:
        page = watched.page
        asked(page, "on shipment.vessel_departed")
        assert "stopped on shipment.vessel_departed" in asked(page, "c")
        expect(page.locator(".breakpoints li")).to_have_text(["on shipment.vessel_departed"])
        here = page.locator("#place").inner_text()
        assert "Vessel departed: Blue Meridian Lines" in here
        expect(page.locator(".lane-goods [aria-current]")).to_contain_text("Vessel departed")
        found = asked(page, "w 2")
        assert "Held by customs: stands against it until it is withdrawn" in found
        assert "China Customs, Ningbo would withdraw it" in found
        block = int(re.findall(r"block (\d+)", here)[0])
        page.locator("#diff-a").fill(str(block))
        page.locator("#diff-b").fill(str(block + 5))
        page.keyboard.press("Enter")
        expect(page.locator("#answer")).to_contain_text("Tranche 2: pending → released")


def test_keys_move_as_in_the_terminal_and_the_focus_stays(browser: Browser, url: str) -> None:
    with opened(browser, url) as watched:
        page = watched.page
        page.locator("#scrub").focus()
        press(page, "s", 1)
        press(page, "s", 2)
        press(page, "o", 1)
        expect(page.locator("#scrub")).to_be_focused()
        expect(page.locator("#scrub")).to_have_value("1")
        press(page, "ArrowRight", 2)
        page.keyboard.press(":")
        expect(page.locator("#line")).to_be_focused()
        page.keyboard.type("n")
        expect(page.locator("#line")).to_have_value("n")


def test_time_runs_and_any_move_goes_back_to_the_record(browser: Browser, url: str) -> None:
    with opened(browser, url) as watched:
        page = watched.page
        asked(page, "when releases == 1")
        asked(page, "c")
        place = page.locator("#place").inner_text()
        assert "interest" in asked(page, "clock +90d")
        expect(page.get_by_text("off the record")).to_be_visible()
        asked(page, "s")
        expect(page.get_by_text("off the record")).to_have_count(0)
        asked(page, "o")
        expect(page.locator("#place")).to_have_text(place)


def test_what_is_no_command_says_what_would_be_and_moves_nothing(
    browser: Browser, url: str
) -> None:
    with opened(browser, url) as watched:
        page = watched.page
        place = page.locator("#place").inner_text()
        assert "type ? for what there is" in asked(page, "fly")
        assert "places are numbered from 0" in asked(page, "g 99999")
        expect(page.locator("#place")).to_have_text(place)


def test_page_works_without_scripts(app: FastAPI) -> None:
    with TestClient(app, base_url=HOME, headers={"Origin": HOME}) as client:
        first = client.post(f"/cases/{HELD}", data={"do": "g", "rest": "0"})
        assert 'value="0"' in first.text
        assert "#1 block" in client.post(f"/cases/{HELD}", data={"do": "s"}).text


def test_what_is_no_case_is_told_and_other_sites_are_refused(app: FastAPI) -> None:
    with TestClient(app, base_url=HOME, headers={"Origin": HOME}) as client:
        listed = client.get("/").text
        assert f"/cases/{HELD}" in listed
        broken = client.get("/cases/broken")
        assert broken.status_code == 422
        assert "line 1" in broken.text
        assert client.get("/cases/..%2fheld").status_code == 404
        assert client.get("/cases/none").status_code == 404
        assert client.post(f"/cases/{HELD}", data={}).status_code == 422
        foreign = {"Origin": "http://evil.test"}
        moved = client.post(f"/cases/{HELD}", data={"do": "n"}, headers=foreign)
        assert moved.status_code == 403
        assert client.get("/", headers={"Host": "evil.test"}).status_code == 400


def test_there_must_be_a_case_or_a_folder(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="no such file"), open_desk(tmp_path / "no", Narrator):
        pass


def test_every_word_of_the_page_is_there_in_chinese() -> None:
    said: set[str] = set()
    for path in TEMPLATES.glob("*.html"):
        text = path.read_text()
        said |= set(re.findall(r"say\('([^']+)'\)", text))
        said |= {label for _, label in re.findall(r"ask\('([^']+)', '([^']+)'", text)}
        said |= set(re.findall(r"\('\w', '\w', '([^']+)'\)", text))
    assert len(said) > 30
    assert sorted(word for word in said if word not in ZH) == []
