"""Participants: members and keys."""

from entrepot.bindings import participants as words
from entrepot.bindings.participants import ParticipantState
from entrepot.kit.abi import Event
from entrepot.steps.indexing.projections.place import Handler, Place, Rows, need, text
from entrepot.store.tables import Participant, ParticipantKey


def _registered(rows: Rows, e: words.ParticipantRegistered, at: Place) -> None:
    rows.add(
        Participant,
        participant_id=e.participant_id,
        stream=at.stream,
        state=ParticipantState.ACTIVE.name,
        roles=e.roles,
        jurisdiction=text(e.jurisdiction),
        kyc_expires_at=e.kyc_expires_at,
        group_id=e.group,
        account=e.account,
    )


def _kyc_renewed(rows: Rows, e: words.KycRenewed, _: Place) -> None:
    need(rows, Participant, e.participant_id).kyc_expires_at = e.kyc_expires_at


def _roles_changed(rows: Rows, e: words.RolesChanged, _: Place) -> None:
    need(rows, Participant, e.participant_id).roles = e.roles


def _account_changed(rows: Rows, e: words.AccountChanged, _: Place) -> None:
    need(rows, Participant, e.participant_id).account = e.account


def _suspended(rows: Rows, e: words.ParticipantSuspended, _: Place) -> None:
    need(rows, Participant, e.participant_id).state = ParticipantState.SUSPENDED.name


def _reinstated(rows: Rows, e: words.ParticipantReinstated, _: Place) -> None:
    need(rows, Participant, e.participant_id).state = ParticipantState.ACTIVE.name


def _removed(rows: Rows, e: words.ParticipantRemoved, _: Place) -> None:
    need(rows, Participant, e.participant_id).state = ParticipantState.REMOVED.name


def _key_added(rows: Rows, e: words.KeyAdded, at: Place) -> None:
    rows.add(
        ParticipantKey,
        key_id=e.key_id,
        stream=at.stream,
        participant_id=e.participant_id,
        signer=e.signer,
        permissions=e.permissions,
        added_at=at.timestamp,
    )


def _key_revoked(rows: Rows, e: words.KeyRevoked, at: Place) -> None:
    need(rows, ParticipantKey, e.key_id).revoked_at = at.timestamp


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
