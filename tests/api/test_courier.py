"""The courier goes on after whatever stood in its way."""

import time
from collections.abc import Sequence

import pytest

from entrepot import courier
from entrepot.steps import World
from entrepot.steps.notification import service as notification
from entrepot.steps.notification.service import Message
from entrepot.store.session import StoreUnavailable
from tests.api.hooks import hook, subscribe
from tests.api.stage import HEAD, Stage
from tests.api.telling import accepted, tell

pytestmark = pytest.mark.postgres

PATIENCE_S = 10


def test_database_that_was_away_when_messages_were_due_holds_up_nothing_for_good(
    stage: Stage, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim, away = notification.claim, [True, True]

    def claimed(of: World, limit: int) -> Sequence[Message]:
        if away:
            away.pop()
            raise StoreUnavailable("OperationalError")
        return claim(of, limit)

    monkeypatch.setattr(notification, "claim", claimed)
    monkeypatch.setattr(courier, "RETRY_S", 0.01)
    order_id = stage.order()
    with hook() as found:
        subscribe(stage, found)
        tell(stage, HEAD + 1, accepted(order_id))
        with courier.delivering(world):
            deadline = time.monotonic() + PATIENCE_S
            while not found.came and time.monotonic() < deadline:
                time.sleep(0.01)
    assert len(found.came) == 1
