"""A what-if changes one fact, and everything that hangs on it, and nothing else."""

from dataclasses import replace

import msgspec
import pytest

from entrepot.cli.answers import Narrator
from entrepot.devnet.cases.altering import CannotSet, alteration
from entrepot.devnet.cases.case import Case, CaseError
from entrepot.devnet.cases.states import States
from entrepot.devnet.cases.whatif import WhatIf, what_if

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]

BEFORE_IMPORT = 131


def differing(found: WhatIf) -> set[str]:
    """The facts that are not the same at both ends, but for the place itself."""
    return {
        name
        for name in found.was.keys() | found.would_be.keys()
        if found.was.get(name, 0) != found.would_be.get(name, 0)
    } - {"block", "time"}


def test_a_hold_at_import_keeps_the_third_tranche(held_case: Case) -> None:
    found = what_if(held_case, BEFORE_IMPORT, "customs.import = HOLD")
    assert (found.was["releases"], found.would_be["releases"]) == (3, 2)
    assert (found.was["tranche3"], found.would_be["tranche3"]) == ("RELEASED", "LAPSED")
    assert found.would_be["evidence.CUSTOMS_HOLD"] == 1
    assert {"order", "title", "tranche1", "tranche2", "facility"}.isdisjoint(differing(found))
    told = list(Narrator(held_case, "en").what_if(found))
    assert told[0] == f"what if customs.import = HOLD (block {BEFORE_IMPORT})"
    assert "  tranche3                 RELEASED                 LAPSED" in told


@pytest.mark.full
def test_clearing_early_lets_the_worker_release_early(held_case: Case) -> None:
    found = what_if(held_case, 125, "set customs.export = CLEAR")
    assert (found.was["releases"], found.would_be["releases"]) == (3, 3)
    refused = [(each.by, each.call) for each in found.refused]
    assert refused == [("export_customs.desk", "Evidence.withdraw")]
    assert found.was["deposit.bank"] != found.would_be["deposit.bank"]


@pytest.mark.full
def test_what_is_never_recorded_is_missed(held_case: Case) -> None:
    found = what_if(held_case, 121, "evidence.VESSEL_DEPARTED = NEVER")
    assert "evidence.VESSEL_DEPARTED" not in found.would_be
    assert found.would_be["tranche2"] != "RELEASED"


def test_what_cannot_be_set_is_refused(held_case: Case) -> None:
    recorded, head = States(held_case), held_case.head
    for block, text, said in (
        (125, "customs.import = CLEAR", "nothing of CUSTOMS_HOLD stands"),
        (125, "evidence.MOON = NEVER", "no kind of evidence MOON"),
        (125, "evidence.FRAUD_ALERT = RECORDED", "names nobody for FRAUD_ALERT"),
        (125, "outstanding = 3", "set customs.import"),
        (head.deployed, "customs.import = HOLD", "no order yet"),
    ):
        with pytest.raises(CannotSet, match=said):
            alteration(text, recorded.at(block), head, 0)


@pytest.mark.full
def test_a_case_of_foreign_keys_is_not_forked(held_case: Case) -> None:
    accounts = tuple(
        msgspec.structs.replace(each, address="0x" + "11" * 20) for each in held_case.head.accounts
    )
    head = msgspec.structs.replace(held_case.head, accounts=accounts)
    with pytest.raises(CaseError, match="cannot be forked"):
        what_if(replace(held_case, head=head), BEFORE_IMPORT, "customs.import = HOLD")
