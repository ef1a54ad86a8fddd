"""Changes of policies, as the people of the lender see them whose they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from entrepot.bindings.financings import DayCount, Product
from entrepot.domain.proposals import PolicyKind, Word, changes
from entrepot.kit.clock import to_unix
from entrepot.store import offers, proposals
from entrepot.store.tables import Offer, Outbox, OutboxState, PolicyProposal
from entrepot.store.visibility import sees_everything
from entrepot.views import chain
from entrepot.views.cursors import BadCursor
from entrepot.views.policy_words import FIELDS, YES_NO
from entrepot.views.values import Page, Parties, Party, amount, kinds, page_size, rfc3339

MONEY = ("up_to", "amount_min", "amount_max", "buyer_max", "country_max")
ORDER = {name: place for place, name in enumerate(FIELDS)}
LANDED = (OutboxState.MINED, OutboxState.FINAL)
KINDS = ("required", "required_twice", "blocking")


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChangeView:
    """One field, as it was and as it is to be; None where there is none. Amounts with their
    currency, members by LEI, lists by commas."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyProposalView:
    """policy: APPROVAL_BANDS, of a currency, or OFFER, by its id and reference.

    state: OPEN, OVERTAKEN when the policy has changed since, DECLINED, WITHDRAWN; of what was
    confirmed SCHEDULED until it holds, then IN_FORCE, SUPERSEDED once something newer does, ENDED
    with its offer, FAILED when the chain refused it. effective_at: the date that it is for; of what
    was confirmed, from when it holds. version: the offer's, that came of it.
    """

    proposal_id: str
    participant: Party
    number: int
    policy: str
    currency: str
    offer_id: str | None
    reference: str | None
    state: str
    effective_at: str | None
    reason: str
    proposed_by: str
    proposed_at: str | None
    decided_by: str | None
    decided_at: str | None
    decision_reason: str | None
    version: int | None
    changes: tuple[PolicyChangeView, ...]


def list_proposals(
    session: Session, caller: bytes | None, *, limit: int = 50, after: str | None = None
) -> Page[PolicyProposalView]:
    """The caller's own, newest first; all for a regulator. BadCursor when `after` is none."""
    query = _seen(session, caller)
    if after is not None:
        who, _, number = after.partition(".")
        if not (who.isalnum() and number.isdecimal() and len(number) < 10):
            raise BadCursor(f"{after[:40]!r} is not a cursor of this list")
        member, here = col(PolicyProposal.participant_id), col(PolicyProposal.number)
        last = who.encode()
        query = query.where((member > last) | (member == last) & (here < int(number)))
    size = page_size(limit)
    order = (col(PolicyProposal.participant_id), col(PolicyProposal.number).desc())
    rows = session.exec(query.order_by(*order).limit(size + 1)).all()
    shown = rows[:size]
    more = None
    if len(rows) > size:
        more = f"{shown[-1].participant_id.decode('ascii')}.{shown[-1].number}"
    return Page(_views(session, shown), more)


def get_proposal(
    session: Session, caller: bytes | None, proposal_id: str
) -> PolicyProposalView | None:
    """One of the caller's own."""
    query = _seen(session, caller).where(col(PolicyProposal.proposal_id) == proposal_id)
    rows = session.exec(query).all()
    return _views(session, rows)[0] if rows else None


def _seen(session: Session, caller: bytes | None) -> Any:
    query = select(PolicyProposal)
    if caller is None or sees_everything(session, caller):
        return query
    return query.where(col(PolicyProposal.participant_id) == caller)


