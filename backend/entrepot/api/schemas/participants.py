"""Members and their keys as they are sent in."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

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


class KeyIn(Command):
    """A key to be added to the caller's own participant."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"address": "0x" + "c3" * 20, "permissions": ["SUBMIT", "ATTEST"]}]
        }
    )

    address: AddressText
    permissions: Annotated[list[PermissionName], Field(min_length=1, max_length=len(Permission))]

    def to_command(self, lei: str) -> GrantKey:
        return GrantKey(
            participant_id=participant(lei),
            address=address(self.address),
            permissions=PermissionSet(bits(self.permissions, Permission)),
        )
