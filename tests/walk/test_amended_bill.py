"""The bill of lading is amended before it is pledged: one record follows the other, and the money
follows the second."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from entrepot.devnet.statement import Statement
from entrepot.store.tables import EvidenceItem
from tests.walk.stage import Walk, open_walk

pytestmark = [pytest.mark.postgres, pytest.mark.anvil, pytest.mark.full]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    folder: Path = tmp_path_factory.mktemp("amended-bill")
    with open_walk("amended-bill", folder) as walk:
        walk.play(walk.scenario.steps)
        yield walk


@pytest.fixture(scope="module")
def statement(walk: Walk) -> Statement:
    return walk.statement()


@pytest.fixture(scope="module")
def bills(walk: Walk) -> dict[str, Any]:
    """The void bill and the one in its place, as the API tells them."""
    found = walk.ask("exporter", "GET", "/v1/orders/{order}/titles").json()["items"]
    return {bill["state"]: bill for bill in found}


def test_each_bill_names_the_other(bills: dict[str, Any]) -> None:
    old, new = bills["VOID"], bills["ISSUED"]
    assert old["replaced_by"] == new["title_id"]
    assert new["replaces"] == old["title_id"]
    assert (old["replaces"], new["replaced_by"]) == (None, None)
    assert {old["medium"], new["medium"]} == {"ELECTRONIC"}


def test_the_goods_are_the_importers_under_the_second_bill(
    walk: Walk, statement: Statement, bills: dict[str, Any]
) -> None:
    assert statement.title is not None
    assert statement.title.title_id == bills["ISSUED"]["title_id"]
    assert statement.title.possessor is not None
    assert statement.title.possessor.lei == walk.scenario.expect.title_possessor
    assert len(statement.releases) == walk.scenario.expect.releases


def test_the_second_paper_replaces_the_first_as_evidence(walk: Walk) -> None:
    with walk.world.store.reading() as session:
        papers = session.exec(
            select(EvidenceItem)
            .where(EvidenceItem.kind == "TRANSPORT_DOCUMENT")
            .order_by(col(EvidenceItem.recorded_block))
        ).all()
    assert [paper.state for paper in papers] == ["WITHDRAWN", "RECORDED"]
    assert papers[1].supersedes == papers[0].evidence_id


def test_the_ledger_agrees_with_what_is_told(statement: Statement) -> None:
    assert statement.audit.differences == ()
