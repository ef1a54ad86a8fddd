"""Double entry: what each log of money means, as postings that sum to zero.

Accounts are paths. `deposit/CCY/ADDRESS/TOKEN` is what an address holds of a settlement token, with
`rail/CCY/TOKEN` as its counterpart outside the ledger; `claim/FINANCING/LEI` is what a lender is
owed, with `debt/FINANCING` against it; `earned/FINANCING/LEI/KIND` is what it was paid beyond
principal, with `charged/FINANCING/KIND` against it. After a default `restitution/FINANCING` is what
is owed back to the reserve, and `lost/FINANCING/LEI` what a lender has written off. Amounts are
minor units.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from entrepot.bindings.financing import (
    FinancingDefaulted,
    FinancingWrittenOff,
    Repaid,
    TrancheReleased,
)
from entrepot.bindings.financings import PayoutKind
from entrepot.bindings.settlement_token import Transfer
from entrepot.domain.errors import DomainError
from entrepot.kit.abi import NO_ADDRESS


class Unbalanced(DomainError):
    """The lines of an entry do not sum to zero."""

    code = "journal-unbalanced"


@dataclass(frozen=True, slots=True)
class Line:
    account: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Entry:
    """The lines one log causes; refused unless they sum to zero."""

    memo: str
    currency: str
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        if total := sum(line.amount_minor for line in self.lines):
            raise Unbalanced(f"{self.memo}: the lines sum to {total}, not to zero")


def deposit_account(currency: str, address: bytes, token: bytes) -> str:
    return f"deposit/{currency}/{address.hex()}/{token.hex()}"


def for_transfer(event: Transfer, token: bytes, currency: str) -> Entry:
    """Money from one account to another; a mint comes from a rail and a redemption goes to one."""

    def account(address: bytes) -> str:
        if address == NO_ADDRESS:
            return f"rail/{currency}/{token.hex()}"
        return deposit_account(currency, address, token)

    amount = event.value
    return Entry(
        "transfer",
        currency,
        (Line(account(event.from_), -amount), Line(account(event.to), amount)),
    )


def for_release(
    event: TrancheReleased, shares: Sequence[tuple[bytes, int]], currency: str
) -> Entry:
    """A release makes the lenders' claims; `shares` says how much of it is whose."""
    financing = event.financing_id.hex()
    claims = tuple(Line(f"claim/{financing}/{lei.decode()}", part) for lei, part in shares)
    return Entry("release", currency, (*claims, Line(f"debt/{financing}", -event.amount)))


def for_repayment(event: Repaid, currency: str) -> Entry:
    """Principal paid settles claims, what is restored settles what the reserve had paid; fees,
    penalty and interest are earned. What was too much is nobody's claim."""
    financing = event.financing_id.hex()
    lines: list[Line] = []
    for payout in event.payouts:
        lei, amount = payout.to.decode(), payout.amount
        if payout.kind is PayoutKind.PRINCIPAL:
            lines.append(Line(f"claim/{financing}/{lei}", -amount))
            lines.append(Line(f"debt/{financing}", amount))
        elif payout.kind is PayoutKind.RESERVE_RESTORED:
            lines.append(Line(f"restitution/{financing}", -amount))
            lines.append(Line(f"debt/{financing}", amount))
        elif payout.kind not in (PayoutKind.RESIDUAL, PayoutKind.REFUND):
            lines.append(Line(f"earned/{financing}/{lei}/{payout.kind.name}", amount))
            lines.append(Line(f"charged/{financing}/{payout.kind.name}", -amount))
    return Entry("repayment", currency, tuple(lines))


def for_default(
    event: FinancingDefaulted,
    before: Sequence[tuple[bytes, int]],
    after: Sequence[tuple[bytes, int]],
    currency: str,
) -> Entry:
    """A default makes the lenders' claims what each bears of the loss; what the reserve paid of
    them is owed back to it."""
    financing = event.financing_id.hex()
    lines = [
        Line(f"claim/{financing}/{lei.decode()}", sign * part)
        for sign, parts in ((-1, before), (1, after))
        for lei, part in parts
    ]
    return Entry("default", currency, (*lines, Line(f"restitution/{financing}", event.covered)))


def for_write_off(
    event: FinancingWrittenOff, claims: Sequence[tuple[bytes, int]], currency: str
) -> Entry:
    """Claims that are given up become losses; what the debtor owes is not forgiven by that."""
    financing = event.financing_id.hex()
    lines = [
        line
        for lei, part in claims
        for line in (
            Line(f"claim/{financing}/{lei.decode()}", -part),
            Line(f"lost/{financing}/{lei.decode()}", part),
        )
    ]
    return Entry("write-off", currency, tuple(lines))
