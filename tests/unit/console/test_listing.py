"""A list as a file: the API's values, and nothing that a spreadsheet would run."""

import csv
from dataclasses import dataclass
from datetime import UTC
from io import StringIO
from zoneinfo import ZoneInfo

import pytest

from entrepot.console.language import LANGUAGES
from entrepot.console.listing import Column, Listing, written
from entrepot.console.printing import printed
from entrepot.console.showing import Reader
from entrepot.views.values import Amount, Party


@dataclass(frozen=True)
class Row:
    name: str
    amount: Amount | None
    party: Party | None = None


COLUMNS = (
    Column(name="name", title="Reference", of=lambda row: row.name),
    Column(name="amount", title="Amount", of=lambda row: row.amount, kind="money"),
    Column(name="exporter", title="Exporter", of=lambda row: row.party, kind="party"),
)


def rows_of(*rows: Row) -> list[list[str]]:
    return list(csv.reader(StringIO(written(Listing(columns=COLUMNS, rows=rows)))))


def test_amount_takes_two_columns_and_a_member_is_its_lei() -> None:
    party = Party("ENTR00NINGBOHAISHU57", "Ningbo", "宁波")
    assert rows_of(Row("PO-1", Amount("12.50", "USD"), party), Row("PO-2", None)) == [
        ["name", "amount", "amount_currency", "exporter"],
        ["PO-1", "12.50", "USD", party.lei],
        ["PO-2", "", "", ""],
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_text_that_a_spreadsheet_would_run_is_disarmed(text: str) -> None:
    assert rows_of(Row(text, None))[1][0] == f"'{text}"


def test_text_with_commas_quotes_and_lines_comes_back_as_it_was() -> None:
    text = 'a "quoted", text\nof two lines'
    assert rows_of(Row(text, None))[1][0] == text


def test_hostile_words_are_printed_as_words() -> None:
    reader = Reader(language=LANGUAGES["zh"])
    hostile = '<para><font color="red">&amp;</font><img src="file:///etc/passwd"/>'
    listing = Listing(columns=COLUMNS, rows=[Row(hostile, Amount("1.00", "CNY"))] * 80)
    file = printed(listing, "待审批 <b>", "basis & more", reader)
    assert file.startswith(b"%PDF-")
    assert printed(listing, "待审批 <b>", "basis & more", reader) == file


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("EXP-2026-1187/long-enough-to-be-a-hash", "EXP-2026-1187/long-enough-to-be-a-hash"),
        ("0x" + "ab" * 32, "0xabab…abab"),
    ],
)
def test_reference_is_whole_and_an_id_in_its_place_is_short(text: str, shown: str) -> None:
    assert Reader(language=LANGUAGES["en"]).show("reference", text) == shown


def test_moment_is_told_where_the_reader_is() -> None:
    at = "2026-11-02T20:30:00Z"
    assert Reader(language=LANGUAGES["en"], zone=UTC).moment(at) == "2 Nov 2026 20:30"
    shanghai = Reader(language=LANGUAGES["zh"], zone=ZoneInfo("Asia/Shanghai"))
    assert shanghai.moment(at) == "2026/11/3 04:30"
