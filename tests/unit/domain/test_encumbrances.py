"""The register: the same goods once, whoever asks (P2)."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.bindings import encumbrances as words
from entrepot.bindings.encumbrances import AssetStatus
from entrepot.bindings.ids import AssetKey, FinancingId, OrderId
from entrepot.domain.encumbrances import NO_ASSET, NO_BALANCE, NO_HOLDING, Register
from entrepot.domain.refusals import Refused
from entrepot.kit.abi import Address, Revert

ONE, TWO = FinancingId(b"\1" * 32), FinancingId(b"\2" * 32)
GOODS, INVOICE, BILL, OTHER = (AssetKey(bytes([n]) * 32) for n in range(10, 14))
EXPIRES = 1_000


def asked(
    financing_id: FinancingId = ONE,
    keys: tuple[AssetKey, ...] = (GOODS, INVOICE),
    amount: int = 60,
    capacity: int = 100,
    currency: bytes = b"USD",
) -> words.Reserve:
    return words.Reserve(
        financing_id=financing_id,
        order_id=OrderId(bytes(32)),
        keys=keys,
        currency=currency,
        capacity=capacity,
        amount=amount,
        expires_at=EXPIRES,
    )


NOBODY_HOLDS = Register(Address(b"\x0a" * 20))
HELD = NOBODY_HOLDS.reserve(asked(), 0)


def refusal(act: Callable[[], object]) -> Revert:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.revert


def test_reserve_links_the_keys_into_one_family() -> None:
    assert HELD.family_of(INVOICE) == HELD.family_of(GOODS) == GOODS
    assert HELD.status_of(INVOICE).status is AssetStatus.RESERVED
    assert HELD.status_of(INVOICE).available == 40
    assert HELD.holding(ONE).reserved == 60


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        (asked(), words.AlreadyHeld(financing_id=ONE)),
        (asked(TWO, ()), words.NoKeys(financing_id=TWO)),
        (asked(TWO, (GOODS, NO_ASSET)), words.NoKeys(financing_id=TWO)),
        (asked(TWO, (GOODS,) * 17), words.TooManyKeys(count=17, limit=16)),
        (asked(TWO, amount=41), words.CapacityExceeded(family=GOODS, amount=41, free=40)),
        (asked(TWO, (OTHER, INVOICE)), words.LinkedElsewhere(key=INVOICE, family=GOODS)),
        (
            asked(TWO, amount=1, capacity=101),
            words.CapacityDiffers(family=GOODS, current=100, claimed=101),
        ),
        (
            asked(TWO, amount=1, currency=b"EUR"),
            words.CurrencyDiffers(family=GOODS, current=b"USD", claimed=b"EUR"),
        ),
    ],
)
def test_p2_reserve_is_refused(again: words.Reserve, expected: Revert) -> None:
    assert refusal(lambda: HELD.reserve(again, 0)) == expected


def test_reserve_and_commit_are_refused_when_time_is_over() -> None:
    late = words.Expired(financing_id=ONE, expired_at=EXPIRES)
    assert refusal(lambda: NOBODY_HOLDS.reserve(asked(), EXPIRES + 1)) == late
    assert refusal(lambda: HELD.commit(ONE, 1, EXPIRES + 1)) == late
    assert HELD.commit(ONE, 1, EXPIRES).holding(ONE).committed == 1


def test_commit_turns_reserved_into_committed() -> None:
    after = HELD.commit(ONE, 60, 0)
    assert (after.holding(ONE).reserved, after.holding(ONE).committed) == (0, 60)
    assert after.status_of(GOODS).status is AssetStatus.COMMITTED
    short = words.Insufficient(financing_id=ONE, held=60, asked=61)
    assert refusal(lambda: HELD.commit(ONE, 61, 0)) == short


def test_free_forgets_what_holds_nothing() -> None:
    after = HELD.commit(ONE, 20, 0).free(ONE, 40, 20)
    assert after.holding(ONE) == NO_HOLDING
    assert after.family_of(INVOICE) == GOODS
    assert after.status_of(GOODS).status is AssetStatus.FREE
    assert refusal(lambda: after.free(ONE, 0, 0)) == words.NotHeld(financing_id=ONE)
    short = words.Insufficient(financing_id=ONE, held=0, asked=1)
    assert refusal(lambda: HELD.free(ONE, 60, 1)) == short


def test_capacity_may_change_once_nothing_is_held() -> None:
    after = HELD.free(ONE, 60, 0).reserve(asked(TWO, capacity=7, amount=7), 0)
    assert after.status_of(GOODS).available == 0


def test_link_adds_the_bill_and_refuses_anothers() -> None:
    assert HELD.link(ONE, BILL).family_of(BILL) == GOODS
    assert HELD.link(ONE, BILL).link(ONE, BILL).family_of(BILL) == GOODS
    both = HELD.reserve(asked(TWO, (OTHER,)), 0)
    elsewhere = words.LinkedElsewhere(key=OTHER, family=OTHER)
    assert refusal(lambda: both.link(ONE, OTHER)) == elsewhere
    assert refusal(lambda: HELD.link(TWO, BILL)) == words.NotHeld(financing_id=TWO)


moves = st.tuples(
    st.sampled_from(["reserve", "commit", "free", "link"]),
    st.sampled_from([ONE, TWO, FinancingId(b"\3" * 32)]),
    st.integers(0, 80),
    st.lists(st.sampled_from([GOODS, INVOICE, BILL, OTHER]), min_size=1, max_size=3),
)


@given(st.lists(moves, max_size=30))
def test_p2_no_family_ever_holds_more_than_its_capacity(
    story: list[tuple[str, FinancingId, int, list[AssetKey]]],
) -> None:
    register = NOBODY_HOLDS
    for verb, financing_id, amount, keys in story:
        try:
            if verb == "reserve":
                register = register.reserve(asked(financing_id, tuple(keys), amount), 0)
            elif verb == "commit":
                register = register.commit(financing_id, amount, 0)
            elif verb == "free":
                register = register.free(financing_id, amount, amount // 2)
            else:
                register = register.link(financing_id, keys[0])
        except Refused:
            continue
        for family, goods in register.balances.items():
            held = [h for h in register.holdings.values() if h.family == family]
            assert goods.reserved == sum(h.reserved for h in held)
            assert goods.committed == sum(h.committed for h in held)
            assert goods.reserved + goods.committed <= goods.capacity
    assert register.balance(NO_ASSET) == NO_BALANCE
