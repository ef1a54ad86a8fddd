"""Proposals to change a policy, and what stands of each policy, as documents."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from entrepot.domain.proposals import PolicyKind, Word
from entrepot.store import offers, outbox
from entrepot.store.tables import ApprovalBands, Block, Offer, Outbox, OutboxState, PolicyProposal


def outbox_key(proposal_id: str) -> str:
    """Names the call that a confirmed proposal makes."""
    return f"policy-proposals:{proposal_id}"


def find(session: Session, participant_id: bytes, proposal_id: str) -> PolicyProposal | None:
    """The member's own."""
    query = select(PolicyProposal).where(
        col(PolicyProposal.proposal_id) == proposal_id,
        col(PolicyProposal.participant_id) == participant_id,
    )
    return session.exec(query).first()


def next_number(session: Session, participant_id: bytes) -> int:
    """Of the member's next proposal. Its policies are locked meanwhile."""
    query = select(func.max(PolicyProposal.number)).where(
        col(PolicyProposal.participant_id) == participant_id
    )
    return (session.exec(query).one() or 0) + 1


def call_of(session: Session, proposal_id: str) -> Outbox | None:
    """The call that it asked for when it was confirmed, if it was for the chain to know."""
    return session.exec(select(Outbox).where(Outbox.key == outbox_key(proposal_id))).first()


def is_coming(session: Session, proposal_id: str) -> bool:
    """Whether that call is to change the chain, or has changed it beyond what is known here."""
    query = select(Outbox.id).where(Outbox.key == outbox_key(proposal_id), _comes())
    return session.exec(query).first() is not None


def _comes() -> ColumnElement[bool]:
    head = select(func.coalesce(func.max(Block.number), 0)).scalar_subquery()
    under_way = (OutboxState.QUEUED, OutboxState.SIGNED, OutboxState.SENT)
    landed = (OutboxState.MINED, OutboxState.FINAL)
    state = col(Outbox.state)
    is_coming = state.in_(under_way) & ~col(Outbox.cancel)
    return is_coming | state.in_(landed) & (col(Outbox.block_number) > head)


def bands_standing(session: Session, lender: bytes, currency: str) -> dict[str, Any]:
    """How many officers sign as the chain has it, or will once what was confirmed last has come
    there; empty for a lender that has set nothing."""
    coming = _coming(session, lender, currency)
    return dict(coming[-1].new) if coming else bands_on_chain(session, lender, currency)


def call_off(session: Session, lender: bytes, currency: str, begins: int) -> None:
    """Calls that would set bands at that time or later, over those that were confirmed after
    them: they are not to happen any more."""
    for row in _coming(session, lender, currency):
        if row.effective_at >= begins:
            outbox.cancel(session, outbox_key(row.proposal_id))


def _coming(session: Session, lender: bytes, currency: str) -> Sequence[PolicyProposal]:
    """Those that were confirmed, whose call has not come to what is known here; in the order in
    which they were confirmed."""
    query = (
        select(PolicyProposal)
        .where(
            col(PolicyProposal.participant_id) == lender,
            col(PolicyProposal.kind) == PolicyKind.APPROVAL_BANDS,
            col(PolicyProposal.subject) == currency,
            col(PolicyProposal.state) == Word.CONFIRMED,
        )
        .join(Outbox, col(Outbox.key) == func.concat(outbox_key(""), PolicyProposal.proposal_id))
        .where(_comes())
        .order_by(col(PolicyProposal.decided_at), col(PolicyProposal.number))
    )
    return session.exec(query).all()


def bands_on_chain(session: Session, lender: bytes, currency: str) -> dict[str, Any]:
    """As the contract counts them; empty for a lender that has set nothing."""
    row = session.get(ApprovalBands, (lender, currency))
    return bands_document(row.bands) if row is not None else {}


def bands_document(bands: list[list[str]]) -> dict[str, Any]:
    """(up to, approvals) in minor units, as the projection has them, by name."""
    return {"bands": [{"up_to": up_to, "approvals": int(n)} for up_to, n in bands]}


def offer_document(offer: Offer) -> dict[str, Any]:
    """All of a version that another may change but from when it stands."""
    return {
        "terms": offer.terms,
        "partners": [each.decode("ascii") for each in offer.partners],
        "valid_until": offer.valid_until,
    }


def offer_standing(versions: Sequence[Offer], *, is_withdrawn: bool) -> dict[str, Any]:
    """The newest version, begun or not; empty where there is none, or it was withdrawn."""
    return offer_document(versions[-1]) if versions and not is_withdrawn else {}


def standing(session: Session, proposal: PolicyProposal) -> dict[str, Any]:
    """What stands now of the policy that it is to change."""
    if proposal.kind == PolicyKind.OFFER:
        versions = offers.versions(session, proposal.subject)
        withdrawn = offers.is_withdrawn(session, proposal.subject)
        return offer_standing(versions, is_withdrawn=withdrawn)
    return bands_standing(session, proposal.participant_id, proposal.subject)


def pulse(session: Session, participant_id: bytes) -> str:
    """A word that changes when somebody of the member's proposes or decides."""
    query = select(func.count(), func.count(col(PolicyProposal.decided_at))).where(
        col(PolicyProposal.participant_id) == participant_id
    )
    proposed, decided = session.exec(query).one()
    return f"{proposed}.{decided}"
