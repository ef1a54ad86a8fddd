"""What the stream of a page tells is of one moment: the one that its pulse was taken at."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.ids import EvidenceId
from entrepot.console import create_console
from entrepot.steps import World
from entrepot.store.tables import Token
from entrepot.store.tokens import fingerprint
from entrepot.views import chain
from entrepot.views.values import hexed
from tests.console.desk import open_desk
from tests.store.cast import BANK_A, CUSTOMS_CN, token_of
from tests.store.story import Story

pytestmark = pytest.mark.postgres

HOME = "http://console.test"
FACILITY = f"/facilities/{hexed(Story.financing_id)}"


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Story]]:
    with open_desk(tmp_path_factory.mktemp("desk")) as desk:
        yield desk


@pytest.mark.parametrize("path", [FACILITY, "/"], ids=["facility", "screen"])
def test_stream_never_shows_a_block_that_its_pulse_does_not_know(
    desk: tuple[World, Story], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """A fork that brings a block and takes it back between two beats leaves the pulse as it was: a
    page that had shown the block would never hear of it again."""
    world, story = desk
    with TestClient(create_console(world), base_url=HOME, headers={"Origin": HOME}) as client:
        client.post("/login", data={"token": token_of(BANK_A)}, follow_redirects=False)
        monkeypatch.setattr(chain, "pulse", _amid_a_fork(world, story))
        told = client.get(f"{path.rstrip('/')}/events", params={"lang": "en"}).text
    head = story.book.number
    assert f"#{head:,}" in told
    assert f"#{head + 1:,}" not in told
    assert "Held by customs" not in told


def _amid_a_fork(world: World, story: Story) -> Callable[..., str]:
    """A pulse after which a block is written, which is gone at the next; then whoever looks is out,
    which ends their stream."""
    pulse, facts = chain.pulse, list[EvidenceId]()

    def beating(*given: Any) -> str:
        if facts:
            story.take_back_last_fact(facts[0])
            _revoke(world)
            return pulse(*given)
        word = pulse(*given)
        facts.append(story.record(CUSTOMS_CN, EvidenceKind.CUSTOMS_HOLD))
        return word

    return beating


def _revoke(world: World) -> None:
    with world.store.transaction() as session:
        session.get_one(Token, fingerprint(token_of(BANK_A))).revoked_at = world.clock.now()
