"""The invoice of the straight walk is read to the cent; one wrong figure names its rule."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from entrepot.domain.documents.reading import read_as
from entrepot.domain.documents.ubl_invoice import UblInvoice
from entrepot.domain.errors import MalformedDocument, NonconformingDocument
from entrepot.domain.money import Money


@pytest.fixture
def text(inputs: Path) -> str:
    return (inputs / "straight-walk/invoice.xml").read_text()


def read_invoice(text: str) -> UblInvoice:
    document = read_as("ubl-invoice", text.encode())
    assert isinstance(document, UblInvoice)
    return document


def test_read_when_sound_gives_every_term(text: str) -> None:
    invoice = read_invoice(text)
    assert (invoice.number, invoice.order_reference) == ("NHA-2026-0931", "PO-2026-1187")
    assert str(invoice.issue_date) == "2026-11-05"
    assert str(invoice.due_date) == "2027-01-15"
    assert invoice.payable == Money(128_400_000, "USD")
    assert (invoice.seller.lei, invoice.buyer.lei) == (
        "ENTR00NINGBOHAISHU13",
        "ENTR00VANDERMEERBV73",
    )
    assert invoice.seller.vat_id == "CN91330203MA7TRADE0D"
    assert (invoice.seller.country, invoice.buyer.country) == ("CN", "NL")
    assert [line.hs_code for line in invoice.lines] == [
        "851671",
        "850940",
        "851660",
        "850811",
        None,
    ]
    first = invoice.lines[0]
    assert first.quantity * first.price == first.net == Decimal(616_000)
    assert first.origin == "CN"
    assert [(group.category, group.rate, group.tax) for group in invoice.vat_groups] == [
        ("G", Decimal(0), Decimal(0)),
        ("S", Decimal(6), Decimal(1200)),
    ]


# Old text, new text, the rule that must be among the broken ones.
WRONG_FIGURES = [
    ("<cbc:ID>NHA-2026-0931</cbc:ID>", "", "BR-02"),
    ("<cbc:IssueDate>2026-11-05</cbc:IssueDate>", "", "BR-03"),
    ("<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>", "", "BR-04"),
    ("<cbc:DocumentCurrencyCode>USD</cbc:DocumentCurrencyCode>", "", "BR-05"),
    (
        "<cbc:RegistrationName>Ningbo Haishu Appliance Co., Ltd.</cbc:RegistrationName>",
        "",
        "BR-06",
    ),
    ("<cbc:RegistrationName>Van der Meer BV</cbc:RegistrationName>", "", "BR-07"),
    ("<cbc:IdentificationCode>NL</cbc:IdentificationCode>", "", "BR-11"),
    (
        '<cbc:PayableAmount currencyID="USD">1284000.00</cbc:PayableAmount>',
        "",
        "BR-15",
    ),
    ('unitCode="C62">900<', ">900<", "BR-23"),
    ("<cbc:Name>Built-in steam oven SO-60</cbc:Name>", "", "BR-25"),
    (">770.00<", ">-770.00<", "BR-27"),
    (">CN91330203", ">QQ91330203", "BR-CO-09"),
    (">255600.00<", ">255600.01<", "BR-CO-10"),
    (">1282800.00</cbc:TaxExclusiveAmount>", ">1282800.01</cbc:TaxExclusiveAmount>", "BR-CO-13"),
    (
        '<cac:TaxTotal>\n    <cbc:TaxAmount currencyID="USD">1200.00',
        '<cac:TaxTotal>\n    <cbc:TaxAmount currencyID="USD">1200.01',
        "BR-CO-14",
    ),
    (">1284000.00</cbc:TaxInclusiveAmount>", ">1283999.99</cbc:TaxInclusiveAmount>", "BR-CO-15"),
    (">1284000.00</cbc:PayableAmount>", ">1284000.01</cbc:PayableAmount>", "BR-CO-16"),
    ("<cbc:Percent>6</cbc:Percent>", "<cbc:Percent>7</cbc:Percent>", "BR-CO-17"),
    (">1262800.00</cbc:TaxableAmount>", ">1262800.01</cbc:TaxableAmount>", "BR-G-08"),
    (">20000.00</cbc:TaxableAmount>", ">20001.00</cbc:TaxableAmount>", "BR-S-08"),
    (
        'currencyID="USD">20000.00</cbc:TaxableAmount>',
        'currencyID="CNY">20000.00</cbc:TaxableAmount>',
        "PEPPOL-EN16931-R051",
    ),
    ('currencyID="USD">241200.00', 'currencyID="EUR">241200.00', "PEPPOL-EN16931-R051"),
]


@pytest.mark.parametrize(("old", "new", "rule"), WRONG_FIGURES)
def test_read_when_one_figure_is_wrong_names_the_rule(
    text: str, old: str, new: str, rule: str
) -> None:
    assert old in text
    with pytest.raises(NonconformingDocument) as refusal:
        read_invoice(text.replace(old, new))
    broken = {violation.rule: violation for violation in refusal.value.violations}
    assert rule in broken
    assert broken[rule].location.startswith("/Invoice")
    assert broken[rule].expected != broken[rule].found


def test_read_when_a_sum_is_wrong_gives_both_values(text: str) -> None:
    with pytest.raises(NonconformingDocument) as refusal:
        read_invoice(text.replace("1284000.00</cbc:PayableAmount>", "1.00</cbc:PayableAmount>"))
    (violation,) = refusal.value.violations
    assert violation.location == "/Invoice/LegalMonetaryTotal/PayableAmount"
    assert (violation.expected, violation.found) == ("1284000.00", "1.00")


def test_read_when_vat_is_less_than_one_unit_off_accepts_as_the_norm_does(text: str) -> None:
    off = text.replace(
        '<cbc:TaxAmount currencyID="USD">1200.00', '<cbc:TaxAmount currencyID="USD">1200.99'
    )
    off = off.replace("1284000.00", "1284000.99")
    assert read_invoice(off).payable == Money(128_400_099, "USD")


def test_read_when_an_amount_is_there_twice_refuses(text: str) -> None:
    payable = '<cbc:PayableAmount currencyID="USD">1284000.00</cbc:PayableAmount>'
    with pytest.raises(MalformedDocument, match="there 2 times"):
        read_invoice(text.replace(payable, payable + payable))


def test_read_when_a_foreign_element_passes_for_ours_refuses(text: str) -> None:
    fake = '<x:ID xmlns:x="urn:elsewhere">OTHER</x:ID>'
    with pytest.raises(MalformedDocument, match="not UBL's"):
        read_invoice(text.replace("<cbc:ID>NHA-2026-0931</cbc:ID>", fake))


@pytest.mark.parametrize(
    ("old", "new", "location"),
    [
        ("2026-11-05</cbc:IssueDate>", "2026-02-30</cbc:IssueDate>", "/Invoice/IssueDate"),
        (">616000.00<", ">616.000,00<", "/Invoice/InvoiceLine[1]/LineExtensionAmount"),
        (">616000.00<", ">NaN<", "/Invoice/InvoiceLine[1]/LineExtensionAmount"),
        (
            "ENTR00NINGBOHAISHU13",
            "ENTR00NINGBOHAISHU14",
            "/Invoice/AccountingSupplierParty/Party/PartyLegalEntity/CompanyID",
        ),
        (
            ">851660<",
            ">8516<",
            "/Invoice/InvoiceLine[3]/Item/CommodityClassification/ItemClassificationCode",
        ),
    ],
)
def test_read_when_a_value_is_malformed_says_where(
    text: str, old: str, new: str, location: str
) -> None:
    assert old in text
    with pytest.raises(MalformedDocument) as refusal:
        read_invoice(text.replace(old, new, 1))
    assert refusal.value.location == location


def test_read_when_sound_gives_what_the_other_parts_ask_for(text: str) -> None:
    more = """
  <cac:ContractDocumentReference><cbc:ID>FRAME-7</cbc:ID></cac:ContractDocumentReference>
  <cac:DespatchDocumentReference><cbc:ID>DESP-12</cbc:ID></cac:DespatchDocumentReference>
  <cac:Delivery>
    <cbc:ActualDeliveryDate>2026-12-18</cbc:ActualDeliveryDate>
    <cac:DeliveryLocation>
      <cac:Address>
        <cac:Country><cbc:IdentificationCode>NL</cbc:IdentificationCode></cac:Country>
      </cac:Address>
    </cac:DeliveryLocation>
  </cac:Delivery>
  <cac:AccountingSupplierParty>"""
    invoice = read_invoice(text.replace("<cac:AccountingSupplierParty>", more, 1))
    assert invoice.contract_reference == "FRAME-7"
    assert invoice.despatch_reference == "DESP-12"
    assert invoice.delivery is not None
    assert (invoice.delivery.date, invoice.delivery.to_country) == (date(2026, 12, 18), "NL")
    assert invoice.where("delivery.to_country").endswith("Address/Country/IdentificationCode")
    assert invoice.notes[0].startswith("CIF Rotterdam")
    assert invoice.payment_terms is not None
    assert invoice.seller.address[:2] == ("88 Jiangxia Industrial Road", "Ningbo")
    assert [line.order_line for line in invoice.lines] == ["1", "2", "3", "4", "5"]
