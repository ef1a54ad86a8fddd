"""A PDF as an attachment: its hash, and no more is believed of it than that it is one.

Nothing in it is interpreted. What is cheap to see is refused: encryption, and content that acts
when it is opened. Names inside compressed object streams are not seen, so this is no virus scan;
a PDF is handed to people, never opened by this software.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from entrepot.domain.documents.places import Placed
from entrepot.domain.errors import MalformedDocument
from entrepot.kit.hashing import sha256

MARK: Final = b"%PDF-"
_HEADER: Final = re.compile(rb"%PDF-([12]\.[0-9])\s")
_END: Final = b"%%EOF"
_END_WITHIN: Final = 1024  # as lenient as readers are about what follows the end
_STREAM: Final = re.compile(rb"\bstream\r?\n.*?\bendstream\b", re.DOTALL)
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_REFUSED: Final = {
    b"Encrypt": "it is encrypted",
    b"JavaScript": "it contains JavaScript",
    b"JS": "it contains JavaScript",
    b"Launch": "it starts a program when it is opened",
    b"RichMedia": "it contains media that acts when it is opened",
    b"EmbeddedFile": "it carries another file",
    b"XFA": "it contains a form that acts when it is opened",
}
_NAME: Final = re.compile(rb"/(" + b"|".join(_REFUSED) + rb")(?![A-Za-z0-9])")


@dataclass(frozen=True, slots=True)
class PdfAttachment(Placed):
    """A PDF by the hash of its bytes (SHA-256, hexadecimal)."""

    version: str
    size_bytes: int
    sha256: str
    kind: Literal["pdf"] = "pdf"


def read_pdf(data: bytes) -> PdfAttachment:
    """Look at header, end and names; MalformedDocument if it is cut off, locked or acts."""
    header = _HEADER.match(data)
    if header is None:
        raise MalformedDocument("byte 0", "it is no PDF of version 1 or 2")
    if _END not in data[-_END_WITHIN:]:
        raise MalformedDocument(f"byte {len(data)}", "it ends before %%EOF", "send the whole file")
    outside = _STREAM.sub(b" ", data)
    named = _NAME.search(_ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), outside))
    if named is not None:
        raise MalformedDocument(
            f"/{named[1].decode()}", _REFUSED[named[1]], "print it to a plain PDF (PDF/A)"
        )
    return PdfAttachment(header[1].decode(), len(data), sha256(data).hex())
