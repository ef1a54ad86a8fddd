"""The values that every view is made of."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from sqlmodel import Session, col, select

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.roles import Permission, Role
from entrepot.domain.money import Money
from entrepot.kit.clock import from_unix
from entrepot.store.tables import Profile

T = TypeVar("T")

PAGE_SIZE_MAX = 500

_HEX = re.compile(r"0x(?:[0-9a-f]{2})*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Amount:
    """Money as a decimal string with all the digits of its ISO 4217 currency."""

    amount: str
    currency: str

    @property
    def minor(self) -> int:
        """The amount in whole minor units."""
        return Money.parse(self.amount, self.currency).amount_minor


@dataclass(frozen=True, slots=True)
class Party:
    """A participant, by LEI and by the names that people read."""

    lei: str
    name: str
    name_zh: str


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of many. `next` continues after the last item; None when there is no more."""

    items: tuple[T, ...]
    next: str | None


def amount(minor: int, currency: str) -> Amount:
    """Whole minor units as an Amount."""
    return Amount(Money(minor, currency).to_decimal_string(), currency)


def hexed(value: bytes) -> str:
    """0x-hex, as ids and hashes are written everywhere outside."""
    return "0x" + value.hex()


def unhexed(text: str) -> bytes:
    """The inverse of `hexed`; ValueError when it is no 0x-hex."""
    if not _HEX.fullmatch(text):
        raise ValueError(f"{text[:80]!r} is not 0x-hex")
    return bytes.fromhex(text[2:])


def maybe_hexed(value: bytes | None) -> str | None:
    """0x-hex, or None for nothing and for the ledger's zero."""
    return hexed(value) if value and any(value) else None


def rfc3339(seconds: int | None) -> str | None:
    """Unix seconds as "2026-11-23T07:20:00Z"; None for nothing and for the ledger's zero."""
    return from_unix(seconds).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds else None


def lei(participant_id: bytes) -> str:
    """The LEI that a ParticipantId spells in ASCII."""
    return participant_id.decode("ascii", "replace")


def kinds(bitmap: int) -> tuple[str, ...]:
    """The names of the kinds in a KindSet, in the ledger's order."""
    return tuple(kind.name for kind in EvidenceKind if bitmap >> kind & 1)


def roles(bitmap: int) -> tuple[str, ...]:
    """The names of the roles in a RoleSet."""
    return tuple(role.name for role in Role if bitmap >> role & 1)


def permissions(bitmap: int) -> tuple[str, ...]:
    """The names of the permissions in a PermissionSet."""
    return tuple(permission.name for permission in Permission if bitmap >> permission & 1)


class Parties:
    """Names for participants, fetched in one query; one without a profile is named by its LEI."""

    def __init__(self, session: Session, participant_ids: Iterable[bytes]) -> None:
        wanted = {one for one in participant_ids if any(one)}
        query = select(Profile).where(col(Profile.participant_id).in_(wanted))
        self._know(session.exec(query) if wanted else ())

    @classmethod
    def named(cls, profiles: Iterable[Profile]) -> Self:
        """Over rows that were fetched already."""
        parties = cls.__new__(cls)
        parties._know(profiles)
        return parties

    def _know(self, profiles: Iterable[Profile]) -> None:
        self._profiles = {row.participant_id: row for row in profiles}

    def __getitem__(self, participant_id: bytes) -> Party:
        profile = self._profiles.get(participant_id)
        text = lei(participant_id)
        return Party(text, profile.name if profile else text, profile.name_zh if profile else "")

    def maybe(self, participant_id: bytes) -> Party | None:
        """None for the ledger's zero."""
        return self[participant_id] if any(participant_id) else None


def page_size(limit: int) -> int:
    """The number of rows to show; ValueError when it is not between 1 and PAGE_SIZE_MAX."""
    if not 1 <= limit <= PAGE_SIZE_MAX:
        raise ValueError(f"limit must be between 1 and {PAGE_SIZE_MAX}, not {limit}")
    return limit
