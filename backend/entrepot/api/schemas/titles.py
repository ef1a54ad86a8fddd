"""Acts on bills of lading as they are sent in."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict

from entrepot.api.schemas.words import Command, Id, Lei, financing, one_of, participant, title
from entrepot.bindings.titles import SurrenderReason
from entrepot.steps.submission.titles import (
    EndorseTitle,
    PledgeTitle,
    SurrenderTitle,
    TransferTitle,
)

ReasonName = Annotated[str, one_of(SurrenderReason)]


class TransferIn(Command):
    model_config = ConfigDict(json_schema_extra={"examples": [{"to": "ENTR00VANDERMEERBV73"}]})

    to: Lei

    def to_command(self, title_id: str) -> TransferTitle:
        return TransferTitle(title_id=title(title_id), to=participant(self.to))


class EndorseIn(Command):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"to": "ENTR00HARBOURBANK155", "may_endorse": True}]}
    )

    to: Lei
    may_endorse: bool

    def to_command(self, title_id: str) -> EndorseTitle:
        return EndorseTitle(
            title_id=title(title_id), to=participant(self.to), may_endorse=self.may_endorse
        )


class SurrenderIn(Command):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "DELIVERY"}]})

    reason: ReasonName

    def to_command(self, title_id: str) -> SurrenderTitle:
        return SurrenderTitle(title_id=title(title_id), reason=SurrenderReason[self.reason])


class OfferPledgeIn(Command):
    model_config = ConfigDict(json_schema_extra={"examples": [{"facility_id": "0x" + "7c" * 32}]})

    facility_id: Id

    def to_command(self, title_id: str) -> PledgeTitle:
        return PledgeTitle(title_id=title(title_id), financing_id=financing(self.facility_id))
