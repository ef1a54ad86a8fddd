"""The papers of the straight walk tell one story: every number that stands twice is the same."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest

from entrepot.domain.documents.dcsa_events import DcsaEvents, EquipmentEvent, TransportEvent
from entrepot.domain.documents.dcsa_transport_document import TransportDocument
from entrepot.domain.documents.packing_list import PackingList
from entrepot.domain.documents.purchase_order import PurchaseOrder
from entrepot.domain.documents.reading import read
from entrepot.domain.documents.ubl_invoice import UblInvoice
from entrepot.domain.documents.wco_declaration import WcoDeclaration
from entrepot.domain.documents.wco_response import ResponseFunction, WcoResponse
from entrepot.domain.identifiers import parse_country, parse_lei
from entrepot.domain.money import Money

Kind = TypeVar("Kind")


class Papers:
    """Each input file as the document it must be."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, kind: type[Kind], name: str) -> Kind:
        document = read((self._folder / name).read_bytes())
        assert isinstance(document, kind)
        return document


@pytest.fixture
def papers(inputs: Path) -> Papers:
    return Papers(inputs)


@pytest.fixture
def order(papers: Papers) -> PurchaseOrder:
    return papers.get(PurchaseOrder, "straight-walk/purchase-order.json")


@pytest.fixture
def invoice(papers: Papers) -> UblInvoice:
    return papers.get(UblInvoice, "straight-walk/invoice.xml")


@pytest.fixture
def packing(papers: Papers) -> PackingList:
    return papers.get(PackingList, "straight-walk/packing-list.json")


@pytest.fixture
def bill(papers: Papers) -> TransportDocument:
    return papers.get(TransportDocument, "straight-walk/transport-document.json")


@pytest.fixture(params=["export", "import"])
def declaration(papers: Papers, request: pytest.FixtureRequest) -> WcoDeclaration:
    return papers.get(WcoDeclaration, f"straight-walk/{request.param}-declaration.xml")


def test_order_and_invoice_agree(order: PurchaseOrder, invoice: UblInvoice) -> None:
    assert invoice.payable == order.total == Money(128_400_000, "USD")
    assert invoice.order_reference == order.number
    assert invoice.due_date == order.payment_due_on
    assert (invoice.seller.lei, invoice.buyer.lei) == (order.seller.lei, order.buyer.lei)
    assert invoice.totals.vat == Decimal(order.vat.to_decimal_string())
    for line, ordered in zip(invoice.lines, order.lines, strict=True):
        assert (line.id, line.description, line.hs_code, line.quantity) == (
            ordered.id,
            ordered.description,
            ordered.hs_code,
            ordered.quantity,
        )
        assert Money.from_decimal(line.net, "USD") == ordered.net


def test_packing_list_holds_what_is_invoiced(packing: PackingList, invoice: UblInvoice) -> None:
    assert packing.invoice_number == invoice.number
    for line in invoice.lines[:4]:
        rows = [row for row in packing.goods if row.invoice_line == line.id]
        assert sum(row.packages for row in rows) == line.quantity
        assert {row.hs_code for row in rows} == {line.hs_code}


def test_bill_of_lading_carries_what_is_packed(
    bill: TransportDocument, packing: PackingList
) -> None:
    assert (bill.gross_kg, bill.packages) == (packing.gross_kg, packing.packages)
    packed = sorted((row.hs_code, row.container, row.gross_kg) for row in packing.goods)
    carried = sorted(
        (item.hs_codes[0], cargo.container, cargo.gross_kg)
        for item in bill.items
        for cargo in item.cargo
    )
    assert carried == packed
    assert {("CPO", packing.order_number)} == {
        each for item in bill.items for each in item.references
    }


def test_bill_of_lading_fits_the_order(bill: TransportDocument, order: PurchaseOrder) -> None:
    assert bill.shipped_on_board_on is not None
    assert bill.shipped_on_board_on <= order.latest_shipment_on
    assert bill.freight_term == "PRE"  # as CIF wants it
    assert order.incoterm_place == bill.port_of_discharge
    assert bill.parties.shipper.lei == order.seller.lei
    assert bill.parties.notify_parties[0].lei == order.buyer.lei


def test_declarations_state_the_goods(
    declaration: WcoDeclaration,
    invoice: UblInvoice,
    packing: PackingList,
    bill: TransportDocument,
) -> None:
    goods = invoice.lines[:4]
    assert declaration.invoice_numbers == (invoice.number,)
    total = sum((line.net for line in goods), Decimal(0))
    assert declaration.invoice_total == Money.from_decimal(total, "USD")
    assert declaration.total_packages == packing.packages
    assert declaration.gross_kg == packing.gross_kg
    assert sum(item.net_kg or 0 for item in declaration.items) == packing.net_kg
    assert set(declaration.containers) == {each.container for each in bill.equipment}
    assert declaration.incoterm == "CIF"
    for item, line in zip(declaration.items, goods, strict=True):
        assert item.hs_code is not None
        assert item.hs_code[:6] == line.hs_code
        assert item.price == Money.from_decimal(line.net, "USD")
        assert item.packages == line.quantity


@pytest.mark.parametrize("side", ["export", "import"])
def test_answers_are_about_their_declaration(papers: Papers, side: str) -> None:
    declaration = papers.get(WcoDeclaration, f"straight-walk/{side}-declaration.xml")
    names = [f"straight-walk/{side}-response-{what}.xml" for what in ("accepted", "cleared")]
    if side == "export":
        names += [
            "customs-hold/export-response-control.xml",
            "customs-hold/export-response-cleared-after-control.xml",
        ]
    answers = [papers.get(WcoResponse, name) for name in names]
    assert [answer.function for answer in answers] == [
        ResponseFunction.ACCEPTED,
        ResponseFunction.CLEARED,
        ResponseFunction.UNDER_CONTROL,
        ResponseFunction.CLEARED,
    ][: len(answers)]
    assert len({answer.mrn for answer in answers}) == 1
    assert {answer.declaration_reference for answer in answers} == {declaration.reference}
    assert [answer.issued_at for answer in answers] == sorted(
        answer.issued_at for answer in answers
    )


def test_events_are_about_the_bills_containers_and_voyage(
    papers: Papers, bill: TransportDocument
) -> None:
    containers = {each.container for each in bill.equipment}
    for name in ("straight-walk/events-export.json", "straight-walk/events-import.json"):
        for event in papers.get(DcsaEvents, name).events:
            assert ("PO", "PO-2026-1187") in {(r.type, r.value) for r in event.header.references}
            match event:
                case EquipmentEvent():
                    assert event.equipment in containers
                case TransportEvent():
                    assert event.call.export_voyage == bill.voyages[0].export_voyage
                    assert event.call.vessel_name == bill.voyages[0].vessel_name
                case _:
                    pytest.fail("the scenario has no shipment events")


def test_the_cast_has_valid_identities(inputs: Path, invoice: UblInvoice) -> None:
    cast = tomllib.loads((inputs.parent / "parties.toml").read_text())
    leis = [parse_lei(party["lei"]) for party in cast.values()]
    assert len(set(leis)) == len(cast) == 8
    for party in cast.values():
        assert parse_country(party["jurisdiction"]) == party["jurisdiction"]
        assert party["roles"]
        assert party["name_zh"]
    assert invoice.seller.lei == cast["exporter"]["lei"]
    assert invoice.seller.name == cast["exporter"]["name"]
    assert invoice.buyer.lei == cast["importer"]["lei"]
