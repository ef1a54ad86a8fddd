"""`entrepot outbox` and `status`, for who looks after a worker: what waits, and how long."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result

from entrepot.cli import main
from entrepot.devnet import cast
from entrepot.steps.sending import service as sending
from entrepot.store.tables import OutboxState
from entrepot.views.machinery import machinery
from tests.steps.conftest import Bench
from tests.steps.test_lanes import WHO, approve

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]

FAILED = 1


@pytest.fixture
def told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Calls a command over the bench's own database and chain."""
    settings = bench.world.settings
    for name in ("database_url", "rpc_url", "state_folder", "keeper_address"):
        monkeypatch.setenv(f"ENTREPOT_{name.upper()}", str(getattr(settings, name)))

    def call(*words: str) -> Result:
        return CliRunner().invoke(main, ["outbox", *words])

    return call


def test_what_waits_is_listed_with_its_age_and_a_key_to_cancel_it(
    bench: Bench, told: Callable[..., Result]
) -> None:
    assert "nothing" in told("list").output
    approve(bench, "a", "b")
    calls = json.loads(told("list", "--json").output)
    assert [(one["key"], one["state"], one["nonce"]) for one in calls] == [
        ("a", "QUEUED", None),
        ("b", "QUEUED", None),
    ]
    assert "SettlementToken.approve" in told("list").output
    assert told("cancel", "a").exit_code == 0
    sending.run(bench.world, 100)
    assert (bench.row("a").state, bench.row("b").state) == (OutboxState.FAILED, OutboxState.SENT)
    assert [one["key"] for one in json.loads(told("list", "--json").output)] == ["b"]
    failed = json.loads(told("list", "--json", "--only", "FAILED").output)
    assert [one["key"] for one in failed] == ["a"]


def test_what_is_not_on_its_way_cannot_be_cancelled(told: Callable[..., Result]) -> None:
    answer = told("cancel", "unheard-of")
    assert answer.exit_code == FAILED
    assert "unheard-of" in answer.output
    assert "entrepot outbox list" in answer.output


def test_a_lane_says_since_when_its_oldest_call_waits(bench: Bench) -> None:
    approve(bench, "a")
    asked_at = bench.world.clock.now()
    bench.clock.move(timedelta(seconds=7))
    approve(bench, "b")
    with bench.world.store.reading() as session:
        lanes = machinery(session).lanes
    lane = next(one for one in lanes if one.sender == "0x" + cast.address_of(WHO).hex())
    assert (lane.waiting, lane.waits_since) == (2, asked_at)
