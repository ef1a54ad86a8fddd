"""How the machinery stands: what each step has dealt with, and what waits to be sent."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from entrepot.store.tables import Lane, Outbox, Progress
from entrepot.views.chain import AsOf, as_of
from entrepot.views.outbox import UNSETTLED, WAITING
from entrepot.views.values import hexed


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneView:
    """One sender's queue: its next nonce, None before its first; how many of its calls are not
    mined yet, and since when the oldest of them waits."""

    sender: str
    next_nonce: int | None
    waiting: int
    waits_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Machinery:
    """`steps` has the block up to which each step after indexing has come; `outbox` counts by
    state."""

    as_of: AsOf | None
    steps: dict[str, int]
    outbox: dict[str, int]
    lanes: tuple[LaneView, ...]

    def caught_up(self, head: int) -> bool:
        """Whether every step has dealt with the block `head`."""
        indexed = -1 if self.as_of is None else self.as_of.block
        return indexed >= head and all(block >= head for block in self.steps.values())

    def settled(self, head: int) -> bool:
        """Whether nothing of ours is on its way besides: a call whose block is indexed may still be
        SENT or MINED, until sending has looked at its receipt and found it final."""
        return self.caught_up(head) and not any(self.outbox.get(state) for state in UNSETTLED)


def has_open_calls(session: Session, next_time: int) -> bool:
    """Whether a call of ours waits to be sent or mined, and not for a later chain time."""
    later = col(Outbox.not_before) > next_time
    query = (
        select(Outbox.id)
        .where(col(Outbox.state).in_(WAITING), func.coalesce(later, False).is_(False))
        .limit(1)
    )
    return session.exec(query).first() is not None


def machinery(session: Session, finality: str = "instant") -> Machinery:
    """The state of the steps, the outbox and its lanes."""
    steps = {row.step: row.block_number for row in session.exec(select(Progress))}
    counts = session.exec(
        select(Outbox.state, func.count()).group_by(Outbox.state).order_by(Outbox.state)
    )
    return Machinery(
        as_of=as_of(session, finality),
        steps=steps,
        outbox={state: int(count) for state, count in counts},
        lanes=_lanes(session),
    )


def _lanes(session: Session) -> tuple[LaneView, ...]:
    """Those that have sent something or shall, by sender."""
    nonces = {lane.sender: lane.next_nonce for lane in session.exec(select(Lane))}
    waiting = {
        sender: (int(count), since)
        for sender, count, since in session.exec(
            select(Outbox.sender, func.count(), func.min(Outbox.created_at))
            .where(col(Outbox.state).in_(WAITING))
            .group_by(col(Outbox.sender))
        )
    }
    return tuple(
        LaneView(
            sender=hexed(sender),
            next_nonce=nonces.get(sender),
            waiting=waiting.get(sender, (0, None))[0],
            waits_since=waiting.get(sender, (0, None))[1],
        )
        for sender in sorted({*nonces, *waiting})
    )
