"""How the API is served: HTTP/1.1, no other protocol, and to nobody who keeps us waiting."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from entrepot.api.door import HEAD_BYTES_MAX


def config_of(app: FastAPI, host: str, port: int, **more: Any) -> uvicorn.Config:
    """uvicorn's configuration for our application."""
    seconds = app.state.world.settings.request_seconds_max
    protocol: Any = partial(Patient, seconds=seconds)
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=protocol,
        ws="none",
        h11_max_incomplete_event_size=HEAD_BYTES_MAX,
        log_config=None,
        access_log=False,
        server_header=False,
        # Who calls is who connects: a trusted proxy is known by its own address.
        proxy_headers=False,
        timeout_graceful_shutdown=1,
        **more,
    )


class Patient(H11Protocol):
    """uvicorn's protocol, and patient so long: a request's first line and headers come within some
    seconds, or the connection is closed. How long a body takes is the door's business."""

    def __init__(self, *args: Any, seconds: float, **named: Any) -> None:
        super().__init__(*args, **named)
        self._seconds = seconds
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._arm()

    def data_received(self, data: bytes) -> None:
        # After an answer it is uvicorn's own timer that waits for the next request to begin.
        if self._deadline is None and self.conn.their_state is h11.IDLE:
            self._arm()
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._disarm()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def _arm(self) -> None:
        self._deadline = self.loop.call_later(self._seconds, self._cut)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _cut(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.close()
