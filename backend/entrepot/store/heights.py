"""How far the chain is known here, and how much of it can no longer be taken back."""

from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, select

from entrepot.store.tables import Block, Network, Outbox, OutboxState, Progress
from entrepot.store.tenancy import beyond

CONDITIONS = "conditions"


@dataclass(frozen=True, slots=True)
class Heights:
    """head: the highest block indexed; final: the highest that no fork can reach; dealt: up to
    which block every tranche is judged. Each -1 for none.

    told: up to which block all is known that will ever be told of it. That is one below the final
    one where forks are possible, for the block that a fork starts from is judged anew.
    """

    head: int
    final: int
    dealt: int
    told: int

    @property
    def told_at_head(self) -> int:
        """As `told`, of what a fork may take back."""
        return min(self.dealt, self.head)


def heights(session: Session, finality: str) -> Heights:
    head = session.exec(select(func.max(Block.number))).one()
    if head is None:
        return Heights(-1, -1, -1, -1)
    network = session.get(Network, 1)
    floor = network.final_block if network is not None else -1
    final = max(final_height(session, head, finality), floor)
    progress = session.get(Progress, CONDITIONS)
    dealt = -1 if progress is None else progress.block_number
    told = min(dealt, final if finality == "instant" else final - 1)
    return Heights(head, final, dealt, told)


def final_height(session: Session, head: int, finality: str) -> int:
    """The highest block that can no longer be taken back, seen from block `head`; -1 for none.

    By `tag` only the node knows; the highest block of a transaction of ours that it called final
    is a safe lower bound.
    """
    if finality == "instant":
        return head
    if finality.startswith("depth:"):
        return max(head - int(finality.removeprefix("depth:")), -1)
    query = select(func.max(Outbox.block_number)).where(Outbox.state == OutboxState.FINAL)
    with beyond(session):
        final = session.exec(query).one()
    return -1 if final is None else final
