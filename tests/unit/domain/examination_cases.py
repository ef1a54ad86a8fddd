"""A presentation that complies, and short ways to spoil it: the straight walk's own papers, with
the insurance and the certificate of origin that its credit asks for."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from entrepot.domain.documents.certificate_of_origin import CertificateOfOrigin
from entrepot.domain.documents.dcsa_transport_document import TransportDocument
from entrepot.domain.documents.insurance_certificate import InsuranceCertificate
from entrepot.domain.documents.json_source import parse_json
from entrepot.domain.documents.packing_list import PackingList
from entrepot.domain.documents.reading import read
from entrepot.domain.documents.ubl_invoice import UblInvoice
from entrepot.domain.examination.case import Corrupted, Examined, Presentation
from entrepot.domain.examination.credit import CreditTerms, read_credit_terms
from entrepot.domain.examination.examining import Notice, examine
from entrepot.domain.examination.findings import Severity

HERE = Path(__file__).parent
WALK = HERE.parents[2] / "hardhat-free-devnet/scenarios/inputs/straight-walk"
SAMPLES = HERE / "documents/samples"
CREDIT = HERE / "examination_credit.json"
PRESENTED = date(2026, 11, 16)
"""A Monday, four days after the shipment."""

T = TypeVar("T")


def _read(path: Path, of: type[T]) -> T:
    document = read(path.read_bytes())
    assert isinstance(document, of)
    return document


@dataclass(frozen=True)
class Papers:
    """One of each; `extra` are further ones."""

    credit: CreditTerms
    invoice: UblInvoice
    bill: TransportDocument
    packing: PackingList
    insurance: InsuranceCertificate
    origin: CertificateOfOrigin
    extra: tuple[Examined, ...] = ()
    left_out: tuple[str, ...] = ()
    presented_on: date = PRESENTED
    corrupted: tuple[Corrupted, ...] = ()

    def but(self, name: str, **changes: Any) -> "Papers":
        """The same with other fields in one of them."""
        return replace(self, **{name: replace(getattr(self, name), **changes)})

    def documents(self) -> tuple[Examined, ...]:
        names = ("invoice", "bill", "packing", "insurance", "origin")
        return (*(getattr(self, n) for n in names if n not in self.left_out), *self.extra)

    def notice(self) -> Notice:
        presentation = Presentation(self.documents(), self.presented_on, self.corrupted)
        return examine(self.credit, presentation)

    def grounds(self) -> list[str]:
        """The rules that found more than a note."""
        return rules(f.rule for f in self.notice().findings if f.severity is not Severity.NOTE)

    def notes(self) -> list[str]:
        return rules(f.rule for f in self.notice().findings if f.severity is Severity.NOTE)


def rules(found: Iterable[str]) -> list[str]:
    return sorted(set(found))


def clean() -> Papers:
    """A presentation in which nothing is wrong."""
    insurance = _read(SAMPLES / "insurance-certificate.json", InsuranceCertificate)
    return Papers(
        credit=read_credit_terms(parse_json(CREDIT.read_bytes())),
        invoice=_read(WALK / "invoice.xml", UblInvoice),
        bill=_read(WALK / "transport-document.json", TransportDocument),
        packing=_read(WALK / "packing-list.json", PackingList),
        insurance=replace(insurance, vessel_name="M/V Meridian Aurora"),
        origin=_read(SAMPLES / "certificate-of-origin.json", CertificateOfOrigin),
    )
