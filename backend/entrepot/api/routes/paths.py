"""What the routes share: how ids stand in paths, how lists are paged, what answers look like."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Query, Request
from starlette.convertors import StringConvertor, register_url_convertor

from entrepot.api.schemas.answers import OperationOut, PreparedOut, TriedOut, one, page
from entrepot.api.schemas.words import Command
from entrepot.api.waiting import Waits
from entrepot.views.fields import nameable
from entrepot.views.paging import Asked
from entrepot.views.values import PAGE_SIZE_MAX

IdInPath = Annotated[str, Path(pattern=r"^0x[0-9a-fA-F]{64}$", examples=["0x" + "5a" * 32])]
LeiInPath = Annotated[
    str, Path(pattern=r"^[A-Z0-9]{18}[0-9]{2}$", examples=["ENTR00VANDERMEERBV73"])
]
Limit = Annotated[int, Query(ge=1, le=PAGE_SIZE_MAX)]
After = Annotated[str | None, Query(max_length=200, description="The `next` of the page before.")]
Sort = Annotated[
    str | None,
    Query(
        pattern=r"^-?[a-z]{1,20}$", description="A name to sort by; - before it: greatest first."
    ),
]
Expand = Annotated[
    str | None,
    Query(
        max_length=200, description="What else to tell with it, by commas, each as its own read."
    ),
]
Currency = Annotated[str | None, Query(pattern=r"^[A-Z]{3}$", description="ISO 4217.")]
LeiWanted = Annotated[str | None, Query(pattern=r"^[A-Z0-9]{18}[0-9]{2}$", description="Its LEI.")]
State = Annotated[str | None, Query(pattern=r"^[A-Z]{1,20}$")]


def asked(limit: Limit = 50, after: After = None, sort: Sort = None) -> Asked:
    """How much of a list, and in which order."""
    return Asked(limit=limit, after=after, sort=sort)


Turn = Annotated[Asked, Depends(asked)]


def by(kind: str, turn: Asked, **narrowed: object) -> tuple[str, ...]:
    """What consents call the fields that a list is narrowed or sorted by, those that are not open:
    whoever may not be told a field must not find it out by asking for the things that have it."""
    names = {f"{kind}.{name}" for name, value in narrowed.items() if value is not None}
    names.add(f"{kind}.{(turn.sort or '').removeprefix('-')}")
    return tuple(sorted(names.intersection(nameable((kind,)))))


class Plain(StringConvertor):
    """A part of a path without a colon: what follows one is a verb, and another route's."""

    regex = "[^/:]+"


register_url_convertor("plain", Plain())


class Nothing(Command):
    """A body with nothing in it; it may be left out."""


def bare(_: Annotated[Nothing | None, Body()] = None) -> None:
    """For commands that need no more words than their path."""


COMMAND: dict[str, Any] = {
    "status_code": 202,
    "response_model": OperationOut,
    "responses": {
        200: {
            "model": OperationOut | TriedOut | PreparedOut,
            "description": "Done, or waited for; tried (dry_run); prepared (Prefer: prepare)",
        }
    },
}
"""What every command answers: 202 with an operation, or 200 when it is through already."""


ACT: dict[str, Any] = {**COMMAND, "dependencies": [Depends(bare)]}
"""A command whose body is empty."""


async def raw_body(request: Request) -> bytes:
    """The body as it was sent, for readers that must see every byte."""
    return await request.body()


def raw_json(example: Any) -> dict[str, Any]:
    """Describes a JSON body that a reader of the domain's takes as bytes."""
    content = {"application/json": {"schema": {}, "example": example}}
    return {"openapi_extra": {"requestBody": {"required": True, "content": content}}}


def router(name: str) -> APIRouter:
    return APIRouter(prefix="/v1", tags=[name], route_class=Waits)


def shows(view: type) -> dict[str, Any]:
    """A read of one thing."""
    return {"response_model": one(view), "responses": NOT_MODIFIED}


def lists(view: type) -> dict[str, Any]:
    """A read of many."""
    return {"response_model": page(view), "responses": NOT_MODIFIED}


NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "As you have it (If-None-Match)"}
}
