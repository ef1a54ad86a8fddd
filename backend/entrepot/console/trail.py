"""What an officer does, written to the trail of their member."""

from typing import Final, Literal

from entrepot.console.sessions import Officer
from entrepot.kit.deriving import derived_key
from entrepot.kit.jose import Key
from entrepot.settings import Settings
from entrepot.steps import World
from entrepot.store import audit_trail
from entrepot.store.session import Session

Act = Literal[
    "SIGNED_IN",
    "SIGNED_OUT",
    "APPROVED",
    "DECLINED",
    "HELD",
    "LIFTED",
    "WROTE",
    "JUDGED_MATCH",
    "HELD_RELEASE",
    "RESUMED_RELEASE",
    "PROPOSED_POLICY",
    "CONFIRMED_POLICY",
    "DECLINED_POLICY",
    "WITHDREW_POLICY",
    "LOOKED",
    "EXPORTED",
]
PURPOSE: Final = "entrepot audit trail key"


def keep(
    world: World, session: Session, officer: Officer, act: Act, subject: str = "", reason: str = ""
) -> None:
    """In the transaction of what was done, and as its last step: either both are kept or none."""
    holder = officer.holder
    audit_trail.append(
        session,
        holder.participant_id,
        world.clock.now(),
        holder.label,
        act,
        subject,
        reason,
    )


def keep_alone(world: World, officer: Officer, act: Act) -> None:
    """Of what changes nothing else in the database."""
    with world.store.transaction() as session:
        keep(world, session, officer, act)


def signing_key(settings: Settings) -> Key:
    """What trails are signed with; its thumbprint stands on the page."""
    return derived_key(settings.token_key.get_secret_value(), PURPOSE)
