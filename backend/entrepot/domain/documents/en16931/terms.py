"""What must be there: BR-01 to BR-65 and the rules of co-occurrence that ask for an element.

One row a rule. `TEXT` asks for something written in the element, `ELEMENT` for the element alone:
the official artefacts differ there from rule to rule, and so do these rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from entrepot.domain.documents.en16931.source import (
    InvoiceSource,
    first_number,
    indicator,
    is_vat,
    number,
    texts,
    violation,
)
from entrepot.domain.documents.xml_source import XmlNode
from entrepot.domain.errors import Severity, Violation

TEXT: Final = "text"
ELEMENT: Final = "element"
VAT: Final = "vat"
"""The first element of the path must be of the tax scheme VAT."""


class Need(NamedTuple):
    """`rule` asks each element at `where` for one of `paths` (between bars), read as `how`."""

    rule: str
    where: str
    how: str
    paths: str
    what: str


_SELLER: Final = "AccountingSupplierParty/Party"
_BUYER: Final = "AccountingCustomerParty/Party"
_REASON: Final = "AllowanceChargeReason | AllowanceChargeReasonCode"
_ALLOWANCE: Final = "allowance"
_CHARGE: Final = "charge"
_LINE_ALLOWANCE: Final = "line allowance"
_LINE_CHARGE: Final = "line charge"

NEEDS: Final = (
    Need("BR-01", "/", TEXT, "CustomizationID", "the specification identifier (BT-24)"),
    Need("BR-02", "/", TEXT, "ID", "the invoice number (BT-1)"),
    Need("BR-03", "/", TEXT, "IssueDate", "the date of issue (BT-2)"),
    Need("BR-04", "/", TEXT, "InvoiceTypeCode | CreditNoteTypeCode", "the type code (BT-3)"),
    Need("BR-05", "/", TEXT, "DocumentCurrencyCode", "the currency (BT-5)"),
    Need("BR-06", "/", TEXT, f"{_SELLER}/PartyLegalEntity/RegistrationName", "the seller (BT-27)"),
    Need("BR-07", "/", TEXT, f"{_BUYER}/PartyLegalEntity/RegistrationName", "the buyer (BT-44)"),
    Need("BR-08", "/", ELEMENT, f"{_SELLER}/PostalAddress", "the seller's address (BG-5)"),
    Need("BR-09", f"{_SELLER}/PostalAddress", TEXT, "Country/IdentificationCode",
         "the seller's country (BT-40)"),
    Need("BR-10", "/", ELEMENT, f"{_BUYER}/PostalAddress", "the buyer's address (BG-8)"),
    Need("BR-11", f"{_BUYER}/PostalAddress", TEXT, "Country/IdentificationCode",
         "the buyer's country (BT-55)"),
    Need("BR-12", "LegalMonetaryTotal", ELEMENT, "LineExtensionAmount",
         "the sum of the lines (BT-106)"),
    Need("BR-13", "LegalMonetaryTotal", ELEMENT, "TaxExclusiveAmount",
         "the total without VAT (BT-109)"),
    Need("BR-14", "LegalMonetaryTotal", ELEMENT, "TaxInclusiveAmount",
         "the total with VAT (BT-112)"),
    Need("BR-15", "LegalMonetaryTotal", ELEMENT, "PayableAmount", "the amount due (BT-115)"),
    Need("BR-16", "/", ELEMENT, "InvoiceLine | CreditNoteLine", "a line (BG-25)"),
    Need("BR-18", "TaxRepresentativeParty", TEXT, "PartyName/Name",
         "the tax representative's name (BT-62)"),
    Need("BR-19", "TaxRepresentativeParty", ELEMENT, "PostalAddress",
         "the tax representative's address (BG-12)"),
    Need("BR-20", "TaxRepresentativeParty/PostalAddress", TEXT, "Country/IdentificationCode",
         "the tax representative's country (BT-69)"),
    Need("BR-21", "Line", TEXT, "ID", "the line's identifier (BT-126)"),
    Need("BR-22", "Line", ELEMENT, "InvoicedQuantity | CreditedQuantity", "the quantity (BT-129)"),
    Need("BR-23", "Line", ELEMENT, "InvoicedQuantity/@unitCode | CreditedQuantity/@unitCode",
         "the unit (BT-130)"),
    Need("BR-24", "Line", ELEMENT, "LineExtensionAmount", "the line's net amount (BT-131)"),
    Need("BR-25", "Line", TEXT, "Item/Name", "the item's name (BT-153)"),
    Need("BR-26", "Line", ELEMENT, "Price/PriceAmount", "the item's net price (BT-146)"),
    Need("BR-31", _ALLOWANCE, ELEMENT, "Amount", "the allowance's amount (BT-92)"),
    Need("BR-32", _ALLOWANCE, VAT, "TaxCategory/ID", "the allowance's VAT category (BT-95)"),
    Need("BR-33", _ALLOWANCE, ELEMENT, _REASON, "the allowance's reason (BT-97, BT-98)"),
    Need("BR-CO-21", _ALLOWANCE, ELEMENT, _REASON, "the allowance's reason (BT-97, BT-98)"),
    Need("BR-36", _CHARGE, ELEMENT, "Amount", "the charge's amount (BT-99)"),
    Need("BR-37", _CHARGE, VAT, "TaxCategory/ID", "the charge's VAT category (BT-102)"),
    Need("BR-38", _CHARGE, ELEMENT, _REASON, "the charge's reason (BT-104, BT-105)"),
    Need("BR-CO-22", _CHARGE, ELEMENT, _REASON, "the charge's reason (BT-104, BT-105)"),
    Need("BR-41", _LINE_ALLOWANCE, ELEMENT, "Amount", "the allowance's amount (BT-136)"),
    Need("BR-42", _LINE_ALLOWANCE, ELEMENT, _REASON, "the allowance's reason (BT-139, BT-140)"),
    Need("BR-CO-23", _LINE_ALLOWANCE, ELEMENT, _REASON, "the allowance's reason (BT-139, BT-140)"),
    Need("BR-43", _LINE_CHARGE, ELEMENT, "Amount", "the charge's amount (BT-141)"),
    Need("BR-44", _LINE_CHARGE, ELEMENT, _REASON, "the charge's reason (BT-144, BT-145)"),
    Need("BR-CO-24", _LINE_CHARGE, ELEMENT, _REASON, "the charge's reason (BT-144, BT-145)"),
    Need("BR-45", "TaxTotal/TaxSubtotal", ELEMENT, "TaxableAmount",
         "the VAT group's base (BT-116)"),
    Need("BR-46", "TaxTotal/TaxSubtotal", ELEMENT, "TaxAmount", "the VAT group's tax (BT-117)"),
    Need("BR-47", "TaxTotal/TaxSubtotal", VAT, "TaxCategory/ID",
         "the VAT group's category (BT-118)"),
    Need("BR-49", "PaymentMeans", ELEMENT, "PaymentMeansCode", "the means of payment (BT-81)"),
    Need("BR-52", "AdditionalDocumentReference", TEXT, "ID",
         "the supporting document's reference (BT-122)"),
    Need("BR-54", "AdditionalItemProperty", ELEMENT, "Name", "the attribute's name (BT-160)"),
    Need("BR-54", "AdditionalItemProperty", ELEMENT, "Value", "the attribute's value (BT-161)"),
    Need("BR-55", "BillingReference", ELEMENT, "InvoiceDocumentReference/ID",
         "the earlier invoice's number (BT-25)"),
    Need("BR-56", "TaxRepresentativeParty", VAT, "PartyTaxScheme/CompanyID",
         "the tax representative's VAT number (BT-63)"),
    Need("BR-57", "Delivery/DeliveryLocation/Address", ELEMENT, "Country/IdentificationCode",
         "the country delivered to (BT-80)"),
    Need("BR-62", f"{_SELLER}/EndpointID", ELEMENT, "@schemeID",
         "the scheme of the seller's electronic address"),
    Need("BR-63", f"{_BUYER}/EndpointID", ELEMENT, "@schemeID",
         "the scheme of the buyer's electronic address"),
    Need("BR-64", "Line/Item/StandardItemIdentification/ID", ELEMENT, "@schemeID",
         "the scheme of the item's identifier"),
    Need("BR-65", "Line/Item/CommodityClassification/ItemClassificationCode", ELEMENT, "@listID",
         "the list of the item's classification"),
    Need("BR-CO-04", "Line", VAT, "Item/ClassifiedTaxCategory/ID",
         "the item's VAT category (BT-151)"),
    Need("BR-CO-18", "/", ELEMENT, "TaxTotal/TaxSubtotal", "a VAT group (BG-23)"),
    Need("BR-CO-20", "Line/InvoicePeriod", ELEMENT, "StartDate | EndDate",
         "the period's start or end (BT-134, BT-135)"),
)  # fmt: skip

_TRANSFERS: Final = frozenset({"30", "58"})
_PAN_MAX: Final = 10


def check(source: InvoiceSource) -> Iterator[Violation]:
    """Every rule of this module that is broken."""
    for where, needs in _BY_PLACE.items():
        for node in _places(source, where):
            for need, is_met in needs:
                if not is_met(node):
                    why = f"{need.what} is missing"
                    place = f"{node.path}/{_own_name(source, need.paths)}"
                    mend = f"add {need.paths}"
                    yield violation(need.rule, place, why, "a value", "none", mend)
    for rule in _RULES:
        yield from rule(source)


def _own_name(source: InvoiceSource, paths: str) -> str:
    """Of several paths the first; of an invoice's and a credit note's the document's own."""
    several = paths.split(" | ")
    own = (path for path in several if source.is_credit_note and path.startswith("Credit"))
    return next(own, several[0])


