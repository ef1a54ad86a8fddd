"""UBL's credit note and order: read to the terms of invoice and purchase order."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from entrepot.domain.documents.purchase_order import PurchaseOrder
from entrepot.domain.documents.reading import read
from entrepot.domain.documents.ubl_credit_note import UblCreditNote
from entrepot.domain.errors import MalformedDocument, NonconformingDocument
from entrepot.domain.money import Money

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture
def note() -> str:
    return (SAMPLES / "credit-note.xml").read_text()


@pytest.fixture
def order() -> str:
    return (SAMPLES / "order.xml").read_text()


def test_read_credit_note_when_sound_names_the_invoice_it_lowers(note: str) -> None:
    document = read(note.encode())
    assert isinstance(document, UblCreditNote)
    assert (document.number, document.type_code) == ("NHA-CN-2026-0044", "381")
    (invoice,) = document.preceding
    assert (invoice.number, invoice.issued_on) == ("NHA-2026-0931", date(2026, 11, 5))
    assert document.payable == Money(1_540_000, "USD")
    assert document.lines[0].quantity == Decimal(20)
    assert document.where("lines[0].quantity") == "/CreditNote/CreditNoteLine/CreditedQuantity"


def test_read_credit_note_when_a_sum_is_wrong_says_so_in_its_own_names(note: str) -> None:
    wrong = note.replace(
        'LineExtensionAmount currencyID="USD">15400.00', 'LineExtensionAmount currencyID="USD">1'
    )
    with pytest.raises(NonconformingDocument) as refusal:
        read(wrong.encode())
    assert "BR-CO-13 at /CreditNote/" in str(refusal.value)
    with pytest.raises(NonconformingDocument, match="BR-04 at /CreditNote/CreditNoteTypeCode"):
        read(note.replace("CreditNoteTypeCode", "CreditNoteTypecode").encode())


def test_read_order_when_sound_is_the_same_order_as_our_json(order: str, inputs: Path) -> None:
    document = read(order.encode())
    assert isinstance(document, PurchaseOrder)
    assert document == read((inputs / "straight-walk/purchase-order.json").read_bytes())
    assert document.where("incoterm_place") == "/Order/DeliveryTerms/DeliveryLocation/ID"


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        (' schemeID="0199"', "", "/Order/BuyerCustomerParty/Party/PartyLegalEntity/CompanyID"),
        (">CIF<", ">DAT<", "/Order/DeliveryTerms/ID"),
        (">770.00<", ">770.01<", "/Order/OrderLine[1]/LineItem/LineExtensionAmount"),
        (">1284000.00<", ">1284000.01<", "/Order/AnticipatedMonetaryTotal/PayableAmount"),
        ('"USD">770.00<', '"EUR">770.00<', "/Order/OrderLine[1]/LineItem/Price/PriceAmount"),
        (">800<", ">-800<", "/Order/OrderLine[1]/LineItem/Quantity"),
    ],
)
def test_read_order_when_wrong_says_where(order: str, old: str, new: str, place: str) -> None:
    assert old in order
    with pytest.raises(MalformedDocument) as refusal:
        read(order.replace(old, new).encode())
    assert refusal.value.location == place
