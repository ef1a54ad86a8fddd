"""Killed at every commit of a straight history, before it and after it (P5, P6)."""

from contextlib import closing
from itertools import count

import pytest

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.devnet.simulator import stage
from entrepot.devnet.simulator.faults import Fault, Planned
from entrepot.devnet.simulator.simulation import Fresh, Simulation

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(1_800)]


def settle(simulation: Simulation) -> None:
    while simulation.calm():
        pass


def play_deal(simulation: Simulation) -> None:
    """From the order to the last repayment, each step when the one before is done. The worker that
    may die is the first; requests come in through the other's process."""
    members, door = simulation.members, simulation.worlds[1]
    deal = members.open_deal()
    settle(simulation)
    for kind in (EvidenceKind.INVOICE, EvidenceKind.PACKING_LIST):
        members.record(door, deal.order_id, stage.EXPORTER, kind)
    settle(simulation)
    at = ("facility", stage.financing_id(deal.terms))
    members.pay(door, simulation.chain.state.get(at), 10**6)
    settle(simulation)
    assert simulation.chain.state.get(at).state.name == "REPAID"


@pytest.mark.parametrize("every", [9, pytest.param(1, marks=pytest.mark.full)])
@pytest.mark.parametrize("fault", [Fault.DIES_BEFORE, Fault.DIES_AFTER])
def test_a_process_that_dies_at_any_commit_leaves_nothing_undone(
    fresh: Fresh, fault: Fault, every: int
) -> None:
    """Each deal is one straight history, and dies one commit later than the last (in `scripts/test`
    nine later, so that all of a tick's commits take their turn there too)."""
    with closing(Simulation(3, fresh)) as simulation:
        number = 0
        for number in count(step=every):
            simulation.fates[0].plan.append(Planned(fault, number))
            play_deal(simulation)
            if simulation.fates[0].plan:
                break
        died = simulation.met[fault]
        simulation.fates[0].plan.clear()
        simulation.rest()
    assert died == number // every
    assert number > 50, "commits of a history in which something happens"
