"""Whether a paper speaks of its order: each refusal names what is agreed and what was found."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.domain.documents import reading
from entrepot.domain.documents.dcsa_events import EventHeader, Reference, TransportCall
from entrepot.domain.documents.dcsa_transport_document import TransportDocument
from entrepot.domain.documents.packing_list import PackingList
from entrepot.domain.documents.purchase_order import PurchaseOrder
from entrepot.domain.documents.ubl_invoice import UblInvoice
from entrepot.domain.documents.wco_declaration import WcoDeclaration
from entrepot.domain.errors import Contradiction, OtherOrder, WrongCurrency, WrongParty
from entrepot.domain.identifiers import ImoNumber
from entrepot.domain.money import Money
from entrepot.kit.clock import from_unix
from entrepot.steps.submission import agreement
from entrepot.steps.submission.agreement import OrderFacts

INPUTS = Path(__file__).parents[4] / "hardhat-free-devnet/scenarios/inputs/straight-walk"
ORDER = OrderFacts(
    order_id=b"one",
    reference="PO-2026-1187",
    exporter="ENTR00NINGBOHAISHU13",
    importer="ENTR00VANDERMEERBV73",
    amount=Money(128_400_000, "USD"),
    origin="CN",
    destination="NL",
)
NOTHING = Money(0, "USD")
SAMPLES = Path(__file__).parents[2] / "domain/documents/samples"


def paper(name: str) -> Any:
    return reading.read((INPUTS / name).read_bytes())


INVOICE: UblInvoice = paper("invoice.xml")
BILL: TransportDocument = paper("transport-document.json")
PURCHASE_ORDER: PurchaseOrder = paper("purchase-order.json")
PACKING_LIST: PackingList = paper("packing-list.json")
DECLARATION: WcoDeclaration = paper("export-declaration.xml")


def test_papers_of_the_order_agree_with_it() -> None:
    agreement.check_invoice(ORDER, INVOICE, NOTHING)
    agreement.check_transport_document(ORDER, BILL)
    agreement.check_issuable(BILL)
    agreement.check_purchase_order(ORDER, PURCHASE_ORDER)
    agreement.check_packing_list(ORDER, PACKING_LIST)
    agreement.check_declaration(ORDER, "EXPORT_DECLARATION", DECLARATION, [INVOICE.number])


@pytest.mark.parametrize("reference", ["po-2026-1187", " PO-2026-1187 ", "ＰＯ-2026-1187"])
def test_reference_when_spelled_otherwise_is_the_same(reference: str) -> None:
    agreement.check_invoice(replace(ORDER, reference=reference), INVOICE, NOTHING)


@pytest.mark.parametrize(
    ("change", "error", "found"),
    [
        ({"reference": "PO-1"}, OtherOrder, "PO-2026-1187"),
        ({"exporter": "X"}, WrongParty, ORDER.exporter),
        ({"importer": "X"}, WrongParty, ORDER.importer),
        ({"amount": Money(1, "USD")}, Contradiction, "USD 1284000.00"),
        ({"amount": Money(128_400_000, "EUR")}, WrongCurrency, "USD"),
    ],
)
def test_invoice_of_another_order_is_refused(
    change: dict[str, Any], error: type[Contradiction], found: str
) -> None:
    with pytest.raises(error) as caught:
        agreement.check_invoice(replace(ORDER, **change), INVOICE, Money(0, INVOICE.currency))
    assert caught.value.found == found


def test_invoice_without_what_ties_it_to_the_order_is_refused() -> None:
    with pytest.raises(OtherOrder) as caught:
        agreement.check_invoice(ORDER, replace(INVOICE, order_reference=None), NOTHING)
    assert "OrderReference" in caught.value.mend
    nameless = replace(INVOICE, seller=replace(INVOICE.seller, lei=None))
    with pytest.raises(WrongParty) as other:
        agreement.check_invoice(ORDER, nameless, NOTHING)
    assert "0199" in other.value.mend


def test_invoice_that_asks_for_nothing_is_refused() -> None:
    with pytest.raises(Contradiction, match="more than zero"):
        agreement.check_invoice(ORDER, replace(INVOICE, payable=NOTHING), NOTHING)


@given(first=st.integers(1, 200), second=st.integers(1, 200), agreed=st.integers(1, 200))
def test_p2_invoices_together_never_exceed_the_order(first: int, second: int, agreed: int) -> None:
    order = replace(ORDER, amount=Money(agreed, "USD"))
    invoice = replace(INVOICE, payable=Money(second, "USD"))
    if first + second <= agreed:
        agreement.check_invoice(order, invoice, Money(first, "USD"))
    else:
        with pytest.raises(Contradiction):
            agreement.check_invoice(order, invoice, Money(first, "USD"))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"exporter": "X"}, WrongParty),
        ({"origin": "DE"}, Contradiction),
        ({"destination": "DE"}, Contradiction),
        ({"reference": "PO-1"}, OtherOrder),
    ],
)
def test_bill_of_another_order_is_refused(
    change: dict[str, Any], error: type[Contradiction]
) -> None:
    with pytest.raises(error):
        agreement.check_transport_document(replace(ORDER, **change), BILL)


def test_bill_with_another_consignee_is_refused() -> None:
    parties = replace(BILL.parties, consignee=BILL.parties.shipper, endorsee=None)
    with pytest.raises(WrongParty, match="consignee"):
        agreement.check_transport_document(ORDER, replace(BILL, parties=parties))


@pytest.mark.parametrize(
    "change", [{"type_code": "SWB"}, {"is_electronic": False}, {"status": "DRAFT"}]
)
def test_bill_that_can_be_no_title_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Contradiction):
        agreement.check_issuable(replace(BILL, **change))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"reference": "PO-1"}, OtherOrder),
        ({"exporter": "X"}, WrongParty),
        ({"importer": "X"}, WrongParty),
        ({"amount": Money(1, "USD")}, Contradiction),
        ({"amount": Money(1, "EUR")}, WrongCurrency),
    ],
)
def test_purchase_order_of_another_deal_is_refused(
    change: dict[str, Any], error: type[Contradiction]
) -> None:
    with pytest.raises(error):
        agreement.check_purchase_order(replace(ORDER, **change), PURCHASE_ORDER)


@pytest.mark.parametrize("change", [{"reference": "PO-1"}, {"exporter": "X"}, {"importer": "X"}])
def test_packing_list_of_another_deal_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Contradiction):
        agreement.check_packing_list(replace(ORDER, **change), PACKING_LIST)


def test_declaration_is_held_against_invoices_only_once_there_are_any() -> None:
    agreement.check_declaration(ORDER, "EXPORT_DECLARATION", DECLARATION, [])
    with pytest.raises(OtherOrder, match="INV-1"):
        agreement.check_declaration(ORDER, "EXPORT_DECLARATION", DECLARATION, ["INV-1"])
    with pytest.raises(Contradiction, match="direction"):
        agreement.check_declaration(ORDER, "IMPORT_DECLARATION", DECLARATION, [])
    poor = replace(ORDER, amount=Money(1, "USD"))
    with pytest.raises(Contradiction, match="value"):
        agreement.check_declaration(poor, "EXPORT_DECLARATION", DECLARATION, [])


OTHER = replace(ORDER, order_id=b"other", reference="PO-2026-1188")
BILLS = {b"one": {"bill-1"}, b"other": {"bill-2"}}


def header(purchase: str = "", transport: str = "") -> EventHeader:
    return EventHeader(
        id="event",
        classifier="ACT",
        code="GTIN",
        occurred_at=from_unix(0),
        created_at=from_unix(0),
        documents=(Reference("TRD", transport),) if transport else (Reference("BKG", "B"),),
        references=(Reference("PO", purchase),) if purchase else (),
    )


@pytest.mark.parametrize(
    ("purchase", "transport", "order"),
    [
        ("", "", None),
        ("PO-2026-1187", "", ORDER),
        ("po-2026-1188", "", OTHER),
        ("", "BILL-2", OTHER),
        ("PO-2026-1187", "BILL-1", ORDER),
    ],
)
def test_event_names_its_order(purchase: str, transport: str, order: OrderFacts | None) -> None:
    found = agreement.order_of_event(header(purchase, transport), [ORDER, OTHER], BILLS)
    assert found is order


def test_event_may_name_a_bill_that_has_not_come_yet() -> None:
    found = agreement.order_of_event(header("PO-2026-1187", "BILL-1"), [ORDER, OTHER], {})
    assert found is ORDER


@pytest.mark.parametrize(
    ("purchase", "transport"),
    [("PO-9", ""), ("", "BILL-9"), ("PO-2026-1187", "BILL-2"), ("PO-9", "BILL-1")],
)
def test_event_of_no_order_aboard_is_refused(purchase: str, transport: str) -> None:
    with pytest.raises(OtherOrder):
        agreement.order_of_event(header(purchase, transport), [ORDER, OTHER], BILLS)


def test_call_names_its_voyage_outbound_and_inbound() -> None:
    call = TransportCall(
        mode="VESSEL",
        location=None,
        vessel_imo=ImoNumber("9990117"),
        vessel_name=None,
        export_voyage="046W",
        import_voyage="046W",
    )
    assert agreement.voyages_of(call) == (("9990117", "046W"),)
    both = replace(call, import_voyage="046E")
    assert agreement.voyages_of(both) == (("9990117", "046W"), ("9990117", "046E"))
    assert agreement.voyages_of(replace(call, vessel_imo=None)) == ()


def sample(name: str) -> Any:
    return reading.read((SAMPLES / name).read_bytes())


def test_credit_note_agrees_or_is_refused_with_both_values() -> None:
    note = sample("credit-note.xml")
    agreement.check_credit_note(ORDER, note)
    agreement.check_credit_note(ORDER, replace(note, order_reference=None))
    with pytest.raises(OtherOrder):
        agreement.check_credit_note(ORDER, replace(note, order_reference="PO-9"))
    with pytest.raises(WrongParty):
        agreement.check_credit_note(replace(ORDER, importer="ENTR00NINGBOHAISHU13"), note)
    with pytest.raises(WrongCurrency):
        agreement.check_credit_note(ORDER, replace(note, currency="EUR"))
    with pytest.raises(Contradiction, match="more than zero"):
        agreement.check_credit_note(ORDER, replace(note, payable=NOTHING))


@pytest.mark.parametrize("name", ["insurance-certificate.json", "certificate-of-origin.json"])
def test_certificate_of_another_order_is_refused(name: str) -> None:
    certificate = sample(name)
    agreement.check_certificate(ORDER, certificate)
    agreement.check_certificate(ORDER, replace(certificate, order_number=None))
    with pytest.raises(OtherOrder, match="PO-9"):
        agreement.check_certificate(ORDER, replace(certificate, order_number="PO-9"))


def test_certificate_of_origin_of_another_exporter_is_refused() -> None:
    other = replace(ORDER, exporter="ENTR00VANDERMEERBV73")
    with pytest.raises(WrongParty, match="the exporter"):
        agreement.check_certificate(other, sample("certificate-of-origin.json"))
