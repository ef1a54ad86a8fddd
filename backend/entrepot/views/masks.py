"""Answers with less in them: masked for a third party, cut to the fields that were asked for.

A masked field is null, whatever its type: a stable mask in its place would let a third party tell
which of two unknown partners or amounts are the same. What was masked is told by its path.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from typing import Any, Final, TypeAlias, get_args, get_origin, get_type_hints

from entrepot.views.fields import CATALOGUE
from entrepot.views.values import Amount, Party

PATHS_MAX: Final = 100

Wanted: TypeAlias = dict[str, "Wanted"]
"""Paths as a tree; one without branches is wanted whole."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What stands in an answer: its fields by name, each with its name in consents when it is not
    open. loose: anything may stand in it."""

    branches: Mapping[str, Shape] = field(default_factory=dict[str, "Shape"])
    name: str | None = None
    loose: bool = False


@cache
def shape_of(view: Any, name: str | None = None) -> Shape:
    """The shape of a view, from its type: also of what is in lists, and may be null."""
    if is_dataclass(view):
        known = None if view in (Amount, Party) else CATALOGUE[getattr(view, "__name__", "")]
        hints = get_type_hints(view)
        branches = {
            each.name: shape_of(hints[each.name], known.name_of(each.name) if known else None)
            for each in fields(view)
        }
        return Shape(branches, name)
    if view is dict or get_origin(view) is dict:
        return Shape(name=name, loose=True)
    inner = [one for one in get_args(view) if one is not type(None) and one is not Ellipsis]
    return shape_of(inner[0], name) if inner else Shape(name=name)


def with_more(shape: Shape, more: Mapping[str, Any]) -> Shape:
    """The same with pages of other views told beside it."""
    pages = {name: Shape({"items": shape_of(view), "next": Shape()}) for name, view in more.items()}
    return Shape({**shape.branches, **pages}, shape.name)


def read(paths: str, shape: Shape) -> Wanted:
    """`a,b.c` as a tree. Raises ValueError, with what is known, for a path that leads nowhere."""
    asked = paths.split(",")
    if len(asked) > PATHS_MAX:
        raise ValueError(f"fields: at most {PATHS_MAX} of them")
    wanted: Wanted = {}
    whole: set[str] = set()
    for path in sorted(asked, key=len):
        names = path.split(".")
        if any(".".join(names[: end + 1]) in whole for end in range(len(names))):
            continue
        _check(path, names, shape)
        branch = wanted
        for name in names:
            branch = branch.setdefault(name, {})
        whole.add(path)
    return wanted


def _check(path: str, names: list[str], shape: Shape) -> None:
    for place, name in enumerate(names):
        if shape.loose:
            return
        if name not in shape.branches:
            where = ".".join(names[:place])
            known = ", ".join(shape.branches) or "nothing"
            raise ValueError(
                f"fields: there is no {path[:80]!r};"
                f" {f'below {where!r}' if where else 'here'} there is {known}"
            )
        shape = shape.branches[name]


def cut(told: Any, wanted: Wanted) -> Any:
    """Only what is wanted, through every list on the way."""
    if not wanted:
        return told
    if isinstance(told, list | tuple):
        return [cut(one, wanted) for one in told]
    if not isinstance(told, dict):
        return told
    return {name: cut(told[name], below) for name, below in wanted.items() if name in told}


def masked(told: Any, shape: Shape, given: frozenset[str]) -> Any:
    """The same as JSON, null where a field is neither open nor given."""
    if isinstance(told, list | tuple):
        return [masked(one, shape, given) for one in told]
    if not isinstance(told, dict) or shape.loose:
        return told
    return {
        name: None
        if (below := shape.branches.get(name)) and below.name and below.name not in given
        else masked(value, below or _LOOSE, given)
        for name, value in told.items()
    }


_LOOSE: Final = Shape(loose=True)


def named(shape: Shape, wanted: Wanted, path: str = "") -> Iterator[tuple[str, str]]:
    """Each field of an answer that is not open, if wanted: its path, and its name in consents."""
    for name, below in shape.branches.items():
        if wanted and name not in wanted:
            continue
        here = f"{path}.{name}" if path else name
        if below.name:
            yield here, below.name
        else:
            yield from named(below, wanted.get(name, {}), here)
