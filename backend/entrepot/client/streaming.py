"""The stream of events, over every break."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

import httpx

from entrepot.client.problems import Unreachable, problem_of
from entrepot.client.transport import Transport

PATH: Final = "/v1/events/stream"
AGAIN_S: Final = 1.0
GIVEN_UP_AFTER_S: Final = 60
SILENCE_S_MAX: Final = 45
AWAY: Final = (429, 502, 503, 504)


def follow(transport: Transport, query: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """CloudEvents as they come, each once: after a break it goes on after the last id. Unreachable
    when nobody has answered for a minute, Problem when it is refused."""
    headers = dict(transport.headers)
    heard = time.monotonic()
    while True:
        try:
            with transport.http.stream(
                "GET",
                PATH,
                params=dict(query),
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
                base = transport.http.base_url
                raise Unreachable(f"{base} does not answer: {error}") from error
        transport.sleep(AGAIN_S)


def _check(response: httpx.Response) -> None:
    if response.is_error:
        raise problem_of(json.loads(response.read()), response.status_code)


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
