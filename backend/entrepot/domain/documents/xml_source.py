"""Untrusted XML to a bounded tree of plain nodes.

The standard library's expat is driven directly: it never opens a file or a socket, and a DOCTYPE is
refused at its first character, so that entities, external references and their bombs cannot exist.
Depth and count are checked while reading, before the memory is spent.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final
from xml.parsers import expat

from entrepot.domain.errors import MalformedDocument, OversizedDocument

DEPTH_MAX: Final = 64
NODES_MAX: Final = 200_000
NAME_MAX: Final = 1_000
_SEPARATOR: Final = "}"
_NOTHING: Final[list[XmlNode]] = []
_NO_NAMES: Final[dict[str, list[XmlNode]]] = {}


class _Trail:
    """The way to an element: what is above it, and which of its siblings of one name it is."""

    __slots__ = ("above", "name", "order", "repeated")

    def __init__(self, above: _Trail | None, name: str, order: int) -> None:
        self.above = above
        self.name = name
        self.order = order
        self.repeated: set[str] = set()
        """Names that more than one of the element's children have."""

    @property
    def path(self) -> str:
        if self.above is None:
            return f"/{self.name}"
        position = f"[{self.order}]" if self.name in self.above.repeated else ""
        return f"{self.above.path}/{self.name}{position}"


class XmlNode:
    """An element: its namespace and local name, attributes, own text, children; knows its XPath.

    It does not hold the element above it: a tree without circles is gone as soon as it is not
    needed, and reading is a seventh faster for it.
    """

    __slots__ = (
        *("_above", "_order", "_trail", "attributes"),
        *("by_name", "children", "name", "namespace", "text"),
    )

    def __init__(
        self, namespace: str, name: str, attributes: dict[str, str], above: _Trail | None
    ) -> None:
        self.namespace = namespace
        self.name = name
        self.attributes = attributes
        self.text = ""
        """Own text without the white space around it."""
        self.children = _NOTHING
        self.by_name = _NO_NAMES
        """The children by their names. As the children, only to be read."""
        self._above = above
        self._order = 1
        self._trail: _Trail | None = None  # most have no children, and need none

    def add(self, namespace: str, name: str, attributes: dict[str, str]) -> XmlNode:
        """A new child behind the others. Used by the parser only."""
        trail = self._trail
        if trail is None:
            trail = self._trail = _Trail(self._above, self.name, self._order)
            node = XmlNode(namespace, name, attributes, trail)
            self.children = [node]
            self.by_name = {name: [node]}
            return node
        node = XmlNode(namespace, name, attributes, trail)
        self.children.append(node)
        if name in self.by_name:
            same = self.by_name[name]
            same.append(node)
            node._order = len(same)
            trail.repeated.add(name)
        else:
            self.by_name[name] = [node]
        return node

    @property
    def path(self) -> str:
        """XPath by local names; a position only where there is more than one."""
        return (self._trail or _Trail(self._above, self.name, self._order)).path

    def named(self, name: str) -> list[XmlNode]:
        """The children of this name. Only to be read."""
        return self.by_name.get(name, _NOTHING)

    def all(self, *names: str) -> list[XmlNode]:
        """Every element reached by following the local names from here. Only to be read."""
        found: list[XmlNode] = [self]
        for name in names:
            if len(found) == 1:
                found = found[0].by_name.get(name, _NOTHING)
            else:
                found = [child for node in found for child in node.by_name.get(name, _NOTHING)]
        return found

    def find(self, *names: str) -> XmlNode | None:
        """The one element reached by the local names, or None.

        MalformedDocument if there are two: two readers could then read two different documents.
        """
        node = self
        for name in names:
            found = node.by_name.get(name)
            if found is None:
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

    def build(self, data: bytes) -> XmlNode:
        parser = expat.ParserCreate("UTF-8", _SEPARATOR)
        parser.buffer_text = True
        parser.XmlDeclHandler = self._on_declaration
        parser.StartDoctypeDeclHandler = self._on_doctype
        self._attach(parser)
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

    def _attach(self, parser: expat.XMLParserType) -> None:
        """What is called for each element and text: closures, for they are all of the time."""
        longer: dict[XmlNode, list[str]] = {}  # texts that came in several pieces
        above: list[XmlNode] = []
        current: XmlNode | None = None
        count = 0

        def on_start(qualified: str, attributes: dict[str, str]) -> None:
            nonlocal count, current
            count += 1 + len(attributes)
            if count > NODES_MAX:
                raise OversizedDocument("elements and attributes", NODES_MAX)
            namespace, name = _names_of(qualified)
            if current is None:
                self._root = current = XmlNode(namespace, name, attributes, None)
            else:
                above.append(current)
                if len(above) >= DEPTH_MAX:
                    raise OversizedDocument("levels of elements", DEPTH_MAX)
                current = current.add(namespace, name, attributes)

        def on_end(_qualified: str) -> None:
            nonlocal current
            if current is not None:
                if current.text:
                    whole = "".join(longer.pop(current)) if current in longer else current.text
                    current.text = whole.strip()
                current = above.pop() if above else None

        def on_text(text: str) -> None:
            if current is None:
                return
            if current.text:
                longer.setdefault(current, [current.text]).append(text)
            elif not text.isspace():
                current.text = text

        parser.StartElementHandler = on_start
        parser.EndElementHandler = on_end
        parser.CharacterDataHandler = on_text


@lru_cache(4096)
def _names_of(qualified: str) -> tuple[str, str]:
    """Namespace and local name; few are ever in use, and they are the same from file to file."""
    if len(qualified) > NAME_MAX:
        raise OversizedDocument("characters in a name with its namespace", NAME_MAX)
    namespace, _, name = qualified.rpartition(_SEPARATOR)
    return namespace, name
