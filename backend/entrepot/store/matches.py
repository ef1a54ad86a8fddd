"""Near matches: papers of two orders that look like the same goods, for a person to decide (P2).

An order matches another when their papers share a fingerprint and the other was ever asked money
on. A match is named by the two orders and all that they share: when they come to share more, it is
another match, and what was decided of the first does not count for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from entrepot.domain.fingerprints import FingerprintKind, told
from entrepot.kit.hashing import sha256
from entrepot.store.tables import Facility, FacilityLender, NearMatchDecision, PaperFingerprint

NEVER_FINANCED = ("DECLINED", "LAPSED")
SAME_GOODS, OTHER_GOODS = "SAME_GOODS", "OTHER_GOODS"


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMatch:
    """other: the order that a lender of `order_id` must not learn of. documents: the order's own
    papers that share something. kinds: what, the most telling first."""

    match_id: bytes
    order_id: bytes
    other: bytes
    kinds: tuple[FingerprintKind, ...]
    documents: tuple[bytes, ...]


def matches_of(session: Session, order_ids: Collection[bytes]) -> dict[bytes, list[NearMatch]]:
    """Every near match of each order, in one query."""
    theirs = aliased(PaperFingerprint)
    asked = (
        select(Facility.financing_id)
        .where(col(Facility.order_id) == theirs.order_id)
        .where(col(Facility.state).not_in(NEVER_FINANCED))
    )
    query = (
        select(PaperFingerprint, theirs.order_id)
        .join(
            theirs,
            (col(PaperFingerprint.key) == col(theirs.key))
            & (col(PaperFingerprint.order_id) != col(theirs.order_id)),
        )
        .where(col(PaperFingerprint.order_id).in_(order_ids), asked.exists())
    )
    shared: dict[tuple[bytes, bytes], set[tuple[str, bytes, bytes]]] = defaultdict(set)
    for own, other in session.exec(query):
        shared[own.order_id, other].add((own.kind, own.key, own.document_id))
    found: dict[bytes, list[NearMatch]] = {order_id: [] for order_id in order_ids}
    for (order_id, other), rows in sorted(shared.items()):
        found[order_id].append(_match(order_id, other, rows))
    return found


def decisions_of(
    session: Session, match_ids: Collection[bytes], lender: bytes
) -> dict[bytes, NearMatchDecision]:
    """What the lender's people last decided of each."""
    query = select(NearMatchDecision).where(
        col(NearMatchDecision.match_id).in_(match_ids), col(NearMatchDecision.lender) == lender
    )
    rows = session.exec(query.order_by(col(NearMatchDecision.number)))
    return {row.match_id: row for row in rows}


def standing_of(
    session: Session, order_ids: Collection[bytes], caller: bytes | None
) -> dict[bytes, int]:
    """How many matches of each order stand in the way of the caller's signature as a lender: not
    decided, or decided to be the same goods. 0 for who lends nothing on it."""
    if caller is None:
        return {order_id: len(found) for order_id, found in matches_of(session, order_ids).items()}
    lent = select(Facility.order_id).join(
        FacilityLender, col(FacilityLender.financing_id) == col(Facility.financing_id)
    )
    mine = session.exec(
        lent.where(col(Facility.order_id).in_(order_ids), col(FacilityLender.lender) == caller)
    ).all()
    matches = matches_of(session, set(mine))
    ids = [match.match_id for found in matches.values() for match in found]
    cleared = {
        match_id
        for match_id, decision in decisions_of(session, ids, caller).items()
        if decision.verdict == OTHER_GOODS
    }
    return {
        order_id: sum(match.match_id not in cleared for match in matches.get(order_id, []))
        for order_id in order_ids
    }


def _match(order_id: bytes, other: bytes, rows: set[tuple[str, bytes, bytes]]) -> NearMatch:
    keys = sorted({key for _, key, _ in rows})
    return NearMatch(
        match_id=sha256(b"entrepot near match" + order_id + other + b"".join(keys)),
        order_id=order_id,
        other=other,
        kinds=told({FingerprintKind(kind) for kind, _, _ in rows}),
        documents=tuple(sorted({document for _, _, document in rows})),
    )
