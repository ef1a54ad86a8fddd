"""Which tranches are due."""

from sqlalchemy import exists, func
from sqlmodel import Session, col, select

from entrepot.store.tables import Block, Decision, Facility, Outbox, OutboxState, Tranche

IN_FLIGHT = (OutboxState.QUEUED, OutboxState.SIGNED, OutboxState.SENT, OutboxState.MINED)


def due(session: Session, head: str, limit: int) -> list[tuple[Facility, Decision]]:
    """Pending tranches whose latest decision is met, and that have no request on its way nor one
    that was refused at this head."""
    asked = exists().where(
        col(Outbox.key).like(
            func.concat(
                "release:", func.encode(Decision.financing_id, "hex"), ":", Decision.tranche, "@%"
            )
        ),
        col(Outbox.state).in_(IN_FLIGHT) | col(Outbox.key).endswith(f"@{head}", autoescape=True),
    )
    newest = (
        select(
            Decision.financing_id,
            Decision.tranche,
            func.max(Decision.block_number).label("block_number"),
        )
        .group_by(col(Decision.financing_id), col(Decision.tranche))
        .subquery()
    )
    query = (
        select(Facility, Decision)
        .join(Decision, col(Decision.financing_id) == col(Facility.financing_id))
        .join(
            newest,
            (newest.c.financing_id == col(Decision.financing_id))
            & (newest.c.tranche == col(Decision.tranche))
            & (newest.c.block_number == col(Decision.block_number)),
        )
        .join(
            Tranche,
            (col(Tranche.financing_id) == col(Decision.financing_id))
            & (col(Tranche.position) == col(Decision.tranche)),
        )
        .where(col(Decision.met), Tranche.state == "PENDING", ~asked)
        .order_by(col(Decision.block_number), col(Decision.financing_id), col(Decision.tranche))
        .limit(limit)
    )
    return [(facility, decision) for facility, decision in session.exec(query)]


def head(session: Session) -> str:
    """Names the indexed head, so that it can be part of a key."""
    block = session.exec(select(Block).order_by(col(Block.number).desc()).limit(1)).first()
    return "none" if block is None else f"{block.number}:{block.hash.hex()}"
