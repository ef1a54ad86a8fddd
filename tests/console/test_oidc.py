"""People come in by a real OpenID provider, in a real browser; and what must not get in."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import Request
from playwright.sync_api import Browser, Page, expect

from entrepot.console.oidc import Oidc
from entrepot.console.pages.oidc import COOKIE
from entrepot.kit.clock import SystemClock
from entrepot.kit.processes import free_port
from entrepot.steps import World
from entrepot.store import people
from entrepot.store.tables import Person
from tests.console.desk import open_desk, serve
from tests.store.cast import BANK_A

pytestmark = [pytest.mark.postgres, pytest.mark.browser]

HERE = Path(__file__).parent
NODE = HERE.parents[1] / ".tools/bin/node"
SECRET = "a secret of the tests"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_desk(tmp_path_factory.mktemp("desk")) as (world, _):
        yield world


@pytest.fixture(scope="module")
def url(world: World) -> Iterator[str]:
    """The console at the machine's own time, with a provider of its own."""
    port = free_port()
    changed = world.settings.model_copy(
        update={
            "oidc_issuer": f"http://localhost:{port}",
            "oidc_client_id": "entrepot",
            "oidc_client_secret": type(world.settings.token_key)(SECRET.encode()),
        }
    )
    object.__setattr__(world, "settings", changed)
    object.__setattr__(world, "clock", SystemClock())
    with serve(world) as address:
        at = address.replace("127.0.0.1", "localhost")
        with provider(port, f"{at}/login/oidc/back"):
            yield at


@contextmanager
def provider(port: int, redirect: str) -> Iterator[None]:
    process = subprocess.Popen(
        [NODE, HERE / "provider.mjs", str(port), redirect, SECRET],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield
    finally:
        process.terminate()
        process.wait()
        if process.stdout:
            process.stdout.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


def know(world: World, subject: str) -> bytes:
    """Somebody who may come in under that name of the provider's."""
    now, person_id = world.clock.now(), subject.encode().ljust(16, b"-")
    person = Person(
        person_id=person_id,
        participant_id=BANK_A,
        label=f"officer {subject}",
        scopes=["read"],
        oidc_subject=subject,
        created_at=now,
    )
    with world.store.transaction() as session:
        people.invite(session, person, people.new_code(), now)
    return person_id


def log_in(page: Page, url: str, subject: str) -> None:
    page.goto(f"{url}/login")
    page.get_by_role("link", name="Log in with your company's account").click()
    page.locator("input[name=login]").fill(subject)
    page.locator("input[name=password]").fill("anything")
    page.locator("button[type=submit]").click()
    page.locator("button[type=submit]").click()


def test_person_whom_the_provider_knows_and_we_do_comes_in(
    world: World, url: str, page: Page
) -> None:
    person_id = know(world, "chen")
    log_in(page, url, "chen")
    expect(page).to_have_title("Approvals · Entrepot")
    expect(page.locator("header .me")).to_contain_text("officer chen")
    with world.store.transaction() as session:
        people.disable(session, person_id, world.clock.now())
    page.goto(f"{url}/")
    expect(page).to_have_title("Log in · Entrepot")


def caught_on_its_way_back(page: Page) -> list[str]:
    """What the browser asks when it comes from the provider; it is kept from asking."""
    cdp, caught = page.context.new_cdp_session(page), list[str]()

    def catch(paused: dict[str, Any]) -> None:
        caught.append(paused["request"]["url"])
        failed = {"requestId": paused["requestId"], "errorReason": "Aborted"}
        cdp.send("Fetch.failRequest", failed)

    cdp.on("Fetch.requestPaused", catch)
    cdp.send("Fetch.enable", {"patterns": [{"urlPattern": "*/login/oidc/back?*"}]})
    return caught


def test_login_that_one_process_began_is_ended_by_another(
    world: World, url: str, page: Page
) -> None:
    person_id = know(world, "fang")
    caught = caught_on_its_way_back(page)
    log_in(page, url, "fang")
    while not caught:
        page.wait_for_timeout(50)
    [cookie] = [each.get("value") for each in page.context.cookies() if each.get("name") == COOKIE]
    back = urlsplit(caught[0])
    scope = {
        "type": "http",
        "scheme": "http",
        "path": back.path,
        "root_path": "/console",
        "query_string": back.query.encode(),
        "headers": [(b"host", back.netloc.encode())],
    }
    assert Oidc(world).end(Request(scope), cookie or "") == (person_id, "/")


def test_person_whom_only_the_provider_knows_stays_out(url: str, page: Page) -> None:
    log_in(page, url, "stranger")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto(f"{url}/")
    expect(page).to_have_title("Log in · Entrepot")


def test_question_to_the_provider_has_pkce_nonce_state_and_a_fresh_login(url: str) -> None:
    answers = [httpx.get(f"{url}/login/oidc") for _ in range(2)]
    first, second = (parse_qs(urlsplit(a.headers["location"]).query) for a in answers)
    assert first["response_type"] == ["code"]
    assert first["code_challenge_method"] == ["S256"]
    assert first["max_age"] == ["300"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name][0]) >= 40
        assert first[name] != second[name]
    assert "HttpOnly" in answers[0].headers["set-cookie"]


def test_answer_of_another_browser_another_login_or_no_login_opens_nothing(
    world: World, url: str, page: Page
) -> None:
    """Login CSRF, a replayed answer, a guessed state."""
    know(world, "deng")
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    log_in(page, url, "deng")
    expect(page).to_have_title("Approvals · Entrepot")
    [back] = [each for each in seen if "/login/oidc/back" in each]
    cookies = {"entrepot_oidc": "x"}
    for address in (back, f"{url}/login/oidc/back", f"{url}/login/oidc/back?state=x&code=y"):
        assert httpx.get(address, cookies=cookies).status_code == 401
    begun = httpx.get(f"{url}/login/oidc")
    state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
    stolen = f"{url}/login/oidc/back?state={state}&code=guessed"
    assert httpx.get(stolen, cookies=cookies).status_code == 401
    assert httpx.get(stolen, cookies=dict(begun.cookies)).status_code == 401
