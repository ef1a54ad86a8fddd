"""Breaches of a facility: what no longer holds of what its money went out on."""

from dataclasses import dataclass
from itertools import pairwise

from sqlmodel import Session, col, select

from entrepot.store.tables import Block, Breach
from entrepot.store.visibility import find_facility
from entrepot.views.attestations import Proof, by_id
from entrepot.views.values import hexed, rfc3339
from entrepot.views.words import kind_in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachCause:
    """A kind of evidence that was withdrawn after the money went out, or that stands against it
    since (ADVERSE), and the facts that say so."""

    kind: str
    words: str
    cause: str
    evidence: tuple[Proof, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreachView:
    """What no longer holds of one released tranche, from a block on. mended_block: from when on
    all of it, or other things, hold; None while it stands."""

    facility_id: str
    tranche: int
    block: int
    at: str | None
    mended_block: int | None
    causes: tuple[BreachCause, ...]


def of_facility(
    session: Session, caller: bytes | None, financing_id: bytes
) -> tuple[BreachView, ...] | None:
    """All breaches, oldest first; None if the caller does not see the facility."""
    if find_facility(session, caller, financing_id) is None:
        return None
    query = (
        select(Breach, Block.timestamp)
        .join(Block, col(Block.number) == col(Breach.block_number))
        .where(Breach.financing_id == financing_id)
        .order_by(col(Breach.tranche), col(Breach.block_number))
    )
    rows = [(breach, timestamp) for breach, timestamp in session.exec(query)]
    ids = [str(i) for row, _ in rows for cause in row.causes for i in _ids(cause)]
    proofs = by_id(session, ids)
    ends = {
        (one.tranche, one.block_number): other.block_number
        for (one, _), (other, _) in pairwise(rows)
        if one.tranche == other.tranche
    }
    views = [
        BreachView(
            facility_id=hexed(row.financing_id),
            tranche=row.tranche,
            block=row.block_number,
            at=rfc3339(timestamp),
            mended_block=ends.get((row.tranche, row.block_number)),
            causes=tuple(_cause(cause, proofs) for cause in row.causes),
        )
        for row, timestamp in rows
        if row.causes
    ]
    return tuple(sorted(views, key=lambda view: (view.block, view.tranche)))


def _ids(cause: dict[str, object]) -> list[str]:
    found = cause["evidence_ids"]
    return [str(each) for each in found] if isinstance(found, list) else []


def _cause(cause: dict[str, object], proofs: dict[str, Proof]) -> BreachCause:
    kind = str(cause["kind"])
    return BreachCause(
        kind=kind,
        words=kind_in_words(kind),
        cause=str(cause["cause"]),
        evidence=tuple(proofs[each] for each in _ids(cause) if each in proofs),
    )
