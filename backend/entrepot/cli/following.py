"""Events on their way from the API to a terminal, and to a program that they are handed on to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import click
import httpx

from entrepot.cli.words import Words, short
from entrepot.domain import standard_webhooks
from entrepot.domain.cloudevents import MEDIA_TYPE


@dataclass(frozen=True, slots=True)
class Forwarder:
    """Posts events to an address, signed with a secret."""

    url: str
    secret: str
    client: httpx.Client

    @classmethod
    def to(cls, url: str, secret: str | None) -> Self:
        given = secret or standard_webhooks.spell(standard_webhooks.new_secret())
        try:
            standard_webhooks.unspell(given)
        except ValueError as error:
            raise click.UsageError(f"--secret: {error}") from error
        return cls(url, given, httpx.Client(timeout=15, trust_env=False))

    def hand_on(self, event: dict[str, Any]) -> str:
        """What was answered, or why nothing was."""
        body = json.dumps(event, separators=(",", ":")).encode()
        key, now = standard_webhooks.unspell(self.secret), datetime.now(UTC)
        headers = standard_webhooks.headers(event["id"], now, body, [key])
        try:
            answer = self.client.post(
                self.url, content=body, headers={**headers, "Content-Type": MEDIA_TYPE}
            )
        except httpx.HTTPError as error:
            return type(error).__name__
        return str(answer.status_code)


class Printer:
    """Events in words, or one a line as JSON."""

    def __init__(self, lang: str, *, as_json: bool) -> None:
        self._words, self._as_json = Words(lang), as_json

    def begin(self, member: str, secret: str | None) -> None:
        """To stderr, so that stdout is the events."""
        click.echo(f"{self._words('listening as')} {member}", err=True)
        if secret:
            click.echo(f"{self._words('sign with')} {secret}", err=True)

    def event(self, event: dict[str, Any], answered: str | None) -> None:
        if self._as_json:
            click.echo(json.dumps(event, ensure_ascii=False))
        else:
            to = f"  → {answered}" if answered else ""
            click.echo(f"{event['time']}  {event['type']}  {short(event['subject'])}{to}")
        if answered and not answered.startswith("2"):
            click.echo(f"{self._words('not handed on')}: {event['id']}: {answered}", err=True)