def _places(source: InvoiceSource, where: str) -> list[XmlNode]:
    if where in (_ALLOWANCE, _CHARGE):
        return [part for part in source.charges if indicator(part) is (where == _CHARGE)]
    if where in (_LINE_ALLOWANCE, _LINE_CHARGE):
        parts = source.at("Line/AllowanceCharge")
        return [part for part in parts if indicator(part) is (where == _LINE_CHARGE)]
    return source.at(where)


def _test(need: Need) -> Callable[[XmlNode], bool]:
    """Whether an element has what is needed, with the paths taken apart beforehand."""
    tests = [_test_path(need.how, path) for path in need.paths.split(" | ")]
    return tests[0] if len(tests) == 1 else lambda node: any(test(node) for test in tests)


def _test_path(how: str, path: str) -> Callable[[XmlNode], bool]:
    element, _, attribute = path.partition("@")
    names = element.rstrip("/").split("/") if element else []

    def has_element(node: XmlNode) -> bool:
        return bool(node.all(*names))

    def has_child(node: XmlNode) -> bool:  # the same for one name, and quicker
        return path in node.by_name

    def has_text(node: XmlNode) -> bool:
        found = node.all(*names) if len(names) > 1 else node.named(path)
        for each in found:  # noqa: SIM110 - asked a lot, and this is quicker
            if each.text:
                return True
        return False

    def has_attribute(node: XmlNode) -> bool:
        return any(attribute in each.attributes for each in node.all(*names))

    def has_vat(node: XmlNode) -> bool:
        return any(is_vat(each) and each.named(names[-1]) for each in node.all(*names[:-1]))

    if attribute:
        return has_attribute
    found = has_child if len(names) == 1 else has_element
    return {VAT: has_vat, TEXT: has_text, ELEMENT: found}[how]


