"""Anybody may verify papers, and nobody so often that others cannot."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from entrepot.console import create_console
from entrepot.kit.clock import ManualClock
from entrepot.steps import World
from tests.console.desk import open_desk
from tests.store.cast import BANK_A, token_of

pytestmark = pytest.mark.postgres

HOME = "http://console.test"
PAPER = {"file": ("paper.json", b"{}")}
QUOTA = 2


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_desk(tmp_path_factory.mktemp("desk")) as (world, _):
        few = world.settings.model_copy(update={"verifications_per_minute": QUOTA})
        yield replace(world, settings=few)


def stranger(world: World, host: str) -> TestClient:
    headers = {"Origin": HOME, "Accept-Language": "en"}
    return TestClient(create_console(world), base_url=HOME, headers=headers, client=(host, 50_000))


def handed_in(client: TestClient) -> int:
    return client.post("/verify", files=PAPER).status_code


def test_stranger_who_asks_too_often_waits_and_others_do_not(world: World) -> None:
    first = stranger(world, "192.0.2.1")
    assert [handed_in(first) for _ in range(QUOTA + 1)] == [200, 200, 429]
    assert handed_in(stranger(world, "198.51.100.7")) == 200
    refused = first.post("/verify", files=PAPER)
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert f"again in {refused.headers['retry-after']} seconds" in refused.text
    assert first.get("/verify").status_code == 200


def test_processes_count_as_one_and_the_next_minute_begins_anew(world: World) -> None:
    for _ in range(QUOTA):
        assert handed_in(stranger(world, "192.0.2.1")) == 200
    assert handed_in(stranger(world, "192.0.2.1")) == 429
    assert isinstance(world.clock, ManualClock)
    world.clock.move_to(world.clock.now() + timedelta(minutes=1))
    assert handed_in(stranger(world, "192.0.2.1")) == 200


def test_one_place_has_one_share_however_many_addresses_it_has(world: World) -> None:
    asked = [handed_in(stranger(world, f"2001:db8:1:2::{n}")) for n in range(1, QUOTA + 2)]
    assert asked == [200, 200, 429]


def test_officer_does_not_share_with_strangers(world: World) -> None:
    client = stranger(world, "192.0.2.1")
    assert [handed_in(client) for _ in range(QUOTA + 1)][-1] == 429
    client.post("/login", data={"token": token_of(BANK_A)}, follow_redirects=False)
    assert handed_in(client) == 200
