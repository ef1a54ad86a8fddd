"""The console's doors: who comes in, from where a form may come, what is shown to whom."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select

from entrepot.bindings.financing import Approve
from entrepot.chain.codec import decode_call
from entrepot.chain.signer import LocalSigner
from entrepot.console import create_console
from entrepot.console.dossier import exposure_after
from entrepot.kit.clock import ManualClock
from entrepot.steps import World
from entrepot.store.outbox import of_operation
from entrepot.store.tables import Outbox, Token
from entrepot.store.tokens import fingerprint
from entrepot.views import exposure, facilities
from entrepot.views.values import amount, hexed, unhexed
from tests.console.desk import open_desk
from tests.store.cast import BANK_A, BANK_B, EXPORTER, REGULATOR, officer_key, token_of
from tests.store.story import Story

pytestmark = pytest.mark.postgres

HOME = "http://console.test"
FACILITY = f"/facilities/{hexed(Story.financing_id)}"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_desk(tmp_path_factory.mktemp("desk")) as (world, _):
        yield world


@pytest.fixture
def client(world: World) -> Iterator[TestClient]:
    headers = {"Origin": HOME, "Accept-Language": "en"}
    with TestClient(create_console(world), base_url=HOME, headers=headers) as client:
        yield client


def enter(client: TestClient, token: str) -> TestClient:
    answer = client.post("/login", data={"token": token}, follow_redirects=False)
    assert answer.status_code == 303
    return client


def asked(world: World) -> int:
    """How many calls have been asked of the chain."""
    with world.store.reading() as session:
        return len(session.exec(select(Outbox)).all())


def form_of(page: str) -> dict[str, str]:
    """The hidden fields of the page's approve form, and those of the session."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