_BY_PLACE: Final = {
    where: tuple((need, _test(need)) for need in NEEDS if need.where == where)
    for where in dict.fromkeys(need.where for need in NEEDS)
}


def _payee(source: InvoiceSource) -> Iterator[Violation]:
    """BR-17: a payee (BG-10) has a name, and is not the seller."""
    payees = source.named("PayeeParty")
    sellers = source.root.all("AccountingSupplierParty", "Party") if payees else []
    names = {name for each in sellers for name in texts(each.all("PartyName", "Name"))}
    ids = {value for each in sellers for value in texts(each.all("PartyIdentification", "ID"))}
    for payee in payees:
        own = texts(payee.all("PartyName", "Name"))
        same = own & names or texts(payee.all("PartyIdentification", "ID")) & ids
        if not own or same:
            why = "a payee has a name and is somebody else than the seller"
            found = ", ".join(sorted(same or own)) or "none"
            mend = "name the payee, or leave PayeeParty out where the seller is paid"
            yield violation("BR-17", payee, why, "another name", found, mend)


def _prices(source: InvoiceSource) -> Iterator[Violation]:
    """BR-27, BR-28: the net and the gross price of an item are not negative."""
    for line in source.lines:
        net = first_number(line, "Price", "PriceAmount")
        if net is None or net < 0:
            why, found = (
                "the net price is missing or negative (BT-146)",
                "none" if net is None else net,
            )
            mend = "credit with a negative quantity, not a negative price"
            yield violation(
                "BR-27", f"{line.path}/Price/PriceAmount", why, "0 or more", found, mend
            )
    for gross in source.at("Line/Price/AllowanceCharge/BaseAmount"):
        amount = number(gross)
        if amount is None or amount < 0:
            why, mend = "the gross price is negative (BT-148)", "write 0 or more"
            yield violation("BR-28", gross, why, "0 or more", gross.text or "none", mend)


