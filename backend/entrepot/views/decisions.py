"""Every decision on a facility's tranches, with what it was given and what it answered."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from entrepot.store.tables import Decision
from entrepot.store.visibility import find_facility
from entrepot.views.values import hexed


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """`facts` evaluated by the rules of `rules_hash` give `outcome`, byte for byte."""

    facility_id: str
    tranche: int
    block: int
    block_hash: str
    rules_hash: str
    met: bool
    facts: dict[str, Any]
    outcome: dict[str, Any]


def of_facility(
    session: Session, caller: bytes | None, financing_id: bytes
) -> tuple[DecisionView, ...] | None:
    """All decisions, oldest first; None if the caller does not see the facility."""
    if find_facility(session, caller, financing_id) is None:
        return None
    query = (
        select(Decision)
        .where(Decision.financing_id == financing_id)
        .order_by(col(Decision.block_number), col(Decision.tranche))
    )
    return tuple(
        DecisionView(
            facility_id=hexed(row.financing_id),
            tranche=row.tranche,
            block=row.block_number,
            block_hash=hexed(row.block_hash),
            rules_hash=hexed(row.rules_hash),
            met=row.met,
            facts=row.facts,
            outcome=row.outcome,
        )
        for row in session.exec(query)
    )
