"""What a request must name of an order's goods: all claims, and shipments known well before."""

import pytest

from entrepot.bindings.ids import AssetKey
from entrepot.domain.requests import ASSET_KEYS_MAX
from entrepot.steps.submission.goods import LATE_BLOCKS, Goods

ORDER, INVOICE, BILL, EXPORT = (AssetKey(bytes([n]) * 32) for n in (4, 3, 2, 1))
FOREIGN = AssetKey(b"f" * 32)
ASKED = 1_000
GOODS = Goods((ORDER, INVOICE), ((ASKED - LATE_BLOCKS, BILL), (ASKED - 1, EXPORT)))


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        ((ORDER, INVOICE, BILL, EXPORT), True),
        ((ORDER, INVOICE, BILL), True),
        ((ORDER, INVOICE, EXPORT, BILL), True),
        ((ORDER, INVOICE, EXPORT), False),
        ((ORDER, INVOICE), False),
        ((INVOICE, ORDER, BILL), False),
        ((ORDER, BILL), False),
        ((ORDER, INVOICE, BILL, FOREIGN), False),
        ((), False),
    ],
)
def test_p2_keys_when_one_is_missing_foreign_or_misplaced_are_not_the_goods(
    keys: tuple[AssetKey, ...], named: bool
) -> None:
    assert GOODS.are_named_by(keys, ASKED) is named


def test_keys_when_there_are_many_leave_out_the_latest_shipments_only() -> None:
    claims = tuple(AssetKey(bytes([n]) * 32) for n in range(10, 10 + ASSET_KEYS_MAX - 1))
    goods = Goods(claims, ((5, BILL), (6, EXPORT)))
    assert goods.keys == (*claims, BILL)
    assert goods.are_named_by(goods.keys, ASKED)
    assert not goods.are_named_by(claims, ASKED)
