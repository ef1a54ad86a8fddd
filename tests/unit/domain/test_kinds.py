"""The kinds' groups are the ledger's own."""

import re
from pathlib import Path

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.domain.kinds import ADVERSE, DOCUMENTS, FLAGS, barring

SOURCE = Path(__file__).parents[3] / "contracts/types/EvidenceKinds.sol"


def test_adverse_kinds_are_those_of_the_contract() -> None:
    body = re.search(r"ADVERSE_KINDS = KindSet\.wrap\((.*?)\);", SOURCE.read_text(), re.DOTALL)
    assert body is not None
    assert re.findall(r"EvidenceKind\.(\w+)", body[1]) == [kind.name for kind in ADVERSE]


def test_kinds_fit_a_set() -> None:
    assert len(EvidenceKind) <= 63


def test_no_paper_is_a_flag_and_no_flag_is_reckoned() -> None:
    assert not set(DOCUMENTS) & set(ADVERSE)
    assert set(ADVERSE) - set(FLAGS) == {EvidenceKind.CUSTOMS_HOLD, EvidenceKind.EVIDENCE_CONFLICT}


def test_barring_names_the_listed_kinds_first_and_none_twice() -> None:
    kinds = barring(("LOADED", "FRAUD_ALERT"))
    assert kinds[:2] == ("LOADED", "FRAUD_ALERT")
    assert sorted(kinds) == sorted({"LOADED", *(kind.name for kind in ADVERSE)})
