"""UN/EDIFACT CUSRES: signs and releases, counts that hold, codes of DE 7365, zones."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from entrepot.domain.documents.reading import read
from entrepot.domain.documents.wco_response import ResponseFunction, WcoResponse
from entrepot.domain.errors import InvalidInput, MalformedDocument, UnknownDocument


@pytest.fixture
def text() -> str:
    return (Path(__file__).parent / "samples/cusres.edi").read_text()


def read_answer(text: str) -> WcoResponse:
    document = read(text.encode())
    assert isinstance(document, WcoResponse)
    return document


def test_read_when_sound_gives_the_terms_of_the_wco(text: str) -> None:
    answer = read_answer(text)
    assert answer.function is ResponseFunction.RELEASED
    assert (answer.mrn, answer.version) == ("26NL1Q3RTK463FGVR4", 2)
    assert answer.declaration_reference == "VDM-IMP-2026-44"
    assert answer.reference == "RES-2026-777"
    assert answer.issued_at == datetime(2026, 12, 18, 9, 30, tzinfo=UTC)
    assert answer.statements == ("Released without examination; Van der Meer's goods",)
    assert answer.where("mrn") == "RFF/1/2"
    assert answer.where("declaration_reference") == "RFF[2]/1/2"


@pytest.mark.parametrize(
    ("code", "function"),
    [
        ("1", "ACCEPTED"),
        ("2", "REJECTED"),
        ("3", "REJECTED"),
        ("5", "UNDER_CONTROL"),
        ("6", "DOCUMENTS_REQUIRED"),
        ("7", "DETAINED"),
        ("8", "TRANSFER_PERMITTED"),
        ("9", "ACCEPTED"),
        ("14", "MESSAGE_IN_ERROR"),
        ("15", "REQUEST_ANSWERED"),
        ("16", "REQUEST_ANSWERED"),
        ("17", "RECEIVED"),
        ("18", "CLEARANCE_REQUESTED"),
    ],
)
def test_read_gives_each_processing_indicator_its_meaning(
    text: str, code: str, function: str
) -> None:
    assert read_answer(text.replace("GIS+4'", f"GIS+{code}'")).function.name == function


def test_read_when_other_signs_are_named_reads_the_same(text: str) -> None:
    body = text.split("\n", 1)[1].replace("?+", "\0").replace("?'", "\1").replace("?;", ";")
    swapped = body.translate(str.maketrans("+:'", "^|~")).replace("\0", "+").replace("\1", "'")
    assert read_answer("UNA|^.?*~" + swapped) == read_answer(text)


def test_read_when_there_is_no_service_string_takes_the_usual_signs(text: str) -> None:
    assert read_answer(text.split("\n", 1)[1]) == read_answer(text)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("UNT+8", "UNT+9", "UNT/1/1"),
        ("UNT+8+1", "UNT+8+2", "UNT/2/1"),
        ("UNZ+1+REF0001", "UNZ+1+REF0002", "UNZ/2/1"),
        ("UNZ+1", "UNZ+2", "UNZ/1/1"),
        ("UNOC:3", "UNOD:3", "UNB/1/1"),
        ("UNA:+.? '", "UNA:+.: '", "UNA"),
        ("GIS+4'", "GIS+44'", "GIS/1/1"),
        ("GIS+4'", "GIS+4'GIS+7'", "UNT/1/1"),
        ("26NL1Q3RTK463FGVR4", "26XY1Q3RTK463FGVR4", "RFF/1/2"),
        ("26NL1Q3RTK463FGVR4::2", "26NL1Q3RTK463FGVR4::two", "RFF/1/4"),
        ("RFF+MRN", "RFF+ZZZ", "RFF"),
        ("RFF+ABE:VDM-IMP-2026-44", "RFF+MRN:26NL1Q3RTK463FGVR5", "RFF[2]"),
        ("20261218103000?+01:304", "20261218103000:204", "DTM/1/3"),
        ("20261218103000?+01", "20261318103000?+01", "DTM/1/2"),
        ("20261218103000?+01", "20261218103000", "DTM/1/2"),
        ("DTM+137", "DTM+999", "DTM"),
        ("BGM+962+RES-2026-777", "BGM+962+", "BGM/2/1"),
        ("BGM+", "BgM+", "segment 3"),
        ("UNZ+1+REF0001'", "UNZ+1+REF0001", "segment 10"),
    ],
)
def test_read_when_wrong_says_where(text: str, old: str, new: str, place: str) -> None:
    assert old in text
    with pytest.raises(MalformedDocument) as refusal:
        read(text.replace(old, new).encode())
    assert refusal.value.location == place


def test_read_when_it_is_another_message_says_which(text: str) -> None:
    with pytest.raises(UnknownDocument, match="CUSDEC"):
        read(text.replace("CUSRES", "CUSDEC").encode())


def test_read_when_two_messages_are_there_wants_one(text: str) -> None:
    message = text[text.index("UNH+") : text.index("UNZ+")]
    twice = text.replace(message, message * 2)
    with pytest.raises(MalformedDocument, match="one a time"):
        read(twice.encode())


@pytest.mark.parametrize("count", [20_000, 1_000_000])
def test_read_when_there_are_too_many_segments_stops(count: int) -> None:
    with pytest.raises(InvalidInput):
        read(b"UNB+UNOC:3'" + b"RFF'" * count)
