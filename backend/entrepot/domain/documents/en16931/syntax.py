"""How UBL carries an EN 16931 invoice: UBL-SR-*, UBL-DT-06/07, UBL-CR-666/673.

UBL allows many elements where the norm has one business term. One row a rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from entrepot.domain.documents.en16931.source import InvoiceSource, indicator, texts, violation
from entrepot.domain.documents.xml_source import XmlNode
from entrepot.domain.errors import Violation


class Limit(NamedTuple):
    """`rule` allows `most` elements at `path` below each element at `where`."""

    rule: str
    where: str
    path: str
    most: int = 1


_SELLER: Final = "AccountingSupplierParty/Party"
_BUYER: Final = "AccountingCustomerParty/Party"

LIMITS: Final = (
    Limit("UBL-SR-01", "/", "ContractDocumentReference/ID"),
    Limit("UBL-SR-02", "/", "ReceiptDocumentReference/ID"),
    Limit("UBL-SR-03", "/", "DespatchDocumentReference/ID"),
    Limit("UBL-SR-05", "/", "PaymentTerms/Note"),
    Limit("UBL-SR-06", "BillingReference", "InvoiceDocumentReference"),
    Limit("UBL-SR-08", "/", "InvoicePeriod"),
    Limit("UBL-SR-09", "/", f"{_SELLER}/PartyLegalEntity/RegistrationName"),
    Limit("UBL-SR-10", "/", f"{_SELLER}/PartyName/Name"),
    Limit("UBL-SR-11", "/", f"{_SELLER}/PartyLegalEntity/CompanyID"),
    Limit("UBL-SR-14", "/", f"{_SELLER}/PartyLegalEntity/CompanyLegalForm"),
    Limit("UBL-SR-15", "/", f"{_BUYER}/PartyLegalEntity/RegistrationName"),
    Limit("UBL-SR-16", "/", f"{_BUYER}/PartyIdentification/ID"),
    Limit("UBL-SR-17", "/", f"{_BUYER}/PartyLegalEntity/CompanyID"),
    Limit("UBL-SR-22", "TaxRepresentativeParty", "PartyName/Name"),
    Limit("UBL-SR-23", "TaxRepresentativeParty", "PartyTaxScheme/CompanyID"),
    Limit("UBL-SR-24", "/", "Delivery"),
    Limit("UBL-SR-25", "Delivery", "DeliveryParty/PartyName/Name"),
    Limit("UBL-SR-26", "PaymentMeans", "PaymentID"),
    Limit("UBL-SR-27", "PaymentMeans", "PaymentMeansCode"),
    Limit("UBL-SR-28", "PaymentMeans", "PaymentMandate/ID"),
    Limit("UBL-SR-32", "TaxSubtotal", "TaxCategory/TaxExemptionReason"),
    Limit("UBL-SR-33", "AdditionalDocumentReference", "DocumentDescription"),
    Limit("UBL-SR-34", "Line", "Note"),
    Limit("UBL-SR-35", "Line", "OrderLineReference/LineID"),
    Limit("UBL-SR-36", "Line", "InvoicePeriod"),
    Limit("UBL-SR-37", "Line", "Price/AllowanceCharge/Amount"),
    Limit("UBL-SR-39", "/", "ProjectReference/ID"),
    Limit("UBL-SR-40", "/", f"{_BUYER}/PartyName/Name"),
    Limit("UBL-SR-42", _SELLER, "PartyTaxScheme", 2),
    Limit("UBL-SR-45", "/", "PaymentMeans/PaymentDueDate"),
    Limit("UBL-SR-49", "/", "InvoicePeriod/DescriptionCode"),
    Limit("UBL-SR-50", "Line", "Item/Description"),
    Limit("UBL-SR-51", "PostalAddress | Address", "AddressLine"),
    Limit("UBL-SR-52", "Line", "DocumentReference"),
    Limit("UBL-SR-54", "/", "PaymentMeans/CardAccount"),
    Limit("UBL-SR-55", "/", "PaymentMeans/PaymentMandate"),
    Limit("UBL-SR-56", "/", "OriginatorDocumentReference/ID"),
)
RULES: Final = frozenset(limit.rule for limit in LIMITS) | {
    "UBL-SR-04", "UBL-SR-07", "UBL-SR-12", "UBL-SR-13", "UBL-SR-18", "UBL-SR-19", "UBL-SR-20",
    "UBL-SR-21", "UBL-SR-29", "UBL-SR-30", "UBL-SR-31", "UBL-SR-43", "UBL-SR-44", "UBL-SR-46",
    "UBL-SR-47", "UBL-SR-48", "UBL-SR-53", "UBL-DT-06", "UBL-DT-07", "UBL-CR-666", "UBL-CR-673",
}  # fmt: skip
"""Ids of the rules checked here."""

_LIMITED: Final = tuple(
    (limit, " | ".join(f"{where}/{limit.path}" for where in limit.where.split(" | ")))
    for limit in LIMITS
)
"""Each with where its path ends, wherever that is."""

_OBJECT_REFERENCE: Final = "130"
_PROJECT_REFERENCE: Final = "50"  # in a credit note, which has no ProjectReference


def check(source: InvoiceSource) -> Iterator[Violation]:
    """Every place where UBL says more or less than the norm knows."""
    for limit, anywhere in _LIMITED:
        if limit.where == "/":
            if len(found := source.below(limit.path)) > limit.most:
                yield _too_often(limit.rule, found, limit.most)
        elif len(source.at(anywhere)) > limit.most:  # in all; else it is not too often in one
            for node in source.at(limit.where):
                if len(found := node.all(*limit.path.split("/"))) > limit.most:
                    yield _too_often(limit.rule, found, limit.most)
    for rule in _RULES:
        yield from rule(source)


def _at_most(rule: str, nodes: list[XmlNode], most: int = 1) -> Iterator[Violation]:
    if len(nodes) > most:
        yield _too_often(rule, nodes, most)


def _too_often(rule: str, nodes: list[XmlNode], most: int) -> Violation:
    why, mend = f"{nodes[most].name} is there too often", f"keep {most} and take the rest out"
    return violation(rule, nodes[most], why, f"{most} at most", len(nodes), mend)


def _missing(rule: str, node: XmlNode, what: str) -> Violation:
    place = f"{node.path}/{what}"
    return violation(rule, place, f"{what} is missing", "a value", "none", f"add {what}")


def _tax_numbers(source: InvoiceSource) -> Iterator[Violation]:
    """UBL-SR-12, -13, -18: one VAT number a party, one other tax number of the seller."""
    for rule, party, wants_vat in (
        ("UBL-SR-12", _SELLER, True),
        ("UBL-SR-13", _SELLER, False),
        ("UBL-SR-18", _BUYER, True),
    ):
        numbers = [
            company
            for scheme in source.at(f"{party}/PartyTaxScheme")
            if any(_is_vat_exactly(each) is wants_vat for each in scheme.all("TaxScheme"))
            for company in scheme.all("CompanyID")
        ]
        yield from _at_most(rule, numbers)
    for scheme in source.named("PartyTaxScheme"):  # UBL-SR-53
        for path in ("TaxScheme/ID", "CompanyID"):
            if not scheme.all(*path.split("/")):
                yield _missing("UBL-SR-53", scheme, path)


def _is_vat_exactly(tax_scheme: XmlNode) -> bool:
    return any(each.text.upper() == "VAT" for each in tax_scheme.all("ID"))


def _payee(source: InvoiceSource) -> Iterator[Violation]:
    """UBL-SR-19, -20, -21: a payee is one party, and not named like the seller."""
    sellers = texts(
        source.root.all("AccountingSupplierParty", "Party", "PartyLegalEntity", "RegistrationName")
    )
    for payee in source.named("PayeeParty"):
        names = payee.all("PartyName", "Name")
        ids = [
            each
            for each in payee.all("PartyIdentification", "ID")
            if each.attributes.get("schemeID", "SEPA").upper() != "SEPA"
        ]
        is_other = any(name != seller for name in texts(names) for seller in sellers)
        companies = payee.all("PartyLegalEntity", "CompanyID")
        for rule, nodes in (("UBL-SR-19", names), ("UBL-SR-20", ids), ("UBL-SR-21", companies)):
            yield from _at_most(rule, nodes)
            if len(nodes) <= 1 and not is_other:
                why, mend = "the payee is named like the seller", "leave PayeeParty out"
                found = ", ".join(sorted(texts(names))) or "none"
                yield violation(rule, payee, why, "another name", found, mend)


def _payment(source: InvoiceSource) -> Iterator[Violation]:
    """UBL-SR-29: one SEPA creditor. UBL-SR-44, -46, -47: one remittance text, one means."""
    sepa = [
        each
        for each in source.at("PartyIdentification/ID")
        if each.attributes.get("schemeID", "").upper() == "SEPA"
    ]
    yield from _at_most("UBL-SR-29", sepa)
    for rule, name in (("UBL-SR-44", "PaymentID"), ("UBL-SR-47", "PaymentMeansCode")):
        firsts = {each.text: each for each in reversed(source.named(name))}
        yield from _at_most(rule, [each for each in source.named(name) if each in firsts.values()])
    codes = source.root.all("PaymentMeans", "PaymentMeansCode")
    yield from _at_most("UBL-SR-46", [each for each in codes if "name" in each.attributes])


def _references(source: InvoiceSource) -> Iterator[Violation]:
    """UBL-SR-04, -43, UBL-CR-666, -673: an invoiced object (130) is an identifier and no more."""
    objects: list[XmlNode] = []
    of_document = set(source.below("AdditionalDocumentReference"))
    for node in source.named("AdditionalDocumentReference"):
        types = texts(node.all("DocumentTypeCode"))
        is_scheme = any("schemeID" in each.attributes for each in node.all("ID"))
        if _OBJECT_REFERENCE in types:
            if node in of_document:
                objects.extend(node.all("ID"))
            for rule, name in (("UBL-CR-666", "Attachment"), ("UBL-CR-673", "DocumentDescription")):
                yield from _at_most(rule, node.all(name), 0)
        elif (is_scheme or types) and not (source.is_credit_note and _PROJECT_REFERENCE in types):
            why, mend = (
                "this type of document is not known here",
                "use 130 or no type and no scheme",
            )
            found = ", ".join(sorted(types)) or "a scheme"
            yield violation("UBL-SR-43", node, why, "130 or none", found, mend)
    yield from _at_most("UBL-SR-04", objects)
    for node in source.named("BillingReference"):  # UBL-SR-07
        if not node.all("InvoiceDocumentReference", "ID"):
            yield _missing("UBL-SR-07", node, "InvoiceDocumentReference/ID")


def _charges(source: InvoiceSource) -> Iterator[Violation]:
    """UBL-SR-30, UBL-SR-31: one reason for an allowance or a charge."""
    for part in source.named("AllowanceCharge"):
        charged = indicator(part)
        if charged is not None:
            rule = "UBL-SR-31" if charged else "UBL-SR-30"
            yield from _at_most(rule, part.all("AllowanceChargeReason"))


def _items(source: InvoiceSource) -> Iterator[Violation]:
    """UBL-SR-48: an item is taxed in one way."""
    for line in source.lines:
        categories = line.all("Item", "ClassifiedTaxCategory")
        if len(categories) != 1:
            place = f"{line.path}/Item/ClassifiedTaxCategory"
            why, mend = "an item has one VAT category", "split the line"
            yield violation("UBL-SR-48", place, why, "1", len(categories), mend)


def _attachments(source: InvoiceSource) -> Iterator[Violation]:
    """UBL-DT-06, UBL-DT-07: an attached file says its type and name."""
    for name in source.names():
        for node in source.named(name) if name.endswith("BinaryObject") else ():
            for rule, attribute in (("UBL-DT-06", "mimeCode"), ("UBL-DT-07", "filename")):
                if attribute not in node.attributes:
                    yield _missing(rule, node, f"@{attribute}")


_RULES: Final = (_tax_numbers, _payee, _payment, _references, _charges, _items, _attachments)
