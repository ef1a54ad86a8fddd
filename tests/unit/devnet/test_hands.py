"""Arguments of a contract's verb as a scenario writes them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from entrepot.bindings.evidence import Record
from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.trade_orders import AcceptAmendment
from entrepot.chain.ids import order_digest
from entrepot.devnet.hands import written
from entrepot.kit.hashing import sha256

ORDER = "0x" + "11" * 32
FACT: dict[str, Any] = {
    "kind": "INVOICE",
    "source_key": "NHA-1",
    "commitment": "0x" + "22" * 32,
    "occurred_at": datetime(2026, 11, 6, tzinfo=UTC),
    "supersedes": "",
}
TERMS: dict[str, Any] = {
    "exporter": "ENTR00NINGBOHAISHU13",
    "importer": "ENTR00VANDERMEERBV73",
    "currency": "USD",
    "origin": "CN",
    "destination": "NL",
    "accept_by": 1,
    "amount": 100,
    "ship_by": 2,
    "commitment": "terms",
}


def test_words_codes_and_times_become_what_the_contract_takes() -> None:
    call = written("Evidence.record", {"order_id": ORDER, "fact": FACT})
    assert isinstance(call, Record)
    assert call.order_id == bytes.fromhex("11" * 32)
    assert call.fact.kind is EvidenceKind.INVOICE
    assert call.fact.source_key == sha256(b"NHA-1")
    assert call.fact.commitment == bytes.fromhex("22" * 32)
    assert call.fact.occurred_at == 1_793_923_200
    assert call.fact.supersedes == bytes(32)


def test_digest_of_an_amendment_is_worked_out_from_its_version() -> None:
    named = [{"participant": TERMS["exporter"], "kinds": ["INVOICE", "PACKING_LIST"]}]
    values = {"order_id": ORDER, "terms": TERMS, "attesters": named, "digest": 2}
    call = written("TradeOrders.acceptAmendment", values)
    assert isinstance(call, AcceptAmendment)
    assert call.terms.importer == b"ENTR00VANDERMEERBV73"
    wanted = (1 << EvidenceKind.INVOICE) | (1 << EvidenceKind.PACKING_LIST)
    assert [each.kinds for each in call.attesters] == [wanted]
    assert call.digest == order_digest(call.order_id, 2, call.terms, call.attesters)


@pytest.mark.parametrize(
    ("path", "values", "why"),
    [
        ("Evidence.forge", {}, "no contract has a verb Evidence.forge"),
        ("Evidence.record", {"order_id": ORDER}, "needed are order_id, fact"),
        ("Evidence.record", {"order_id": ORDER, "fact": FACT, "x": 1}, "given are .*x"),
    ],
)
def test_what_is_no_call_is_refused(path: str, values: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        written(path, values)
