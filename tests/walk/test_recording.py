"""A running devnet is recorded while it runs, by the id of what it is about."""

import pytest

from entrepot.devnet.cases import recording
from entrepot.devnet.cases.case import CaseError
from entrepot.devnet.waiting import wait_until_caught_up
from entrepot.views.digest import digest
from entrepot.views.machinery import Machinery
from tests.walk.stage import Walk

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]


@pytest.mark.full
def test_a_running_devnet_is_recorded_by_a_facility(straight_walk: Walk) -> None:
    wait_until_caught_up(straight_walk.world, Machinery.settled)
    world, members = straight_walk.world, straight_walk.stack.ground.members
    facility = straight_walk.player.names["facility"]
    with world.store.reading() as session:
        known = digest(session)
    case = recording.record(world, members, recording.Wanted(name="walk", part=facility))
    assert case.head.order == straight_walk.player.names["order"]
    assert case.end is not None
    whole = recording.record(world, members, recording.Wanted(name="all", from_block=1))
    assert whole.end is not None
    assert (whole.end.digest, whole.end.block) == (known, whole.last)
    assert case.end.block_hash == whole.block(case.last).hash
    told = [event.type for block in case.blocks for event in block.events]
    assert told.count("entrepot.facility.tranche_released") == 3
    assert {request.verb for request in case.requests} >= {"TradeOrders.place", "Financing.release"}


@pytest.mark.full
def test_faults_are_recorded_for_the_blocks_that_the_case_is_about(straight_walk: Walk) -> None:
    wait_until_caught_up(straight_walk.world, Machinery.settled)
    world, members = straight_walk.world, straight_walk.stack.ground.members
    part = straight_walk.player.names["facility"]
    case = recording.record(world, members, recording.Wanted(name="walk", part=part, faults=3))
    assert case.head.fault_seed == 3
    assert case.faults
    assert all(case.head.first <= fault.block <= case.head.last for fault in case.faults)


def test_what_is_not_there_is_not_recorded(straight_walk: Walk) -> None:
    world, members = straight_walk.world, straight_walk.stack.ground.members
    for wanted, said in (
        (recording.Wanted(name="none", part="0x00"), "0 orders or facilities"),
        (recording.Wanted(name="none", from_block=1, to_block=100_000), "the chain has"),
        (recording.Wanted(name="none", to_block=1), "nobody known has deployed the contracts"),
    ):
        with pytest.raises(CaseError, match=said):
            recording.record(world, members, wanted)
