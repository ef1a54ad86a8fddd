"""Where each field of a document stands in its file.

A reader takes every node through `Places` under the name of the field that it becomes, so what
`where` answers is the very node the value was read from. Paths are XPath for XML, a JSON pointer
for JSON, and segment, position and component for UN/EDIFACT.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Protocol, TypeVar

_STEP = re.compile(r"\.?([A-Za-z_]\w*)|\[([0-9]+)\]")


class Located(Protocol):
    """A piece of a file that knows where it stands."""

    @property
    def path(self) -> str: ...


Node = TypeVar("Node", bound=Located | None)
Some = TypeVar("Some", bound=Located)


class Places:
    """Field -> the node it was read from; called with both, it gives the node back."""

    __slots__ = ("_inner", "_nodes", "_root")

    def __init__(self, root: Located | None = None) -> None:
        self._root = root
        self._nodes: dict[str, Located] = {}
        self._inner: dict[str, Places] = {}

    def __call__(self, name: str, node: Node) -> Node:
        """`node`, which the field `name` is read from; None, when it is not there, is not kept."""
        if node is not None:
            self._nodes[name] = node
        return node

    def inside(self, name: str, node: Located) -> Places:
        """The places of the fields of field `name`, which stands at `node`."""
        inner = self._inner[name] = Places(node)
        return inner

    def each(self, name: str, nodes: Iterable[Some]) -> Iterator[tuple[Some, Places]]:
        """Every node of the tuple `name` with the places of what is in it."""
        for number, node in enumerate(nodes):
            yield node, self.inside(f"{name}[{number}]", node)

    def adopt(self, name: str, inner: Places) -> None:
        """Takes over what was read apart, as the places of field `name`."""
        self._inner[name] = inner

    def where(self, name: str) -> str:
        """Path of the field; of the nearest thing around it, if it was not in the file."""
        node, places = self._root, self
        for step in name.split(".") if name else ():
            node = places._nodes.get(step) or places._nodes.get(step.partition("[")[0], node)
            inner = places._inner.get(step)
            if inner is None:
                break
            node, places = inner._root or node, inner
        return node.path if node is not None else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A document that can say where its fields stand in the file it was read from."""

    places: Places = field(default_factory=Places, compare=False, repr=False)

    def where(self, name: str) -> str:
        """Path of a field, named as in Python: "number", "seller.lei", "lines[2].net".

        A field that was not in the file stands where the nearest thing around it stands.
        AttributeError or IndexError if the document has no such field.
        """
        reduce(_step, _STEP.finditer(name), self)
        return self.places.where(name)


def _step(value: Any, step: re.Match[str]) -> Any:
    if value is None:
        return None
    return value[int(step[2])] if step[1] is None else getattr(value, step[1])
