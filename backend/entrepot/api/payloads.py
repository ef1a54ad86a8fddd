"""Standard payloads as they are: one as the body itself, several as files of a form."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from entrepot.domain.documents.json_source import parse_json
from entrepot.domain.errors import InvalidInput, MalformedDocument, OversizedDocument
from entrepot.steps import World

FILES_MAX: Final = 1000
FORM: Final = "multipart/form-data"
AS_BODY: Final = ("application/json", "application/xml", "text/xml", "application/edifact")
AS_FILE: Final = ("application/pdf", "application/octet-stream")


def described(*media_types: str, example: Any = None) -> dict[str, Any]:
    """Describes a body that is taken as it is, in any of these media types or as files."""
    content: dict[str, Any] = {}
    for media_type in media_types:
        content[media_type] = {"schema": {}}
        if media_type == "application/json" and example is not None:
            content[media_type]["example"] = example
        elif media_type != "application/json":
            content[media_type] = {"schema": {"type": "string", "format": "binary"}}
    file = {"type": "string", "format": "binary"}
    form = {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "array", "items": file, "minItems": 1}},
    }
    content[FORM] = {"schema": form}
    return {"openapi_extra": {"requestBody": {"required": True, "content": content}}}


async def payloads(request: Request) -> tuple[bytes, ...]:
    """The payloads of a request, each at most as large as the settings allow."""
    world: World = request.app.state.world
    limit = world.settings.document_bytes_max
    if not request.headers.get("content-type", "").lower().startswith(FORM):
        return (await request.body(),)
    async with request.form(max_files=FILES_MAX) as form:
        files = [part for _, part in form.multi_items() if isinstance(part, UploadFile)]
        contents = [await file.read(limit + 1) for file in files]
    if not contents:
        raise InvalidInput("file: the form has no file; send one or more parts named file")
    if any(len(content) > limit for content in contents):
        raise OversizedDocument("bytes", limit)
    return tuple(contents)


Payloads = Annotated[tuple[bytes, ...], Depends(payloads)]


def unpacked(contents: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """XML or EDIFACT that comes as an array of JSON strings, taken out of it."""
    if len(contents) != 1 or not contents[0].lstrip().startswith(b"["):
        return contents
    parse_json(contents[0])
    each: Any = json.loads(contents[0])
    if not all(isinstance(one, str) for one in each):
        raise MalformedDocument("", "an array of answers holds each as one string of XML")
    return tuple(one.encode() for one in each)
