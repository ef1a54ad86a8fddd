"""Claims are served in their order, and nothing is lost between them."""

from hypothesis import given
from hypothesis import strategies as st

from entrepot.bindings.financings import Owed
from entrepot.domain.facility import EMPTY
from entrepot.domain.waterfall import book, run

CLAIMS = ("fees", "penalty", "interest", "principal", "reserve_top_up")
claims = st.integers(0, 10**12)
owed = st.builds(Owed, **dict.fromkeys(CLAIMS, claims))


def as_list(due: Owed) -> list[int]:
    return [getattr(due, claim) for claim in CLAIMS]


@given(owed, st.integers(0, 10**13))
def test_run_conserves_money(due: Owed, amount: int) -> None:
    paid, rest = run(due, amount)
    assert sum(as_list(paid)) + rest == amount
    assert all(part <= claim for part, claim in zip(as_list(paid), as_list(due), strict=True))


@given(owed, st.integers(0, 10**13))
def test_run_pays_no_claim_before_the_one_above_it(due: Owed, amount: int) -> None:
    parts, full = as_list(run(due, amount)[0]), as_list(due)
    short = [i for i in range(5) if parts[i] < full[i]]
    assert all(part == 0 for part in parts[short[0] + 1 :]) if short else run(due, amount)[1] >= 0


def test_book_adds_what_was_paid() -> None:
    paid = Owed(fees=1, penalty=2, interest=3, principal=0, reserve_top_up=5)
    after = book(EMPTY, paid)
    assert (after.fees_paid, after.penalty_paid, after.interest_paid) == (1, 2, 3)
    assert (after.outstanding, after.restored) == (0, 5)
