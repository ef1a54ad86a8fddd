"""`entrepot verify`: what it can say of a file with nothing else at hand, and its exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from entrepot.cli import main
from entrepot.domain.disclosure import CONTENT, Disclosure, Whereabouts
from entrepot.domain.documents.fields import fields_of
from entrepot.domain.documents.reading import read
from entrepot.domain.keys import Keys
from entrepot.kit.hashing import sha256

INVOICE = Path("hardhat-free-devnet/scenarios/inputs/straight-walk/invoice.xml").read_bytes()
KEYS = Keys(b"a consortium key of thirty-two bytes or more")
TREE = KEYS.tree(bytes(32), "INVOICE", sha256(INVOICE), fields_of(read(INVOICE)))
OK, FAILED, USAGE, NOTHING = 0, 1, 2, 3


def disclosed(*names: str) -> dict[str, Any]:
    where = Whereabouts(
        chain_id=1337,
        genesis_hash=bytes(32),
        contract=bytes(20),
        evidence_id=bytes(32),
        kind="INVOICE",
    )
    return Disclosure(root=TREE.root, shown=TREE.show(names), ledger=where).told()


def run(folder: Path, file: bytes, shown: dict[str, Any] | bytes | None, *more: str) -> Result:
    paper, disclosure = folder / "paper", folder / "disclosure.json"
    paper.write_bytes(file)
    words = ["verify", str(paper), *more]
    if shown is not None:
        data = shown if isinstance(shown, bytes) else json.dumps(shown).encode()
        disclosure.write_bytes(data)
        words += ["--disclosure", str(disclosure)]
    return CliRunner().invoke(main, words)


def codes(result: Result) -> list[str]:
    return [each["code"] for each in json.loads(result.output)["findings"]]


def test_file_with_its_disclosure_holds(tmp_path: Path) -> None:
    told = run(tmp_path, INVOICE, disclosed("number", CONTENT), "--json")
    assert (told.exit_code, codes(told)) == (OK, ["proofs-hold", "file-matches", "fields-match"])
    data = json.loads(told.output)
    assert data["not_established"] == ["ledger-not-asked", "standing-not-asked"]
    assert data["fields"]["number"] == "NHA-2026-0931"


def test_file_that_was_altered_fails(tmp_path: Path) -> None:
    altered = INVOICE.replace(b"NHA-2026-0931", b"NHA-2026-0932")
    told = run(tmp_path, altered, disclosed("number", CONTENT), "--json")
    assert (told.exit_code, codes(told)) == (
        FAILED,
        ["proofs-hold", "file-differs", "field-differs"],
    )


def test_disclosure_that_was_altered_fails(tmp_path: Path) -> None:
    shown = disclosed("number")
    shown["fields"][0]["value"] = "NHA-2026-0932"
    told = run(tmp_path, json.dumps(shown).encode(), None, "--json")
    assert (told.exit_code, codes(told)) == (FAILED, ["proof-broken"])
    assert json.loads(told.output)["fields"] == {}


def test_disclosure_alone_holds_by_itself(tmp_path: Path) -> None:
    told = run(tmp_path, json.dumps(disclosed("number")).encode(), None)
    assert told.exit_code == OK, told.output
    assert "✓" in told.output
    assert "? Whether the ledger has this commitment" in told.output


def test_file_alone_has_nothing_to_be_held_against(tmp_path: Path) -> None:
    assert run(tmp_path, INVOICE, None).exit_code == NOTHING


def test_file_that_the_disclosure_does_not_cover_stays_open(tmp_path: Path) -> None:
    told = run(tmp_path, INVOICE, disclosed("number"), "--json")
    assert told.exit_code == NOTHING
    assert "file-not-covered" in codes(told)


@pytest.mark.parametrize(("root", "code"), [(TREE.root, OK), (bytes(32), FAILED)])
def test_commitment_that_is_known_otherwise_is_compared(
    tmp_path: Path, root: bytes, code: int
) -> None:
    given = ("--commitment", "0x" + root.hex())
    assert run(tmp_path, INVOICE, disclosed(CONTENT), *given).exit_code == code


@pytest.mark.parametrize("shown", [b"{}", b"\xff", b"not json"])
def test_disclosure_that_is_none_is_a_usage_error(tmp_path: Path, shown: bytes) -> None:
    assert run(tmp_path, INVOICE, shown).exit_code == USAGE


def test_commitment_that_is_none_is_a_usage_error(tmp_path: Path) -> None:
    assert run(tmp_path, INVOICE, None, "--commitment", "0x12").exit_code == USAGE


def test_words_are_chinese_when_asked(tmp_path: Path) -> None:
    told = run(tmp_path, INVOICE, disclosed("number", CONTENT), "--lang", "zh")
    assert "该文件与承诺的文件逐字节一致。" in told.output
