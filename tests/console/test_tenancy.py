"""What PostgreSQL itself keeps from an officer, no page of the console shows."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from entrepot.steps import World
from entrepot.store.tenancy import ROLE
from entrepot.views.values import hexed
from tests.console.desk import open_desk
from tests.console.test_audit import entered
from tests.store.cast import BANK_A, token_of
from tests.store.story import Story

pytestmark = pytest.mark.postgres

FACILITY = f"/facilities/{hexed(Story.financing_id)}"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_desk(tmp_path_factory.mktemp("desk")) as (world, _):
        yield world


@pytest.fixture
def shut(world: World) -> Iterator[None]:
    """One policy more, which shows no facility to whoever acts for a participant: what the views
    ask themselves is as it was, so what is still shown was read by a session that acts for none."""
    with world.store.transaction() as session:
        session.execute(
            text(f"CREATE POLICY shut ON facility AS RESTRICTIVE TO {ROLE} USING (false)")
        )
    yield
    with world.store.transaction() as session:
        session.execute(text("DROP POLICY shut ON facility"))


@pytest.mark.usefixtures("shut")
def test_facility_that_postgresql_keeps_back_is_not_there(world: World) -> None:
    client = entered(world, token_of(BANK_A))
    assert client.get(FACILITY).status_code == 404
    assert client.get(f"{FACILITY}/events").text == ""


def test_facility_of_the_officers_own_is_there(world: World) -> None:
    assert entered(world, token_of(BANK_A)).get(FACILITY).status_code == 200
