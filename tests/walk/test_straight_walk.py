"""The straight walk from the order to the title: read this first.

A real chain, a real database, the API and the worker as programs of their own; every step is a
request that one member makes. Then: is all of it true, and does the money come out to the cent.
"""

from datetime import date

import pytest

from entrepot.devnet.demo import differences
from entrepot.devnet.statement import Met, Statement
from tests.walk.arithmetic import settle
from tests.walk.stage import Walk

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]

EXPORTER, IMPORTER = "ENTR00NINGBOHAISHU13", "ENTR00VANDERMEERBV73"
BANK, FINTECH = "ENTR00HARBOURBANK155", "ENTR00LANTERNFINCE96"
CARRIER = "ENTR00BLUEMERIDIAN26"
EXPORT_CUSTOMS, IMPORT_CUSTOMS = "ENTR00CNCUSTOMSNGB23", "ENTR00NLCUSTOMSRTM57"

ON_ORDER, ON_BOARD, ON_IMPORT = date(2026, 11, 6), date(2026, 11, 12), date(2026, 12, 16)
REPAID = date(2027, 1, 15)


def facts(evidence: tuple[Met, ...], rule: str) -> set[tuple[str, str]]:
    """Which kinds, attested by whom, met that rule."""
    return {(met.kind, met.attester.lei) for met in evidence if met.rule == rule}


def test_three_tranches_are_released_on_their_days(straight_statement: Statement) -> None:
    released = [(r.tranche, r.amount, (r.at or "")[:10]) for r in straight_statement.releases]
    assert released == [
        (0, "256800.00", str(ON_ORDER)),
        (1, "642000.00", str(ON_BOARD)),
        (2, "128400.00", str(ON_IMPORT)),
    ]


def test_each_release_rests_on_the_evidence_its_terms_name(straight_statement: Statement) -> None:
    on_order, on_board, on_import = (one.evidence for one in straight_statement.releases)
    both = {("PURCHASE_ORDER", EXPORTER), ("PURCHASE_ORDER", IMPORTER)}
    assert facts(on_order, "EVIDENCE") == both | {("INVOICE", EXPORTER)}
    assert facts(on_order, "EVIDENCE_TWICE") == both
    assert facts(on_board, "EVIDENCE") == both | {
        ("TRANSPORT_DOCUMENT", CARRIER),
        ("SHIPPED_ON_BOARD", CARRIER),
        ("VESSEL_DEPARTED", CARRIER),
        ("EXPORT_RELEASED", EXPORT_CUSTOMS),
    }
    assert facts(on_import, "EVIDENCE") == both | {
        ("VESSEL_ARRIVED", CARRIER),
        ("IMPORT_RELEASED", IMPORT_CUSTOMS),
    }


def test_each_release_follows_its_last_event_by_one_block(straight_statement: Statement) -> None:
    for release in straight_statement.releases:
        evidence = [met.block for met in release.evidence]
        assert max(evidence) <= release.needed_block <= release.decided_block < release.block
        assert release.blocks_to_money == 1
        assert release.ms_to_money is not None
        assert release.ms_to_money > 0
    needed = [release.needed_event for release in straight_statement.releases]
    assert needed == ["Financing funded", "Vessel departed", "Import released by customs"]


def test_everybody_has_what_the_terms_come_to(straight_statement: Statement) -> None:
    deposits = {
        b.holder: b.amount_minor for b in straight_statement.balances if b.kind == "deposit"
    }
    due = settle((ON_ORDER, ON_BOARD, ON_IMPORT), REPAID)
    assert deposits == {
        EXPORTER: due.exporter,
        IMPORTER: due.importer,
        BANK: due.bank,
        FINTECH: due.fintech,
    }


def test_no_cent_is_made_or_lost(straight_statement: Statement) -> None:
    by_kind = {b.kind: b.amount_minor for b in straight_statement.balances if b.kind != "deposit"}
    assert by_kind == {"escrow": 0, "rail": -308_400_000}
    assert straight_statement.sum_minor == 0


def test_the_title_is_the_importers(straight_statement: Statement) -> None:
    title = straight_statement.title
    assert title is not None
    assert title.possessor is not None
    assert (title.state, title.possessor.lei) == ("ISSUED", IMPORTER)
    assert straight_statement.facility_state == "REPAID"
    assert straight_statement.order_state == "FULFILLED"


def test_it_ends_as_the_scenario_expects(
    straight_walk: Walk, straight_statement: Statement
) -> None:
    members = {member.alias: member.lei for member in straight_walk.stack.ground.members}
    assert differences(straight_walk.scenario, straight_statement, members) == []


def test_every_projection_agrees_with_the_contracts(straight_statement: Statement) -> None:
    assert straight_statement.audit.differences == ()
    assert straight_statement.audit.compared > 60


def test_only_the_waiting_was_done_by_the_worker_alone(straight_walk: Walk) -> None:
    by_itself = [p.step.say for p in straight_walk.played if not p.step.post]
    assert len(by_itself) == 3
    assert all("released by itself" in say for say in by_itself)
