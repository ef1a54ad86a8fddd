"""What is examined: the credit, the documents that it requires, and the day they came."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Final, TypeVar

from entrepot.domain.documents.certificate_of_origin import CertificateOfOrigin
from entrepot.domain.documents.dcsa_transport_document import TransportDocument
from entrepot.domain.documents.insurance_certificate import InsuranceCertificate
from entrepot.domain.documents.packing_list import PackingList
from entrepot.domain.documents.ubl_invoice import UblInvoice
from entrepot.domain.examination.credit import CreditTerms
from entrepot.domain.examination.findings import Finding, Said, Severity

Examined = UblInvoice | TransportDocument | PackingList | InsuranceCertificate | CertificateOfOrigin
Document = TypeVar("Document")

KIND_OF: Final = MappingProxyType(
    {
        UblInvoice: "INVOICE",
        TransportDocument: "TRANSPORT_DOCUMENT",
        PackingList: "PACKING_LIST",
        InsuranceCertificate: "INSURANCE_CERTIFICATE",
        CertificateOfOrigin: "CERTIFICATE_OF_ORIGIN",
    }
)
"""Class of a document -> the kind of evidence by which a credit asks for it."""


@dataclass(frozen=True, slots=True)
class Corrupted:
    """A record that cannot be read (eUCP e12): what it was sent as, and what is wrong with it."""

    kind: str
    why: str


@dataclass(frozen=True, slots=True)
class Presentation:
    """Documents of one presentation, in any order. suspended: from the day a corrupted record was
    asked for anew to the day it came."""

    documents: tuple[Examined, ...]
    presented_on: date
    corrupted: tuple[Corrupted, ...] = ()
    suspended: tuple[tuple[date, date], ...] = ()


@dataclass(frozen=True)
class Case:
    """One examination. Documents that the credit does not ask for are disregarded: 14(g)."""

    credit: CreditTerms
    presentation: Presentation
    required: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "required", frozenset(self.credit.required))

    @cached_property
    def invoices(self) -> tuple[UblInvoice, ...]:
        return self._all(UblInvoice)

    @cached_property
    def bills(self) -> tuple[TransportDocument, ...]:
        return self._all(TransportDocument)

    @cached_property
    def packing_lists(self) -> tuple[PackingList, ...]:
        return self._all(PackingList)

    @cached_property
    def insurances(self) -> tuple[InsuranceCertificate, ...]:
        return self._all(InsuranceCertificate)

    @cached_property
    def origins(self) -> tuple[CertificateOfOrigin, ...]:
        return self._all(CertificateOfOrigin)

    @cached_property
    def disregarded(self) -> tuple[Examined, ...]:
        """Presented, though the credit does not ask for it."""
        there = self.presentation.documents
        return tuple(d for d in there if KIND_OF[type(d)] not in self.required)

    @cached_property
    def shipments(self) -> tuple[tuple[date, TransportDocument], ...]:
        """The date of shipment of each conveyance and journey, earliest first, with the bill that
        says so. Several bills of one vessel, voyage and destination are one shipment, as of the
        latest of their dates (31(b))."""
        by_journey: dict[tuple[str, ...], tuple[date, TransportDocument]] = {}
        for bill in self.bills:
            day = shipped_on(bill)
            if day is not None:
                known = by_journey.get(journey(bill))
                if known is None or known[0] < day:
                    by_journey[journey(bill)] = (day, bill)
        return tuple(sorted(by_journey.values(), key=lambda one: (one[0], one[1].reference)))

    def asked(self, name: str, value: object) -> Said:
        """A term of the credit, as a finding shows it."""
        return Said(self.credit.kind, str(value), self.credit.where(name))

    def _all(self, of: type[Document]) -> tuple[Document, ...]:
        if KIND_OF[of] not in self.required:  # pyright: ignore[reportArgumentType]
            return ()
        found = [d for d in self.presentation.documents if isinstance(d, of)]
        return tuple(sorted(found, key=repr))


def shipped_on(bill: TransportDocument) -> date | None:
    """The day on board; of a bill without that notation, the day of issue: 20(a)(ii), eUCP e11."""
    return bill.shipped_on_board_on or bill.issued_on


def journey(bill: TransportDocument) -> tuple[str, ...]:
    """Vessel, voyage and destination, by which 31(b) tells one shipment from several."""
    first = bill.voyages[0]
    return first.vessel_name.upper(), first.export_voyage.upper(), bill.port_of_discharge


Pairs = Iterable[tuple[Said, Said]]
"""What is asked for, and what is found instead."""


@dataclass(frozen=True, slots=True)
class Rule:
    """en, zh: the sentence of a finding, with {asked} and {found}. guard: what it leaves alone."""

    id: str
    article: str
    severity: Severity
    en: str
    zh: str
    guard: str
    find: Callable[[Case], Pairs]

    def __call__(self, case: Case) -> list[Finding]:
        """The findings of this rule."""
        return [
            Finding(
                self.id,
                self.article,
                self.severity,
                asked,
                found,
                self.en.format(asked=asked.value, found=found.value),
                self.zh.format(asked=asked.value, found=found.value),
            )
            for asked, found in self.find(case)
        ]


def rule(
    name: str, article: str, severity: Severity, *, en: str, zh: str, guard: str = ""
) -> Callable[[Callable[[Case], Pairs]], Rule]:
    """Makes a Rule of a function that yields what is asked for with what is found instead."""
    return lambda find: Rule(name, article, severity, en, zh, guard, find)
