"""Customs: declarations as lodged, answers with the declaration they really mean."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from entrepot.domain.documents.reading import read, read_as
from entrepot.domain.documents.wco_declaration import Direction, WcoDeclaration
from entrepot.domain.documents.wco_response import ResponseFunction, WcoResponse
from entrepot.domain.errors import MalformedDocument, UnknownDocument
from entrepot.domain.money import Money


@pytest.fixture
def declaration(inputs: Path) -> str:
    return (inputs / "straight-walk/export-declaration.xml").read_text()


@pytest.fixture
def response(inputs: Path) -> str:
    return (inputs / "straight-walk/export-response-cleared.xml").read_text()


def read_response(text: str) -> WcoResponse:
    document = read_as("wco-response", text.encode())
    assert isinstance(document, WcoResponse)
    return document


def test_read_when_declared_gives_what_others_are_held_against(declaration: str) -> None:
    document = read(declaration.encode())
    assert isinstance(document, WcoDeclaration)
    assert document.direction is Direction.EXPORT
    assert document.reference == "NHA-EX-2026-0931"
    assert document.invoice_total == Money(126_280_000, "USD")
    assert document.invoice_numbers == ("NHA-2026-0931",)
    assert document.gross_kg == Decimal(40_850)
    assert document.total_packages == sum(item.packages for item in document.items) == 2_550
    assert document.containers == ("BQMU4011279", "BQMU4011284", "BQMU5388040")
    assert document.incoterm == "CIF"
    assert [item.origin for item in document.items] == ["CN"] * 4


def test_read_when_items_are_missing_from_a_declaration_refuses(declaration: str) -> None:
    fewer = declaration.replace("<GoodsItemQuantity>4<", "<GoodsItemQuantity>5<")
    with pytest.raises(MalformedDocument, match="5 items are announced, 4"):
        read(fewer.encode())


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (">8516719000<", ">85X<", "HS code"),
        ('currencyID="USD">1262800.00', 'currencyID="XXX">1262800.00', "ISO 4217"),
        (">14880<", ">14.880,0<", "decimal number"),
        ("<md:WCOTypeName>DEC<", "<md:WCOTypeName>RES<", "not DEC"),
        (">3.6<", ">2.0<", "not version 3"),
        ("<FunctionalReferenceID>NHA-EX-2026-0931</FunctionalReferenceID>", "", "missing"),
    ],
)
def test_read_when_a_declared_value_is_wrong_says_why(
    declaration: str, old: str, new: str, why: str
) -> None:
    assert old in declaration
    with pytest.raises(MalformedDocument, match=why):
        read(declaration.replace(old, new, 1).encode())


def test_read_when_answered_gives_mrn_function_and_moment(response: str) -> None:
    document = read_response(response)
    assert document.function is ResponseFunction.CLEARED
    assert document.mrn == "310420260548812345"
    assert document.declaration_reference == "NHA-EX-2026-0931"
    assert document.version == 1
    assert document.issued_at == datetime(2026, 11, 10, 1, 30, tzinfo=UTC)


def test_read_when_there_is_no_namespace_reads_the_same(response: str) -> None:
    plain = (
        response.replace("md:", "")
        .replace(' xmlns:md="urn:wco:datamodel:WCO:DocumentMetaData-DMS:2"', "")
        .replace('  xmlns="urn:wco:datamodel:WCO:RES-DMS:2"', "")
    )
    assert "urn:wco" not in plain
    assert read_response(plain) == read_response(response)


def test_read_when_customs_add_their_corrections_takes_the_declaration_with_an_id(
    response: str,
) -> None:
    corrected = response.replace(
        "  </Response>", "  <Declaration><FunctionCode>9</FunctionCode></Declaration></Response>"
    )
    assert read_response(corrected).mrn == "310420260548812345"


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("<FunctionCode>09<", "<FunctionCode>17<", "not a function code"),
        ("20261110093000+08", "20261110093000", "moment with its zone"),
        ("20261110093000+08", "20261310093000+08", "does not exist"),
        ("20261110093000+08", "00010101000000+14", "does not exist"),
        (">310420260548812345<", "><", "0 declarations with an ID"),
        (">310420260548812345<", ">MRN<", "not a valid MRN"),
        ("<VersionID>1<", "<VersionID>one<", "decimal number"),
        ("<md:WCOTypeName>RES<", "<md:WCOTypeName>DEC<", "not RES"),
    ],
)
def test_read_when_an_answer_is_wrong_says_why(response: str, old: str, new: str, why: str) -> None:
    assert old in response
    with pytest.raises(MalformedDocument, match=why):
        read(response.replace(old, new, 1).encode())


def test_read_when_two_answers_are_in_one_file_refuses(response: str) -> None:
    one = response[response.index("  <Response>") : response.index("</md:MetaData>")]
    with pytest.raises(MalformedDocument, match="two WCO messages"):
        read(response.replace("</md:MetaData>", one + "</md:MetaData>").encode())


def test_read_when_the_namespace_is_somebody_elses_refuses(response: str) -> None:
    with pytest.raises(UnknownDocument, match="no reader knows"):
        read(response.replace("urn:wco:datamodel:WCO:RES-DMS:2", "urn:elsewhere").encode())
