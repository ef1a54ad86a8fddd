"""Our own purchase order and packing list: sums that hold, or the place where they do not."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from entrepot.domain.documents.packing_list import PackingList
from entrepot.domain.documents.purchase_order import PurchaseOrder
from entrepot.domain.documents.reading import read
from entrepot.domain.errors import MalformedDocument, UnknownDocument
from entrepot.domain.money import Money


@pytest.fixture
def order(inputs: Path) -> dict[str, Any]:
    return json.loads((inputs / "straight-walk/purchase-order.json").read_text())


@pytest.fixture
def packing(inputs: Path) -> dict[str, Any]:
    return json.loads((inputs / "straight-walk/packing-list.json").read_text())


def refused_at(document: dict[str, Any]) -> str:
    with pytest.raises(MalformedDocument) as refusal:
        read(json.dumps(document).encode())
    return refusal.value.location


def test_read_order_when_sound_gives_terms_and_total(order: dict[str, Any]) -> None:
    document = read(json.dumps(order).encode())
    assert isinstance(document, PurchaseOrder)
    assert (document.number, document.total) == ("PO-2026-1187", Money(128_400_000, "USD"))
    assert (document.incoterm, document.incoterm_place) == ("CIF", "NLRTM")
    assert document.lines[0].quantity == Decimal(800)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("net", "1282800.01"),
        ("vat", "1199.99"),
        ("total", "1284000.01"),
        ("total", "1284000.001"),
        ("currency", "DEM"),
        ("incoterm", "DAT"),
        ("schemaVersion", "2"),
        ("issueDate", "2026-11-31"),
        ("lines", []),
    ],
)
def test_read_order_when_a_member_is_wrong_says_where(
    order: dict[str, Any], member: str, value: object
) -> None:
    # A wrong VAT shows in the total, which is what is checked against it.
    expected = "/total" if member == "vat" else f"/{member}"
    assert refused_at(order | {member: value}) == expected


def test_read_order_when_a_line_does_not_multiply_says_which(order: dict[str, Any]) -> None:
    order["lines"][2]["quantity"] = 451
    assert refused_at(order) == "/lines/2/net"
    order["lines"][2]["quantity"] = 0
    assert refused_at(order) == "/lines/2/quantity"


def test_read_packing_list_when_sound_gives_rows_and_totals(packing: dict[str, Any]) -> None:
    document = read(json.dumps(packing).encode())
    assert isinstance(document, PackingList)
    assert (document.packages, document.gross_kg) == (2_550, Decimal(40_850))
    assert {row.container for row in document.goods} == {
        "BQMU4011279",
        "BQMU4011284",
        "BQMU5388040",
    }


@pytest.mark.parametrize("name", ["packages", "grossKg", "netKg", "volumeM3"])
def test_read_packing_list_when_a_total_is_off_by_one_says_which(
    packing: dict[str, Any], name: str
) -> None:
    packing["totals"][name] += 1
    assert refused_at(packing) == f"/totals/{name}"


def test_read_packing_list_when_net_is_more_than_gross_refuses(packing: dict[str, Any]) -> None:
    packing["goods"][0]["netKg"] = packing["goods"][0]["grossKg"] + 1
    assert refused_at(packing) == "/goods/0/netKg"


def test_read_when_the_type_is_unknown_names_the_ones_we_know(order: dict[str, Any]) -> None:
    with pytest.raises(MalformedDocument, match="packing-list, purchase-order"):
        read(json.dumps(order | {"documentType": "love-letter"}).encode())
    del order["documentType"]
    with pytest.raises(UnknownDocument, match="documentType"):
        read(json.dumps(order).encode())