def _views(session: Session, rows: Sequence[PolicyProposal]) -> tuple[PolicyProposalView, ...]:
    parties = Parties(session, [row.participant_id for row in rows])
    ids = {row.subject for row in rows if row.kind == PolicyKind.OFFER}
    around = _Around(
        session=session,
        versions=offers.all_versions(session, ids),
        withdrawn=offers.withdrawn(session, ids),
        now=chain.now(session),
    )
    return tuple(_view(row, parties, around) for row in rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """What the states of proposals follow from; versions: of the offers among them."""

    session: Session
    versions: Mapping[str, Sequence[Offer]]
    withdrawn: set[str]
    now: int

    def offer_standing(self, offer_id: str) -> dict[str, Any]:
        is_withdrawn = offer_id in self.withdrawn
        return proposals.offer_standing(self.versions[offer_id], is_withdrawn=is_withdrawn)


def _view(row: PolicyProposal, parties: Parties, around: _Around) -> PolicyProposalView:
    is_offer = row.kind == PolicyKind.OFFER
    versions = around.versions[row.subject] if is_offer else ()
    currency = str(versions[0].terms["currency"]) if versions else row.subject
    return PolicyProposalView(
        proposal_id=row.proposal_id,
        participant=parties[row.participant_id],
        number=row.number,
        policy=row.kind,
        currency=currency,
        offer_id=row.subject if is_offer else None,
        reference=versions[0].reference if versions else None,
        state=_state(row, around),
        effective_at=rfc3339(row.effective_at),
        reason=row.reason,
        proposed_by=row.proposed_by,
        proposed_at=rfc3339(to_unix(row.proposed_at)),
        decided_by=row.decided_by,
        decided_at=rfc3339(to_unix(row.decided_at)) if row.decided_at else None,
        decision_reason=row.decision_reason,
        version=row.version,
        changes=tuple(
            PolicyChangeView(
                field=field.removeprefix("terms."),
                before=_told(field, before, currency),
                after=_told(field, after, currency),
            )
            for field, before, after in sorted(changes(row.old, row.new), key=_place)
        ),
    )


def _state(row: PolicyProposal, around: _Around) -> str:
    is_offer = row.kind == PolicyKind.OFFER
    if row.state == Word.CONFIRMED:
        return _state_of_version(row, around) if is_offer else _state_of_bands(row, around.session)
    if row.state != Word.OPEN:
        return row.state
    if is_offer:
        standing = around.offer_standing(row.subject)
    else:
        standing = proposals.bands_standing(around.session, row.participant_id, row.subject)
    return Word.OPEN if standing == row.old else "OVERTAKEN"


def _state_of_bands(row: PolicyProposal, session: Session) -> str:
    call: Outbox | None = proposals.call_of(session, row.proposal_id)
    if proposals.is_coming(session, row.proposal_id):
        return "SCHEDULED"
    if call is None or call.state not in LANDED:
        return "SUPERSEDED" if call and call.cancel else "FAILED"
    standing = proposals.bands_on_chain(session, row.participant_id, row.subject)
    return "IN_FORCE" if standing == row.new and _is_last(session, row) else "SUPERSEDED"


def _state_of_version(row: PolicyProposal, around: _Around) -> str:
    if row.subject in around.withdrawn:
        return "ENDED"
    begun = [one for one in around.versions[row.subject] if one.valid_from <= around.now]
    own = next(one for one in around.versions[row.subject] if one.version == row.version)
    if own not in begun:
        return "SCHEDULED"
    if begun[-1] is not own:
        return "SUPERSEDED"
    return "IN_FORCE" if around.now < own.valid_until else "ENDED"


def _is_last(session: Session, row: PolicyProposal) -> bool:
    """Whether no later one of these bands has come to the chain."""
    query = (
        select(PolicyProposal.proposal_id)
        .join(Outbox, col(Outbox.key) == proposals.outbox_key("") + col(PolicyProposal.proposal_id))
        .where(
            col(PolicyProposal.participant_id) == row.participant_id,
            col(PolicyProposal.kind) == row.kind,
            col(PolicyProposal.subject) == row.subject,
            col(PolicyProposal.decided_at) > row.decided_at,
            col(Outbox.state).in_(LANDED),
        )
    )
    return session.exec(query.limit(1)).first() is None


def _place(change: tuple[str, Any, Any]) -> tuple[str, int, int]:
    """Where a change stands: the database keeps no order of a document's fields."""
    *group, name = change[0].removeprefix("terms.").split(".")
    return (group[0], int(group[1]), ORDER[name]) if group else ("", 0, ORDER[name])


def _told(field: str, value: Any, currency: str) -> str | None:
    """As people read it; None for nothing."""
    name = field.rpartition(".")[2]
    if value is None or value == []:
        return None
    if isinstance(value, list):
        return ", ".join(_told(name, each, currency) or "" for each in value)
    if name in MONEY:
        shown = amount(int(value), currency)
        return f"{shown.currency} {shown.amount}"
    if name in KINDS:
        return ", ".join(kinds(int(value))) or None
    return _PLAINLY.get(name, str)(value)


_PLAINLY: dict[str, Callable[[Any], str]] = {
    "product": lambda value: Product(value).name,
    "day_count": lambda value: DayCount(value).name,
    "valid_until": lambda value: rfc3339(value) or "",
    "recourse": YES_NO.__getitem__,
    "title_pledged": YES_NO.__getitem__,
}
