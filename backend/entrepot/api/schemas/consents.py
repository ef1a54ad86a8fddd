"""Consents as they are sent in: Berlin Group's body, in this API's spelling."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import ConfigDict, Field, field_validator, model_validator

from entrepot.api.schemas.words import Command, Id, Lei, octets, participant
from entrepot.bindings.ids import ParticipantId
from entrepot.domain.consents import (
    FIELDS_MAX,
    FREQUENCY_MAX,
    KINDS,
    RESOURCES_MAX,
    Purpose,
)
from entrepot.steps.submission.consents import CreateConsent
from entrepot.views.fields import nameable

Ids = Annotated[list[Id], Field(max_length=RESOURCES_MAX)]


class AccessIn(Command):
    """What may be seen, by kind: the ids, or an empty list for all that the owner has of it."""

    orders: Ids | None = None
    documents: Ids | None = None
    facilities: Ids | None = None

    @model_validator(mode="after")
    def _something(self) -> AccessIn:
        if all(getattr(self, kind) is None for kind in KINDS):
            raise ValueError("name at least one kind of resource")
        return self


class CreateConsentIn(Command):
    """A third party names the owner that it asks; an owner names whom it grants."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "third_party": "ENTR00VANDERMEERBV73",
                    "purpose": "FINANCING",
                    "access": {"orders": ["0x" + "5a" * 32], "documents": []},
                    "fields": ["orders.amount"],
                    "recurring_indicator": True,
                    "frequency_per_day": 4,
                    "valid_until": "2027-03-31",
                }
            ]
        }
    )
    owner: Lei | None = None
    third_party: Lei | None = None
    purpose: Purpose
    access: AccessIn
    fields: Annotated[
        list[Annotated[str, Field(pattern=r"^[a-z_]{1,20}\.[a-z0-9_]{1,40}$")]],
        Field(max_length=FIELDS_MAX, default_factory=list),
    ]
    recurring_indicator: bool
    frequency_per_day: Annotated[int, Field(ge=1, le=FREQUENCY_MAX)]
    valid_until: Annotated[date, Field(strict=False)]

    @model_validator(mode="after")
    def _one_of_the_two(self) -> CreateConsentIn:
        if (self.owner is None) == (self.third_party is None):
            raise ValueError("name the owner to ask it, or the third party to grant it")
        return self

    @field_validator("fields")
    @classmethod
    def _known(cls, fields: list[str]) -> list[str]:
        known = nameable(KINDS)
        for name in fields:
            if name not in known:
                raise ValueError(f"{name!r} is none of {', '.join(known)}")
        return fields

    def to_command(self, caller: ParticipantId) -> CreateConsent:
        resources: list[tuple[str, bytes | None]] = []
        for kind in KINDS:
            ids: list[str] | None = getattr(self.access, kind)
            if ids is not None:
                resources += [(kind, octets(one)) for one in ids] or [(kind, None)]
        return CreateConsent(
            owner=participant(self.owner) if self.owner else caller,
            third_party=participant(self.third_party) if self.third_party else caller,
            purpose=self.purpose,
            resources=tuple(resources),
            fields=tuple(self.fields),
            recurring=self.recurring_indicator,
            frequency_per_day=self.frequency_per_day,
            valid_until=self.valid_until,
        )
