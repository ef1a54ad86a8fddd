"""Outbox -> chain: once per key, whatever happens in between (P6)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from entrepot.bindings.participants import Suspend
from entrepot.bindings.settlement_token import Approve
from entrepot.chain.node import HttpNode
from entrepot.devnet import cast
from entrepot.kit import tracing
from entrepot.steps import Halt
from entrepot.steps.conditions import service as conditions
from entrepot.steps.indexing import service as indexing
from entrepot.steps.repayment import service as repayment
from entrepot.steps.sending import service as sending
from entrepot.steps.sending import signing
from entrepot.steps.sending.service import Sent
from entrepot.store.outbox import cancel
from entrepot.store.tables import OutboxState
from entrepot.views.machinery import machinery
from entrepot.worker import tick
from tests.steps.conftest import Bench, register
from tests.tracing import receiving

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]


def test_an_intent_goes_from_queued_to_mined(bench: Bench) -> None:
    member = bench.ground.members[0]
    bench.ask("admit", register(member), "Participants", cast.GOVERNOR)
    assert sending.run(bench.world, 10) == Sent(signed=1, sent=1, settled=0)
    assert bench.row("admit").state == OutboxState.SENT
    bench.mine()
    assert sending.run(bench.world, 10).settled == 1
    assert bench.row("admit").state == OutboxState.MINED


def test_nothing_is_settled_while_a_receipt_is_still_to_be_looked_at(bench: Bench) -> None:
    """The machinery may have caught up with a block whose calls sending has not looked at yet, or
    looked at before their block was final."""
    bench.ask("admit", register(bench.ground.members[0]), "Participants", cast.GOVERNOR)
    sending.run(bench.world, 10)
    bench.mine()
    for step in (indexing, conditions, repayment):
        step.run(bench.world, 500)
    head = bench.world.node.block("latest").number
    with bench.world.store.reading() as session:
        seen = machinery(session)
    assert seen.caught_up(head)
    assert not seen.settled(head)
    sending.run(bench.world, 10)
    with bench.world.store.reading() as session:
        assert not machinery(session).settled(head)
    sending.run(bench.with_finality("instant"), 10)
    with bench.world.store.reading() as session:
        assert machinery(session).settled(head)


def test_a_mined_row_is_final_when_the_policy_says_so(bench: Bench) -> None:
    bench.ask("admit", register(bench.ground.members[0]), "Participants", cast.GOVERNOR)
    bench.settle()
    for _ in range(8):
        bench.mine()
    sending.run(bench.world, 10)
    assert bench.row("admit").state == OutboxState.FINAL


def test_a_refusal_is_told_before_anything_is_sent_and_uses_no_nonce(bench: Bench) -> None:
    nobody = bench.ground.members[0]
    bench.ask("bad", Suspend(participant_id=nobody.participant_id), "Participants", cast.GUARDIAN)
    bench.ask("good", register(nobody), "Participants", cast.GOVERNOR)
    bench.settle()
    bad, good = bench.row("bad"), bench.row("good")
    assert (bad.state, bad.nonce, bad.raw) == (OutboxState.FAILED, None, None)
    assert bad.error["name"] == "Participants_WrongState"
    assert good.state == OutboxState.MINED


def test_a_crash_after_signing_sends_the_same_bytes(bench: Bench) -> None:
    bench.ask("admit", register(bench.ground.members[0]), "Participants", cast.GOVERNOR)
    signing.sign(bench.world, bench.next_time(), 10)  # and the process dies here
    signed = bench.row("admit")
    sending.run(bench.world, 10)
    sent = bench.row("admit")
    assert (sent.raw, sent.nonce, sent.tx_hash) == (signed.raw, signed.nonce, signed.tx_hash)


def test_a_crash_after_sending_sends_again_without_harm(bench: Bench) -> None:
    bench.ask("admit", register(bench.ground.members[0]), "Participants", cast.GOVERNOR)
    signing.sign(bench.world, bench.next_time(), 10)
    raw = bench.row("admit").raw or b""
    bench.world.node.send_raw(raw)  # sent, and the process dies before it is written down
    sending.run(bench.world, 10)
    bench.mine()
    sending.run(bench.world, 10)
    assert bench.row("admit").state == OutboxState.MINED


def test_what_is_mined_before_it_was_written_down_as_sent_is_traced(bench: Bench) -> None:
    """An instant block can be indexed between the two."""
    bench.ask("admit", register(bench.ground.members[0]), "Participants", cast.GOVERNOR)
    indexing.run(bench.world, 500)
    signing.sign(bench.world, bench.next_time(), 10)
    bench.world.node.send_raw(bench.row("admit").raw or b"")
    with receiving() as receiver:
        with tracing.exporting(receiver.url, "entrepot-worker"):
            bench.mine()
            indexing.run(bench.world, 500)
        assert [one.span.name for one in receiver.spans()] == ["index"]


def test_what_is_final_before_its_block_is_indexed_is_traced(bench: Bench) -> None:
    """With instant finality, a block mined between the two looks of one tick."""
    world = bench.with_finality("instant")
    bench.ask("admit", register(bench.ground.members[0]), "Participants", cast.GOVERNOR)
    sending.run(world, 10)
    indexing.run(world, 500)
    with receiving() as receiver:
        with tracing.exporting(receiver.url, "entrepot-worker"):
            bench.mine()
            sending.run(world, 10)
            assert bench.row("admit").state == OutboxState.FINAL
            indexing.run(world, 500)
        assert {one.span.name for one in receiver.spans()} == {"mine", "index"}


def test_what_the_node_lost_is_sent_again_after_a_while(bench: Bench) -> None:
    bench.ask("admit", register(bench.ground.members[0]), "Participants", cast.GOVERNOR)
    signing.sign(bench.world, bench.next_time(), 10)
    with bench.world.store.transaction() as session:
        row = session.merge(bench.row("admit"))
        row.state, row.sent_at = OutboxState.SENT, bench.clock.now()  # but no node has it
    assert sending.run(bench.world, 10).sent == 0
    bench.pass_by(6)
    assert sending.run(bench.world, 10).sent == 1
    bench.mine()
    sending.run(bench.world, 10)
    assert bench.row("admit").state == OutboxState.MINED


def test_a_refusal_counts_once_its_block_is_indexed_so_that_none_outlives_its_block(
    bench: Bench,
) -> None:
    token = bench.world.deployment.tokens[0].address
    approve = Approve(spender=bench.world.deployment["Financing"], value=5)
    bench.enqueue("alone", approve, token, "exporter.treasury", "alone")
    assert sending.run(bench.world, 10).sent == 1
    node = bench.world.node
    assert isinstance(node, HttpNode)
    node.rpc.ask("anvil_dropAllTransactions", into=object)
    bench.pass_by(6)
    with bench.world.store.transaction() as session:
        assert cancel(session, "alone")  # nothing is mined in its stead: mined, and refused
    assert sending.run(bench.world, 10).sent == 1
    bench.mine()
    sending.run(bench.world, 10)
    bench.ground.sequencer.reorg(1)
    tick(bench.world)
    assert bench.row("alone").state == OutboxState.SENT
    bench.pass_by(60)
    bench.settle()
    assert bench.row("alone").state == OutboxState.REVERTED


def test_a_call_whose_block_is_gone_before_it_was_indexed_is_on_its_way_again(bench: Bench) -> None:
    token = bench.world.deployment.tokens[0].address
    approve = Approve(spender=bench.world.deployment["Financing"], value=5)
    bench.enqueue("alone", approve, token, "exporter.treasury", "alone")
    assert sending.run(bench.world, 10).sent == 1
    bench.mine()
    sending.run(bench.world, 10)
    assert bench.row("alone").state == OutboxState.MINED
    bench.ground.sequencer.rollback(1)
    sending.run(bench.world, 10)
    assert bench.row("alone").state == OutboxState.SENT


def test_what_a_wrong_clock_has_sent_in_the_future_is_sent_again(bench: Bench) -> None:
    bench.ask("admit", register(bench.ground.members[0]), "Participants", cast.GOVERNOR)
    signing.sign(bench.world, bench.next_time(), 10)
    with bench.world.store.transaction() as session:
        row = session.merge(bench.row("admit"))
        row.state, row.sent_at = OutboxState.SENT, bench.clock.now() + timedelta(hours=1)
    assert sending.run(bench.world, 10).sent == 1


def test_p9_nothing_is_sent_to_another_chain_of_the_same_id(bench: Bench) -> None:
    bench.ask("admit", register(bench.ground.members[0]), "Participants", cast.GOVERNOR)
    elsewhere = replace(bench.world.deployment, genesis_hash=bytes(32))
    world = replace(bench.world, deployment=elsewhere)
    with pytest.raises(Halt, match="another chain"):
        sending.run(world, 10)
    assert bench.row("admit").raw is None


def test_calls_of_one_operation_go_one_after_the_other(bench: Bench) -> None:
    member = bench.ground.members[0]
    bench.ask("1", register(member), "Participants", cast.GOVERNOR, operation="op")
    bench.ask("2", Suspend(participant_id=member.participant_id), "Participants", "guardian", "op")
    assert sending.run(bench.world, 10).signed == 1
    assert bench.row("2").state == OutboxState.QUEUED
    bench.mine()
    bench.settle()
    assert bench.row("2").state == OutboxState.MINED


def test_what_follows_a_failed_call_is_given_up(bench: Bench) -> None:
    member = bench.ground.members[0]
    bench.ask("1", Suspend(participant_id=member.participant_id), "Participants", "guardian", "op")
    bench.ask("2", register(member), "Participants", cast.GOVERNOR, operation="op")
    bench.settle()
    assert bench.row("2").state == OutboxState.FAILED
    assert bench.row("2").error == {"name": "EarlierCallFailed"}


def test_the_same_key_is_written_once(bench: Bench) -> None:
    for _ in range(2):
        bench.ask("admit", register(bench.ground.members[0]), "Participants", cast.GOVERNOR)
    bench.settle()
    assert bench.world.node.nonce(cast.address_of(cast.GOVERNOR)) == 2  # announced, and done


def test_lanes_do_not_wait_for_one_another(bench: Bench) -> None:
    token = bench.world.deployment.tokens[0].address
    approve = Approve(spender=bench.world.deployment["Financing"], value=5)
    for alias in ("exporter", "importer"):
        with bench.world.store.transaction():
            bench.ask(alias, approve, "Financing", f"{alias}.treasury")
    with bench.world.store.transaction() as session:
        for alias in ("exporter", "importer"):
            session.merge(bench.row(alias)).target = token
    assert sending.run(bench.world, 10) == Sent(signed=2, sent=2, settled=0)
