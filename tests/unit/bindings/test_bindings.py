"""The generated words, against numbers known from elsewhere and against themselves."""

from dataclasses import fields
from enum import IntEnum
from typing import Any, get_args

import pytest
from eth_hash.auto import keccak

from entrepot.bindings import (
    access_manager,
    encumbrances,
    evidence,
    evidence_kinds,
    financing,
    financings,
    libraries,
    participants,
    registry,
    roles,
    settlement_token,
    titles,
    trade_orders,
)
from entrepot.kit.abi import Event, Struct, View

MODULES = [
    access_manager,
    encumbrances,
    evidence,
    financing,
    libraries,
    participants,
    registry,
    settlement_token,
    titles,
    trade_orders,
]
WORDS: list[Any] = [
    word
    for module in MODULES
    for name in ("EVENTS", "CALLS", "VIEWS", "REVERTS")
    for word in getattr(module, name, ())
]


@pytest.mark.parametrize(
    ("word", "known"),
    [
        (
            settlement_token.Transfer,
            "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef",
        ),
        (
            settlement_token.Approval,
            "8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925",
        ),
        (settlement_token.TransferCall, "a9059cbb"),
        (settlement_token.TransferFrom, "23b872dd"),
        (settlement_token.Approve, "095ea7b3"),
        (settlement_token.Permit, "d505accf"),
        (settlement_token.BalanceOfView, "70a08231"),
        (settlement_token.AllowanceView, "dd62ed3e"),
        (settlement_token.DecimalsView, "313ce567"),
        (settlement_token.ERC20InsufficientBalance, "e450d38c"),
        (access_manager.AccessManagedUnauthorized, "068ca9d8"),
    ],
)
def test_standard_words_have_their_standard_hashes(word: Any, known: str) -> None:
    hashed = word.abi.topic if issubclass(word, Event) else word.abi.selector
    assert hashed.hex() == known


@pytest.mark.parametrize("word", WORDS, ids=lambda word: f"{word.__module__}.{word.__name__}")
def test_every_hash_is_that_of_its_own_signature(word: Any) -> None:
    signature = f"{word.abi.name}({','.join(field.type for field in word.abi.fields)})"
    hashed = word.abi.topic if issubclass(word, Event) else word.abi.selector
    assert keccak(signature.encode()).startswith(hashed)
    assert [field.name for field in word.abi.fields] == [field.name for field in fields(word)]


@pytest.mark.parametrize("word", WORDS, ids=lambda word: f"{word.__module__}.{word.__name__}")
def test_every_struct_is_spelled_out_in_its_type(word: Any) -> None:
    returned = word.abi.returns if issubclass(word, View) else ()
    for field in (*word.abi.fields, *returned):
        of = field.of
        if of is not None and issubclass(of, Struct):
            assert field.type.removesuffix("[]") == of.abi.type
        elif of is not None:
            assert issubclass(of, IntEnum)
            assert field.type.removesuffix("[]") == "uint8"


def test_a_log_and_a_refusal_mean_one_thing() -> None:
    events = [word for word in WORDS if issubclass(word, Event)]
    assert len(registry.EVENTS_BY_TOPIC) == len(events)
    reverts = [word for module in MODULES for word in getattr(module, "REVERTS", ())]
    assert len(registry.REVERTS_BY_SELECTOR) == len(reverts)
    calls = [word for module in MODULES for word in getattr(module, "CALLS", ())]
    assert len(registry.CALLS_BY_PATH) == len(calls)
    assert registry.CALLS_BY_PATH["Financing.release"] is financing.Release


def test_names_follow_the_rule_of_the_generator() -> None:
    assert [field.name for field in fields(financing.Release)] == ["terms", "tranche"]
    assert issubclass(financing.TrancheReleased, Event)
    assert financing.ConditionsNotMet.abi.name == "Financing_ConditionsNotMet"
    assert issubclass(titles.PledgeOffered, Event)
    assert titles.PledgeOfferedRefusal.abi.name == "Titles_PledgeOffered"


def test_events_of_an_order_have_its_id_as_their_first_topic() -> None:
    about_orders = [
        event
        for module in (evidence, financing, titles, trade_orders, encumbrances)
        for event in module.EVENTS
        if any(field.name == "order_id" for field in event.abi.fields)
    ]
    assert len(about_orders) > 30
    for event in about_orders:
        first = event.abi.fields[0]
        assert (first.name, first.indexed) == ("order_id", True), event


def test_enums_number_their_members_as_the_contracts_do() -> None:
    assert roles.Role.EXPORTER == 0
    assert roles.Role.ARBITER == 8
    assert evidence_kinds.EvidenceKind.FRAUD_ALERT == 25
    assert [state.name for state in financings.FinancingState][:3] == [
        "NONE",
        "REQUESTED",
        "APPROVED",
    ]
    assert max(financings.Condition) == financings.Condition.RECOURSE == 15


def test_views_say_what_they_answer() -> None:
    assert financing.FacilityView.__orig_bases__ == (View[financings.Facility],)  # pyright: ignore
    assert evidence.KindsView.abi.result is evidence.KindsResult
    assert get_args(financing.LimitOfView.__orig_bases__[0]) == (  # pyright: ignore
        financing.LimitOfResult,
    )
