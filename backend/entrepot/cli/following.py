"""A stream of events from the API, over every break; and a program that they are handed on to."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import click
import httpx

from entrepot.cli.outcomes import Failed, Unavailable
from entrepot.cli.words import Words, short
from entrepot.domain import standard_webhooks
from entrepot.domain.cloudevents import MEDIA_TYPE

AGAIN_S = 1.0
GIVEN_UP_AFTER_S = 60
SILENCE_S_MAX = 45
AWAY = (429, 502, 503, 504)


def follow(client: httpx.Client, query: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The events, each once: after a break it goes on after the last id. Unavailable when nobody
    has answered for a while."""
    headers: dict[str, str] = {}
    heard = time.monotonic()
    while True:
        try:
            with client.stream(
                "GET",
                "/v1/events/stream",
                params=query,
                headers=headers,
                timeout=httpx.Timeout(10, read=SILENCE_S_MAX),
            ) as response:
                if response.status_code not in AWAY:
                    _check(response)
                    for cursor, data in _frames(response):
                        heard = time.monotonic()
                        if cursor:
                            headers["Last-Event-ID"] = cursor
                        if data:
                            yield json.loads(data)
        except httpx.TransportError as error:
            if time.monotonic() - heard > GIVEN_UP_AFTER_S:
                raise Unavailable(f"{client.base_url} does not answer: {error}") from error
        time.sleep(AGAIN_S)


def _check(response: httpx.Response) -> None:
    if response.is_error:
        problem = json.loads(response.read())
        raise Failed(f"{response.status_code} {problem.get('code')}: {problem.get('detail')}")


def _frames(response: httpx.Response) -> Iterator[tuple[str, str]]:
    """(id, data) of each, as an EventSource reads them."""
    cursor = data = ""
    for line in response.iter_lines():
        if not line:
            yield cursor, data
            data = ""
        elif line.startswith("id:"):
            cursor = line.removeprefix("id:").strip()
        elif line.startswith("data:"):
            data += line.removeprefix("data:").strip()


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
