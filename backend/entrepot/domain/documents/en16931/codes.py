"""Code lists: BR-CL-01 to BR-CL-26 and the prefix of a VAT number (BR-CO-09).

The lists are files in `data`, each with its source and version in its first lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from entrepot.domain.documents.en16931.source import InvoiceSource, indicator, is_vat, violation
from entrepot.domain.documents.xml_source import XmlNode
from entrepot.domain.errors import Violation

_AMOUNTS: Final = (
    "Amount | BaseAmount | PriceAmount | TaxAmount | TaxableAmount | LineExtensionAmount"
    " | TaxExclusiveAmount | TaxInclusiveAmount | AllowanceTotalAmount | ChargeTotalAmount"
    " | PrepaidAmount | PayableRoundingAmount | PayableAmount"
)
_QUANTITIES: Final = "InvoicedQuantity | BaseQuantity | CreditedQuantity"


class Coded(NamedTuple):
    """`rule` asks that each element at `where` is coded with `list`.

    Its text is the code, or an attribute: "@x" is checked where it is there, "!x" must be there.
    """

    rule: str
    where: str
    attribute: str
    list: str


CODED: Final = (
    Coded("BR-CL-01", "InvoiceTypeCode", "", "untdid_1001_invoice"),
    Coded("BR-CL-01", "CreditNoteTypeCode", "", "untdid_1001_credit_note"),
    Coded("BR-CL-03", _AMOUNTS, "!currencyID", "iso_4217"),
    Coded("BR-CL-04", "DocumentCurrencyCode", "", "iso_4217"),
    Coded("BR-CL-05", "TaxCurrencyCode", "", "iso_4217"),
    Coded("BR-CL-06", "InvoicePeriod/DescriptionCode", "", "untdid_2005"),
    Coded("BR-CL-11", "PartyLegalEntity/CompanyID", "@schemeID", "iso_6523_icd"),
    Coded("BR-CL-13", "CommodityClassification/ItemClassificationCode", "@listID", "untdid_7143"),
    Coded("BR-CL-14", "Country/IdentificationCode", "", "iso_3166_1"),
    Coded("BR-CL-15", "OriginCountry/IdentificationCode", "", "iso_3166_1"),
    Coded("BR-CL-16", "PaymentMeans/PaymentMeansCode", "", "untdid_4461"),
    Coded("BR-CL-17", "TaxCategory/ID", "", "untdid_5305"),
    Coded("BR-CL-18", "ClassifiedTaxCategory/ID", "", "untdid_5305"),
    Coded("BR-CL-21", "StandardItemIdentification/ID", "@schemeID", "iso_6523_icd"),
    Coded("BR-CL-23", _QUANTITIES, "@unitCode", "unece_rec_20_21"),
    Coded("BR-CL-24", "EmbeddedDocumentBinaryObject", "@mimeCode", "mime"),
    Coded("BR-CL-25", "EndpointID", "@schemeID", "eas"),
    Coded("BR-CL-26", "DeliveryLocation/ID", "@schemeID", "iso_6523_icd"),
)  # fmt: skip
RULES: Final = frozenset(coded.rule for coded in CODED) | {
    "BR-CL-07", "BR-CL-08", "BR-CL-10", "BR-CL-19", "BR-CL-20", "BR-CL-22", "BR-CO-09",
}  # fmt: skip
"""Ids of the rules checked here."""

_OBJECT_REFERENCE: Final = "130"  # UNTDID 1001: invoicing data sheet, here an object's identifier
_SEPA: Final = "SEPA"
_GREECE: Final = "EL"  # its VAT numbers do not begin with the code of ISO 3166-1
_SUBJECT_LENGTH: Final = 3


@cache
def code_list(name: str) -> frozenset[str]:
    """Codes of one of the lists in `data`."""
    text = (
        files("entrepot.domain.documents.en16931")
        .joinpath("data", f"{name}.txt")
        .read_text("utf-8")
    )
    rows = (row for row in text.splitlines() if not row.startswith("#"))
    return frozenset(code for row in rows for code in row.split())


def check(source: InvoiceSource) -> Iterator[Violation]:
    """Every code that is not in its list."""
    for coded in CODED:
        codes = code_list(coded.list)
        for node in source.at(coded.where):
            code = _code(node, coded.attribute)
            if code is not None and code not in codes:
                yield _unknown(coded.rule, node, code, coded.list)
    yield from _objects(source)
    yield from _subjects(source)
    yield from _parties(source)
    yield from _reasons(source)
    yield from _vat_prefixes(source)


def _code(node: XmlNode, attribute: str) -> str | None:
    if not attribute:
        return node.text
    code = node.attributes.get(attribute[1:])
    return "" if code is None and attribute.startswith("!") else code and code.strip()


def _unknown(rule: str, node: XmlNode, code: str, name: str) -> Violation:
    title = name.replace("_", " ").upper()
    mend = f"use a code of {title}"
    return violation(rule, node, f"this is no code of {title}", title, code[:40] or "none", mend)


def _objects(source: InvoiceSource) -> Iterator[Violation]:
    """BR-CL-07: the scheme of an invoiced object's identifier (BT-18, BT-128)."""
    codes = code_list("untdid_1153")
    for node in source.at("AdditionalDocumentReference | DocumentReference"):
        if any(each.text == _OBJECT_REFERENCE for each in node.all("DocumentTypeCode")):
            for identifier in node.all("ID"):
                scheme = _code(identifier, "@schemeID")
                if scheme is not None and scheme not in codes:
                    yield _unknown("BR-CL-07", identifier, scheme, "untdid_1153")


