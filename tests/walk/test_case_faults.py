"""Faults are part of a case: it replays with the same ones, and they leave no trace."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from entrepot.devnet.cases import recording
from entrepot.devnet.cases.case import Case, CaseError, Fault, read, write
from entrepot.devnet.cases.checking import check
from entrepot.devnet.cases.faults import DEPTH_MAX, drawn
from entrepot.devnet.cases.stage import open_stage
from entrepot.store.tables import Network

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]

SEED = 7
WALKED = 81
"""From here on the case's order lives; before, members are founded."""


def faulty(case: Case, seed: int) -> Case:
    """The case as it is recorded with the faults of that seed."""
    head = msgspec.structs.replace(case.head, fault_seed=seed)
    faults = tuple(drawn(seed, head.deployed, WALKED, head.last))
    return recording.fill(replace(case, head=head, faults=faults))


@pytest.mark.parametrize(
    "seed", [SEED, *(pytest.param(s, marks=pytest.mark.full) for s in range(8, 13))]
)
def test_a_case_with_faults_replays_with_them_and_they_leave_no_trace(
    held_case: Case, seed: int, tmp_path: Path
) -> None:
    recorded = faulty(held_case, seed)
    assert {fault.kind for fault in recorded.faults} == {"fork", "crash", "node_down"}
    assert recorded.end == held_case.end
    write(recorded, tmp_path / "faulty.jsonl")
    again = read(tmp_path / "faulty.jsonl")
    assert again == recorded
    checked = check(again)
    assert checked.difference is None
    assert held_case.end is not None
    assert checked.digest == held_case.end.digest


def test_a_fork_is_one_for_the_worker(held_case: Case) -> None:
    """Where it has gone back by itself, it keeps what was final before."""
    at = held_case.last - 1
    fork = Fault(block=at, kind="fork", depth=5)
    for faults, floor in (((), -1), ((fork,), at - 32)):
        with open_stage(replace(held_case, faults=faults)) as stage:
            stage.go_to(at)
            with stage.world.store.reading() as session:
                network = session.get(Network, 1)
            assert network is not None
            assert network.final_block >= floor
            assert (network.final_block > 0) == bool(faults)
            assert stage.chain.hash == held_case.block(at).hash


def test_faults_come_of_the_seed_alone() -> None:
    once = list(drawn(SEED, 39, 81, 400))
    assert once == list(drawn(SEED, 39, 81, 400))
    assert once != list(drawn(SEED + 1, 39, 81, 400))
    assert all(81 <= fault.block <= 400 for fault in once)
    assert {fault.depth for fault in once if fault.kind == "fork"} == set(range(1, DEPTH_MAX + 1))
    assert all(fault.depth <= 1 for fault in drawn(SEED, 80, 81, 81))


def test_a_fault_for_which_there_is_no_room_is_refused(held_case: Case, tmp_path: Path) -> None:
    path = tmp_path / "case.jsonl"
    deployed, last = held_case.head.deployed, held_case.last
    for block, depth in ((deployed, 0), (last + 1, 0), (deployed + 2, 3), (last, -1)):
        fault = Fault(block=block, kind="fork", depth=depth)
        write(replace(held_case, faults=(fault,)), path)
        with pytest.raises(CaseError, match="no room"):
            read(path)
    write(replace(held_case, faults=(Fault(block=last, kind="crash"),)), path)
    path.write_bytes(path.read_bytes().replace(b'"kind":"crash"', b'"kind":"flood"'))
    with pytest.raises(CaseError, match="line"):
        read(path)
