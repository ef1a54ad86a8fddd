"""`entrepot examine`: files on disk, a credit, and an exit code."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from entrepot.cli import main
from tests.unit.domain.examination_cases import CREDIT, SAMPLES, WALK


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The straight walk's papers, with the insurance and the origin that the credit asks for."""
    for path in WALK.iterdir():
        shutil.copy(path, tmp_path)
    insurance = (SAMPLES / "insurance-certificate.json").read_text()
    (tmp_path / "insurance.json").write_text(insurance.replace("Bluemoor Star", "MERIDIAN AURORA"))
    shutil.copy(SAMPLES / "certificate-of-origin.json", tmp_path)
    return tmp_path


def examine(folder: Path, *words: str, on: str = "2026-11-16") -> Result:
    asked = ["examine", str(folder), "--credit", str(CREDIT), "--presented-on", on, *words]
    return CliRunner().invoke(main, asked)


def test_what_complies_ends_with_0(folder: Path) -> None:
    answer = examine(folder, "--json")
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.stdout)
    assert (found["complies"], found["documents"], found["answer_by"]) == (True, 5, "2026-11-23")
    assert "events-export.json" in found["left_out"]


def test_what_does_not_ends_with_1_and_says_why_in_both_languages(folder: Path) -> None:
    answer = examine(folder, "--lang", "en", on="2026-12-07")
    assert answer.exit_code == 1
    assert "PRESENTED_LATE" in answer.output
    assert "presented on 2026-12-07, later than 2026-12-03" in answer.output
    assert "does not comply" in answer.output
    assert "晚于" in examine(folder, "--lang", "zh", on="2026-12-07").output


def test_terms_that_cannot_be_read_are_refused_with_their_place(folder: Path) -> None:
    terms = folder / "terms.json"
    terms.write_text('{"documentType": "wish"}')
    words = ["examine", str(folder), "--credit", str(terms), "--presented-on", "2026-11-16"]
    answer = CliRunner().invoke(main, words)
    assert answer.exit_code == 1
    assert "/documentType" in answer.output
