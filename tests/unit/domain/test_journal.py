"""Every entry balances, or is refused."""

import pytest

from entrepot.bindings.evidence_kinds import KindSet
from entrepot.bindings.financing import Repaid, TrancheReleased
from entrepot.bindings.financings import Payout, PayoutKind
from entrepot.bindings.ids import FinancingId, OrderId, ParticipantId, TitleId
from entrepot.bindings.settlement_token import Transfer
from entrepot.domain.journal import (
    Entry,
    Line,
    Unbalanced,
    for_release,
    for_repayment,
    for_transfer,
)
from entrepot.kit.abi import NO_ADDRESS, Address

A, B, TOKEN = Address(b"\1" * 20), Address(b"\2" * 20), b"\3" * 20
LENDER, EXPORTER = ParticipantId(b"L" * 20), ParticipantId(b"E" * 20)
FIN = FinancingId(b"\7" * 32)


def test_an_entry_that_does_not_sum_to_zero_is_refused() -> None:
    with pytest.raises(Unbalanced):
        Entry("wrong", "USD", (Line("a", 1), Line("b", -2)))


def test_a_transfer_moves_a_deposit() -> None:
    entry = for_transfer(Transfer(from_=A, to=B, value=5), TOKEN, "USD")
    assert entry.lines == (
        Line(f"deposit/USD/{A.hex()}/{TOKEN.hex()}", -5),
        Line(f"deposit/USD/{B.hex()}/{TOKEN.hex()}", 5),
    )


def test_a_mint_comes_from_a_rail() -> None:
    entry = for_transfer(Transfer(from_=NO_ADDRESS, to=B, value=5), TOKEN, "USD")
    assert entry.lines[0] == Line(f"rail/USD/{TOKEN.hex()}", -5)


def test_a_release_makes_claims_against_a_debt() -> None:
    event = TrancheReleased(
        order_id=OrderId(bytes(32)),
        financing_id=FIN,
        caller=ParticipantId(bytes(20)),
        tranche=0,
        amount=10,
        outstanding=10,
        reserve=1,
        once=KindSet(0),
        twice=KindSet(0),
        title_id=TitleId(bytes(32)),
    )
    entry = for_release(event, [(LENDER, 6), (EXPORTER, 4)], "USD")
    assert sum(line.amount_minor for line in entry.lines) == 0
    assert entry.lines[0] == Line(f"claim/{FIN.hex()}/{'L' * 20}", 6)


def test_a_repayment_settles_claims_and_books_what_is_earned_but_no_residual() -> None:
    payouts = (
        Payout(to=LENDER, kind=PayoutKind.INTEREST, amount=3),
        Payout(to=LENDER, kind=PayoutKind.PRINCIPAL, amount=90),
        Payout(to=EXPORTER, kind=PayoutKind.RESIDUAL, amount=7),
    )
    event = Repaid(
        order_id=OrderId(bytes(32)),
        financing_id=FIN,
        payer=EXPORTER,
        payment_reference=bytes(32),
        amount=100,
        outstanding=0,
        payouts=payouts,
    )
    accounts = {line.account: line.amount_minor for line in for_repayment(event, "USD").lines}
    assert accounts == {
        f"earned/{FIN.hex()}/{'L' * 20}/INTEREST": 3,
        f"charged/{FIN.hex()}/INTEREST": -3,
        f"claim/{FIN.hex()}/{'L' * 20}": -90,
        f"debt/{FIN.hex()}": 90,
    }
