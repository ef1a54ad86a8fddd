"""The electronic bill of lading: required members, code lists, who may have the goods."""

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from entrepot.domain.documents.dcsa_transport_document import TransportDocument
from entrepot.domain.documents.reading import read_as
from entrepot.domain.errors import MalformedDocument

REQUIRED = [
    "transportDocumentStatus",
    "transportDocumentTypeCode",
    "isShippedOnBoardType",
    "isElectronic",
    "isToOrder",
    "invoicePayableAt",
    "partyContactDetails",
    "documentParties",
    "consignmentItems",
    "utilizedTransportEquipments",
    "termsAndConditions",
    "receiptTypeAtOrigin",
    "deliveryTypeAtDestination",
    "cargoMovementTypeAtOrigin",
    "cargoMovementTypeAtDestination",
    "carrierCode",
    "carrierCodeListProvider",
    "transports",
]


@pytest.fixture
def bill(inputs: Path) -> dict[str, Any]:
    return json.loads((inputs / "straight-walk/transport-document.json").read_text())


def read_bill(bill: dict[str, Any]) -> TransportDocument:
    document = read_as("dcsa-transport-document", json.dumps(bill).encode())
    assert isinstance(document, TransportDocument)
    return document


def test_read_when_sound_gives_parties_goods_and_voyage(bill: dict[str, Any]) -> None:
    document = read_bill(bill)
    assert (document.reference, document.status) == ("BMLNGB2611870", "ISSUED")
    assert document.is_to_order
    assert document.parties.shipper.lei == "ENTR00NINGBOHAISHU13"
    assert document.parties.endorsee is not None
    assert document.parties.consignee is None
    assert [party.lei for party in document.parties.notify_parties] == ["ENTR00VANDERMEERBV73"]
    assert (document.port_of_loading, document.port_of_discharge) == ("CNNGB", "NLRTM")
    assert document.voyages[0].export_voyage == "046W"
    assert str(document.shipped_on_board_on) == "2026-11-12"
    assert (document.gross_kg, document.packages) == (Decimal(40_850), 2_550)
    assert [each.container for each in document.equipment] == [
        "BQMU4011279",
        "BQMU4011284",
        "BQMU5388040",
    ]


@pytest.mark.parametrize("name", REQUIRED)
def test_read_when_a_required_member_is_missing_names_it(bill: dict[str, Any], name: str) -> None:
    del bill[name]
    with pytest.raises(MalformedDocument, match="missing") as refusal:
        read_bill(bill)
    assert refusal.value.location.startswith(f"/{name}")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"transportDocumentTypeCode": "AWB"}, "code list"),
        ({"transportDocumentTypeCode": "SWB"}, "never to order"),
        ({"transportDocumentStatus": "LOST"}, "code list"),
        ({"transportDocumentReference": "X" * 21}, "more than 20"),
        ({"isToOrder": "true"}, "not true or false"),
        ({"isToOrder": False}, "straight bill"),
        ({"isShippedOnBoardType": False}, "does not agree"),
        ({"shippedOnBoardDate": None}, "does not agree"),
        ({"shippedOnBoardDate": "12.11.2026"}, "not a date"),
        ({"receivedForShipmentDate": "2026-11-09"}, "on board already"),
        ({"issueDate": None}, "missing"),
        ({"carrierCodeListProvider": "OWN"}, "code list"),
        ({"receiptTypeAtOrigin": "FCL"}, "code list"),
        ({"partyContactDetails": []}, "at least 1"),
    ],
)
def test_read_when_a_member_is_wrong_says_why(
    bill: dict[str, Any], changes: dict[str, object], why: str
) -> None:
    with pytest.raises(MalformedDocument, match=why):
        read_bill(bill | changes)


def test_read_when_straight_needs_a_consignee(bill: dict[str, Any]) -> None:
    parties = copy.deepcopy(bill["documentParties"])
    parties["consignee"] = parties.pop("endorsee")
    straight = bill | {"isToOrder": False, "documentParties": parties}
    assert read_bill(straight).parties.consignee is not None
    del parties["consignee"]
    with pytest.raises(MalformedDocument, match="consignee: it is missing"):
        read_bill(straight)


def test_read_when_to_order_has_no_consignee(bill: dict[str, Any]) -> None:
    bill["documentParties"]["consignee"] = bill["documentParties"]["shipper"]
    with pytest.raises(MalformedDocument, match="not a consignee"):
        read_bill(bill)


def test_read_when_cargo_lies_in_no_container_of_the_bill_refuses(bill: dict[str, Any]) -> None:
    bill["consignmentItems"][0]["cargoItems"][0]["equipmentReference"] = "NARU3472484"
    with pytest.raises(MalformedDocument, match="not among") as refusal:
        read_bill(bill)
    assert refusal.value.location == "/consignmentItems/0/cargoItems/0/equipmentReference"


def test_read_when_mass_is_in_pounds_converts_exactly(bill: dict[str, Any]) -> None:
    cargo = bill["consignmentItems"][3]["cargoItems"][0]
    cargo["cargoGrossWeight"] = {"value": 100, "unit": "LBR"}
    assert read_bill(bill).items[3].cargo[0].gross_kg == Decimal("45.359237")


@pytest.mark.parametrize("mass", [0, -1])
def test_read_when_mass_is_nothing_refuses(bill: dict[str, Any], mass: int) -> None:
    bill["consignmentItems"][0]["cargoItems"][0]["cargoGrossWeight"]["value"] = mass
    with pytest.raises(MalformedDocument, match="more than nothing"):
        read_bill(bill)


def test_read_when_it_says_more_gives_places_and_clauses(bill: dict[str, Any]) -> None:
    bill["placeOfIssue"] = {"locationName": "Ningbo", "UNLocationCode": "CNNGB"}
    bill["transports"]["placeOfReceipt"] = {"locationName": "A yard by the river"}
    bill["transports"]["placeOfDelivery"] = {"UNLocationCode": "NLRTM"}
    bill["carrierClauses"] = ["Shipper's load, stow and count"]
    document = read_bill(bill)
    assert (document.place_of_issue, document.place_of_receipt) == ("CNNGB", None)
    assert document.place_of_delivery == "NLRTM"
    assert document.carrier_clauses == ("Shipper's load, stow and count",)
    assert document.where("carrier_clauses[0]") == "/carrierClauses/0"
    assert document.where("place_of_delivery") == "/transports/placeOfDelivery/UNLocationCode"


@pytest.mark.parametrize(
    ("member", "codes", "why"),
    [("HSCodes", ["85167100001"], "10 characters"), ("extendedHSCodes", ["8" * 13], "12")],
)
def test_read_when_a_commodity_code_is_too_long_refuses(
    bill: dict[str, Any], member: str, codes: list[str], why: str
) -> None:
    bill["consignmentItems"][0][member] = codes
    with pytest.raises(MalformedDocument, match=why) as refusal:
        read_bill(bill)
    assert refusal.value.location == f"/consignmentItems/0/{member}/0"


def test_read_when_the_place_of_payment_is_empty_refuses(bill: dict[str, Any]) -> None:
    with pytest.raises(MalformedDocument, match="no place is named"):
        read_bill(bill | {"invoicePayableAt": {}})
    assert read_bill(bill | {"invoicePayableAt": {"freeText": "Rotterdam"}})
