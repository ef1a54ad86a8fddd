"""New heads wake whoever waits for them."""

import threading

import pytest

from entrepot.chain.heads import Heads
from entrepot.devnet.sequencer import Mode, Sequencer

pytestmark = pytest.mark.anvil

WAIT_S = 20


def test_a_new_head_wakes() -> None:
    event = threading.Event()
    with Sequencer(mode=Mode.MANUAL) as chain, Heads(chain.wake_url, event):
        for _ in range(WAIT_S * 10):
            chain.mine()  # until the subscription stands
            if event.wait(0.1):
                break
        assert event.is_set()
        event.clear()
        chain.mine()
        assert event.wait(WAIT_S)


def test_without_a_node_nothing_rings_and_closing_ends_it() -> None:
    event = threading.Event()
    with Heads("ws://127.0.0.1:9", event):
        assert not event.wait(0.05)
