"""A PDF is kept by its hash; what is cut off, locked or acts by itself is refused."""

import hashlib
import zlib
from pathlib import Path

import pytest

from entrepot.domain.documents.pdf_attachment import PdfAttachment
from entrepot.domain.documents.reading import read
from entrepot.domain.errors import MalformedDocument


@pytest.fixture
def data() -> bytes:
    return (Path(__file__).parent / "samples/attachment.pdf").read_bytes()


def test_read_when_plain_gives_hash_size_and_version(data: bytes) -> None:
    document = read(data)
    assert isinstance(document, PdfAttachment)
    assert document.sha256 == hashlib.sha256(data).hexdigest()
    assert (document.version, document.size_bytes) == ("1.7", len(data))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (b"/Encrypt 9 0 R", "encrypted"),
        (b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>", "JavaScript"),
        (b"/S /J#61vaScript", "JavaScript"),
        (b"/S /Launch", "starts a program"),
        (b"/EmbeddedFile", "another file"),
        (b"/AcroForm << /XFA 7 0 R >>", "form that acts"),
        (b"/Subtype /RichMedia", "media"),
    ],
)
def test_read_when_it_acts_or_is_locked_refuses(data: bytes, name: bytes, why: str) -> None:
    with pytest.raises(MalformedDocument, match=why):
        read(data.replace(b"/Type /Catalog", b"/Type /Catalog " + name))


def test_names_inside_streams_are_text_and_not_seen(data: bytes) -> None:
    packed = zlib.compress(b"/Launch") + b" /Launch "
    one = data.replace(b"Tj ET", b"Tj ET " + packed)
    assert read(one).kind == "pdf"


@pytest.mark.parametrize("cut", [5, 12, 100, -8])
def test_read_when_cut_off_refuses(data: bytes, cut: int) -> None:
    with pytest.raises(MalformedDocument):
        read(data[:cut])
