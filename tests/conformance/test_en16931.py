"""The official EN 16931 artefacts: whole invoices without a false alarm, and their unit cases."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from entrepot.domain.documents.reading import read
from entrepot.domain.documents.ubl_credit_note import UblCreditNote
from entrepot.domain.documents.ubl_invoice import UblInvoice
from entrepot.domain.documents.ubl_rules import check
from entrepot.domain.documents.xml_source import XmlNode, parse_xml
from tests.conformance.suite import name_of, needs_suite, samples

pytestmark = needs_suite

# The suite has cases for more rules; these are the ones `ubl_rules` checks so far.
CHECKED = frozenset(
    {"BR-02", "BR-04", "BR-08", "BR-09", "BR-14", "BR-15", "BR-21", "BR-22", "BR-26", "BR-CO-15"}
    | {f"BR-{family}-08" for family in ("S", "Z", "E", "AE", "G", "IC", "O")}
)
DOCUMENTS = samples("en16931/ubl/examples", ".xml") + samples("en16931/test/testfiles", ".xml")


@dataclass(frozen=True)
class UnitCase:
    """One fragment and what must become of one rule on it."""

    id: str
    invoice: XmlNode
    rule: str
    must_fire: bool


def unit_cases() -> list[UnitCase]:
    cases: list[UnitCase] = []
    for path in samples("en16931/test/Invoice-unit-UBL", ".xml"):
        for number, test in enumerate(parse_xml(path.read_bytes()).all("test")):
            for invoice in test.all("Invoice"):  # some cases of this folder are credit notes
                for outcome in ("success", "error"):
                    for node in test.all("assert", outcome):
                        case_id = f"{path.stem}-{number}-{outcome}"
                        cases.append(UnitCase(case_id, invoice, node.text, outcome == "error"))
    return cases


CASES = [case for case in unit_cases() if case.rule in CHECKED]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_unit_case_fires_or_not_as_the_norm_says(case: UnitCase) -> None:
    fired = {violation.rule for violation in check(case.invoice)}
    assert (case.rule in fired) == case.must_fire


def test_every_checked_rule_has_cases_both_ways() -> None:
    assert {case.rule for case in CASES if case.must_fire} == CHECKED
    assert {case.rule for case in CASES if not case.must_fire} == CHECKED


@pytest.mark.parametrize("path", [p for p in DOCUMENTS if "CreditNote" not in p.name], ids=name_of)
def test_official_invoice_reads_without_a_false_alarm(path: Path) -> None:
    invoice = read(path.read_bytes())
    assert isinstance(invoice, UblInvoice)
    assert invoice.number
    assert invoice.lines


@pytest.mark.parametrize("path", [p for p in DOCUMENTS if "CreditNote" in p.name], ids=name_of)
def test_official_credit_note_reads_without_a_false_alarm(path: Path) -> None:
    note = read(path.read_bytes())
    assert isinstance(note, UblCreditNote)
    assert note.lines
