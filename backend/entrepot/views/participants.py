"""Members: who they are and what they are in the trade. Their keys are theirs to see."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from entrepot.store.tables import Participant, ParticipantKey
from entrepot.store.visibility import sees_everything
from entrepot.views.cursors import BadCursor
from entrepot.views.values import (
    Page,
    Parties,
    Party,
    hexed,
    lei,
    page_size,
    permissions,
    rfc3339,
    roles,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyView:
    key_id: str
    signer: str
    permissions: tuple[str, ...]
    added_at: str | None
    revoked_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantView:
    """`keys` is None for everybody but the participant itself and regulators."""

    participant: Party
    state: str
    roles: tuple[str, ...]
    jurisdiction: str
    kyc_expires_at: str | None
    group: str
    account: str
    keys: tuple[KeyView, ...] | None


def list_participants(
    session: Session, caller: bytes | None, *, limit: int = 100, after: str | None = None
) -> Page[ParticipantView]:
    """All members, by LEI. BadCursor when `after` is no LEI."""
    query = select(Participant).order_by(col(Participant.participant_id))
    if after is not None:
        if len(after) != 20 or not after.isascii():
            raise BadCursor(f"{after[:40]!r} is not a cursor of this list")
        query = query.where(col(Participant.participant_id) > after.encode("ascii"))
    size = page_size(limit)
    rows = list(session.exec(query.limit(size + 1)))
    more = lei(rows[size - 1].participant_id) if len(rows) > size else None
    return Page(_views(session, caller, rows[:size]), more)


def get_participant(
    session: Session, caller: bytes | None, participant_id: bytes
) -> ParticipantView | None:
    row = session.get(Participant, participant_id)
    return _views(session, caller, [row])[0] if row else None


def _views(
    session: Session, caller: bytes | None, rows: Sequence[Participant]
) -> tuple[ParticipantView, ...]:
    everything = sees_everything(session, caller)
    parties = Parties(session, [row.participant_id for row in rows])
    own = [row.participant_id for row in rows if everything or row.participant_id == caller]
    keys = session.exec(
        select(ParticipantKey)
        .where(col(ParticipantKey.participant_id).in_(own))
        .order_by(col(ParticipantKey.added_at), col(ParticipantKey.key_id))
    ).all()
    return tuple(
        ParticipantView(
            participant=parties[row.participant_id],
            state=row.state,
            roles=roles(row.roles),
            jurisdiction=row.jurisdiction,
            kyc_expires_at=rfc3339(row.kyc_expires_at),
            group=lei(row.group_id),
            account=hexed(row.account),
            keys=tuple(_key(key) for key in keys if key.participant_id == row.participant_id)
            if row.participant_id in own
            else None,
        )
        for row in rows
    )


def _key(row: ParticipantKey) -> KeyView:
    return KeyView(
        key_id=hexed(row.key_id),
        signer=hexed(row.signer),
        permissions=permissions(row.permissions),
        added_at=rfc3339(row.added_at),
        revoked_at=rfc3339(row.revoked_at),
    )
