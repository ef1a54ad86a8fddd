"""Waiting for a worker that works by itself."""

import time
from collections.abc import Callable

from entrepot.devnet.scenario import ScenarioError
from entrepot.steps import World
from entrepot.views.machinery import Machinery, has_open_calls, machinery
from entrepot.views.values import hexed
from entrepot.worker import REST_S_MAX

CATCH_UP_TIMEOUT_S = 30
PAUSE_S = 0.02


def wait_until_caught_up(
    world: World, reached: Callable[[Machinery, int], bool] = Machinery.caught_up
) -> None:
    """Returns when every step has dealt with the newest block, or as much more as `reached` asks
    for."""
    deadline = time.monotonic() + CATCH_UP_TIMEOUT_S
    while True:
        head = world.node.block("latest").number
        with world.store.reading() as session:
            if reached(machinery(session), head):
                return
        if time.monotonic() > deadline:
            raise ScenarioError(f"the worker does not catch up with block {head}")
        time.sleep(PAUSE_S)


def wait_until_at_rest(world: World) -> None:
    """Returns when the worker is on the node's own branch with no call of ours on its way, also
    after its longest rest: so what a fork took back has been sent again, or refused."""
    deadline = time.monotonic() + CATCH_UP_TIMEOUT_S
    since = time.monotonic()
    while time.monotonic() - since < 2 * REST_S_MAX:
        if not _at_rest(world):
            since = time.monotonic()
        if time.monotonic() > deadline:
            raise ScenarioError("the worker does not come to rest after the fork")
        time.sleep(PAUSE_S)


def _at_rest(world: World) -> bool:
    head = world.node.block("latest")
    with world.store.reading() as session:
        found = machinery(session)
        if found.as_of is None or found.as_of.block_hash != hexed(head.hash):
            return False
        return found.caught_up(head.number) and not has_open_calls(session, head.timestamp + 1)
