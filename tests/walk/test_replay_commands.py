"""`entrepot replay` as people and scripts call it, over one recorded case."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from entrepot.cli import main
from entrepot.devnet.cases.case import Case, write

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]


@pytest.fixture(scope="module")
def case_file(held_case: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("case") / "case.jsonl"
    write(held_case, path)
    return path


def entrepot(*words: object) -> Result:
    return CliRunner().invoke(main, ["replay", *map(str, words)])


def test_check_of_an_unchanged_case_is_0_and_of_another_is_1(case_file: Path) -> None:
    good = entrepot("check", case_file, "--json")
    assert (good.exit_code, json.loads(good.output)["difference"]) == (0, None)
    forged = case_file.with_name("forged.jsonl")
    text = case_file.read_text()
    forged.write_text(
        text.replace('"outstanding_minor","0","25680000"', '"outstanding_minor","0","1"')
    )
    assert forged.read_text() != text
    bad = entrepot("check", forged, "--lang", "en")
    assert bad.exit_code == 1
    said = "facility 0x02c68407…: outstanding minor was recorded as 1 and is 25680000"
    assert f"not the same from block 107 on: {said}" in bad.output


def test_why_and_diff_need_no_devnet(case_file: Path) -> None:
    asked = entrepot("why", case_file, 2, "--block", 125, "--lang", "en")
    assert asked.exit_code == 0
    assert "China Customs, Ningbo would withdraw it" in asked.output
    told = json.loads(entrepot("why", case_file, 2, "--json").output)
    assert [each["state"] for each in told] == ["RELEASED"]
    differs = json.loads(entrepot("diff", case_file, 125, 128, "--json").output)
    assert {"before": "PENDING", "after": "RELEASED"}.items() <= differs["states"][-1].items()


def test_step_does_what_it_is_told(case_file: Path) -> None:
    words = ("--do", "on financing.released", "--do", "c", "--do", "p releases")
    told = json.loads(entrepot("step", case_file, *words, "--json").output)
    assert [each["do"] for each in told] == ["on financing.released", "c", "p releases"]
    assert told[1]["place"]["block"] == 107
    assert told[2]["answer"] == {"releases": 1}


@pytest.mark.parametrize(
    "words",
    [
        ("record",),
        ("record", "0x12", "--to-block", "4"),
        ("check", "nowhere.jsonl"),
        ("straight-walk", "--step", "--json"),
        ("step", "case", "--json"),
        ("case.jsonl", "--to", "3"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(words: tuple[str, ...]) -> None:
    assert entrepot(*words).exit_code == 2


def test_a_block_that_the_case_does_not_have_is_a_usage_error(case_file: Path) -> None:
    assert entrepot("diff", case_file, 1, 9999).exit_code == 2
    assert entrepot("why", case_file, "--block", 9999).exit_code == 2
    assert entrepot("why", case_file, 9).exit_code == 1


def test_a_file_that_is_no_case_fails_with_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "no.jsonl"
    path.write_text("{}\n")
    answer = entrepot("check", path)
    assert answer.exit_code == 1
    assert "line 1" in answer.output
