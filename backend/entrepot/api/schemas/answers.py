"""What answers look like, for the description of the API; the values themselves are the views'."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, Literal, get_type_hints

from pydantic import BaseModel, Field, create_model


class OperationOut(BaseModel):
    """A command and what became of it."""

    class Transaction(BaseModel):
        verb: str
        status: str
        tx_hash: str | None
        block: int | None

    operation_id: str
    verb: str
    status: Literal["pending", "succeeded", "failed"]
    transactions: list[Transaction]
    result: dict[str, Any]
    error: dict[str, Any] | None


class TriedOut(BaseModel):
    """What would come of a command (dry_run). gas is null where a call can't be tried yet."""

    class Call(BaseModel):
        verb: str
        gas: int | None

    dry_run: Literal[True]
    result: dict[str, Any]
    transactions: list[Call]


class PreparedOut(BaseModel):
    """What a key of the caller's own is to sign (Prefer: prepare). words: by language."""

    class ToSign(BaseModel):
        verb: str
        words: dict[str, str]
        arguments: dict[str, Any]
        digest: str
        typed_data: dict[str, Any]

    prepared: list[ToSign]
    result: dict[str, Any]


class Seen(BaseModel):
    """Up to which block an answer is true, and whether a fork can still reach that block."""

    as_of_block: int | None
    finality: Literal["final", "head"]
    masked: list[str] | None = Field(
        default=None,
        description="Told under a consent only: which fields are null, as it names none of them.",
    )


class ProblemOut(BaseModel):
    """RFC 9457. code is stable; detail and mend are for people."""

    class Place(BaseModel):
        pointer: str
        why: str

    class ContractError(BaseModel):
        contract: str
        name: str
        arguments: dict[str, Any]

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str
    request_id: str
    contract_error: ContractError | None
    mend: str
    errors: list[Place] = Field(default_factory=list)


class Health(BaseModel):
    status: Literal["ok"]


class Ready(Health):
    """lag_blocks: of the node's that are not known here yet. oldest_call_s: how long the oldest
    call that is not mined has waited, 0 for none."""

    lag_blocks: int
    oldest_call_s: float


_VIEWS: dict[type[BaseModel], type] = {}


def view_of(answer: type[BaseModel]) -> type:
    """The view that an answer shows, one of or many."""
    return _VIEWS[answer]


@cache
def one(view: type) -> type[BaseModel]:
    """The answer that shows one view."""
    if not is_dataclass(view):
        raise TypeError(f"{view.__name__} is no view")
    hints = get_type_hints(view)
    members: dict[str, Any] = {each.name: (hints[each.name], ...) for each in fields(view)}
    made = create_model(view.__name__.removesuffix("View") + "Out", __base__=Seen, **members)
    _VIEWS[made] = view
    return made


@cache
def written(view: type) -> type[BaseModel]:
    """The answer that shows a view of what was just done, and is no read of the ledger."""
    if not is_dataclass(view):
        raise TypeError(f"{view.__name__} is no view")
    hints = get_type_hints(view)
    members: dict[str, Any] = {each.name: (hints[each.name], ...) for each in fields(view)}
    return create_model(view.__name__.removesuffix("View") + "Written", **members)


@cache
def page(view: type) -> type[BaseModel]:
    """The answer that shows some of many."""
    name = view.__name__.removesuffix("View") + "List"
    members: dict[str, Any] = {"items": (list[view], ...), "next": (str | None, ...)}
    made = create_model(name, __base__=Seen, **members)
    _VIEWS[made] = view
    return made
