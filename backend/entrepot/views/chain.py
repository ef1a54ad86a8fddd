"""How far the read model has followed the chain, and which of it can still be taken back."""

from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from entrepot.store.asking import Question, ask
from entrepot.store.heights import final_height
from entrepot.store.tables import Block, Log, Network, Outbox, Progress
from entrepot.store.tenancy import beyond
from entrepot.views.values import hexed, rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf:
    """The block that an answer is true at. `finality` is final when no fork can reach it."""

    block: int
    block_hash: str
    timestamp: str | None
    final_block: int
    finality: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainStatus:
    chain_id: int
    genesis_hash: str
    first_block: int
    contracts: dict[str, object]
    as_of: AsOf | None
    events: int


_HEAD = Question(select(Block).order_by(col(Block.number).desc()).limit(1))


def as_of(session: Session, finality: str = "instant") -> AsOf | None:
    """The highest block indexed, by the deployment's rule of finality; None before the first."""
    found = ask(session, _HEAD)
    if not found:
        return None
    block = found[0]
    final_block = final_height(session, block.number, finality)
    return AsOf(
        block=block.number,
        block_hash=hexed(block.hash),
        timestamp=rfc3339(block.timestamp),
        final_block=final_block,
        finality="final" if block.number <= final_block else "head",
    )


def now(session: Session) -> int:
    """The chain's time in unix seconds: that of the highest block indexed, 0 before the first."""
    return session.exec(select(func.coalesce(func.max(Block.timestamp), 0))).one()


def status(session: Session, finality: str = "instant") -> ChainStatus | None:
    """Which chain this is and how much of it is known; None before the first block is read."""
    network = session.get(Network, 1)
    if network is None:
        return None
    return ChainStatus(
        chain_id=network.chain_id,
        genesis_hash=hexed(network.genesis_hash),
        first_block=network.first_block,
        contracts=network.deployment,
        as_of=as_of(session, finality),
        events=_events(session),
    )


def _events(session: Session) -> int:
    with beyond(session):
        return session.exec(select(func.count()).select_from(Log)).one()


def pulse(session: Session, operation_id: str | None = None) -> str:
    """A word that changes with every new block, every step that has dealt with one, and every move
    of one operation's transactions: whoever shows something looks again when it does."""
    head = session.exec(select(Block).order_by(col(Block.number).desc()).limit(1)).first()
    steps = session.exec(select(Progress).order_by(col(Progress.step))).all()
    sent = session.exec(
        select(Outbox.state)
        .where(Outbox.operation_id == (operation_id or ""))
        .order_by(col(Outbox.id))
    ).all()
    return " ".join(
        [
            f"{head.number}:{head.hash.hex()}" if head else "none",
            *(f"{row.step}:{row.block_number}" for row in steps),
            *sent,
        ]
    )
