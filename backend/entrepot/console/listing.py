"""A list told once: the same columns make the table on the page, the CSV file and the PDF.

A column gives the value that the API gives; how it looks is the page's affair, and a file has it
as the API does: money as a decimal string beside its currency, times in UTC, members by LEI.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any, Literal

from entrepot.views.values import Amount, Party

Kind = Literal[
    "text",
    "money",
    "party",
    "moment",
    "age",
    "state",
    "kind",
    "kinds",
    "count",
    "percent",
    "share",
    "hash",
    "words",
    "roles",
    "reference",
    "country",
    "corridor",
]
NUMBERS = frozenset({"money", "count", "percent", "share"})
SUSPECT = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a text for a formula (OWASP, CSV injection)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """name: in files, as the API names the field. title: English, translated on the page.

    of: the value that a row has. to: where the row's link in this column leads, from the console's
    root; a list has at most one such column, and its rows are walked by `j` and `k`. on_page: False
    for what the page tells in another way.
    """

    name: str
    title: str
    of: Callable[[Any], Any]
    kind: Kind = "text"
    to: Callable[[Any], str] | None = None
    on_page: bool = True

    @property
    def is_number(self) -> bool:
        return self.kind in NUMBERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """next: the cursor of the page that follows; None when there is none."""

    columns: Sequence[Column]
    rows: Sequence[Any]
    next: str | None = None

    def table(self) -> Iterator[list[str]]:
        """Names, then rows: what a file has. An amount takes two columns."""
        yield [name for column in self.columns for name in _names(column)]
        for row in self.rows:
            yield [cell for column in self.columns for cell in _cells(column, column.of(row))]


def written(listing: Listing) -> str:
    """The list as CSV (RFC 4180). A text that a spreadsheet would run is disarmed by an
    apostrophe."""
    file = StringIO()
    writer = csv.writer(file)
    for cells in listing.table():
        writer.writerow([f"'{cell}" if cell.startswith(SUSPECT) else cell for cell in cells])
    return file.getvalue()


def _names(column: Column) -> tuple[str, ...]:
    return (column.name, f"{column.name}_currency") if column.kind == "money" else (column.name,)


def _cells(column: Column, value: Any) -> tuple[str, ...]:
    if column.kind == "money":
        return (value.amount, value.currency) if isinstance(value, Amount) else ("", "")
    if value is None:
        return ("",)
    if column.kind == "roles":
        return (" · ".join(value),)
    return (value.lei if isinstance(value, Party) else str(value),)
