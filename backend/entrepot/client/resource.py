"""What the verbs of all resources share: typed bodies out, typed answers in, lists page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from entrepot.client.transport import Transport

T = TypeVar("T")

Payload = bytes | Path
"""A file: its bytes, or where it lies."""


class Resource:
    """A part of the API, over a transport."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def _read(self, path: str, shape: type[T], query: Mapping[str, Any] | None = None) -> T:
        return _shaped(self._transport.ask("GET", path, query=query).content, shape)

    def _pages(
        self,
        path: str,
        shape: type[T],
        query: Mapping[str, Any] | None = None,
        page_size: int | None = None,
    ) -> Iterator[T]:
        """All there are; a page is asked for when its first item is wanted."""
        after: str | None = None
        while True:
            asked = {**(query or {}), "limit": page_size, "after": after}
            answer = self._transport.ask("GET", path, query=asked)
            page: dict[str, Any] = msgspec.json.decode(answer.content)
            yield from msgspec.convert(page["items"], tuple[shape, ...])
            if page["next"] is None or page["next"] == after:
                return
            after = page["next"]

    def _act(
        self,
        method: str,
        path: str,
        shape: type[T] | None,
        *,
        body: msgspec.Struct | None = None,
        content: bytes | None = None,
        media_type: str = "application/json",
        form: Mapping[str, str | None] | None = None,
        files: Mapping[str, Payload | None] | None = None,
        query: Mapping[str, Any] | None = None,
        key: str | None = None,
        wait_s: int | None = None,
    ) -> T:
        request: dict[str, Any] = {"query": query, "key": key, "wait_s": wait_s}
        if files is not None:
            given = {name: value for name, value in (form or {}).items() if value is not None}
            request |= {"data": given, "files": _opened(files)}
        elif content is not None or body is not None:
            request["content"] = msgspec.json.encode(body) if content is None else content
            request["headers"] = {"Content-Type": media_type}
        answer = self._transport.ask(method, path, **request)
        return _shaped(answer.content, shape)


def _opened(files: Mapping[str, Payload | None]) -> dict[str, tuple[str, bytes]]:
    """As httpx sends them, read at once: a request may have to be sent again."""
    return {
        name: (file.name, file.read_bytes()) if isinstance(file, Path) else (name, file)
        for name, file in files.items()
        if file is not None
    }


def _shaped(content: bytes, shape: type[T] | None) -> T:
    """Members that this version of the client does not know are left out."""
    if shape is None or shape is bytes:
        return content  # pyright: ignore[reportReturnType] (an answer without words, or a file's)
    return msgspec.json.decode(content, type=shape)
