"""Who did what in the console: kept, shown, and given as a file that holds."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from entrepot.cli import main
from entrepot.console import create_console
from entrepot.console.screen import Screen
from entrepot.console.screens import SCREENS
from entrepot.steps import World
from entrepot.store.tenancy import Acting
from entrepot.views import access_records
from entrepot.views.access_records import AccessRecordView
from entrepot.views.values import hexed
from tests.console.desk import open_desk
from tests.store.cast import BANK_A, BANK_B, EXPORTER, IMPORTER, REGULATOR, token_of
from tests.store.story import Story

pytestmark = pytest.mark.postgres

HOME = "http://console.test"
FACILITY = f"/facilities/{hexed(Story.financing_id)}"
NAMING = frozenset(
    {
        "approvals",
        "counterparties",
        "exposure",
        "policies",
        "releases",
        "repayments",
        "titles",
        "voyages",
    }
)
"""Lists in which the story's exporter has something."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_desk(tmp_path_factory.mktemp("desk")) as (world, _):
        yield world


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Where goods are on their way, and money went out."""
    with open_desk(tmp_path_factory.mktemp("traded")) as (world, story):
        story.is_funded()
        story.goods_leave()
        story.tranche_is_released(0)
        yield world


def entered(world: World, token: str) -> TestClient:
    headers = {"Origin": HOME, "Accept-Language": "en"}
    client = TestClient(create_console(world), base_url=HOME, headers=headers)
    client.post("/login", data={"token": token}, follow_redirects=False)
    return client


def form_of(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


def did(client: TestClient) -> list[str]:
    """What the trail's page tells, the newest first."""
    return re.findall(r'<td data-label="Did">([^<]*)</td>', client.get("/audit").text)


def test_trail_tells_what_officers_did_and_to_no_other_member(world: World) -> None:
    client = entered(world, token_of(BANK_B))
    form = form_of(client.get(FACILITY).text)
    asked = form | {"text": "When does she sail?"}
    client.post(f"{FACILITY}/notes", data=asked)
    assert client.post(f"{FACILITY}/approve", data=form).status_code == 200
    refused = client.post(f"{FACILITY}/approve", data=form | {"digest": "0x" + "00" * 32})
    assert refused.status_code == 409
    assert did(client) == ["Approved a facility", "Wrote to the other side", "Signed in"]
    assert "When does she sail?" in client.get("/audit").text
    assert did(entered(world, token_of(BANK_A))) == ["Signed in"]


def test_regulator_says_why_before_a_facility_opens(world: World) -> None:
    client = entered(world, token_of(REGULATOR))
    shut = client.get(FACILITY).text
    assert "Why do you look?" in shut
    assert "Release conditions" not in shut
    assert client.get(f"{FACILITY}/events").text == ""
    form = form_of(shut)
    assert client.post(f"{FACILITY}/look", data=form | {"reason": " "}).status_code == 422
    assert "Why do you look?" in client.get(FACILITY).text
    opened = client.post(f"{FACILITY}/look", data=form | {"reason": "Complaint 17"})
    assert "Release conditions" in opened.text
    assert did(client) == ["Looked at a facility", "Signed in"]
    assert "Complaint 17" in client.get("/audit").text
    assert "Why do you look?" in entered(world, token_of(REGULATOR)).get(FACILITY).text


def test_file_of_the_trail_holds_and_a_changed_one_does_not(world: World, tmp_path: Path) -> None:
    client = entered(world, token_of(BANK_A))
    page = client.get("/audit").text
    answer = client.post("/audit/export", data=form_of(page))
    assert answer.headers["content-type"] == "application/jsonl"
    (thumbprint,) = re.findall(r'<code class="digest">([^<]*)</code>', page)
    file = tmp_path / "trail.jsonl"
    file.write_text(answer.text, encoding="utf-8")
    assert '"act":"EXPORTED"' in answer.text.splitlines()[-2]

    held = CliRunner().invoke(main, ["trail", str(file), "--key", thumbprint])
    assert held.exit_code == 0, held.output
    assert CliRunner().invoke(main, ["trail", str(file), "--key", "another"]).exit_code == 1
    file.write_text(answer.text.replace("SIGNED_IN", "APPROVED", 1), encoding="utf-8")
    broken = CliRunner().invoke(main, ["trail", str(file), "--json"])
    assert broken.exit_code == 1
    assert '"line": 2' in broken.output


def test_file_is_given_to_a_form_of_the_session_only(world: World) -> None:
    client = entered(world, token_of(BANK_A))
    assert client.post("/audit/export", data={"csrf": "guessed"}).status_code == 403
    assert client.get("/audit?after=x").status_code == 422


def records_of(world: World, owner: bytes) -> list[AccessRecordView]:
    """What an owner reads of who has looked, the oldest first."""
    with world.store.reading(Acting(participant_id=owner)) as session:
        return list(access_records.list_access_records(session, owner).items)[::-1]


def test_regulators_look_is_told_to_each_owner(world: World) -> None:
    client = entered(world, token_of(REGULATOR))
    form = form_of(client.get(FACILITY).text)
    before = {owner: len(records_of(world, owner)) for owner in (EXPORTER, IMPORTER, BANK_A)}
    client.get(FACILITY)
    assert all(len(records_of(world, owner)) == seen for owner, seen in before.items()), "shut"
    client.post(f"{FACILITY}/look", data=form | {"reason": "Complaint 18"})
    for owner, seen in before.items():
        [told] = records_of(world, owner)[seen:]
        assert told.reader.lei == REGULATOR.decode()
        assert (told.purpose, told.reason) == ("SUPERVISION", "Complaint 18")
        assert told.read == "GET /facilities/{facility_id}"
        assert hexed(Story.financing_id) in told.resources
        assert "facilities.amount" in told.fields


@pytest.mark.parametrize("screen", [s for s in SCREENS if "{" not in s.path], ids=lambda s: s.name)
def test_regulators_list_is_told_to_owners_when_it_names_them(
    traded: World, screen: Screen
) -> None:
    client = entered(traded, token_of(REGULATOR))
    before = len(records_of(traded, EXPORTER))
    page = client.get(screen.path, params={"show": "all"} if screen.path == "/" else None)
    told = records_of(traded, EXPORTER)[before:]
    assert page.status_code == 200
    assert len(told) == (1 if screen.name in NAMING else 0)
    entered(traded, token_of(BANK_A)).get(screen.path)
    assert len(records_of(traded, EXPORTER)) == before + len(told), "a party looks at its own"
