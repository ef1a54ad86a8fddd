"""Standard Webhooks 1.0: how a message is signed, and when it is tried again.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from entrepot.kit.clock import to_unix

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
TOLERANCE_S: Final = 300
"""How old or new a message may be for whoever receives it."""

DELAYS: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400, 86_400)
)
"""After each failed attempt: 4 days in all. After the last one the endpoint is switched off."""

JITTER: Final = 0.2
"""The part of a delay that chance adds or takes away."""


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def spell(secret: bytes) -> str:
    """As the receiver is given it."""
    return PREFIX + base64.b64encode(secret).decode("ascii")


def unspell(text: str) -> bytes:
    """The inverse; ValueError when it is no secret."""
    if not text.startswith(PREFIX):
        raise ValueError(f"a secret begins with {PREFIX}")
    return base64.b64decode(text.removeprefix(PREFIX), validate=True)


def headers(message_id: str, at: datetime, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:
    """The three headers; one signature for each secret that holds, the newest first."""
    timestamp = to_unix(at)
    signed = " ".join(sign(message_id, timestamp, body, key) for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signed,
    }


def sign(message_id: str, timestamp: int, body: bytes, key: bytes) -> str:
    """`v1,` and the HMAC-SHA256 over id, timestamp and body, with dots between them."""
    content = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def delay(attempts: int, chance: float) -> timedelta | None:
    """How long to wait after so many attempts, None when it was the last. chance: from 0 to 1."""
    if attempts > len(DELAYS):
        return None
    return DELAYS[attempts - 1] * (1 - JITTER + 2 * JITTER * chance)