def _periods(source: InvoiceSource) -> Iterator[Violation]:
    """BR-29, BR-30: a period ends when it starts or later. BR-CO-19: the document's says when."""
    of_document = set(source.below("InvoicePeriod"))
    for period in source.named("InvoicePeriod"):
        of_line = period not in of_document
        starts, ends = period.all("StartDate"), period.all("EndDate")
        if starts and ends and ends[0].text[:10] < starts[0].text[:10]:
            rule, why = "BR-30" if of_line else "BR-29", "the period ends before it starts"
            mend = "exchange the dates or correct one"
            expected = f"{starts[0].text} or later"
            yield violation(rule, ends[0], why, expected, ends[0].text, mend)
        if not of_line and not (starts or ends or period.all("DescriptionCode")):
            why, mend = "the invoicing period is empty (BG-14)", "add StartDate or EndDate"
            yield violation("BR-CO-19", period, why, "a date", "none", mend)


def _vat_rates(source: InvoiceSource) -> Iterator[Violation]:
    """BR-48: a VAT group has a rate, unless it is outside the scope of VAT."""
    for group in source.at("TaxTotal/TaxSubtotal"):
        categories = [each for each in group.all("TaxCategory") if is_vat(each)]
        if not any(each.all("Percent") or "O" in texts(each.all("ID")) for each in categories):
            place = f"{group.path}/TaxCategory/Percent"
            why, mend = "the VAT rate is missing (BT-119)", "add Percent"
            yield violation("BR-48", place, why, "a rate", "none", mend)


