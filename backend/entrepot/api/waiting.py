"""Prefer: wait=N: the answer waits until the operation is through, or N seconds are.

A waiting request holds a socket, never a thread.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Coroutine
from typing import Any

import anyio
from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from entrepot.api.problems import TOO_LARGE, Refused, wrong_media_type

JSON_BYTES_MAX = 256 * 1024
"""Of a command in JSON; files and events may be as large as the settings allow."""

WAIT_S_MAX = 30
PAUSE_S_MAX = 0.25
GROWTH = 1.3
_PREPARE = re.compile(r"(?:^|,)\s*prepare\s*(?:,|;|$)")
_WAIT = re.compile(r"(?:^|,)\s*wait=(\d{1,4})\s*(?:,|;|$)")


class Waits(APIRoute):
    """A route whose body has a media type that it takes, and whose answer may be waited for."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        needed = self._media_types()

        async def handled(request: Request) -> Response:
            _check_media_type(request, needed)
            if self.body_field is not None and needed == ("application/json",):
                _check_size(request)
            response = await handle(request)
            seconds = seconds_asked(request)
            if seconds == 0 or not hasattr(request.state, "look_again"):
                return response
            response = await _wait(request, response, seconds)
            response.headers["Preference-Applied"] = f"wait={seconds}"
            return response

        return handled

    def _media_types(self) -> tuple[str, ...]:
        if self.body_field is not None:
            return (str(getattr(self.body_field.field_info, "media_type", "application/json")),)
        return tuple((self.openapi_extra or {}).get("requestBody", {}).get("content", {}))


def seconds_asked(request: Request) -> int:
    """RFC 7240; more than is allowed is taken as the most that is."""
    match = _WAIT.search(request.headers.get("prefer", ""))
    return min(int(match[1]), WAIT_S_MAX) if match else 0


def is_preparing(request: Request) -> bool:
    """Prefer: prepare (RFC 7240): what is to be signed is wanted, not the deed."""
    return bool(_PREPARE.search(request.headers.get("prefer", "")))


async def _wait(request: Request, response: Response, seconds: int) -> Response:
    look_again: Callable[[], Response] = request.state.look_again
    pause_s = float(request.app.state.world.settings.poll_interval_s)
    deadline = time.monotonic() + seconds
    while response.status_code == 202 and time.monotonic() + pause_s < deadline:
        await anyio.sleep(pause_s)
        pause_s = min(pause_s * GROWTH, PAUSE_S_MAX)
        response = await run_in_threadpool(look_again)
    return response


def _check_media_type(request: Request, needed: tuple[str, ...]) -> None:
    """415 for a body of another type; a body that may be left out needs no type."""
    if not needed:
        return
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given in needed or (not given and request.headers.get("content-length", "0") == "0"):
        return
    raise Refused(wrong_media_type(needed))


def _check_size(request: Request) -> None:
    """413 for JSON that says it is larger than any command of ours."""
    length = request.headers.get("content-length", "0")
    if length.isascii() and length.isdigit() and int(length) > JSON_BYTES_MAX:
        raise Refused(TOO_LARGE)
