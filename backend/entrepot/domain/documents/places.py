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
_LAST_STEP = re.compile(r"(\.?[A-Za-z_]\w*|\[[0-9]+\])$")


class Located(Protocol):
    """A piece of a file that knows where it stands."""

    @property
    def path(self) -> str: ...


Node = TypeVar("Node", bound=Located | None)
Some = TypeVar("Some", bound=Located)


class Places:
    """Field -> the node it was read from; called with both, it gives the node back."""

    __slots__ = ("_nodes", "_prefix")

    def __init__(self, root: Located | None = None) -> None:
        self._nodes: dict[str, Located] = {} if root is None else {"": root}
        self._prefix = ""

    def __call__(self, name: str, node: Node) -> Node:
        """`node`, which the field `name` is read from; None, when it is not there, is not kept."""
        if node is not None:
            self._nodes[f"{self._prefix}.{name}" if self._prefix else name] = node
        return node

    def inside(self, name: str, node: Located) -> Places:
        """The places of the fields of field `name`, which stands at `node`."""
        self(name, node)
        inner = Places()
        inner._nodes = self._nodes
        inner._prefix = f"{self._prefix}.{name}" if self._prefix else name
        return inner

    def each(self, name: str, nodes: Iterable[Some]) -> Iterator[tuple[Some, Places]]:
        """Every node of the tuple `name` with the places of what is in it."""
        for number, node in enumerate(nodes):
            yield node, self.inside(f"{name}[{number}]", node)

    def adopt(self, name: str, inner: Places) -> None:
        """Takes over what was read apart, as the places of field `name`."""
        for key, node in inner._nodes.items():
            self(f"{name}.{key}" if key else name, node)

    def where(self, name: str) -> str:
        """Path of the field; of the nearest thing around it, if it was not in the file."""
        while name and name not in self._nodes:
            name = _LAST_STEP.sub("", name)
        node = self._nodes.get(name)
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
