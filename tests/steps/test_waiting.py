"""Calls that wait for a time on the chain, as governance's do (P6)."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from entrepot.chain.errors import CallReverted
from entrepot.chain.governance import scheduled
from entrepot.chain.node import HttpNode
from entrepot.chain.node import Sent as ToSend
from entrepot.devnet import cast
from entrepot.devnet.ground import DELAY_S
from entrepot.steps.sending import service as sending
from entrepot.steps.sending.service import Sent
from entrepot.store.tables import OutboxState
from entrepot.views.machinery import has_open_calls
from tests.steps.conftest import Bench, register

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]


class Literal(HttpNode):
    """A node that can't imagine another time than that of its newest block."""

    def rehearse(
        self, calls: Sequence[ToSend], *, time: int | None = None
    ) -> list[int | CallReverted]:
        del time
        return self._estimate_each(calls)


def ask(bench: Bench, wait_s: int) -> None:
    """An announcement, and after it the call that it is for."""
    call, target = register(bench.ground.members[0]), bench.world.deployment["Participants"]
    manager = bench.world.deployment["AccessManager"]
    bench.enqueue("announced", scheduled(target, call), manager, cast.GOVERNOR, "op")
    bench.enqueue("done", call, target, cast.GOVERNOR, "op", wait_s=wait_s)


def announce(bench: Bench, wait_s: int) -> int:
    """As `ask`, with the announcement mined; answers when that was."""
    ask(bench, wait_s)
    assert sending.run(bench.world, 10) == Sent(signed=1, sent=1)
    bench.mine()
    assert sending.run(bench.world, 10) == Sent(settled=1)
    return bench.world.node.block("latest").timestamp


def open_calls(bench: Bench) -> bool:
    with bench.world.store.reading() as session:
        return has_open_calls(session, bench.next_time())


def test_a_call_that_waits_is_signed_for_the_first_block_that_is_late_enough(bench: Bench) -> None:
    mined_at = announce(bench, wait_s=100)
    assert bench.row("done").not_before == mined_at + 100
    bench.ground.sequencer.advance(97)
    assert sending.run(bench.world, 10) == Sent()
    assert not open_calls(bench)
    bench.mine()
    assert bench.next_time() == mined_at + 99
    assert sending.run(bench.world, 10) == Sent()
    bench.mine()
    assert open_calls(bench)
    assert sending.run(bench.world, 10) == Sent(signed=1, sent=1)
    bench.mine()
    assert bench.world.node.block("latest").timestamp == mined_at + 100
    bench.settle()
    assert bench.row("done").state == OutboxState.MINED


def test_a_call_knows_no_time_before_what_it_waits_after_is_mined(bench: Bench) -> None:
    ask(bench, wait_s=DELAY_S)
    assert sending.run(bench.world, 10) == Sent(signed=1, sent=1)
    assert sending.run(bench.world, 10) == Sent()
    assert bench.row("done").not_before is None


def test_after_a_fork_a_call_waits_anew_and_never_meets_its_announcement_in_one_block(
    bench: Bench,
) -> None:
    first = announce(bench, wait_s=DELAY_S)
    bench.settle()
    assert bench.row("done").state == OutboxState.MINED
    bench.ground.sequencer.reorg(2)
    bench.settle()
    bench.pass_by(6)
    assert sending.run(bench.world, 10).sent == 1
    bench.mine()
    sending.run(bench.world, 10)
    assert bench.row("announced").state == OutboxState.MINED
    mined_at = bench.world.node.block("latest").timestamp
    assert mined_at > first
    assert bench.row("done").not_before == mined_at + DELAY_S
    bench.settle()
    assert bench.row("done").state == OutboxState.MINED


def test_a_node_that_only_knows_now_is_asked_again_when_it_is_time(bench: Bench) -> None:
    announce(bench, wait_s=DELAY_S)
    node = bench.world.node
    assert isinstance(node, HttpNode)
    world = replace(bench.world, node=Literal(node.rpc))
    assert sending.run(world, 10) == Sent()
    assert bench.row("done").state == OutboxState.QUEUED
    bench.mine()
    assert sending.run(world, 10) == Sent(signed=1, sent=1)
