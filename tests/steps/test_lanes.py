"""Lanes under fault: nonces in order and without gaps, each intent at most once (P6)."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlmodel import select

from entrepot.bindings.settlement_token import Approve
from entrepot.chain.errors import NodeUnavailable, RpcRefused, SignerLied, SignerUnavailable
from entrepot.chain.node import HttpNode
from entrepot.chain.remote_signer import RemoteSigners
from entrepot.chain.rpc import Rpc
from entrepot.chain.sender import FREE
from entrepot.chain.signer import LocalSigner, Transaction, read_transaction
from entrepot.devnet import cast
from entrepot.kit.processes import free_port
from entrepot.steps import World
from entrepot.steps.sending import handing, signing
from entrepot.steps.sending import service as sending
from entrepot.steps.sending.service import Sent
from entrepot.store import outbox
from entrepot.store.tables import Lane, OutboxState, Replaced
from entrepot.worker import tick
from tests.chain.remote import answering, raw
from tests.steps.conftest import Bench

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]

WHO = "exporter.treasury"


class Deaf(HttpNode):
    """A node that takes the bytes and then does not answer."""

    def send_all(self, raws: Sequence[bytes]) -> list[RpcRefused | None]:
        super().send_all(raws)
        raise NodeUnavailable("no answer within 10 s")


class Dear(HttpNode):
    """A node that wants to be paid."""

    def gas_price(self) -> int:
        return 10**9

    def tip(self) -> int:
        return 10**9


def approve(bench: Bench, *keys: str, who: str = WHO) -> None:
    """Calls that are each good by themselves, of one key."""
    token = bench.world.deployment.tokens[0].address
    for number, key in enumerate(keys):
        call = Approve(spender=bench.world.deployment["Financing"], value=number + 1)
        bench.enqueue(key, call, token, who, key)


def nothing(bench: Bench, nonce: int) -> bytes:
    """What another program sends with the same key."""
    signer = bench.world.signers.signer(cast.address_of(WHO))
    return signer.sign_transaction(
        Transaction(
            chain_id=bench.world.deployment.chain_id,
            nonce=nonce,
            to=signer.address,
            data=b"",
            gas=21_000,
            fees=FREE,
        )
    ).raw


def states(bench: Bench, *keys: str) -> list[str]:
    return [bench.row(key).state for key in keys]


def with_settings(bench: Bench, **values: object) -> World:
    return replace(bench.world, settings=bench.world.settings.model_copy(update=values))


def test_many_calls_of_one_key_go_in_one_tick_in_the_order_of_their_nonces(bench: Bench) -> None:
    keys = [f"k{number}" for number in range(30)]
    approve(bench, *keys)
    assert sending.run(bench.world, 100) == Sent(signed=30, sent=30)
    assert [bench.row(key).nonce for key in keys] == list(range(30))
    bench.mine()
    assert sending.run(bench.world, 100).settled == 30
    assert set(states(bench, *keys)) == {OutboxState.MINED}


def test_urgent_calls_take_their_nonces_first(bench: Bench) -> None:
    approve(bench, "later")
    approve(bench, "urgent")
    with bench.world.store.transaction() as session:
        session.merge(bench.row("urgent")).priority = outbox.RELEASE_PRIORITY
    sending.run(bench.world, 100)
    assert (bench.row("urgent").nonce, bench.row("later").nonce) == (0, 1)


def test_a_full_lane_takes_no_more_until_some_are_mined(bench: Bench) -> None:
    world = with_settings(bench, lane_depth_max=2)
    approve(bench, "a", "b", "c")
    assert sending.run(world, 100) == Sent(signed=2, sent=2)
    assert sending.run(world, 100) == Sent()
    bench.mine()
    assert sending.run(world, 100).settled == 2
    assert sending.run(world, 100) == Sent(signed=1, sent=1)


def test_a_signer_that_is_away_or_lies_costs_no_nonce(bench: Bench) -> None:
    """Bytes that were never stored were never sent, so that to sign again is safe."""
    approve(bench, "a", "b")
    away = RemoteSigners(Rpc(f"http://127.0.0.1:{free_port()}"))
    with pytest.raises(SignerUnavailable):
        sending.run(replace(bench.world, signers=away), 100)
    key = LocalSigner(cast.secret_of(WHO))
    other = Transaction(
        chain_id=bench.world.deployment.chain_id,
        nonce=7,
        to=key.address,
        data=b"",
        gas=21_000,
        fees=FREE,
    )
    with answering(raw(other, key), key) as liar, pytest.raises(SignerLied, match="nonce"):
        sending.run(replace(bench.world, signers=liar), 100)
    assert states(bench, "a", "b") == [OutboxState.QUEUED] * 2
    assert bench.row("a").raw is None
    assert sending.run(bench.world, 100) == Sent(signed=2, sent=2)
    assert [bench.row(name).nonce for name in ("a", "b")] == [0, 1]


def test_a_node_that_takes_the_bytes_and_times_out_is_given_the_same_again(bench: Bench) -> None:
    approve(bench, "a", "b")
    node = bench.world.node
    assert isinstance(node, HttpNode)
    with pytest.raises(NodeUnavailable):
        sending.run(replace(bench.world, node=Deaf(node.rpc)), 100)
    before = bench.row("a")
    assert states(bench, "a", "b") == [OutboxState.SIGNED] * 2
    assert sending.run(bench.world, 100).sent == 2
    assert bench.row("a").raw == before.raw
    bench.mine()
    assert sending.run(bench.world, 100).settled == 2
    assert bench.world.node.nonce(cast.address_of(WHO)) == 2


def test_what_was_evicted_from_the_pool_is_sent_again(bench: Bench) -> None:
    approve(bench, "a", "b")
    sending.run(bench.world, 100)
    node = bench.world.node
    assert isinstance(node, HttpNode)
    node.rpc.ask("anvil_dropAllTransactions", into=object)
    bench.pass_by(6)
    assert sending.run(bench.world, 100).sent == 2
    bench.mine()
    assert sending.run(bench.world, 100).settled == 2


def test_a_nonce_taken_by_another_program_is_signed_anew_once_that_is_final(bench: Bench) -> None:
    world = with_settings(bench, finality="depth:2")
    approve(bench, "a", "b")
    signing.sign(world, bench.next_time(), 100)
    taken = bench.row("a")
    world.node.send_raw(nothing(bench, 0))
    bench.mine()
    sending.run(world, 100)
    assert bench.row("a").tx_hash == taken.tx_hash  # it may still be undone by a fork
    bench.mine()
    bench.mine()
    for _ in range(3):
        sending.run(world, 100)
        bench.mine()
    row = bench.row("a")
    assert row.nonce == 2
    assert states(bench, "a", "b") == [OutboxState.FINAL] * 2 or row.state == OutboxState.MINED
    with world.store.reading() as session:
        kept = session.exec(select(Replaced)).one()
    assert (kept.tx_hash, kept.why) == (taken.tx_hash, "NONCE_TAKEN")
    assert world.node.nonce(cast.address_of(WHO)) == 3


def test_a_lane_goes_on_after_what_another_program_has_sent(bench: Bench) -> None:
    approve(bench, "a")
    bench.settle()
    bench.world.node.send_raw(nothing(bench, 1))
    bench.mine()
    approve(bench, "b")
    bench.settle()
    assert (bench.row("b").nonce, bench.row("b").state) == (2, OutboxState.MINED)


def test_a_gap_that_a_fork_left_is_filled_with_nothing(bench: Bench) -> None:
    bench.world.node.send_raw(nothing(bench, 0))
    bench.mine()
    approve(bench, "a")
    sending.run(bench.world, 100)
    assert bench.row("a").nonce == 1
    bench.ground.sequencer.reorg(1)  # and what the other program had sent is gone
    for _ in range(4):
        bench.pass_by(30)
        sending.run(bench.world, 100)
        bench.mine()
    assert bench.row("a").state == OutboxState.MINED
    filler = bench.row(f"gap:{cast.address_of(WHO).hex()}:0")
    assert (filler.nonce, filler.state) == (0, OutboxState.MINED)


def test_a_cancelled_call_that_is_queued_takes_no_nonce(bench: Bench) -> None:
    approve(bench, "a", "b")
    with bench.world.store.transaction() as session:
        assert outbox.cancel(session, "a")
    bench.settle()
    assert (bench.row("a").state, bench.row("a").nonce) == (OutboxState.FAILED, None)
    assert (bench.row("b").state, bench.row("b").nonce) == (OutboxState.MINED, 0)


def test_p6_a_cancelled_call_on_its_way_is_replaced_by_nothing_of_the_same_nonce(
    bench: Bench,
) -> None:
    approve(bench, "a", "b")
    sending.run(bench.world, 100)
    old = bench.row("a")
    node = bench.world.node
    assert isinstance(node, HttpNode)
    node.rpc.ask("anvil_dropAllTransactions", into=object)  # else it takes no other at this price
    bench.pass_by(6)
    with bench.world.store.transaction() as session:
        assert outbox.cancel(session, "a")
    assert sending.run(bench.world, 100).sent == 2
    bench.mine()
    tick(bench.world)
    row = bench.row("a")
    assert (row.state, row.error) == (OutboxState.REVERTED, {"name": "Cancelled"})
    assert (row.nonce, row.tx_hash != old.tx_hash) == (0, True)
    assert bench.row("b").state == OutboxState.MINED
    with bench.world.store.transaction() as session:
        assert not outbox.cancel(session, "a")


def test_a_cancelled_call_that_is_mined_all_the_same_counts(bench: Bench) -> None:
    approve(bench, "a")
    sending.run(bench.world, 100)
    old = bench.row("a")
    with bench.world.store.transaction() as session:
        outbox.cancel(session, "a")
    bench.mine()
    for _ in range(2):
        sending.run(bench.world, 100)
    row = bench.row("a")
    assert (row.state, row.tx_hash) == (OutboxState.MINED, old.tx_hash)


@pytest.mark.parametrize("policy", ["legacy", "dynamic"])
def test_where_gas_has_a_price_what_is_not_mined_is_offered_for_more(
    bench: Bench, policy: str
) -> None:
    node = bench.world.node
    assert isinstance(node, HttpNode)
    world = replace(with_settings(bench, fee_policy=policy), node=Dear(node.rpc))
    approve(bench, "a")
    node.rpc.ask("anvil_setBalance", "0x" + cast.address_of(WHO).hex(), hex(10**20), into=object)
    sending.run(world, 100)
    first = bench.row("a")
    for _ in range(3):
        bench.pass_by(30)
        sending.run(world, 100)
    dearer = bench.row("a")
    assert (dearer.nonce, dearer.tx_hash != first.tx_hash) == (first.nonce, True)
    old, new = (read_transaction(row.raw or b"").fees for row in (first, dearer))
    assert new.price_wei * 10 >= old.price_wei * 11
    bench.mine()
    sending.run(world, 100)
    assert bench.row("a").state == OutboxState.MINED


def test_whichever_bytes_of_a_nonce_are_mined_count(bench: Bench) -> None:
    """Here the cheaper ones, which the node had all the time."""
    node = bench.world.node
    assert isinstance(node, HttpNode)
    world = replace(with_settings(bench, fee_policy="legacy"), node=Dear(node.rpc))
    approve(bench, "a")
    node.rpc.ask("anvil_setBalance", "0x" + cast.address_of(WHO).hex(), hex(10**20), into=object)
    sending.run(world, 100)
    first = bench.row("a")
    for _ in range(2):
        bench.pass_by(30)
        sending.run(world, 100)
    handing.renew(world, 100)
    assert bench.row("a").tx_hash != first.tx_hash
    node.rpc.ask("anvil_dropAllTransactions", into=object)
    node.send_raw(first.raw or b"")
    bench.mine()
    for _ in range(2):
        sending.run(world, 100)
    row = bench.row("a")
    assert (row.state, row.tx_hash) == (OutboxState.MINED, first.tx_hash)


def test_a_fee_is_never_bumped_above_the_cap() -> None:
    fees = signing.capped(replace(FREE, price_wei=10, tip_wei=8), 5)
    assert (fees.price_wei, fees.tip_wei) == (5, 5)


def test_a_stuck_lane_takes_no_more(bench: Bench) -> None:
    """Here the node loses all that it is sent, and nothing is mined for long enough."""
    approve(bench, "a")
    node = bench.world.node
    assert isinstance(node, HttpNode)
    for _ in range(3):
        sending.run(bench.world, 100)
        node.rpc.ask("anvil_dropAllTransactions", into=object)
        bench.pass_by(30)
    approve(bench, "b")
    assert sending.run(bench.world, 100).signed == 0
    assert bench.row("b").state == OutboxState.QUEUED
    bench.mine()
    bench.settle()
    assert states(bench, "a", "b") == [OutboxState.MINED] * 2
    with bench.world.store.reading() as session:
        assert session.exec(select(Lane).where(Lane.sender == cast.address_of(WHO))).one().moved_at
