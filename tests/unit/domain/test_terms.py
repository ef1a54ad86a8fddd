"""The release rules, one condition at a time: met by all, then one fact short of each."""

from dataclasses import replace
from typing import Any

import pytest

from entrepot.domain.terms import (
    Attestation,
    Facts,
    LenderFacts,
    NamedAttester,
    TitleFacts,
    evaluate,
)

EXPORTER, CARRIER, CUSTOMS, SURVEYOR, IMPORTER = "EXP", "CAR", "CUS", "SUR", "IMP"


def fact(kind: str, attester: str, number: int) -> Attestation:
    return Attestation(
        evidence_id=f"0x{number:02x}", attester=attester, kind=kind, block=number, on_voyage=False
    )


TITLE = TitleFacts(
    title_id="0xaa",
    state="ISSUED",
    form="BLANK",
    possessor=EXPORTER,
    endorsee="",
    same_order=True,
    pledgee_is_financing=True,
    deliver_to=IMPORTER,
)
MET = Facts(
    at=1_000,
    facility_state="FUNDED",
    held=False,
    released=False,
    lapsed=False,
    amount_minor=1_000,
    not_before=500,
    expires_at=2_000,
    required=("INVOICE", "VESSEL_DEPARTED"),
    required_twice=("INSPECTION_CERTIFICATE",),
    blocking=("CUSTOMS_HOLD",),
    title_pledged=True,
    order_state="ACCEPTED",
    order_version=1,
    terms_order_version=1,
    importer=IMPORTER,
    exporter_active=True,
    basis_withdrawn=(),
    attesters=(
        NamedAttester(participant=EXPORTER, group="G1", kinds=("INVOICE",)),
        NamedAttester(
            participant=CARRIER, group="G2", kinds=("VESSEL_DEPARTED", "INSPECTION_CERTIFICATE")
        ),
        NamedAttester(
            participant=SURVEYOR, group="G3", kinds=("INSPECTION_CERTIFICATE", "CUSTOMS_HOLD")
        ),
    ),
    attestations=(
        fact("INVOICE", EXPORTER, 1),
        fact("VESSEL_DEPARTED", CARRIER, 2),
        fact("INSPECTION_CERTIFICATE", CARRIER, 3),
        fact("INSPECTION_CERTIFICATE", SURVEYOR, 4),
    ),
    title=TITLE,
    title_linked_elsewhere=False,
    lenders=(
        LenderFacts(lender="L1", active=True, limit_minor=600, used_minor=0, share_minor=600),
        LenderFacts(lender="L2", active=True, limit_minor=900, used_minor=500, share_minor=400),
    ),
    sandbox_cap_minor=1_000,
    sandbox_used_minor=0,
    sandbox_ends_at=1_001,
    outstanding_minor=0,
    reserve_minor=50,
    reserve_bps=500,
    reserved_minor=1_000,
    reservation_expires_at=1_001,
    under_recourse=False,
)


def test_evaluate_when_everything_holds_is_met_with_proofs() -> None:
    outcome = evaluate(MET)
    assert outcome.met
    assert outcome.unmet == ()
    assert outcome.proofs == {
        "INVOICE": ("0x01",),
        "VESSEL_DEPARTED": ("0x02",),
        "INSPECTION_CERTIFICATE": ("0x03", "0x04"),
    }


@pytest.mark.parametrize(
    ("change", "unmet"),
    [
        ({"facility_state": "APPROVED"}, "STATE"),
        ({"facility_state": "REPAID"}, "STATE"),
        ({"released": True}, "TRANCHE"),
        ({"lapsed": True}, "TRANCHE"),
        ({"at": 499}, "DATES"),
        ({"at": 2_001, "sandbox_ends_at": 9_999, "reservation_expires_at": 9_999}, "DATES"),
        ({"held": True}, "HOLD"),
        ({"order_state": "DISPUTED"}, "ORDER"),
        ({"basis_withdrawn": ("0x01",)}, "APPROVALS"),
        ({"order_version": 2}, "APPROVALS"),
        ({"attestations": MET.attestations[1:]}, "EVIDENCE"),
        ({"attestations": MET.attestations[:3]}, "EVIDENCE_TWICE"),
        ({"attestations": (*MET.attestations, fact("CUSTOMS_HOLD", SURVEYOR, 9))}, "BLOCKED"),
        ({"title": None}, "TITLE"),
        ({"title": replace(TITLE, state="SURRENDERED")}, "TITLE"),
        ({"title": replace(TITLE, form="TO_ORDER", endorsee="OTHER")}, "TITLE"),
        ({"title": replace(TITLE, same_order=False)}, "TITLE"),
        ({"title": replace(TITLE, pledgee_is_financing=False)}, "TITLE"),
        ({"title": replace(TITLE, deliver_to=EXPORTER)}, "TITLE"),
        ({"exporter_active": False}, "PARTIES"),
        ({"lenders": (replace(MET.lenders[0], active=False), MET.lenders[1])}, "PARTIES"),
        ({"lenders": (replace(MET.lenders[0], limit_minor=599), MET.lenders[1])}, "LIMIT"),
        ({"sandbox_used_minor": 1}, "SANDBOX"),
        ({"sandbox_ends_at": 1_000}, "SANDBOX"),
        ({"reserve_minor": 49}, "RESERVE"),
        ({"reserved_minor": 999}, "ENCUMBRANCE"),
        ({"reservation_expires_at": 999}, "ENCUMBRANCE"),
        ({"title_linked_elsewhere": True}, "ENCUMBRANCE"),
    ],
)
def test_evaluate_when_one_fact_is_short_names_it(change: dict[str, Any], unmet: str) -> None:
    outcome = evaluate(replace(MET, **change))
    assert not outcome.met
    assert outcome.unmet == (unmet,)


def test_a_fact_of_an_attester_whom_the_order_does_not_name_does_not_count() -> None:
    foreign = (fact("INVOICE", "STRANGER", 1), *MET.attestations[1:])
    assert evaluate(replace(MET, attestations=foreign)).missing == ("INVOICE",)


def test_two_attesters_of_one_group_are_one() -> None:
    related = tuple(replace(a, group="G2") for a in MET.attesters)
    assert evaluate(replace(MET, attesters=related)).missing_twice == ("INSPECTION_CERTIFICATE",)


def test_a_hold_by_somebody_not_named_for_it_does_not_block() -> None:
    noise = (*MET.attestations, fact("CUSTOMS_HOLD", CARRIER, 9))
    assert evaluate(replace(MET, attestations=noise)).met


def test_everything_that_is_missing_is_named_at_once() -> None:
    outcome = evaluate(replace(MET, held=True, attestations=(), title=None))
    assert outcome.unmet == ("HOLD", "EVIDENCE", "EVIDENCE_TWICE", "TITLE")
    assert outcome.missing == ("INVOICE", "VESSEL_DEPARTED")
