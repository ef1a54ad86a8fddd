"""Untrusted XML to a bounded tree of plain nodes.

The standard library's expat is driven directly: it never opens a file or a socket, and a DOCTYPE is
refused at its first character, so that entities, external references and their bombs cannot exist.
Depth and count are checked while reading, before the memory is spent.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from typing import Final
from xml.parsers import expat

from entrepot.domain.errors import MalformedDocument, OversizedDocument

DEPTH_MAX: Final = 64
NODES_MAX: Final = 200_000
_SEPARATOR: Final = "}"
_NOTHING: Final[list[XmlNode]] = []


class XmlNode:
    """An element: its namespace and local name, attributes, own text, children; knows its XPath."""

    __slots__ = (
        *("_named", "_parts", "_positions", "_text"),
        *("attributes", "children", "name", "namespace", "parent"),
    )

    def __init__(
        self, namespace: str, name: str, attributes: dict[str, str], parent: XmlNode | None
    ) -> None:
        self.namespace = namespace
        self.name = name
        self.attributes = attributes
        self.parent = parent
        self.children: list[XmlNode] = []
        self._parts: list[str] | None = None
        self._text: str | None = None
        self._named: dict[str, list[XmlNode]] | None = None
        self._positions: dict[int, str] | None = None

    def append_text(self, text: str) -> None:
        """Used by the parser only."""
        if self._parts is not None:
            self._parts.append(text)
        elif not text.isspace():
            self._parts = [text]

    @property
    def text(self) -> str:
        """Own text without the white space around it."""
        if self._text is None:  # only ever asked of a whole tree
            self._text = "".join(self._parts).strip() if self._parts else ""
        return self._text

    def named(self, name: str) -> list[XmlNode]:
        """The children of this name. Only to be read; only ever asked of a whole tree."""
        if self._named is None:  # the same elements are asked for again and again
            self._named = {}
            for child in self.children:
                self._named.setdefault(child.name, []).append(child)
        return self._named.get(name, _NOTHING)

    @property
    def path(self) -> str:
        """XPath by local names; a position only where there is more than one."""
        if self.parent is None:
            return f"/{self.name}"
        return f"{self.parent.path}/{self.name}{self.parent._position_of(self)}"

    def _position_of(self, child: XmlNode) -> str:
        """Counted once for all children, at the first question: a path costs its depth only."""
        if self._positions is None:
            totals = Counter(each.name for each in self.children)
            seen: Counter[str] = Counter()
            self._positions = {}
            for each in self.children:
                seen[each.name] += 1
                if totals[each.name] > 1:
                    self._positions[id(each)] = f"[{seen[each.name]}]"
        return self._positions.get(id(child), "")

    def all(self, *names: str) -> list[XmlNode]:
        """Every element reached by following the local names from here."""
        found: list[XmlNode] = [self]
        for name in names:
            if len(found) == 1:
                found = found[0].named(name)
            else:
                found = [child for node in found for child in node.named(name)]
        return found

    def find(self, *names: str) -> XmlNode | None:
        """The one element reached by the local names, or None.

        MalformedDocument if there are two: two readers could then read two different documents.
        """
        node = self
        for name in names:
            found = node.named(name)
            if not found:
                return None
            if len(found) > 1:
                raise MalformedDocument(
                    found[1].path, f"{name} is there {len(found)} times; one is allowed"
                )
            node = found[0]
        return node

    def find_text(self, *names: str) -> str | None:
        """Text of the one element there, or None if it is missing or empty."""
        node = self.find(*names)
        return (node.text or None) if node is not None else None

    def require(self, *names: str) -> XmlNode:
        """The one element there, with text or children; MalformedDocument if it is not."""
        node = self.find(*names)
        if node is None or not (node.text or node.children):
            raise MalformedDocument(
                f"{self.path}/{'/'.join(names)}", "it is missing", f"add {names[-1]}"
            )
        return node

    def walk(self) -> Iterator[XmlNode]:
        """This element and all below, in document order."""
        ahead: list[XmlNode] = [self]
        while ahead:
            node = ahead.pop()
            yield node
            ahead.extend(reversed(node.children))


def parse_xml(data: bytes) -> XmlNode:
    """Read UTF-8 XML without DOCTYPE; MalformedDocument or OversizedDocument otherwise."""
    if b"\x00" in data:
        raise MalformedDocument("/", "it contains a NUL byte", "send it as UTF-8")
    return _Builder().build(data)


class _Builder:
    """Grows the tree from expat's callbacks and stops at the first thing that must not be."""

    def __init__(self) -> None:
        self._root: XmlNode | None = None
        self._current: XmlNode | None = None
        self._depth = 0
        self._nodes = 0
        self._names: dict[str, tuple[str, str]] = {}

    def build(self, data: bytes) -> XmlNode:
        parser = expat.ParserCreate("UTF-8", _SEPARATOR)
        parser.buffer_text = True
        parser.XmlDeclHandler = self._on_declaration
        parser.StartDoctypeDeclHandler = self._on_doctype
        parser.StartElementHandler = self._on_start
        parser.EndElementHandler = self._on_end
        parser.CharacterDataHandler = self._on_text
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            place = f"line {error.lineno}, column {error.offset + 1}"
            raise MalformedDocument(
                place, f"it is not well-formed XML: {expat.ErrorString(error.code)}"
            ) from None
        if self._root is None:
            raise MalformedDocument("/", "it has no element")
        return self._root

    def _on_declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.upper() not in {"UTF-8", "US-ASCII", "ASCII"}:
            raise MalformedDocument(
                "line 1", f"its encoding is {encoding[:20]}", "send it as UTF-8"
            )

    def _on_doctype(self, *_declaration: object) -> None:
        raise MalformedDocument("/", "it has a DOCTYPE", "remove it: entities are never read")

    def _on_start(self, qualified: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._nodes += 1 + len(attributes)
        if self._depth > DEPTH_MAX:
            raise OversizedDocument("levels of elements", DEPTH_MAX)
        if self._nodes > NODES_MAX:
            raise OversizedDocument("elements and attributes", NODES_MAX)
        names = self._names.get(qualified)
        if names is None:
            namespace, _, name = qualified.rpartition(_SEPARATOR)
            # Names are compared all the time, and the same object is equal at once.
            names = self._names[qualified] = (sys.intern(namespace), sys.intern(name))
        namespace, name = names
        node = XmlNode(namespace, name, attributes, self._current)
        if self._current is None:
            self._root = node
        else:
            self._current.children.append(node)
        self._current = node

    def _on_end(self, _qualified: str) -> None:
        self._depth -= 1
        self._current = self._current.parent if self._current is not None else None

    def _on_text(self, text: str) -> None:
        if self._current is not None:
            self._current.append_text(text)
