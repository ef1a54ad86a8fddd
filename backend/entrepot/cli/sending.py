"""Files on their way to the API: read and put in order, sent, and asked again until answered."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from entrepot.cli.outcomes import Unavailable
from entrepot.client import Client, Problem, Unreachable
from entrepot.domain.documents import reading
from entrepot.domain.errors import DomainError

ORDER: dict[str, int] = {
    kind: place
    for place, kind in enumerate(
        (
            "purchase-order",
            "ubl-invoice",
            "ubl-credit-note",
            "packing-list",
            "dcsa-transport-document",
            "wco-declaration",
            "dcsa-events",
            "epcis-events",
            "wco-response",
            "edifact-cusres",
        )
    )
}
"""Papers before what answers them: an answer of customs finds its declaration, that its invoice."""

MEDIA_TYPES = {b"%PDF": "application/pdf", b"<": "application/xml", b"{": "application/json"}
TRIES = 6
REST = "what was taken so far is taken, run it again for the rest"
BUSY = (429, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Found:
    """A file of the folder. why: what is wrong with it as it lies there, None when nothing is."""

    path: str
    content: bytes
    kind: str | None
    why: str | None = None

    def told(self) -> dict[str, Any]:
        """What a dry run tells of it."""
        status = "accepted" if self.kind and not self.why else "refused"
        return outcome(self, status, self.why)


def outcome(
    found: Found, status: str, reason: str | None, items: Sequence[Any] = (), **more: Any
) -> dict[str, Any]:
    return {
        "path": found.path,
        "kind": found.kind,
        "status": status,
        "reason": reason,
        "operation_id": None,
        "items": list(items),
        **more,
    }


def read_all(folder: Path) -> list[Found]:
    """Every file below the folder but hidden ones, in the order in which they are to be sent."""
    found: list[Found] = []
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            if not name.startswith(".") and path.is_file():
                found.append(_read(path, str(path.relative_to(folder))))
    return sorted(found, key=lambda each: (ORDER.get(each.kind or "", len(ORDER)), each.path))


def _read(path: Path, name: str) -> Found:
    if path.stat().st_size > reading.BYTES_MAX:
        return Found(name, b"", None, f"it has more than {reading.BYTES_MAX} bytes")
    content = path.read_bytes()
    try:
        kind = reading.detect(content)
    except DomainError as error:
        return Found(name, content, None, str(error))
    try:
        reading.read(content)
    except DomainError as error:
        return Found(name, content, kind, str(error))
    return Found(name, content, kind)


@dataclass(frozen=True, slots=True)
class Sender:
    """Where the files go, and as whom."""

    client: Client
    query: dict[str, str] = field(default_factory=dict[str, str])
    wait_s: int = 0

    @classmethod
    def of(cls, client: Client, *, order: str | None, kind: str | None, wait_s: int) -> "Sender":
        given = {"order": order, "kind": kind}
        return cls(client, {name: value for name, value in given.items() if value}, wait_s)

    def send(self, found: Found) -> dict[str, Any]:
        """One file; the same file again is the same request. Unavailable when nobody answers."""
        digest = hashlib.sha256(repr(sorted(self.query.items())).encode() + found.content)
        headers = {
            "Content-Type": _media_type(found.content),
            "Idempotency-Key": f"ingest-{digest.hexdigest()}",
        }
        try:
            response = self.client.ask(
                "POST",
                "/v1/documents",
                query=self.query,
                headers=headers,
                wait_s=self.wait_s,
                content=found.content,
            )
        except Problem as problem:
            if _may_be_taken_later(problem):
                raise Unavailable(f"{found.path}: {problem}; {REST}") from problem
            return outcome(found, "refused", f"{problem.code}: {problem.detail}")
        except Unreachable as error:
            raise Unavailable(f"{found.path}: {error}; {REST}") from error
        return _outcome(found, response)


def send_all(sender: Sender, found: Sequence[Found]) -> Iterator[dict[str, Any]]:
    """Each file's outcome, as it comes."""
    with sender.client:
        for each in found:
            if each.why is not None and each.kind is None and not sender.query.get("kind"):
                yield outcome(each, "refused", each.why)
            else:
                yield sender.send(each)


def _outcome(found: Found, response: httpx.Response) -> dict[str, Any]:
    answer = response.json()
    result = answer.get("result", {})
    items = result.get("items", [])
    statuses = {item["status"] for item in items}
    if response.headers.get("Idempotency-Replayed") == "true" and "refused" not in statuses:
        status = "duplicate"
    elif not items:
        status = "accepted"
    else:
        status = next(
            one for one in ("refused", "accepted", "ignored", "duplicate") if one in statuses
        )
    return outcome(found, status, None, items, operation_id=answer["operation_id"])


def _media_type(content: bytes) -> str:
    start = content[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"["):
        return "application/json"
    if start.startswith((b"UNA", b"UNB", b"UNH")):
        return "application/edifact"
    found = (media for mark, media in MEDIA_TYPES.items() if start.startswith(mark))
    return next(found, "application/octet-stream")


def _may_be_taken_later(problem: Problem) -> bool:
    """Whether the API was busy to the last, or the same request is still being dealt with."""
    return problem.status in BUSY or problem.code == "idempotency-in-flight"