def _subjects(source: InvoiceSource) -> Iterator[Violation]:
    """BR-CL-08: a note that begins "#AAI#" is about the subject with that code (BT-21)."""
    for note in source.root.all("Note"):
        _, _, after = note.text.partition("#")
        subject, closed, _ = after.partition("#")
        is_subject = closed and len(subject) == _SUBJECT_LENGTH
        if is_subject and subject not in code_list("untdid_4451"):
            yield _unknown("BR-CL-08", note, subject, "untdid_4451")


def _parties(source: InvoiceSource) -> Iterator[Violation]:
    """BR-CL-10: the scheme of a party's identifier; SEPA is one for who is paid."""
    codes = code_list("iso_6523_icd")
    unknown = [
        (node, scheme)
        for node in source.at("PartyIdentification/ID")
        if (scheme := _code(node, "@schemeID")) is not None and scheme not in codes
    ]
    is_sepa = any(scheme == _SEPA for _, scheme in unknown)
    paid = ("AccountingSupplierParty", "PayeeParty") if is_sepa else ()
    of_paid = {each for name in paid for party in source.named(name) for each in party.walk()}
    for node, scheme in unknown:
        if scheme != _SEPA or node not in of_paid:
            yield _unknown("BR-CL-10", node, scheme, "iso_6523_icd")


def _reasons(source: InvoiceSource) -> Iterator[Violation]:
    """BR-CL-19, BR-CL-20: why an allowance or a charge. BR-CL-22: why no tax, in any case."""
    for part in source.named("AllowanceCharge"):
        charged = indicator(part)
        rule, name = ("BR-CL-20", "untdid_7161") if charged else ("BR-CL-19", "untdid_5189")
        for node in part.named("AllowanceChargeReasonCode") if charged is not None else ():
            if node.text not in code_list(name):
                yield _unknown(rule, node, node.text, name)
    for node in source.named("TaxExemptionReasonCode"):
        if node.text.upper() not in code_list("vatex"):
            yield _unknown("BR-CL-22", node, node.text, "vatex")


def _vat_prefixes(source: InvoiceSource) -> Iterator[Violation]:
    """BR-CO-09: a VAT number (BT-31, BT-48, BT-63) begins with its country."""
    for scheme in source.named("PartyTaxScheme"):
        for company in scheme.all("CompanyID") if is_vat(scheme) else ():
            prefix = company.text[:2]
            if prefix and prefix != _GREECE and prefix not in code_list("iso_3166_1"):
                why, mend = "a VAT number begins with its country", "write the country before it"
                yield violation("BR-CO-09", company, why, "ISO 3166-1 or EL", prefix, mend)
