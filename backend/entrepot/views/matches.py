"""Near matches as a facility's lenders see them: what is alike, and the register's answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from entrepot.kit.clock import to_unix
from entrepot.store.goods import GoodsStatus, status_of
from entrepot.store.matches import NearMatch, decisions_of, matches_of
from entrepot.store.tables import Document, Facility, FacilityLender, NearMatchDecision
from entrepot.store.tenancy import beyond
from entrepot.store.visibility import find_facility, sees_everything
from entrepot.views.values import Amount, amount, hexed, rfc3339, unhexed
from entrepot.views.words import match_in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class AlikeView:
    """kind: stable. text: what is alike, in plain words."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPaperView:
    """A paper of the facility's own order that is like another's."""

    document_id: str
    kind: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictView:
    """What the lender's own people decided last. officer: label of the token that was used."""

    verdict: str
    reason: str
    officer: str
    decided_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMatchView:
    """Of the other goods nothing is told but what the register tells any lender: their status, and
    what is free to lend on them. decision: null until the lender's people have decided."""

    match_id: str
    alike: tuple[AlikeView, ...]
    papers: tuple[OwnPaperView, ...]
    status: str
    available: Amount | None
    decision: VerdictView | None


def of_facility(
    session: Session, caller: bytes | None, financing_id: bytes
) -> tuple[NearMatchView, ...] | None:
    """For the facility's lenders, and for who may see everything; None for anybody else."""
    facility = find_facility(session, caller, financing_id)
    if facility is None:
        return None
    lends = caller is not None and session.get(FacilityLender, (financing_id, caller)) is not None
    if not lends and not sees_everything(session, caller):
        return None
    with beyond(session):
        return _told(session, caller, facility.order_id)


def _told(session: Session, caller: bytes | None, order_id: bytes) -> tuple[NearMatchView, ...]:
    """What the register tells a lender of others' goods, and no more of them."""
    found = matches_of(session, [order_id])[order_id]
    ids = [match.match_id for match in found]
    decided = decisions_of(session, ids, caller) if caller else {}
    papers = _papers(session, found)
    return tuple(
        _view(match, papers, _goods(session, match.other), decided.get(match.match_id))
        for match in found
    )


def _papers(session: Session, found: Sequence[NearMatch]) -> dict[bytes, Document]:
    ids = {document for match in found for document in match.documents}
    rows = session.exec(select(Document).where(col(Document.document_id).in_(ids)))
    return {row.document_id: row for row in rows}


def _goods(session: Session, order_id: bytes) -> GoodsStatus:
    """By the keys that the other's facilities named to the register."""
    query = select(Facility.terms).where(col(Facility.order_id) == order_id)
    keys = {unhexed(key) for terms in session.exec(query) for key in terms["asset_keys"]}
    return status_of(session, keys)


def _view(
    match: NearMatch,
    papers: dict[bytes, Document],
    goods: GoodsStatus,
    decision: NearMatchDecision | None,
) -> NearMatchView:
    own = [papers[each] for each in match.documents if each in papers]
    minor = goods.available_minor
    return NearMatchView(
        match_id=hexed(match.match_id),
        alike=tuple(AlikeView(kind=kind, text=match_in_words(kind)) for kind in match.kinds),
        papers=tuple(
            OwnPaperView(document_id=hexed(x.document_id), kind=x.kind, reference=x.reference)
            for x in own
        ),
        status=goods.status.name,
        available=None if minor is None else amount(minor, goods.currency),
        decision=None
        if decision is None
        else VerdictView(
            verdict=decision.verdict,
            reason=decision.reason,
            officer=decision.label,
            decided_at=rfc3339(to_unix(decision.decided_at)),
        ),
    )
