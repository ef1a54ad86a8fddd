"""What is asked of webhooks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from entrepot.api.schemas import words
from entrepot.api.schemas.words import Command, Line
from entrepot.steps.submission import webhooks

Url = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2000),
    Field(description="https, of the public internet.", examples=["https://erp.example/hooks"]),
]
Type = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Types = Annotated[
    list[Type],
    Field(max_length=50, description="Types by name, or as entrepot.customs.*; all when empty."),
]
Cursor = Annotated[
    str, StringConstraints(max_length=200), Field(description="As /v1/events gives it.")
]


class WebhookIn(Command):
    url: Url
    types: Types = Field(default_factory=list)
    order_id: Annotated[str | None, Field(default=None, pattern=r"^0x[0-9a-fA-F]{64}$")] = None
    description: Line | None = None
    after: Cursor | None = None

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "url": "https://erp.example/hooks/entrepot",
                    "types": ["entrepot.customs.*", "entrepot.facility.tranche_released"],
                    "description": "ERP",
                }
            ]
        }
    )

    def to_command(self) -> webhooks.CreateWebhook:
        return webhooks.CreateWebhook(
            url=self.url,
            types=tuple(self.types),
            order_id=None if self.order_id is None else words.order(self.order_id),
            description=self.description or "",
            after=self.after,
        )


class WebhookChangeIn(Command):
    """What is left out stays as it is."""

    url: Url | None = None
    types: Types | None = None
    description: Line | None = None
    state: Literal["ACTIVE", "DISABLED"] | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"state": "ACTIVE"}]})

    def to_command(self, webhook_id: str) -> webhooks.ChangeWebhook:
        return webhooks.ChangeWebhook(
            webhook_id=webhook_id,
            url=self.url,
            types=None if self.types is None else tuple(self.types),
            description=self.description,
            state=self.state,
        )


class RotateIn(Command):
    overlap_hours: Annotated[
        int, Field(ge=0, le=168, description="How long the former secret signs as well.")
    ] = 24

    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap_hours": 24}]})

    def to_command(self, webhook_id: str) -> webhooks.RotateSecret:
        return webhooks.RotateSecret(webhook_id=webhook_id, overlap_s=self.overlap_hours * 3600)


class ReplayIn(Command):
    after: Cursor

    model_config = ConfigDict(json_schema_extra={"examples": [{"after": "1042.3"}]})

    def to_command(self, webhook_id: str) -> webhooks.Replay:
        return webhooks.Replay(webhook_id=webhook_id, after=self.after)
