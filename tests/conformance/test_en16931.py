"""The official EN 16931 artefacts: whole documents without a false alarm, and their unit cases."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from entrepot.domain.documents.en16931 import NOT_CHECKED, check, findings, rules
from entrepot.domain.documents.reading import read
from entrepot.domain.documents.ubl_credit_note import UblCreditNote
from entrepot.domain.documents.ubl_invoice import UblInvoice
from entrepot.domain.documents.xml_source import XmlNode, parse_xml
from tests.conformance.suite import name_of, needs_suite, samples

pytestmark = needs_suite

DOCUMENTS = samples("en16931/ubl/examples", ".xml") + samples("en16931/test/testfiles", ".xml")


@dataclass(frozen=True)
class UnitCase:
    """One fragment and what must become of one rule on it."""

    id: str
    document: XmlNode
    rule: str
    must_fire: bool


def unit_cases() -> list[UnitCase]:
    cases: list[UnitCase] = []
    for folder in ("Invoice-unit-UBL", "CreditNote-unit-UBL"):
        for path in samples(f"en16931/test/{folder}", ".xml"):
            for number, test in enumerate(parse_xml(path.read_bytes()).all("test")):
                for document in (*test.all("Invoice"), *test.all("CreditNote")):
                    for outcome in ("success", "error", "warning"):
                        for node in test.all("assert", outcome):
                            case_id = f"{folder[:2]}-{path.stem}-{number}-{outcome}-{node.text}"
                            fires = outcome != "success"
                            cases.append(UnitCase(case_id, document, node.text, fires))
    return cases


CASES = unit_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_unit_case_fires_or_not_as_the_norm_says(case: UnitCase) -> None:
    fired = {violation.rule for violation in findings(case.document)}
    assert (case.rule in fired) == case.must_fire


def test_every_rule_of_the_suite_is_known() -> None:
    assert {case.rule for case in CASES} <= rules() | set(NOT_CHECKED)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_official_document_breaks_no_rule(path: Path) -> None:
    assert check(parse_xml(path.read_bytes())) == ()


@pytest.mark.parametrize("path", [p for p in DOCUMENTS if "CreditNote" not in p.name], ids=name_of)
def test_official_invoice_reads(path: Path) -> None:
    invoice = read(path.read_bytes())
    assert isinstance(invoice, UblInvoice)
    assert invoice.number
    assert invoice.lines
    assert all(warning.severity == "warning" for warning in invoice.warnings)


@pytest.mark.parametrize("path", [p for p in DOCUMENTS if "CreditNote" in p.name], ids=name_of)
def test_official_credit_note_reads_without_a_false_alarm(path: Path) -> None:
    note = read(path.read_bytes())
    assert isinstance(note, UblCreditNote)
    assert note.lines
