"""Participants: members and keys."""

from sqlmodel import Session

from entrepot.bindings import participants as words
from entrepot.bindings.participants import ParticipantState
from entrepot.kit.abi import Event
from entrepot.steps.indexing.projections.place import Handler, Place, need, text
from entrepot.store.tables import Participant, ParticipantKey


def _registered(session: Session, e: words.ParticipantRegistered, at: Place) -> None:
    session.add(
        Participant(
            participant_id=e.participant_id,
            stream=at.stream,
            state=ParticipantState.ACTIVE.name,
            roles=e.roles,
            jurisdiction=text(e.jurisdiction),
            kyc_expires_at=e.kyc_expires_at,
            group_id=e.group,
            account=e.account,
        )
    )


def _kyc_renewed(session: Session, e: words.KycRenewed, _: Place) -> None:
    need(session, Participant, e.participant_id).kyc_expires_at = e.kyc_expires_at


def _roles_changed(session: Session, e: words.RolesChanged, _: Place) -> None:
    need(session, Participant, e.participant_id).roles = e.roles


def _account_changed(session: Session, e: words.AccountChanged, _: Place) -> None:
    need(session, Participant, e.participant_id).account = e.account


def _suspended(session: Session, e: words.ParticipantSuspended, _: Place) -> None:
    need(session, Participant, e.participant_id).state = ParticipantState.SUSPENDED.name


def _reinstated(session: Session, e: words.ParticipantReinstated, _: Place) -> None:
    need(session, Participant, e.participant_id).state = ParticipantState.ACTIVE.name


def _removed(session: Session, e: words.ParticipantRemoved, _: Place) -> None:
    need(session, Participant, e.participant_id).state = ParticipantState.REMOVED.name


def _key_added(session: Session, e: words.KeyAdded, at: Place) -> None:
    session.add(
        ParticipantKey(
            key_id=e.key_id,
            stream=at.stream,
            participant_id=e.participant_id,
            signer=e.signer,
            permissions=e.permissions,
            added_at=at.timestamp,
        )
    )


def _key_revoked(session: Session, e: words.KeyRevoked, at: Place) -> None:
    need(session, ParticipantKey, e.key_id).revoked_at = at.timestamp


HANDLERS: dict[type[Event], Handler] = {
    words.ParticipantRegistered: _registered,
    words.KycRenewed: _kyc_renewed,
    words.RolesChanged: _roles_changed,
    words.AccountChanged: _account_changed,
    words.ParticipantSuspended: _suspended,
    words.ParticipantReinstated: _reinstated,
    words.ParticipantRemoved: _removed,
    words.KeyAdded: _key_added,
    words.KeyRevoked: _key_revoked,
}
