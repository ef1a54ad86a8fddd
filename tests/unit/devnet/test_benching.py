"""A trade under other numbers is the same trade; percentiles are those of the samples."""

from datetime import UTC, datetime
from pathlib import Path

from entrepot.devnet import benching
from entrepot.devnet.benching import Variant, spread
from entrepot.devnet.scenario import Step, load
from entrepot.domain.documents.reading import read
from entrepot.domain.fingerprints import Fingerprint, of_document
from entrepot.domain.keys import Keys

SCENARIOS = Path(__file__).parents[3] / "hardhat-free-devnet" / "scenarios"
STRAIGHT = load(SCENARIOS / "straight-walk.toml")


def test_variant_gives_every_paper_the_same_other_numbers() -> None:
    one, other = Variant(1), Variant(2)
    invoice = STRAIGHT.read("inputs/straight-walk/invoice.xml")
    order = next(step for step in STRAIGHT.steps if step.post == "/v1/orders")
    assert b"PO-2026-1187" in invoice
    assert b"PO-2026-5001" in one.content(invoice)
    assert b"2026-1187" not in one.content(invoice)
    assert (one.step(order).body or {})["reference"] == "PO-2026-5001"
    assert (other.step(order).body or {})["reference"] == "PO-2026-5002"


def test_no_two_variants_send_invoices_that_look_alike() -> None:
    """Found by the bench: the tenth walk stopped at a near match with the first."""
    keys = Keys(b"a consortium key of thirty-two bytes or more")
    seen: dict[Fingerprint, int] = {}
    invoice = STRAIGHT.read("inputs/straight-walk/invoice.xml")
    for number in range(1, 120):
        document = read(Variant(number).content(invoice))
        for fingerprint in of_document(keys, document, owner=""):
            assert seen.setdefault(fingerprint, number) == number


def test_variant_takes_the_times_out_and_moves_the_deadlines() -> None:
    at = datetime(2026, 11, 2, tzinfo=UTC)
    body = {"accept_by": "2026-11-09T00:00:00Z", "tranches": [{"note": "not a time"}]}
    varied = Variant(1).step(Step(say="s", actor="exporter", post="/v1/x", at=at, body=body))
    assert varied.at is None
    assert varied.body == {
        "accept_by": "2027-01-17T00:00:00Z",
        "tranches": [{"note": "not a time"}],
    }


def test_every_deadline_of_the_scenario_lies_ahead_of_the_bench() -> None:
    order = next(step for step in STRAIGHT.steps if step.post == "/v1/orders")
    accept_by = (Variant(1).step(order).body or {})["accept_by"]
    assert datetime.fromisoformat(accept_by) > benching.START


def test_spread_ranks_the_samples() -> None:
    found = spread([float(number) for number in range(200, 0, -1)])
    assert (found.count, found.median_ms, found.p99_ms, found.max_ms) == (200, 100.5, 198.0, 200.0)