def _payment(source: InvoiceSource) -> Iterator[Violation]:
    """BR-50, BR-61: a transfer names its account. BR-51: no whole card number."""
    for means in source.named("PaymentMeans"):
        if texts(means.all("PaymentMeansCode")) & _TRANSFERS:
            accounts = means.all("PayeeFinancialAccount")
            place = f"{means.path}/PayeeFinancialAccount/ID"
            why, mend = "a transfer needs an account (BT-84)", "add PayeeFinancialAccount/ID"
            if not means.all("PayeeFinancialAccount", "ID"):
                yield violation("BR-61", place, why, "an account", "none", mend)
            if not all(any(each.text for each in account.all("ID")) for account in accounts):
                yield violation("BR-50", place, why, "an account", "none", mend)
    for card in source.at("PaymentMeans/CardAccount/PrimaryAccountNumberID"):
        if len(card.text) > _PAN_MAX:
            why, mend = "a card number is there in full (BT-87)", "show 6 first, 4 last digits"
            severity: Severity = "warning"
            found = f"{len(card.text)} characters"
            yield violation("BR-51", card, why, "10 at most", found, mend, severity)


def _tax_currency(source: InvoiceSource) -> Iterator[Violation]:
    """BR-53: a VAT accounting currency (BT-6) asks for the VAT total in it (BT-111)."""
    there = {each.attributes.get("currencyID") for each in source.at("TaxTotal/TaxAmount")}
    for currency in source.root.all("TaxCurrencyCode"):
        if currency.text not in there:
            why, mend = "the VAT total in this currency is missing", "add a TaxTotal with it"
            yield violation("BR-53", currency, why, f"VAT in {currency.text}", "none", mend)


def _tax_point(source: InvoiceSource) -> Iterator[Violation]:
    """BR-CO-03: the date when VAT falls due (BT-7) or its code (BT-8), not both."""
    dates, codes = (
        source.root.all("TaxPointDate"),
        source.root.all("InvoicePeriod", "DescriptionCode"),
    )
    if dates and codes:
        why, mend = "the tax point has a date and a code", "leave one of them out"
        yield violation("BR-CO-03", codes[0], why, "one of them", "both", mend)


def _due(source: InvoiceSource) -> Iterator[Violation]:
    """BR-CO-25: what is due has a date (BT-9) or terms (BT-20).

    Not asked of credit notes, and a warning only: since 1.3.16 the artefacts do not ask it.
    """
    terms = source.named("DueDate") or source.at("PaymentTerms/Note")
    for payable in source.root.all("LegalMonetaryTotal", "PayableAmount"):
        amount = number(payable)
        if not source.is_credit_note and amount is not None and amount > 0 and not terms:
            why, mend = "something is due, but not when", "add DueDate or PaymentTerms/Note"
            yield violation("BR-CO-25", payable, why, "a date or terms", "none", mend, "warning")


def _seller_identity(source: InvoiceSource) -> Iterator[Violation]:
    """BR-CO-26: the seller has an identifier, a registration number or a VAT number."""
    for supplier in source.named("AccountingSupplierParty"):
        vat = [each for each in supplier.all("Party", "PartyTaxScheme") if is_vat(each)]
        identifiers = supplier.all("Party", "PartyIdentification", "ID")
        if not (
            any(each.all("CompanyID") for each in vat)
            or any(each.attributes.get("schemeID") != "SEPA" for each in identifiers)
            or supplier.all("Party", "PartyLegalEntity", "CompanyID")
        ):
            why = "the seller has no identifier, registration number or VAT number"
            mend = "add PartyIdentification/ID, PartyLegalEntity/CompanyID or a VAT number"
            yield violation("BR-CO-26", supplier, why, "one of them", "none", mend)


_RULES: Final = (
    _payee,
    _prices,
    _periods,
    _vat_rates,
    _payment,
    _tax_currency,
    _tax_point,
    _due,
    _seller_identity,
)
RULES: Final = frozenset(need.rule for need in NEEDS) | {
    "BR-17", "BR-27", "BR-28", "BR-29", "BR-30", "BR-48", "BR-50", "BR-51", "BR-53", "BR-61",
    "BR-CO-03", "BR-CO-19", "BR-CO-25", "BR-CO-26",
}  # fmt: skip
"""Ids of the rules checked here."""
