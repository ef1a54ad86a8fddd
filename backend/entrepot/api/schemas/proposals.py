"""Changes of policies as they are sent in."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from entrepot.api.schemas.offers import PublishOfferIn
from entrepot.api.schemas.policies import BandsIn
from entrepot.api.schemas.words import LINE, Command, Instant, Reason, unix
from entrepot.domain.errors import InvalidInput
from entrepot.steps.submission.proposals import OnProposal, ProposeChange

Remark = Annotated[str, StringConstraints(max_length=500, pattern=rf"^$|{LINE}")]


class ProposeChangeIn(Command):
    """A policy as it is to be: bands of approval or an offer, one of the two."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "approval_bands": {
                        "currency": "USD",
                        "bands": [
                            {"up_to": {"amount": "500000.00", "currency": "USD"}, "approvals": 2},
                            {"up_to": {"amount": "9000000.00", "currency": "USD"}, "approvals": 4},
                        ],
                    },
                    "effective_at": "2027-02-01T00:00:00Z",
                    "reason": "Four to sign above half a million, as the board decided",
                }
            ]
        }
    )

    approval_bands: BandsIn | None = None
    offer: PublishOfferIn | None = Field(
        default=None, description="One that stands, by its `reference`; all of it anew."
    )
    effective_at: Instant | None = Field(
        default=None,
        description="From when it is to hold, today at the earliest; at once when absent. An"
        " offer's `valid_from` becomes this.",
    )
    reason: Reason

    def to_command(self) -> ProposeChange:
        change = self.approval_bands or self.offer
        if change is None or (self.approval_bands and self.offer):
            raise InvalidInput("approval_bands, offer: exactly one of them")
        return ProposeChange(
            change=change.to_command(),
            effective_at=unix(self.effective_at) if self.effective_at else None,
            reason=self.reason,
        )


class SayYesIn(Command):
    """What is to be said with it, if anything."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "As the board decided"}]})

    reason: Remark = ""

    def to_command(self, proposal_id: str) -> OnProposal:
        return OnProposal(proposal_id=proposal_id, reason=self.reason)


class SayNoIn(Command):
    """Why not."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "The board said three"}]})

    reason: Reason

    def to_command(self, proposal_id: str) -> OnProposal:
        return OnProposal(proposal_id=proposal_id, reason=self.reason)