def test_page_without_a_session_asks_who_it_is_and_comes_back(client: TestClient) -> None:
    answer = client.get(FACILITY + "?lang=en", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?next=%2Ffacilities%2F0x")
    login = client.get(answer.headers["location"])
    assert f'name="next" value="{FACILITY}?lang=en"' in login.text


@pytest.mark.parametrize("token", ["", "nobody", token_of(BANK_A) + " x"])
def test_unknown_token_opens_nothing(client: TestClient, token: str) -> None:
    answer = client.post("/login", data={"token": token})
    assert answer.status_code == 401
    assert 'aria-invalid="true"' in answer.text
    assert not client.cookies


def test_cookie_is_kept_from_scripts_and_other_sites(client: TestClient) -> None:
    answer = client.post("/login", data={"token": token_of(BANK_A)}, follow_redirects=False)
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


@pytest.mark.parametrize(
    "wanted",
    ["//evil.test/", "https://evil.test/", "/\\evil.test", "\\\\evil.test", "javascript:0"],
)
def test_login_never_leads_to_another_site(client: TestClient, wanted: str) -> None:
    form = {"token": token_of(BANK_A), "next": wanted}
    answer = client.post("/login", data=form, follow_redirects=False)
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("origin", ["", "null", "http://evil.test", "http://console.test.evil"])
def test_form_from_another_site_is_refused(client: TestClient, origin: str) -> None:
    enter(client, token_of(BANK_A))
    form = form_of(client.get(FACILITY).text)
    for path in ("/login", "/logout", f"{FACILITY}/approve"):
        answer = client.post(path, data=form, headers={"Origin": origin})
        assert answer.status_code == 403, path


@pytest.mark.parametrize("csrf", ["", "guessed"])
def test_form_of_another_session_is_refused(client: TestClient, csrf: str) -> None:
    enter(client, token_of(BANK_A))
    form = form_of(client.get(FACILITY).text) | {"csrf": csrf}
    for path in ("/logout", f"{FACILITY}/approve"):
        assert client.post(path, data=form).status_code == 403, path


def test_every_answer_holds_the_page_to_its_nonce(client: TestClient) -> None:
    pages = [client.get("/login"), client.get("/nowhere"), enter(client, token_of(BANK_A)).get("/")]
    nonces = set()
    for page in pages:
        policy = page.headers["content-security-policy"]
        nonce = re.findall(r"script-src 'nonce-([^']+)'", policy)[0]
        assert "default-src 'none'" in policy
        assert "require-trusted-types-for 'script'" in policy
        assert "unsafe" not in policy
        assert page.text.count(f'<script nonce="{nonce}"') == page.text.count("<script")
        assert page.headers["cache-control"] == "no-store"
        nonces.add(nonce)
    assert len(nonces) == len(pages)


def test_revoked_token_is_out_at_once(client: TestClient, world: World) -> None:
    enter(client, token_of(EXPORTER))
    assert client.get("/").status_code == 200
    with world.store.transaction() as session:
        row = session.get_one(Token, fingerprint(token_of(EXPORTER)))
        row.revoked_at = world.clock.now()
    assert client.get("/", follow_redirects=False).status_code == 303
    with world.store.transaction() as session:
        session.get_one(Token, fingerprint(token_of(EXPORTER))).revoked_at = None
    assert client.get("/", follow_redirects=False).status_code == 303, "the session is gone"


def test_session_ends_after_its_hours(client: TestClient, world: World) -> None:
    enter(client, token_of(BANK_A))
    assert isinstance(world.clock, ManualClock)
    world.clock.move(timedelta(hours=8))
    assert client.get("/", follow_redirects=False).status_code == 303


def test_logging_out_ends_the_session_on_the_server(client: TestClient) -> None:
    enter(client, token_of(BANK_A))
    cookies = dict(client.cookies)
    csrf = form_of(client.get("/").text)["csrf"]
    client.post("/logout", data={"csrf": csrf})
    client.cookies.update(cookies)
    assert client.get("/", follow_redirects=False).status_code == 303


@pytest.mark.parametrize(
    "path", ["/facilities/0x12", "/facilities/x", "/facilities/0x" + "ab" * 32]
)
def test_facility_that_is_not_there_looks_like_one_of_others(client: TestClient, path: str) -> None:
    enter(client, token_of(BANK_A))
    answer = client.get(path)
    assert answer.status_code == 404
    assert "you are no party" in answer.text


@pytest.mark.parametrize("query", ["show=everything", "q=" + "x" * 101])
def test_address_that_means_nothing_says_so(client: TestClient, query: str) -> None:
    enter(client, token_of(BANK_A))
    assert client.get(f"/?{query}").status_code == 422


def test_limit_after_counts_what_is_still_to_be_paid_out(world: World) -> None:
    with world.store.reading() as session:
        asked = facilities.get_facility(session, BANK_A, Story.financing_id)
        (limit,) = exposure.limits(session, BANK_A)
    assert asked is not None
    own = asked.lenders[0]
    half = replace(asked, state="RELEASED", drawn=amount(51_360_000, "USD"))
    over = replace(half, state="REPAID")
    after = [exposure_after(one, own, limit) for one in (asked, half, over)]
    assert after == [amount(x, "USD") for x in (61_632_000, 30_816_000, 0)]
    assert exposure_after(asked, None, None) is None


def test_regulator_looks_on_and_has_nothing_to_sign(client: TestClient) -> None:
    form = form_of(enter(client, token_of(REGULATOR)).get(FACILITY).text)
    page = client.post(f"{FACILITY}/look", data=form | {"reason": "Complaint 17"}).text
    assert "USD 1,027,200.00" in page
    assert 'id="approve"' not in page


@pytest.mark.parametrize("change", [{"digest": "0x" + "00" * 32}, {"deadline": "1"}])
def test_other_than_what_was_shown_is_not_signed(
    client: TestClient, world: World, change: dict[str, str]
) -> None:
    enter(client, token_of(BANK_B))
    form = form_of(client.get(FACILITY).text) | change
    before = asked(world)
    answer = client.post(f"{FACILITY}/approve", data=form)
    assert answer.status_code == 409
    assert "Not signed" in answer.text
    assert asked(world) == before


@pytest.mark.parametrize(
    ("verb", "more"),
    [
        ("approve", {"digest": "0x" + "ab" * 32}),
        ("decline", {"reason": "no"}),
        ("near-matches/0x" + "ab" * 32, {"verdict": "OTHER_GOODS", "reason": "no"}),
        ("tranches/1/resume", {"reason": "yes"}),
    ],
)
def test_decision_needs_a_fresh_login_and_comes_back_to_its_page(
    client: TestClient, world: World, verb: str, more: dict[str, str]
) -> None:
    enter(client, token_of(BANK_B))
    form = form_of(client.get(FACILITY).text) | more
    before = asked(world)
    assert isinstance(world.clock, ManualClock)
    world.clock.move(timedelta(seconds=world.settings.step_up_s))
    answer = client.post(f"{FACILITY}/{verb}", data=form, follow_redirects=False)
    assert answer.status_code == 303
    where = urlsplit(answer.headers["location"])
    assert where.path.endswith("/login")
    assert parse_qs(where.query) == {"next": [FACILITY], "again": ["1"]}
    assert asked(world) == before


@pytest.mark.parametrize(
    ("verb", "more"),
    [
        ("approve", {}),
        ("decline", {"reason": "no"}),
        ("decline/asked", {}),
        ("notes", {"text": "why"}),
        ("near-matches/0x" + "ab" * 32, {"verdict": "OTHER_GOODS", "reason": "no"}),
        ("tranches/1/hold", {"reason": "no"}),
    ],
)
def test_who_may_only_read_decides_nothing_by_a_form_made_by_hand(
    client: TestClient, world: World, verb: str, more: dict[str, str]
) -> None:
    enter(client, token_of(BANK_B))
    form = form_of(client.get(FACILITY).text) | more
    before = asked(world)
    with world.store.transaction() as session:
        session.get_one(Token, fingerprint(token_of(BANK_B))).scopes = ["read"]
    assert client.post(f"{FACILITY}/{verb}", data=form).status_code == 403
    with world.store.transaction() as session:
        session.get_one(Token, fingerprint(token_of(BANK_B))).scopes = ["read", "decide"]
    assert asked(world) == before


def test_approving_twice_is_one_signature(client: TestClient, world: World) -> None:
    enter(client, token_of(BANK_B, 1))
    form = form_of(client.get(FACILITY).text)
    places = [
        client.post(f"{FACILITY}/approve", data=form, follow_redirects=False).headers["location"]
        for _ in range(2)
    ]
    assert places[0] == places[1]
    operation_id = re.findall(r"signed=(\w+)#result", places[0])[0]
    with world.store.reading() as session:
        (row,) = of_operation(session, operation_id)
    call = decode_call("Financing", row.calldata)
    assert isinstance(call, Approve)
    (signed,) = call.sign_offs
    assert signed.deadline == int(form["deadline"])
    digest = unhexed(form["digest"])
    assert signed.signature == LocalSigner(officer_key(BANK_B, 1)).sign_digest(digest)


@pytest.mark.parametrize(
    ("query", "header", "tag"),
    [("", "zh-CN,zh;q=0.9", "zh-CN"), ("", "fr", "en"), ("?lang=zh", "en", "zh-CN")],
)
def test_language_is_the_reader_s(client: TestClient, query: str, header: str, tag: str) -> None:
    enter(client, token_of(BANK_A))
    page = client.get(f"/{query}", headers={"Accept-Language": header})
    assert f'<html lang="{tag}">' in page.text
    if query:
        again = client.get("/", headers={"Accept-Language": header})
        assert f'<html lang="{tag}">' in again.text, "it is remembered"


def test_markup_in_a_search_is_only_text(client: TestClient) -> None:
    enter(client, token_of(BANK_A))
    page = client.get("/", params={"q": '"><script>alert(1)</script>'})
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text


def test_chain_names_its_contracts_and_what_a_fact_is_of(client: TestClient) -> None:
    enter(client, token_of(BANK_A))
    page = client.get("/chain?lang=en").text
    assert "<dt>Financing</dt>" in page
    assert '<td data-label="In words">Invoice</td>' in page
