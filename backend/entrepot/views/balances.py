"""The whole of the money: every account in the journal, and what lies with the payment rails."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, or_, select

from entrepot.store.tables import Participant, Posting
from entrepot.views.values import Parties, hexed, lei


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """`amount_minor` in minor units of the currency.

    kind: deposit (of `holder`, by LEI), escrow (of the contract that `holder` names) or rail: what
    came in from outside, which is why it is negative. All of a currency's balances sum to zero.
    """

    kind: str
    holder: str
    name: str
    name_zh: str
    currency: str
    amount_minor: int


def all_balances(session: Session, contracts: Mapping[bytes, str]) -> tuple[Balance, ...]:
    """Every account that ever moved, one line per holder and currency. `contracts` names the
    addresses that are no participant's."""
    total = func.sum(Posting.amount_minor)
    holder = func.split_part(col(Posting.account), "/", 3)
    kind = func.split_part(col(Posting.account), "/", 1)
    query = (
        select(kind, holder, Posting.currency, total)
        .where(
            or_(
                col(Posting.account).startswith("deposit/"),
                col(Posting.account).startswith("rail/"),
            )
        )
        .group_by(kind, holder, Posting.currency)
        .order_by(kind, holder, Posting.currency)
    )
    owners = {row.account: row.participant_id for row in session.exec(select(Participant))}
    parties = Parties(session, owners.values())

    def balance(kind: str, address: bytes, currency: str, amount_minor: int) -> Balance:
        if kind == "rail":
            words = ("rail", "rail", "Payment rails", "支付通道")
        elif address in owners:
            party = parties[owners[address]]
            words = ("deposit", lei(owners[address]), party.name, party.name_zh)
        else:
            contract = contracts.get(address, hexed(address))
            words = ("escrow", contract, f"Escrow of {contract}", f"{contract} 托管")
        return Balance(
            kind=words[0],
            holder=words[1],
            name=words[2],
            name_zh=words[3],
            currency=currency,
            amount_minor=amount_minor,
        )

    rows = session.exec(query).all()
    return tuple(balance(k, bytes.fromhex(h), c, int(n)) for k, h, c, n in rows)
