"""Members and their keys as they are sent in."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from entrepot.api.schemas.words import (
    AddressText,
    Command,
    Country,
    Instant,
    Lei,
    Line,
    PermissionName,
    RoleName,
    address,
    bits,
    participant,
    unix,
)
from entrepot.bindings.roles import Permission, PermissionSet, Role, RoleSet
from entrepot.steps.submission.membership import GrantKey, RegisterParticipant

Coordinate = Annotated[str, StringConstraints(pattern=r"^0x[0-9a-fA-F]{64}$")]

GENERATOR_X = "0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
GENERATOR_Y = "0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
"""The point that every other of the curve comes from (FIPS 186-5): good enough for an example."""


class RegisterIn(Command):
    """A member to be admitted. Its names stay off the chain."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "lei": "ENTR00VANDERMEERBV73",
                    "name": "Van der Meer BV",
                    "name_zh": "范德梅尔贸易公司",
                    "roles": ["IMPORTER"],
                    "jurisdiction": "NL",
                    "kyc_expires_at": "2028-01-01T00:00:00Z",
                    "account": "0x" + "a1" * 20,
                    "admin_key": "0x" + "b2" * 20,
                }
            ]
        }
    )

    lei: Lei
    name: Line
    roles: Annotated[list[RoleName], Field(min_length=1, max_length=len(Role))]
    jurisdiction: Country
    kyc_expires_at: Instant
    account: AddressText
    admin_key: AddressText
    name_zh: Line | None = None
    group: Lei | None = Field(default=None, description="LEI of the ultimate parent, if any.")

    def to_command(self) -> RegisterParticipant:
        return RegisterParticipant(
            participant_id=participant(self.lei),
            name=self.name,
            name_zh=self.name_zh or "",
            roles=RoleSet(bits(self.roles, Role)),
            jurisdiction=self.jurisdiction,
            kyc_expires_at=unix(self.kyc_expires_at),
            account=address(self.account),
            admin_key=address(self.admin_key),
            group=participant(self.group) if self.group else None,
        )


class PasskeyIn(Command):
    """A passkey's public key: a point on P-256 (COSE: ES256)."""

    x: Coordinate
    y: Coordinate


class KeyIn(Command):
    """A key to be added to the caller's own participant: an address, or a passkey."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"address": "0x" + "c3" * 20, "permissions": ["SUBMIT", "ATTEST"]},
                {"passkey": {"x": GENERATOR_X, "y": GENERATOR_Y}, "permissions": ["DECIDE"]},
            ]
        }
    )

    permissions: Annotated[list[PermissionName], Field(min_length=1, max_length=len(Permission))]
    address: AddressText | None = None
    passkey: PasskeyIn | None = None

    @model_validator(mode="after")
    def _is_one_key(self) -> KeyIn:
        if (self.address is None) == (self.passkey is None):
            raise ValueError("either an address or a passkey")
        return self

    def to_command(self, lei: str) -> GrantKey:
        return GrantKey(
            participant_id=participant(lei),
            key=self._key(),
            permissions=PermissionSet(bits(self.permissions, Permission)),
        )

    def _key(self) -> bytes:
        if self.passkey is not None:
            return bytes.fromhex(self.passkey.x[2:] + self.passkey.y[2:])
        return address(self.address or "")
