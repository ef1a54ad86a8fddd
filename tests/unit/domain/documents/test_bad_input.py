"""One thing wrong at a time: the refusal says what, where, and how to mend it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from entrepot.domain.documents.reading import read
from entrepot.domain.errors import InvalidInput, MalformedDocument, OversizedDocument

HERE = Path(__file__).parent
INPUTS = HERE.parents[3] / "hardhat-free-devnet" / "scenarios" / "inputs" / "straight-walk"
INVOICE = (INPUTS / "invoice.xml").read_text()
ORDER: dict[str, Any] = json.loads((INPUTS / "purchase-order.json").read_text())
INSURANCE: dict[str, Any] = json.loads((HERE / "samples/insurance-certificate.json").read_text())
CYRILLIC_EN, ZERO_WIDTH, TURNED = "\u041d", "\u200b", "\u202e"
INVOICE_NUMBER = "<cbc:ID>NHA-2026-0931</cbc:ID>"


def refused(data: bytes) -> MalformedDocument:
    with pytest.raises(MalformedDocument) as refusal:
        read(data)
    return refusal.value


@pytest.mark.parametrize("sign", [CYRILLIC_EN, ZERO_WIDTH, TURNED])
@pytest.mark.parametrize("form", ["xml", "json"])
def test_number_that_looks_like_another_is_refused(sign: str, form: str) -> None:
    number = f"N{sign}A-2026-0931"
    if form == "xml":
        data = INVOICE.replace(INVOICE_NUMBER, f"<cbc:ID>{number}</cbc:ID>", 1).encode()
    else:
        data = json.dumps(ORDER | {"number": number}).encode()
    refusal = refused(data)
    assert refusal.location == ("/Invoice/ID" if form == "xml" else "/number")
    assert "sign 2" in refusal.why
    assert refusal.mend


@pytest.mark.parametrize("number", ["发票-2026-0931", "Счёт-931", "Rech\u00fcng/42 é", "ΑΒΓ-1"])
def test_number_in_one_script_is_taken(number: str) -> None:
    data = INVOICE.replace(INVOICE_NUMBER, f"<cbc:ID>{number}</cbc:ID>", 1).encode()
    assert read(data).kind == "ubl-invoice"


@pytest.mark.parametrize(
    ("member", "value", "why"),
    [
        ("insuredAmount", "-1.00", "less than nothing"),
        ("insuredAmount", "0.00", "more than nothing"),
        ("insuredAmount", "1.001", "3 decimals"),
        ("insuredAmount", "1e6", "plain decimal"),
        ("insuredAmount", "NaN", "plain decimal"),
        ("insuredAmount", "9" * 61, "60 characters"),
        ("currency", "US", "not in the list"),
        ("currency", "XAU", "not in the list"),
        ("issueDate", "2026-02-30", "not a date"),
        ("issueDate", "10.11.2026", "10"),
        ("originals", 0, "at least 1"),
        ("originals", 1.5, "whole number"),
        ("deductiblePercent", 101, "100 percent"),
        ("certificateType", "POLICE", "CERTIFICATE"),
        ("from", "XXNGB", "no country"),
    ],
)
def test_value_that_is_wrong_is_refused_at_its_place(member: str, value: object, why: str) -> None:
    refusal = refused(json.dumps(INSURANCE | {member: value}).encode())
    assert refusal.location == f"/{member}"
    assert why in str(refusal)


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "1e999", "9" * 100_000, "1E5", "0x10", "1,5", "1_000", "١"]
)
def test_number_in_xml_that_is_none_is_refused_in_words_that_stay_short(text: str) -> None:
    one = INVOICE.replace(">616000.00<", f">{text}<", 1)
    with pytest.raises(InvalidInput) as refusal:
        read(one.encode())
    assert len(str(refusal.value)) < 500


@pytest.mark.parametrize("text", ["1e999", "1E5", "9" * 100_000, "-1e-999", "0." + "0" * 100_000])
def test_number_in_json_that_is_too_long_is_refused(text: str) -> None:
    row = json.dumps(ORDER).replace('"quantity": 800', f'"quantity": {text}', 1)
    refusal = refused(row.encode())
    assert refusal.location == "/lines/0/quantity"
    assert len(str(refusal)) < 500


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "+1", "01", ".5", "0x10"])
def test_number_in_json_that_is_none_is_refused(text: str) -> None:
    refused(json.dumps(ORDER).replace('"quantity": 800', f'"quantity": {text}', 1).encode())


@pytest.mark.parametrize(
    ("encoding", "mend"), [("utf-16", "UTF-8"), ("utf-16-be", "UTF-8"), ("utf-32", "UTF-8")]
)
@pytest.mark.parametrize("text", [INVOICE, json.dumps(ORDER)])
def test_other_encoding_is_refused_with_the_way_out(encoding: str, mend: str, text: str) -> None:
    assert mend in refused(text.encode(encoding)).mend


def test_encoding_that_lies_is_refused() -> None:
    assert "encoding" in refused(INVOICE.replace("UTF-8", "ISO-8859-1").encode()).why
    data = INVOICE.encode("gb18030", errors="replace")
    assert "well-formed" in refused(data).why


def test_xml_with_a_byte_order_mark_is_read_as_without() -> None:
    assert read(b"\xef\xbb\xbf" + INVOICE.encode()) == read(INVOICE.encode())


def test_line_number_used_twice_is_refused() -> None:
    order = json.loads(json.dumps(ORDER))
    order["lines"][1]["id"] = "1"
    assert refused(json.dumps(order).encode()).location == "/lines/1/id"


def test_invoice_line_number_used_twice_is_refused() -> None:
    one = INVOICE.replace(
        "<cbc:ID>2</cbc:ID>\n    <cbc:InvoicedQuantity",
        "<cbc:ID>1</cbc:ID>\n    <cbc:InvoicedQuantity",
    )
    assert refused(one.encode()).location == "/Invoice/InvoiceLine[2]/ID"


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("InvoiceAmount", "/MetaData/Declaration/InvoiceAmount"),
        ("GrossMassMeasure", "GoodsMeasure/GrossMassMeasure"),
    ],
)
def test_declared_figure_below_zero_is_refused(name: str, place: str) -> None:
    text = (INPUTS / "export-declaration.xml").read_text()
    one = re.sub(rf"(<(?:\w+:)?{name}[^>]*>)", r"\1-", text, count=1)
    assert one != text
    refusal = refused(one.encode())
    assert refusal.location.endswith(place)
    assert "less than nothing" in refusal.why


def test_container_listed_twice_is_refused() -> None:
    bill = json.loads((INPUTS / "transport-document.json").read_text())
    bill["utilizedTransportEquipments"].append(bill["utilizedTransportEquipments"][0])
    assert refused(json.dumps(bill).encode()).location == "/utilizedTransportEquipments"


@pytest.mark.parametrize("levels", [33, 5_000])
def test_bomb_inside_a_sound_document_is_refused(levels: int) -> None:
    nested: str = "[" * levels + "]" * levels
    data = json.dumps(ORDER)[:-1] + f', "more": {nested}}}'
    with pytest.raises(OversizedDocument):
        read(data.encode())
