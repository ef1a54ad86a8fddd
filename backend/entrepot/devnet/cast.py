"""The cast of a devnet: members, and the keys of their people, derived from their names.

Every member has a `desk` that submits and attests, two officers that decide, an `admin` of its keys
and a `treasury`, the account that holds its money. Besides them there are the `deployer`, the
`governor` of the consortium, its `guardian`, who may stop what the governor does, and the `keeper`,
who asks for releases and may do nothing else.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from entrepot.bindings.ids import ParticipantId
from entrepot.chain.signer import Keystore, LocalSigner, PrivateKey
from entrepot.kit.abi import Address

DEPLOYER, GOVERNOR, GUARDIAN, KEEPER = "deployer", "governor", "guardian", "keeper"

DESK, OFFICERS, ADMIN, TREASURY = "desk", ("officer-1", "officer-2"), "admin", "treasury"

PERMISSIONS: Mapping[str, tuple[str, ...]] = {
    DESK: ("SUBMIT", "ATTEST"),
    OFFICERS[0]: ("DECIDE",),
    OFFICERS[1]: ("DECIDE",),
}
"""What the keys that a member adds for its people may do on the chain."""

SCOPES: Mapping[str, tuple[str, ...]] = {
    DESK: ("read", "submit", "attest"),
    OFFICERS[0]: ("read", "decide"),
    OFFICERS[1]: ("read", "decide"),
    ADMIN: ("read", "admin"),
}
"""What their tokens may do in the API."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    alias: str
    lei: str
    name: str
    name_zh: str
    jurisdiction: str
    roles: tuple[str, ...]

    @property
    def participant_id(self) -> ParticipantId:
        return ParticipantId(self.lei.encode("ascii"))


def load(path: Path) -> list[Member]:
    """The members in a parties file, in its order."""
    raw: dict[str, dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return [
        Member(
            alias=alias,
            lei=entry["lei"],
            name=entry["name"],
            name_zh=entry["name_zh"],
            jurisdiction=entry["jurisdiction"],
            roles=tuple(entry["roles"]),
        )
        for alias, entry in raw.items()
    ]


def secret_of(person: str) -> PrivateKey:
    """The key of `bank.officer-1`, `keeper` and so on: known to everybody, for a devnet only."""
    return PrivateKey(hashlib.sha256(f"entrepot devnet key of {person}".encode()).digest())


def address_of(person: str) -> Address:
    return LocalSigner(secret_of(person)).address


def people(members: list[Member]) -> list[str]:
    """Everybody who has a key."""
    parts = (DESK, *OFFICERS, ADMIN, TREASURY)
    alone = (DEPLOYER, GOVERNOR, GUARDIAN, KEEPER)
    return [*alone, *(f"{m.alias}.{part}" for m in members for part in parts)]


def fill_keystore(keystore: Keystore, members: list[Member]) -> None:
    """Puts everybody's key into the keystore; those that are there stay."""
    for person in people(members):
        keystore.add(secret_of(person))
