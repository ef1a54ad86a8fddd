"""Idempotency-Key: the first request with a key acts, every later one is told what came of it (P6).

The record is written in the transaction of the act itself, so both are there or neither. A refused
request leaves no record: it may be mended and sent again under the same key.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any

from entrepot.api.problems import IN_FLIGHT, KEY_INVALID, KEY_REUSED, Refused
from entrepot.kit.hashing import canonical_json, sha256
from entrepot.steps import World
from entrepot.steps.submission.caller import Accepted, Caller
from entrepot.store import idempotency
from entrepot.store.session import Session
from entrepot.store.tables import IdempotencyRecord

ACCEPTED = 202
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def once(
    world: World,
    session: Session,
    caller: Caller,
    key: str | None,
    request_sha256: bytes,
    act: Callable[[], Accepted],
) -> tuple[str, bool]:
    """The operation's id, and whether it is the one of an earlier request with this key.

    409 while a twin is under way, 422 when the key belongs to another request.
    """
    if key is None:
        return act().operation_id, False
    if not _KEY.fullmatch(key):
        raise Refused(KEY_INVALID)
    if not idempotency.claim(session, caller.participant_id, key):
        raise Refused(IN_FLIGHT, {"Retry-After": "1"})
    record = idempotency.find(session, caller.participant_id, key, world.clock.now())
    if record is not None:
        if record.request_sha256 != request_sha256:
            raise Refused(KEY_REUSED)
        return str(record.body["operation_id"]), True
    accepted = act()
    idempotency.remember(
        session,
        IdempotencyRecord(
            participant_id=caller.participant_id,
            key=key,
            request_sha256=request_sha256,
            status=ACCEPTED,
            body={"operation_id": accepted.operation_id},
            created_at=world.clock.now(),
        ),
    )
    return accepted.operation_id, False


def fingerprint(method: str, path: str, command: object) -> bytes:
    """SHA-256 of what is asked for. By its meaning: a multipart boundary makes no difference."""
    return sha256(canonical_json([method, path, _plain(command)]))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    match value:
        case bytes():
            return sha256(value).hex()
        case Enum():
            return value.name
        case bool() | None | str():
            return value
        case int():
            return str(value)
        case tuple() | list():
            return [_plain(each) for each in value]
        case dict():
            return {str(name): _plain(each) for name, each in value.items()}
        case date():
            return value.isoformat()
        case _:
            raise TypeError(f"a command cannot hold a {type(value).__name__}")
