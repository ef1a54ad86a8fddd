"""What makes two papers look like the same goods: a family of keys for each of them.

A paper has one key on the ledger, which the register enforces (`Keys.invoice_asset` and its
siblings), and the fingerprints here, which only say that a person should look: the same number in
another spelling, the same container in the same weeks. Keyed hashes of normalised fields, so that
who holds a copy of the table learns no number from it (P8).

Two orders whose papers share a key of any kind are a near match. It never refuses anything by
itself: sellers do number an invoice 10-1 and another 1-01, and a container does carry two cargoes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from entrepot.domain.documents.dcsa_transport_document import TransportDocument
from entrepot.domain.documents.reading import Document
from entrepot.domain.documents.ubl_invoice import UblInvoice
from entrepot.domain.documents.wco_declaration import WcoDeclaration
from entrepot.domain.documents.wco_response import WcoResponse
from entrepot.domain.keys import Keys

WINDOW_DAYS: Final = 14
"""A container on board within 7 days of another date always shares a window with it, one that is
14 or more days away never does: no deep-sea voyage and return fits in between."""


class FingerprintKind(StrEnum):
    """What two papers have in common, the most telling first."""

    INVOICE = "INVOICE"
    INVOICE_WITHOUT_AMOUNT = "INVOICE_WITHOUT_AMOUNT"
    INVOICE_NUMBER = "INVOICE_NUMBER"
    BILL_OF_LADING = "BILL_OF_LADING"
    DECLARATION = "DECLARATION"
    CONTAINER_AND_DATE = "CONTAINER_AND_DATE"


IMPLIED: Final = {
    FingerprintKind.INVOICE: frozenset(
        {FingerprintKind.INVOICE_WITHOUT_AMOUNT, FingerprintKind.INVOICE_NUMBER}
    ),
    FingerprintKind.INVOICE_WITHOUT_AMOUNT: frozenset({FingerprintKind.INVOICE_NUMBER}),
}
"""The same invoice has the same number: what need not be said as well."""


@dataclass(frozen=True, slots=True, order=True)
class Fingerprint:
    """key: 32 bytes; equal for two papers that have what `kind` names in common."""

    kind: FingerprintKind
    key: bytes


def of_document(keys: Keys, document: Document, owner: str) -> tuple[Fingerprint, ...]:
    """All fingerprints of a paper, sorted; none for one that names no goods.

    owner: LEI of the seller where an invoice does not say its own.
    """
    match document:
        case UblInvoice():
            found = _of_invoice(keys, document, document.seller.lei or owner)
        case TransportDocument():
            found = _of_bill(keys, document)
        case WcoDeclaration():
            found = _of_declaration(keys, document, owner)
        case WcoResponse():
            found = iter([_made(keys, FingerprintKind.DECLARATION, "mrn", folded(document.mrn))])
        case _:
            found = iter(())
    return tuple(sorted(set(found)))


def of_container(keys: Keys, container: str, day: date) -> tuple[Fingerprint, ...]:
    """Two overlapping windows of a container's time."""
    half = WINDOW_DAYS // 2
    number = day.toordinal() // half
    kind = FingerprintKind.CONTAINER_AND_DATE
    return tuple(_made(keys, kind, container, str(start)) for start in (number - 1, number))


def shared(
    ours: Iterable[Fingerprint], theirs: Iterable[Fingerprint]
) -> tuple[FingerprintKind, ...]:
    """What two papers, or two heaps of papers, have in common; nothing that is implied."""
    return told({each.kind for each in set(ours) & set(theirs)})


def told(kinds: Iterable[FingerprintKind]) -> tuple[FingerprintKind, ...]:
    """The kinds worth telling a person, the most telling first."""
    found = set(kinds)
    implied = {weaker for kind in found for weaker in IMPLIED.get(kind, ())}
    return tuple(kind for kind in FingerprintKind if kind in found - implied)


def _of_invoice(keys: Keys, invoice: UblInvoice, seller: str) -> Iterator[Fingerprint]:
    """The number folded three ways, for one key cannot stand for all: where both the separators
    and the zeros were changed, only the date and the amount keep 2026-7 from being 20-267."""
    number = invoice.number
    claim = (str(invoice.issue_date), str(invoice.payable.amount_minor), invoice.currency)
    yield _made(keys, FingerprintKind.INVOICE, seller, number, *claim)
    yield _made(keys, FingerprintKind.INVOICE_WITHOUT_AMOUNT, seller, number)
    kind = FingerprintKind.INVOICE_NUMBER
    yield _made(keys, kind, "separators", seller, folded(number))
    yield _made(keys, kind, "zeros", seller, folded_runs(number))
    bare = folded(number).replace("0", "") or "0"
    yield _made(keys, kind, "both", seller, bare, *claim)


def _of_bill(keys: Keys, bill: TransportDocument) -> Iterator[Fingerprint]:
    number = folded(bill.reference)
    yield _made(keys, FingerprintKind.BILL_OF_LADING, bill.carrier_code, number)
    day = bill.shipped_on_board_on or bill.received_for_shipment_on or bill.issued_on
    if day is not None:
        for each in bill.equipment:
            yield from of_container(keys, each.container, day)


def _of_declaration(keys: Keys, declaration: WcoDeclaration, owner: str) -> Iterator[Fingerprint]:
    declarant = declaration.declarant_id or declaration.exporter_id or owner
    reference = folded(declaration.reference)
    yield _made(keys, FingerprintKind.DECLARATION, "reference", declarant, reference)


def _made(keys: Keys, kind: FingerprintKind, *parts: str) -> Fingerprint:
    return Fingerprint(kind, keys.fingerprint(kind.lower(), *parts))


# How a number looks to somebody who copies it

_LOOKALIKES: Final = str.maketrans(
    # Cyrillic, then Greek capitals that are drawn like a Latin one.
    "АВЕЅІЈКМНОРСТУХҮԚԜ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "ABESIJKMHOPCTYXYQW" + "ABEZHIKMNOPTYX",
)
_MISREAD: Final = str.maketrans("OILZSB", "011258")
"""Letters that a scan or a hurried hand takes for digits."""

_RUN = re.compile(r"[0-9]+|[^0-9]+")


def folded(number: str) -> str:
    """Letters and digits alone, as they look: `INV-2026/O7` and `ｉｎｖ 2026 07` are the same."""
    return "".join(_parts(number)) or number


def folded_runs(number: str) -> str:
    """As `folded`, but a separator still parts what it stands between, and zeros that lead a run
    of digits are dropped: `2026-007` and `2026/7` are the same, `2026-7` and `20267` are not."""
    runs = (run for part in _parts(number) for run in _RUN.findall(part))
    bare = (run.lstrip("0") for run in runs)
    return "|".join(run for run in bare if run) or "0"


def _parts(number: str) -> list[str]:
    """What stands between separators: capitals without accents, in Latin letters and digits."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", number).casefold())
    seen = (_seen(letter) for letter in decomposed.upper() if not unicodedata.combining(letter))
    text = "".join(seen).translate(_LOOKALIKES).translate(_MISREAD)
    return "".join(letter if letter.isalnum() else " " for letter in text).split()


def _seen(letter: str) -> str:
    """A digit of any script as its own; invisible format characters are nothing."""
    if unicodedata.category(letter) == "Cf":
        return ""
    digit = unicodedata.digit(letter, None)
    return letter if digit is None else str(digit)
