"""Words as plain values and back."""

import json
from dataclasses import FrozenInstanceError

import pytest

from entrepot.bindings import financings, titles
from entrepot.bindings.ids import AssetKey, EvidenceId, OrderId, ParticipantId
from entrepot.kit.abi import NO_ADDRESS, from_plain, to_plain

LENDER = financings.LenderShare(
    lender=ParticipantId(b"5493001KJTIIGC8Y1R12"), funding_bps=6_000, loss_bps=10_000
)
TERMS = financings.FinancingTerms(
    order_id=OrderId(b"\x01" * 32),
    order_version=1,
    natural_key=b"\x02" * 32,
    product=financings.Product.ORDER_FINANCE,
    token=NO_ADDRESS,
    asset_keys=(AssetKey(b"\x03" * 32),),
    basis=(EvidenceId(b"\x04" * 32), EvidenceId(b"\x05" * 32)),
    lenders=(LENDER,),
    tranches=(),
    interest_bps=700,
    penalty_bps=300,
    fee_bps=50,
    reserve_bps=500,
    platform=ParticipantId(bytes(20)),
    platform_share_bps=0,
    day_count=financings.DayCount.ACT_365F,
    matures_at=2**60,
    grace_days=3,
    default_days=30,
    recourse=True,
)


def test_to_plain_is_json_and_from_plain_undoes_it() -> None:
    plain = json.loads(json.dumps(to_plain(TERMS)))
    assert from_plain(financings.FinancingTerms, plain) == TERMS


def test_to_plain_spells_bytes_integers_and_enums() -> None:
    plain = to_plain(TERMS)
    assert plain["order_id"] == "0x" + "01" * 32
    assert plain["matures_at"] == "1152921504606846976"
    assert plain["day_count"] == "ACT_365F"
    assert plain["recourse"] is True
    assert plain["lenders"][0]["funding_bps"] == "6000"


def test_from_plain_refuses_a_field_too_many_or_too_few() -> None:
    plain = to_plain(LENDER)
    with pytest.raises(ValueError, match="has no field extra"):
        from_plain(financings.LenderShare, {**plain, "extra": "1"})
    del plain["loss_bps"]
    with pytest.raises(KeyError):
        from_plain(financings.LenderShare, plain)


def test_a_keyword_as_a_name_gets_an_underscore() -> None:
    fields = [field.name for field in titles.TitleTransferred.abi.fields]
    assert fields == ["order_id", "title_id", "from_", "to"]


def test_words_are_frozen_and_take_names_only() -> None:
    with pytest.raises(FrozenInstanceError):
        LENDER.loss_bps = 1  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(TypeError):
        financings.LenderShare(b"", 1, 1)  # pyright: ignore[reportCallIssue]


def test_path_and_struct_type() -> None:
    assert titles.Transfer.abi.path == "Titles.transfer"
    assert financings.LenderShare.abi.type == "(bytes20,uint16,uint16)"
