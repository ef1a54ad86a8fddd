"""What lenders keep back: holds on releases, and the calls that would make those releases."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, SQLColumnExpression, exists, func, or_
from sqlmodel import Session, col, select

from entrepot.store.tables import Block, Outbox, OutboxState, ReleaseHold, ReleaseRequest

RELEASING = "release"
"""The lock of whoever asks for releases: while it is held, none is newly asked for."""

OPEN = (OutboxState.QUEUED, OutboxState.SIGNED, OutboxState.SENT, OutboxState.MINED)
HELD: dict[str, object] = {"name": "Held"}
"""Why a call came to nothing that was taken back before it was signed."""


def release_stem(financing_id: bytes, tranche: int) -> str:
    """How the keys begin of all calls that ask for this release alone; the name of its lock too."""
    return f"release:{financing_id.hex()}:{tranche}@"


def is_held(
    financing_id: SQLColumnExpression[bytes], tranche: SQLColumnExpression[int]
) -> ColumnElement[bool]:
    """Whether any lender keeps back the release that the columns name."""
    return exists().where(
        col(ReleaseHold.financing_id) == financing_id,
        col(ReleaseHold.tranche) == tranche,
        col(ReleaseHold.ended_at).is_(None),
    )


def holders(session: Session, financing_id: bytes, tranche: int) -> list[bytes]:
    """Who keeps this release back, the first first."""
    query = select(ReleaseHold.participant).where(
        ReleaseHold.financing_id == financing_id,
        ReleaseHold.tranche == tranche,
        col(ReleaseHold.ended_at).is_(None),
    )
    return list(session.exec(query.order_by(col(ReleaseHold.number))))


def standing_of(
    session: Session, financing_id: bytes, tranche: int, participant: bytes
) -> ReleaseHold | None:
    """The participant's hold on this release, locked; None when it has none that stands."""
    query = select(ReleaseHold).where(
        ReleaseHold.financing_id == financing_id,
        ReleaseHold.tranche == tranche,
        ReleaseHold.participant == participant,
        col(ReleaseHold.ended_at).is_(None),
    )
    return session.exec(query.with_for_update()).first()


def place(
    session: Session,
    financing_id: bytes,
    tranche: int,
    participant: bytes,
    label: str,
    reason: str,
    now: datetime,
) -> None:
    """Writes the hold down. The release's lock is held, so that its number is nobody else's."""
    query = select(func.count()).where(
        col(ReleaseHold.financing_id) == financing_id, col(ReleaseHold.tranche) == tranche
    )
    hold = ReleaseHold(
        financing_id=financing_id,
        tranche=tranche,
        number=session.exec(query).one() + 1,
        participant=participant,
        label=label,
        reason=reason,
        held_at=now,
    )
    session.add(hold)


def calls_for(session: Session, financing_id: bytes, tranche: int) -> Sequence[Outbox]:
    """The calls that ask for this release, alone or with others, and that may still make it; ours
    until this transaction ends, so that nobody signs one meanwhile."""
    asked = select(ReleaseRequest.outbox_id).where(
        ReleaseRequest.financing_id == financing_id, ReleaseRequest.tranche == tranche
    )
    stem = release_stem(financing_id, tranche)
    query = (
        select(Outbox)
        .where(
            or_(col(Outbox.key).startswith(stem, autoescape=True), col(Outbox.id).in_(asked)),
            col(Outbox.state).in_((*OPEN, OutboxState.FINAL, OutboxState.REVERTED)),
        )
        .order_by(col(Outbox.id))
        .with_for_update()
    )
    return session.exec(query).all()


def past_holding(session: Session, calls: Sequence[Outbox]) -> Outbox | None:
    """The first of the calls that is signed and may pay: what is mined in a block that is indexed
    has told already what it paid."""
    head = session.exec(select(func.coalesce(func.max(Block.number), -1))).one()
    unseen = (OutboxState.MINED, OutboxState.FINAL)
    return next(
        (
            call
            for call in calls
            if call.state in (OutboxState.SIGNED, OutboxState.SENT)
            or (call.state in unseen and (call.block_number or 0) > head)
        ),
        None,
    )


def take_back(calls: Sequence[Outbox]) -> None:
    """Those that are not signed come to nothing, and what else they asked for is asked for anew;
    those that were mined in vain are not to be sent again, should a fork let them."""
    for call in calls:
        if call.state == OutboxState.QUEUED:
            call.state, call.error = OutboxState.FAILED, HELD
            call.key = f"{call.key}#held-{call.id}"
        elif call.state != OutboxState.FINAL:
            call.cancel = True
