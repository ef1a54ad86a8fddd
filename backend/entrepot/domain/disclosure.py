"""Single fields of a document, shown with a proof that they are what was committed to.

A document's commitment is the root of a Merkle tree with a leaf for each of its fields, sorted by
name, and one for the SHA-256 of its exact bytes. Each leaf has a salt of its own, so one that is
shown tells nothing of the others, and who only guesses a field can neither confirm it nor show it.
A disclosure is self-contained: it can be checked with nothing else at hand, and says itself where
the ledger has the root.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from entrepot.domain.documents.json_source import JsonNode, parse_json
from entrepot.domain.errors import InvalidInput, NotFound
from entrepot.kit import merkle

FORMAT: Final = "entrepot-disclosure/1"
CONTENT: Final = "content.sha256"
"""The leaf of the exact bytes: its value is their SHA-256 in hex."""

LEAVES_MAX: Final = 5_000
PROOF_MAX: Final = 32
VALUE_MAX: Final = 10_000

_HEX = re.compile(r"0x(?:[0-9a-f]{2})+")


@dataclass(frozen=True, slots=True, order=True)
class Leaf:
    """One field as it was committed to; salt: 32 bytes."""

    name: str
    value: str
    salt: bytes

    @property
    def hash(self) -> bytes:
        return merkle.leaf(self.name.encode(), self.value.encode(), self.salt)


@dataclass(frozen=True, slots=True)
class Tree:
    """All leaves of one document, in the order of their names."""

    leaves: tuple[Leaf, ...]

    @classmethod
    def of(cls, secret: bytes, content_sha256: bytes, fields: Mapping[str, str]) -> Tree:
        """secret: of this document alone; who knows it knows every salt."""
        values = {**fields, CONTENT: content_sha256.hex()}
        return cls(tuple(Leaf(name, values[name], _salt(secret, name)) for name in sorted(values)))

    @property
    def root(self) -> bytes:
        return merkle.root([each.hash for each in self.leaves])

    def show(self, names: Collection[str]) -> tuple[Shown, ...]:
        """The leaves of these names with their proofs; NotFound when there is none of a name."""
        hashes = [each.hash for each in self.leaves]
        positions = {each.name: position for position, each in enumerate(self.leaves)}
        if missing := sorted(set(names) - positions.keys()):
            raise NotFound(f"field {missing[0][:80]!r} of this document")
        chosen = sorted(positions[name] for name in set(names))
        return tuple(Shown(self.leaves[each], merkle.proof(hashes, each)) for each in chosen)


@dataclass(frozen=True, slots=True)
class Shown:
    """A leaf and the siblings that lead from it to the root."""

    leaf: Leaf
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where the ledger has the root: a fact of the Evidence contract. evidence_id: None when the
    document is kept here and was never recorded."""

    chain_id: int
    genesis_hash: bytes
    contract: bytes
    evidence_id: bytes | None
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """What a holder hands on. root: the commitment."""

    root: bytes
    shown: tuple[Shown, ...]
    ledger: Whereabouts

    @property
    def fields(self) -> dict[str, str]:
        """What is shown, but for the hash of the bytes."""
        return {s.leaf.name: s.leaf.value for s in self.shown if s.leaf.name != CONTENT}

    @property
    def content_sha256(self) -> bytes | None:
        """Of the exact bytes, when that leaf is shown."""
        found = [s.leaf.value for s in self.shown if s.leaf.name == CONTENT]
        return bytes.fromhex(found[0]) if found else None

    def broken(self) -> tuple[str, ...]:
        """Names of shown fields whose proof does not lead to the root; () when all hold."""
        return tuple(
            each.leaf.name
            for each in self.shown
            if merkle.climb(each.leaf.hash, each.proof) != self.root
        )

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "format": FORMAT,
            "root": _hexed(self.root),
            "fields": [
                {
                    "name": each.leaf.name,
                    "value": each.leaf.value,
                    "salt": _hexed(each.leaf.salt),
                    "proof": [_hexed(sibling) for sibling in each.proof],
                }
                for each in self.shown
            ],
            "ledger": {
                "chain_id": self.ledger.chain_id,
                "genesis_hash": _hexed(self.ledger.genesis_hash),
                "contract": _hexed(self.ledger.contract),
                "evidence_id": (
                    None if self.ledger.evidence_id is None else _hexed(self.ledger.evidence_id)
                ),
                "kind": self.ledger.kind,
            },
        }


def read_disclosure(data: bytes) -> Disclosure:
    """Reads a disclosure; one of InvalidInput's children names what is wrong and where.

    Whether its proofs hold is another question: `Disclosure.broken`.
    """
    root = parse_json(data)
    if not root.is_object:
        root.fail("it is not a disclosure")
    root.require("format").code({FORMAT})
    nodes = root.items("fields", least=1)
    if len(nodes) > LEAVES_MAX:
        raise InvalidInput(f"a disclosure shows at most {LEAVES_MAX} fields")
    shown = tuple(_read_shown(node) for node in nodes)
    if len({each.leaf.name for each in shown}) != len(shown):
        root.require("fields").fail("a field is shown twice", "keep one of them")
    ledger = root.require("ledger")
    evidence_id = ledger.find("evidence_id")
    return Disclosure(
        root=_octets(root.require("root"), 32),
        shown=shown,
        ledger=Whereabouts(
            chain_id=ledger.require("chain_id").count(1),
            genesis_hash=_octets(ledger.require("genesis_hash"), 32),
            contract=_octets(ledger.require("contract"), 20),
            evidence_id=None if evidence_id is None else _octets(evidence_id, 32),
            kind=ledger.require("kind").text(40),
        ),
    )


def _read_shown(node: JsonNode) -> Shown:
    name, value = node.require("name").text(200), node.require("value")
    siblings = node.items("proof")
    if len(siblings) > PROOF_MAX:
        node.require("proof").fail(f"it has more than {PROOF_MAX} steps")
    if name == CONTENT and not re.fullmatch(r"[0-9a-f]{64}", value.text(VALUE_MAX)):
        value.fail("it is not a SHA-256 in hex")
    leaf = Leaf(name, value.text(VALUE_MAX), _octets(node.require("salt"), 32))
    return Shown(leaf, tuple(_octets(each, 32) for each in siblings))


def _octets(node: JsonNode, size: int) -> bytes:
    text = node.text(2 + 2 * size)
    if len(text) != 2 + 2 * size or not _HEX.fullmatch(text):
        node.fail(f"it is not 0x and {2 * size} hexadecimal digits")
    return bytes.fromhex(text[2:])


def _salt(secret: bytes, name: str) -> bytes:
    return hmac.new(secret, b"entrepot/field-salt/" + name.encode(), hashlib.sha256).digest()


def _hexed(value: bytes) -> str:
    return "0x" + value.hex()
