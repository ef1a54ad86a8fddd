"""Screens speak the reader's language down to the names of members and countries."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from entrepot.console import create_console
from tests.console.desk import open_desk
from tests.store.cast import BANK_A, EXPORTER, token_of

pytestmark = pytest.mark.postgres

HOME = "http://console.test"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with open_desk(tmp_path_factory.mktemp("desk")) as (world, story):
        story.is_funded()
        story.tranche_is_released(0)
        app = create_console(world)
        with TestClient(app, base_url=HOME, headers={"Origin": HOME}) as client:
            client.post("/login", data={"token": token_of(BANK_A)}, follow_redirects=False)
            yield client


def words(client: TestClient, path: str, language: str, **asked: str) -> str:
    """What a page says, without its markup."""
    answer = client.get(path, params=asked | {"lang": language})
    answer.raise_for_status()
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


@pytest.mark.parametrize(("language", "country"), [("en", "China"), ("zh", "中国")])
def test_member_and_its_country_are_named_in_the_readers_language(
    client: TestClient, language: str, country: str
) -> None:
    path = f"/counterparties/{EXPORTER.decode()}"
    heading = re.search(r"<h1>(.*)</h1>", client.get(path, params={"lang": language}).text)
    assert heading is not None
    assert heading[1] == {"en": "Ningbo Haishu Appliance", "zh": "宁波海曙家电"}[language]
    assert f" {country} " in words(client, path, language)
    assert f" {country} " in words(client, "/counterparties", language)


@pytest.mark.parametrize(
    ("by", "name"), [("country", "中国"), ("corridor", "CN–NL"), ("overdue", "未逾期")]
)
def test_exposure_names_its_groups_in_the_readers_language(
    client: TestClient, by: str, name: str
) -> None:
    said = words(client, "/exposure", "zh", by=by)
    assert said.count(f" {name} ") >= 2, "beside its bar, and in the list"
