"""What a permissioned network does and a devnet does not: a node for each of the twelve differences
(docs/howto/permissioned-network.md has them by the same numbers)."""

from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import pytest

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.chain.errors import BlockUnknown, NonceTooHigh, PoolFull, SenderNotAuthorised
from entrepot.chain.errors import Underpriced as GasPriceTooLow
from entrepot.devnet.simulator import stage
from entrepot.devnet.simulator.chain import Chain, Json, Rejected
from entrepot.devnet.simulator.endpoint import Endpoint
from entrepot.devnet.simulator.simulation import POLICIES, DriftingClock, Fresh, Simulation
from entrepot.steps import Halt
from entrepot.steps.indexing import service as indexing
from entrepot.store.tables import OutboxState
from entrepot.views import soundness
from entrepot.worker import tick

pytestmark = [pytest.mark.postgres]

DEPTH, TAG, INSTANT = (POLICIES.index(policy) for policy in ("depth:6", "tag", "instant"))


class Witness(Endpoint):
    """Remembers what it is asked."""

    asked: list[tuple[str, Any]]

    def reply(self, question: Json) -> Json:
        self.asked.append((question["method"], question["params"]))
        return super().reply(question)


class Refusing(Endpoint):
    """Refuses every transaction in the same words."""

    refusal: Rejected

    def _eth_sendRawTransaction(self, raw: str) -> str:
        del raw
        raise self.refusal


class Sealed(Endpoint):
    """A header as QBFT makes it: seals in a long extraData, fields that we do not know."""

    def _eth_getBlockByNumber(self, at: str, full: bool = False) -> Json | None:
        block = super()._eth_getBlockByNumber(at, full)
        sealed = {"extraData": "0x" + "f8" * 900, "mixHash": "0x63", "totalDifficulty": "0x1"}
        return None if block is None else {**block, **sealed}


class Elsewhere(Endpoint):
    """A node of another network."""

    def _eth_chainId(self) -> str:
        return hex(7)


@pytest.fixture(params=[DEPTH])
def network(request: pytest.FixtureRequest, fresh: Fresh) -> Iterator[Simulation]:
    """A worker on a network with one deal, whose first tranche waits for an invoice."""
    with closing(Simulation(request.param, fresh)) as simulation:
        simulation.members.open_deal()
        settle(simulation)
        yield simulation


def witnessed(network: Simulation) -> list[tuple[str, Any]]:
    """Everything that is asked from now on."""
    asked: list[tuple[str, Any]] = []

    def endpoint() -> Endpoint:
        witness = Witness(network.chain, has_tags=network.policy == "tag")
        witness.asked = asked
        return witness

    network.endpoint = endpoint
    return asked


def invoice(network: Simulation) -> None:
    (financing_id,) = network.chain.state.get("open")
    terms = network.chain.state.get(("facility", financing_id)).terms
    members, world = network.members, network.worlds[0]
    members.record(world, terms.order_id, stage.EXPORTER, EvidenceKind.INVOICE)


def settle(network: Simulation) -> None:
    while network.calm():
        pass


def last_row(network: Simulation) -> soundness.Row:
    with network.worlds[0].store.reading() as session:
        return soundness.outbox(session, 0)[-1]


@pytest.mark.parametrize("network", [DEPTH, INSTANT], indirect=True)
def test_1_a_tag_is_not_asked_for_where_the_policy_does_not_name_it(network: Simulation) -> None:
    asked = witnessed(network)
    invoice(network)
    settle(network)
    assert network.chain.head.totals["released"] == 1
    assert not [params for _, params in asked if {"finalized", "safe"} & set(map(str, params))]


@pytest.mark.parametrize("network", [TAG], indirect=True)
def test_1_nothing_is_final_by_a_tag_that_the_node_does_not_know(network: Simulation) -> None:
    invoice(network)
    network.endpoint = lambda: Endpoint(network.chain)
    for _ in range(12):
        with suppress(BlockUnknown):
            tick(network.worlds[0])
        network.chain.mine(network.chain.head.timestamp + 1)
    assert network.chain.final > network.chain.head.number - 6
    with network.worlds[0].store.reading() as session:
        assert not [r for r in soundness.outbox(session, 0) if r.state == OutboxState.FINAL]


def test_2_and_3_a_header_with_seals_is_read_and_its_hash_is_not_reckoned(
    network: Simulation,
) -> None:
    network.endpoint = lambda: Sealed(network.chain)
    invoice(network)
    settle(network)
    with network.worlds[0].store.reading() as session:
        assert soundness.blocks(session, 2**40)[-1][1] == network.chain.head.hash
    assert network.chain.head.totals["released"] == 1


def test_4_and_6_only_methods_that_every_network_has_are_asked_for(network: Simulation) -> None:
    asked = witnessed(network)
    invoice(network)
    settle(network)
    methods = {method for method, _ in asked}
    assert "eth_sendRawTransaction" in methods
    assert not [m for m in methods if not m.startswith("eth_")]
    assert methods & {"eth_accounts", "eth_sendTransaction", "eth_feeHistory"} == set()
    sent = [mined.tx.envelope for block in network.chain.blocks for mined in block.mined]
    assert {envelope.price_wei for envelope in sent} == {0}


