"""The voyage on the facility's page and on its screen: the ports of the bill that is read, the
country whose customs hold, and no map of what nobody knows."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.ids import ParticipantId
from entrepot.console import create_console
from entrepot.kit.clock import from_unix
from entrepot.steps import World
from entrepot.store.tables import Document
from entrepot.store.tenancy import Acting
from entrepot.views import access_records, voyages
from entrepot.views.values import hexed
from tests.console.desk import open_desk
from tests.store.cast import BANK_A, CUSTOMS_CN, EXPORTER, REGULATOR, STRANGER, token_of, word
from tests.store.story import Story

pytestmark = pytest.mark.postgres

HOME = "http://console.test"
FACILITY = f"/facilities/{hexed(Story.financing_id)}"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Story]]:
    with open_desk(tmp_path_factory.mktemp("desk")) as desk:
        yield desk


@pytest.fixture(scope="module")
def before(desk: tuple[World, Story]) -> str:
    """The facility's page before there is a bill or a voyage."""
    return page(desk[0], FACILITY)


@pytest.fixture(scope="module")
def sailed(desk: tuple[World, Story], before: str) -> World:  # noqa: ARG001 (comes first)
    """Where the bill names its ports, the vessel has left, and customs in China hold the goods."""
    world, story = desk
    story.is_funded()
    story.goods_leave()
    story.record(CUSTOMS_CN, EvidenceKind.CUSTOMS_HOLD)
    with world.store.transaction() as session:
        session.add(bill(story, 1, {}))
        session.add(bill(story, 2, {"port_of_loading": "CNNGB", "port_of_discharge": "NLRTM"}))
    return world


def bill(story: Story, version: int, summary: dict[str, object]) -> Document:
    return Document(
        document_id=word(f"bill {version}"),
        order_id=story.order_id,
        owner=EXPORTER,
        kind="TRANSPORT_DOCUMENT",
        format="dcsa-transport-document",
        reference="BILL-1",
        sha256=word(f"bill {version}"),
        size_bytes=9_000,
        commitment=word(f"commitment {version}"),
        summary=summary,
        stored_at=from_unix(story.book.at + version),
    )


def page(world: World, path: str, language: str = "en", who: ParticipantId = BANK_A) -> str:
    client = TestClient(
        create_console(world),
        base_url=HOME,
        headers={"Origin": HOME, "Accept-Language": language},
    )
    client.post("/login", data={"token": token_of(who), "next": "/"}).raise_for_status()
    answer = client.get(path)
    answer.raise_for_status()
    return answer.text


def test_facility_shows_its_countries_until_a_bill_names_ports(before: str) -> None:
    assert before.count('class="map"') == 1
    assert before.count('class="country"') >= 2
    assert "<polyline" not in before
    assert "The ports are shown once there is a bill of lading that you may read." in before


@pytest.mark.parametrize("path", [FACILITY, "/voyages"])
def test_map_shows_the_way_of_the_newest_bill_and_says_the_same(sailed: World, path: str) -> None:
    shown = page(sailed, path)
    assert shown.count('id="land"') == 1
    assert '<polyline class="under-way"' in shown
    assert re.findall(r'<circle class="(\w+)".*>(\w+)</text>', shown) == [
        ("bad", "Ningbo"),
        ("open", "Rotterdam"),
    ]
    said = re.sub(r"<[^>]+>|\s+", " ", shown)
    assert "Ningbo (CNNGB), China" in said
    assert "Rotterdam (NLRTM), Netherlands" in said
    assert "held by customs: China" in said
    assert "some 10,500 nautical miles" in said
    assert len(shown) < 80_000


def test_map_speaks_chinese(sailed: World) -> None:
    shown = page(sailed, FACILITY, "zh")
    assert "中国 Ningbo (CNNGB)" in shown
    assert "海关扣留：中国" in shown


def test_map_needs_no_style_and_no_script_of_its_own(sailed: World) -> None:
    assert " style=" not in page(sailed, "/voyages")


def test_ports_are_for_those_who_may_read_the_bill(sailed: World) -> None:
    with sailed.store.reading() as session:
        (full,) = voyages.of_order(session, REGULATOR, Story.order_id)
        assert (full.loading, full.discharge) == ("CNNGB", "NLRTM")
        assert full.held_in == {"CN"}
        (told,) = voyages.of_order(session, CUSTOMS_CN, Story.order_id)
        assert (told.loading, told.discharge) == (None, None)
        assert voyages.of_order(session, STRANGER, Story.order_id) == ()


def test_record_of_what_a_regulator_saw_names_the_paper_with_the_ports(sailed: World) -> None:
    page(sailed, "/voyages", who=REGULATOR)
    with sailed.store.reading(Acting(participant_id=EXPORTER)) as session:
        (record,) = access_records.list_access_records(session, EXPORTER).items
    assert "documents.summary" in record.fields
