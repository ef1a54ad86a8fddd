"""Killed at every commit of a straight history, before it and after it (P5, P6)."""

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
    """From the order to the last repayment, each step when the one before is done."""
    members = simulation.members
    deal = members.open_deal()
    settle(simulation)
    for kind in (EvidenceKind.INVOICE, EvidenceKind.PACKING_LIST):
        members.record(simulation.worlds[0], deal.order_id, stage.EXPORTER, kind)
    settle(simulation)
    at = ("facility", stage.financing_id(deal.terms))
    members.pay(simulation.worlds[0], simulation.chain.state.get(at), 10**6)
    settle(simulation)
    assert simulation.chain.state.get(at).state.name == "REPAID"


@pytest.mark.parametrize("fault", [Fault.DIES_BEFORE, Fault.DIES_AFTER])
def test_a_process_that_dies_at_any_commit_leaves_nothing_undone(
    fresh: Fresh, fault: Fault
) -> None:
    simulation = Simulation(3, fresh)
    number = 0
    for number in count():
        simulation.fates[0].plan.append(Planned(fault, number))
        play_deal(simulation)
        if simulation.fates[0].plan:
            break
    died = simulation.met[fault]
    simulation.fates[0].plan.clear()
    simulation.rest()
    simulation.close()
    assert died == number
    assert died > 50, "commits of a history in which something happens"
