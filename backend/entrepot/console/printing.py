"""A list as a PDF, for a file or for paper, in both scripts."""

from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

from entrepot.console.listing import Listing
from entrepot.console.showing import Reader

FONT = "STSong-Light"
"""One of Adobe's own for Chinese, with Latin letters too; a reader of PDF brings it along."""
PLAIN = ParagraphStyle("plain", fontName=FONT, fontSize=8.5, leading=11, wordWrap="CJK")
NUMBER = ParagraphStyle("number", PLAIN, alignment=2)
TITLE = ParagraphStyle("title", PLAIN, fontSize=15, leading=20)
QUIET = ParagraphStyle("quiet", PLAIN, textColor=colors.HexColor("#55616f"), spaceAfter=4 * mm)
LOOK = [
    ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
    ("LINEBELOW", (0, 1), (-1, -1), 0.25, colors.HexColor("#b8c0c9")),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
]


def printed(listing: Listing, title: str, basis: str, reader: Reader) -> bytes:
    """The list on A4, its head on every page. basis: as of when, and for whom, in words."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    file = BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=landscape(A4),
        margins=15 * mm,
        title=title,
        author="Entrepot",
        invariant=True,
    )
    head = [Paragraph(escape(title), TITLE), Paragraph(escape(basis), QUIET)]
    document.build([*head, _table(listing, reader)], onFirstPage=_number, onLaterPages=_number)
    return file.getvalue()


def _table(listing: Listing, reader: Reader) -> Table:
    heads = [_text(reader.words(column.title), column.is_number) for column in listing.columns]
    rows = [
        [
            _text(reader.show(column.kind, column.of(row)), column.is_number)
            for column in listing.columns
        ]
        for row in listing.rows
    ]
    return Table([heads, *rows], repeatRows=1, style=LOOK)


def _text(text: str, is_number: bool) -> Paragraph:
    """Whoever's words they are, they are words: nothing in them is taken for markup."""
    return Paragraph(escape(text), NUMBER if is_number else PLAIN)


def _number(canvas: Any, document: Any) -> None:
    canvas.setFont(FONT, 8)
    canvas.drawRightString(document.pagesize[0] - 15 * mm, 8 * mm, str(document.page))
