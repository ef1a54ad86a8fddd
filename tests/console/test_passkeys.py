"""People come in by a passkey: a real browser, a virtual authenticator, and who must stay out."""

import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi import Request
from playwright.sync_api import Browser, Page, expect
from sqlmodel import col, select

from entrepot.chain.signer import LocalSigner
from entrepot.console.passkeys import Passkeys
from entrepot.kit.clock import ManualClock
from entrepot.steps import World
from entrepot.store import ceremonies, people
from entrepot.store.tables import Ceremony, Invitation, Passkey, Person
from tests.console.desk import VERIFIER, open_desk, serve
from tests.console.device import Device, forms_before
from tests.store.cast import BANK_A, officer_key
from tests.store.story import Story

pytestmark = [pytest.mark.postgres, pytest.mark.browser]

ES256 = -7  # RFC 9053
SHOW = """async (options) => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return (await navigator.credentials.get({ publicKey })).toJSON();
}"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Story]]:
    with open_desk(tmp_path_factory.mktemp("desk")) as desk:
        yield desk


@pytest.fixture
def world(desk: tuple[World, Story]) -> World:
    return desk[0]


@pytest.fixture(scope="module")
def url(desk: tuple[World, Story]) -> Iterator[str]:
    """By a name: a passkey is bound to one."""
    with serve(desk[0]) as address:
        yield address.replace("127.0.0.1", "localhost")


@pytest.fixture
def device(browser: Browser) -> Iterator[Callable[..., Device]]:
    opened: list[Device] = []

    def open_device(**options: Any) -> Device:
        opened.append(Device(browser, **options))
        return opened[-1]

    yield open_device
    for each in opened:
        each.page.close()


def invite(world: World, number: int = 0) -> tuple[str, bytes]:
    """A code for a new person, and who it is."""
    code, now = people.new_code(), world.clock.now()
    person = Person(
        person_id=secrets.token_bytes(16),
        participant_id=BANK_A,
        label=f"officer-{number + 1}",
        key_address=LocalSigner(officer_key(BANK_A, number)).address,
        scopes=["decide", "read"],
        created_at=now,
    )
    with world.store.transaction() as session:
        people.invite(session, person, code, now + timedelta(hours=1))
    return code, person.person_id


def join(device: Device, url: str, code: str) -> None:
    device.page.goto(f"{url}/join?code={code}")
    device.page.get_by_role("button", name="Add a passkey").click()


def joined(device: Device, url: str, world: World) -> bytes:
    """In the console, by an invitation."""
    code, person_id = invite(world)
    join(device, url, code)
    expect(device.page).to_have_title("Approvals · Entrepot")
    return person_id


def log_in(device: Device, url: str) -> None:
    device.page.context.clear_cookies()
    device.page.goto(f"{url}/login")
    device.page.get_by_role("button", name="Log in with a passkey").click()


def is_refused(page: Page) -> None:
    expect(page.get_by_role("alert")).to_be_visible()
    page.goto(page.url.rpartition("/console")[0] + "/console/")
    expect(page).to_have_title("Log in · Entrepot")


def test_invited_person_adds_a_passkey_and_logs_in_with_it(
    world: World, url: str, device: Callable[..., Device]
) -> None:
    own = device()
    person_id = joined(own, url, world)
    log_in(own, url)
    expect(own.page.locator("header .me")).to_contain_text("officer-1")
    with world.store.reading() as session:
        [row] = session.exec(select(Passkey).where(Passkey.person_id == person_id)).all()
    assert row.sign_count >= 2
    assert row.used_at is not None


def test_nobody_can_log_in_before_the_script_that_asks_their_device(
    url: str, device: Callable[..., Device]
) -> None:
    page = device().page
    assert forms_before(page, "passkey.js", f"{url}/login") == 0
    expect(page.get_by_role("button", name="Log in with a passkey")).to_be_focused()


def test_authenticator_is_asked_for_what_the_contract_can_verify(
    world: World, url: str, device: Callable[..., Device]
) -> None:
    own = device()
    own.page.goto(f"{url}/login")
    options = own.ask("/join/options", {"code": invite(world)[0]})["body"]["options"]
    assert [each["alg"] for each in options["pubKeyCredParams"]] == [ES256]
    join(own, url, invite(world)[0])
    expect(own.page).to_have_title("Approvals · Entrepot")
    with world.store.reading() as session:
        row = session.exec(select(Passkey).order_by(col(Passkey.created_at).desc())).first()
    assert row is not None
    assert (row.signer[:20], len(row.signer)) == (VERIFIER, 84)


def test_invitation_is_good_once_and_not_for_long(
    world: World, url: str, device: Callable[..., Device]
) -> None:
    code, _ = invite(world)
    own = device()
    join(own, url, code)
    expect(own.page).to_have_title("Approvals · Entrepot")
    late, _ = invite(world)
    with world.store.transaction() as session:
        for row in session.exec(select(Invitation).where(col(Invitation.used_at).is_(None))):
            row.expires_at = world.clock.now()
    for bad in (code, late, "guessed", ""):
        other = device()
        join(other, url, bad)
        is_refused(other.page)
        assert other.cdp.send("WebAuthn.getCredentials", other.authenticator)["credentials"] == []


def test_device_that_did_not_verify_its_user_opens_nothing(
    world: World, url: str, device: Callable[..., Device]
) -> None:
    own = device()
    joined(own, url, world)
    setting = {**own.authenticator, "isUserVerified": False}
    own.cdp.send("WebAuthn.setUserVerified", setting)
    log_in(own, url)
    is_refused(own.page)


def test_answer_without_user_verification_is_refused_by_the_server_too(
    world: World, url: str, device: Callable[..., Device]
) -> None:
    own = device()
    joined(own, url, world)
    own.cdp.send("WebAuthn.setUserVerified", {**own.authenticator, "isUserVerified": False})
    begun = own.ask("/login/options", {})["body"]
    lax = {**begun["options"], "userVerification": "discouraged"}
    answer = {"ceremony": begun["ceremony"], "credential": own.page.evaluate(SHOW, lax)}
    assert own.ask("/login/passkey", answer)["status"] == 401


def test_answer_is_taken_once_and_only_to_its_own_question(
    world: World, url: str, device: Callable[..., Device]
) -> None:
    own = device()
    joined(own, url, world)
    first, second = (own.ask("/login/options", {})["body"] for _ in range(2))
    credential = own.page.evaluate(SHOW, first["options"])
    for ceremony, status in ((second, 401), (first, 200), (first, 401)):
        answer = {"ceremony": ceremony["ceremony"], "credential": credential}
        assert own.ask("/login/passkey", answer)["status"] == status


def test_answer_is_taken_by_another_process_than_has_asked(
    world: World, url: str, device: Callable[..., Device]
) -> None:
    own = device()
    person_id = joined(own, url, world)
    begun = own.ask("/login/options", {})["body"]
    credential = own.page.evaluate(SHOW, begun["options"])
    assert Passkeys(world).enter(asked_at(url), begun["ceremony"], credential) == person_id


def test_strangers_who_only_ask_fill_nothing(world: World, url: str) -> None:
    """What is begun and never ended is bounded, and the oldest of it is forgotten."""
    passkeys, request, place = Passkeys(world), asked_at(url), b"\x01"
    elsewhere = passkeys.ask(request)["ceremony"]
    names: list[str] = []
    with world.store.transaction() as session:
        for _ in range(4):
            now = world.clock.now() + timedelta(seconds=len(names))
            names.append(ceremonies.begin(session, "passkey", place, {}, now))
        ceremonies.shorten(session, place, 3)
        left = set(session.exec(select(Ceremony.name)))
    assert left.issuperset({elsewhere, *names[1:]})
    assert names[0] not in left


def test_question_is_over_after_five_minutes(
    world: World, url: str, device: Callable[..., Device]
) -> None:
    own = device()
    joined(own, url, world)
    begun = own.ask("/login/options", {})["body"]
    credential = own.page.evaluate(SHOW, begun["options"])
    move(world, minutes=5)
    answer = {"ceremony": begun["ceremony"], "credential": credential}
    assert own.ask("/login/passkey", answer)["status"] == 401


def test_copied_passkey_is_noticed_by_its_counter(
    world: World, url: str, device: Callable[..., Device]
) -> None:
    own, thief = device(), device()
    joined(own, url, world)
    copy = own.credential()
    log_in(own, url)
    expect(own.page).to_have_title("Approvals · Entrepot")
    log_in(own, url)
    expect(own.page).to_have_title("Approvals · Entrepot")
    thief.page.goto(f"{url}/login")
    thief.put({**copy, "signCount": 0})
    log_in(thief, url)
    is_refused(thief.page)


def test_answer_for_another_site_is_refused(
    world: World, url: str, device: Callable[..., Device]
) -> None:
    """The same machine under another port is another origin."""
    own = device()
    joined(own, url, world)
    with serve(world) as elsewhere:
        begun = own.ask("/login/options", {})["body"]
        own.page.goto(elsewhere.replace("127.0.0.1", "localhost") + "/login")
        credential = own.page.evaluate(SHOW, begun["options"])
    own.page.goto(f"{url}/login")
    answer = {"ceremony": begun["ceremony"], "credential": credential}
    assert own.ask("/login/passkey", answer)["status"] == 401


def test_tampered_answer_is_refused(world: World, url: str, device: Callable[..., Device]) -> None:
    own = device()
    joined(own, url, world)

    def spoil(name: str, value: Any) -> Any:
        begun = own.ask("/login/options", {})["body"]
        credential = own.page.evaluate(SHOW, begun["options"])
        credential["response"][name] = value
        answer = {"ceremony": begun["ceremony"], "credential": credential}
        return own.ask("/login/passkey", answer)["status"]

    for name in ("signature", "authenticatorData", "clientDataJSON"):
        for value in ("AAAA", "", None, 7, {}):
            assert spoil(name, value) == 401, (name, value)
    assert spoil("userHandle", "AAAA") == 401
    for credential in ({}, {"id": 7}, {"id": "AAAA"}, {"id": "AAAA", "response": []}):
        begun = own.ask("/login/options", {})["body"]
        answer = {"ceremony": begun["ceremony"], "credential": credential}
        assert own.ask("/login/passkey", answer)["status"] == 401


def test_person_who_is_out_is_out_at_once(
    world: World, url: str, device: Callable[..., Device]
) -> None:
    own = device()
    person_id = joined(own, url, world)
    with world.store.transaction() as session:
        assert people.disable(session, person_id, world.clock.now())
    own.page.goto(f"{url}/")
    expect(own.page).to_have_title("Log in · Entrepot")
    log_in(own, url)
    is_refused(own.page)


def test_session_ends_when_nothing_is_done_in_it(
    world: World, url: str, device: Callable[..., Device]
) -> None:
    own = device()
    joined(own, url, world)
    for _ in range(3):
        move(world, minutes=29)
        own.page.goto(f"{url}/")
        expect(own.page).to_have_title("Approvals · Entrepot")
    move(world, minutes=30)
    own.page.goto(f"{url}/")
    expect(own.page).to_have_title("Log in · Entrepot")


def test_approval_needs_a_fresh_login_and_comes_back_to_its_page(
    desk: tuple[World, Story], url: str, device: Callable[..., Device]
) -> None:
    world, story = desk
    own = device()
    joined(own, url, world)
    page = own.page
    page.goto(f"{url}/facilities/0x{story.financing_id.hex()}")
    move(world, minutes=5)
    page.locator("#approve").click()
    expect(page.get_by_role("status")).to_contain_text("fresh login")
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(story.reference)
    page.locator("#approve").click()
    expect(page.locator("#result")).to_be_visible()


def asked_at(url: str) -> Request:
    """A request to that address, as a process gets it."""
    host = urlsplit(url).netloc
    headers = [(b"host", host.encode())]
    return Request({"type": "http", "scheme": "http", "path": "/", "headers": headers})


def move(world: World, *, minutes: int) -> None:
    assert isinstance(world.clock, ManualClock)
    world.clock.move(timedelta(minutes=minutes))
