"""Deposits: what each participant has in its account, summed from the journal."""

from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from entrepot.store.tables import Participant, Posting
from entrepot.store.visibility import sees_everything
from entrepot.views.values import Amount, Parties, Party, amount, hexed

ACCOUNT = "deposit"
"""A participant's account in the journal: deposit/CURRENCY/ADDRESS/TOKEN, in hex without 0x."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositView:
    participant: Party
    account: str
    balance: Amount


def balances(
    session: Session, caller: bytes | None, participant_id: bytes | None = None
) -> tuple[DepositView, ...]:
    """The balances of a participant by currency: the caller's own unless another is named, which
    only a regulator may. The system itself, naming nobody, gets everybody's."""
    everything = sees_everything(session, caller)
    wanted = participant_id or caller
    if wanted != caller and not everything:
        return ()
    query = select(Participant).order_by(col(Participant.participant_id))
    if wanted is not None:
        query = query.where(Participant.participant_id == wanted)
    owners = {row.account.hex(): row.participant_id for row in session.exec(query)}
    sums = (
        select(Posting.account, Posting.currency, func.sum(Posting.amount_minor))
        .where(func.split_part(col(Posting.account), "/", 3).in_(owners))
        .where(col(Posting.account).startswith(f"{ACCOUNT}/"))
        .group_by(col(Posting.account), col(Posting.currency))
        .order_by(col(Posting.account))
    )
    parties = Parties(session, owners.values())
    return tuple(
        DepositView(
            participant=parties[owners[_address(account)]],
            account=hexed(bytes.fromhex(_address(account))),
            balance=amount(int(total), currency),
        )
        for account, currency, total in session.exec(sums)
    )


def _address(account: str) -> str:
    return account.split("/")[2]