def test_5_a_deadline_is_a_block_s_time_and_not_the_clock_s_nor_a_number_of_blocks(
    network: Simulation,
) -> None:
    """The second tranche may not go out before a time, and blocks are 30 seconds apart."""
    simulation, world, chain = network, network.worlds[0], network.chain
    (financing_id,) = chain.state.get("open")
    terms = chain.state.get(("facility", financing_id)).terms
    invoice(simulation)
    desk = simulation.members.record
    desk(world, terms.order_id, stage.CUSTOMS, EvidenceKind.EXPORT_RELEASED)
    for _ in range(3):
        tick(world)
        chain.mine(chain.head.timestamp + 1, lambda tx: tx.sender != stage.KEEPER)
    assert chain.head.timestamp < terms.tranches[1].not_before + 30
    assert isinstance(world.clock, DriftingClock)
    world.clock.move(10**6)
    tick(world)
    chain.mine(chain.head.timestamp + 30)
    while simulation.calm():
        pass
    released = [m for b in chain.blocks for m in b.mined if m.tx.sender == stage.KEEPER]
    assert [mined.succeeded for mined in released] == [True, True]
    assert len(terms.tranches) == 2


@pytest.mark.parametrize(
    ("code", "words", "kind"),
    [
        (-32007, "Sender account not authorized to send transactions", SenderNotAuthorised),
        (-32006, "Nonce too high", NonceTooHigh),
        (-32009, "Gas price below configured minimum gas price", GasPriceTooLow),
        (-32000, "Transaction pool is full", PoolFull),
    ],
)
def test_7_a_refusal_is_told_by_its_name_and_the_same_bytes_go_out_later(
    network: Simulation, code: int, words: str, kind: type[Exception]
) -> None:
    invoice(network)
    endpoint = network.endpoint

    def refusing() -> Endpoint:
        node = Refusing(network.chain)
        node.refusal = Rejected(code, words)
        return node

    network.endpoint = refusing
    tick(network.worlds[0])
    refused = last_row(network)
    with network.worlds[0].store.reading() as session:
        assert kind.__name__ in str(soundness.told(session, refused.id))
    network.endpoint = endpoint
    settle(network)
    with network.worlds[0].store.reading() as session:
        row = next(r for r in soundness.outbox(session, 0) if r.id == refused.id)
    assert (row.state, row.nonce, row.tx_hash) == ("MINED", refused.nonce, refused.tx_hash)


def test_8_a_range_that_is_too_long_is_halved_until_the_node_takes_it(
    network: Simulation,
) -> None:
    for _ in range(40):
        network.chain.mine(network.chain.head.timestamp + 1)
    network.endpoint = lambda: Endpoint(network.chain, logs_range_max=7)
    tick(network.worlds[0])
    with network.worlds[0].store.reading() as session:
        assert soundness.blocks(session, 2**40)[-1][0] == network.chain.head.number
    network.checks.after_step(network.worlds[0].store)


def test_9_what_the_pool_drops_is_sent_again_as_it_was(network: Simulation) -> None:
    invoice(network)
    world, chain = network.worlds[0], network.chain
    tick(world)
    (dropped,) = chain.pool.values()
    chain.pool.clear()
    tick(world)
    assert not chain.pool, "not at once"
    network.clock.move(6)
    tick(world)
    assert [tx.hash for tx in chain.pool.values()] == [dropped.hash]


def test_10_a_chain_that_stalls_is_not_flooded(network: Simulation) -> None:
    asked = witnessed(network)
    invoice(network)
    for _ in range(120):
        tick(network.worlds[0])
        network.clock.move(1)
    sent = [method for method, _ in asked if method == "eth_sendRawTransaction"]
    assert len(sent) <= 120 / 5 + 1
    settle(network)
    assert network.chain.head.totals["released"] == 1


@pytest.mark.parametrize("network", [INSTANT], indirect=True)
def test_11_a_fork_where_there_can_be_none_halts_and_changes_nothing(network: Simulation) -> None:
    chain, world = network.chain, network.worlds[0]
    for _ in range(4):
        chain.mine(chain.head.timestamp + 1)
    tick(world)
    chain.depth, chain.final = 6, chain.head.number - 6
    chain.fork(2, lambda _: True)
    for _ in range(3):
        chain.mine(chain.head.timestamp + 1)
    with world.store.reading() as session:
        before = soundness.blocks(session, 0)
    with pytest.raises(Halt, match="deeper than a fork may go"):
        tick(world)
    with world.store.reading() as session:
        assert soundness.blocks(session, 0) == before


def test_12_another_chain_id_and_another_genesis_are_refused(network: Simulation) -> None:
    network.endpoint = lambda: Elsewhere(network.chain)
    with pytest.raises(Halt, match="belongs to chain 1337"):
        indexing.pin(network.worlds[0])
    other = Chain("another", 6)
    network.endpoint = lambda: Endpoint(other)
    with pytest.raises(Halt, match="belongs to chain 1337"):
        indexing.pin(network.worlds[0])
