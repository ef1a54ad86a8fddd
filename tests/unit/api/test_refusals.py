"""A contract's refusal in plain words; what a request is, whatever it is written like."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.api.idempotency import fingerprint
from entrepot.api.refusals import WORDS, problem_of
from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.registry import REVERTS_BY_SELECTOR
from entrepot.domain.money import Money

OF_THE_OUTBOX = {"EarlierCallFailed", "GasCapExceeded", "Held"}
KNOWN = {revert.abi.name for revert in REVERTS_BY_SELECTOR.values()}


def test_every_refusal_with_words_is_one_that_a_contract_gives() -> None:
    assert set(WORDS) - KNOWN - OF_THE_OUTBOX == set()


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_every_refusal_of_a_contract_has_a_code_and_a_sentence(name: str) -> None:
    problem = problem_of({"contract": "C", "name": name, "arguments": {}})
    assert problem.status == 409
    assert problem.code == problem.code.lower()
    assert "_" not in problem.code
    assert problem.detail
    assert problem.contract_error == {"contract": "C", "name": name, "arguments": {}}


def test_invalid_field_is_named() -> None:
    field = "0x" + b"shipBy".ljust(32, b"\0").hex()
    told = problem_of(
        {
            "contract": "TradeOrders",
            "name": "TradeOrders_InvalidTerms",
            "arguments": {"order_id": "0x", "field": field},
        }
    )
    assert told.detail.endswith(": shipBy")


def test_failure_without_a_contract_has_no_contract_error() -> None:
    told = problem_of({"name": "Underpriced", "detail": "transaction underpriced (-32000)"})
    assert (told.contract_error, told.code) == (None, "underpriced")
    assert "underpriced" in told.detail


ONE = Money(1, "USD")


@dataclass(frozen=True)
class Sample:
    content: bytes = b"paper"
    amount: Money = ONE
    kind: EvidenceKind = EvidenceKind.INVOICE
    at: int = 2**60
    words: tuple[str, ...] = ("a",)


def test_fingerprint_is_the_same_for_the_same_and_only_for_it() -> None:
    one = fingerprint("POST", "/v1/x", Sample())
    assert one == fingerprint("POST", "/v1/x", Sample())
    others = [
        fingerprint("POST", "/v1/y", Sample()),
        fingerprint("PUT", "/v1/x", Sample()),
        *(
            fingerprint("POST", "/v1/x", replace(Sample(), **change))
            for change in (
                {"content": b"other"},
                {"amount": Money(2, "USD")},
                {"kind": EvidenceKind.PACKING_LIST},
                {"at": 2**60 + 1},
                {"words": ("a", "b")},
                {"words": ("ab",)},
            )
        ),
    ]
    assert len({one, *others}) == len(others) + 1


@given(st.text(), st.text())
def test_fingerprint_of_two_texts_differs_when_they_do(a: str, b: str) -> None:
    try:
        same = fingerprint("POST", a, None) == fingerprint("POST", b, None)
    except ValueError:
        return
    assert same == (a == b)


def test_what_no_command_holds_is_refused() -> None:
    with pytest.raises(TypeError):
        fingerprint("POST", "/", object())
