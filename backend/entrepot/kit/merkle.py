"""A Merkle tree whose leaves can be shown one by one, each with its proof.

Leaves and nodes are hashed with different first bytes (as in RFC 6962), so that no node can be
passed off as a leaf. Of two siblings the smaller is hashed first, so a proof is nothing but the
siblings from below to above: what OpenZeppelin's `MerkleProof.processProof` takes, with a hasher
that does the same. SHA-256, which is 20 times faster here than keccak and has a precompile too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from entrepot.kit.hashing import sha256

LEAF, NODE = b"\0", b"\1"


def leaf(*parts: bytes) -> bytes:
    """A leaf of these parts, each with its length, so that they cannot be cut elsewhere."""
    return sha256(LEAF + b"".join(len(part).to_bytes(4, "big") + part for part in parts))


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over them in their order; of a single leaf it is the leaf. ValueError for none."""
    return _levels(leaves)[-1][0]


def proof(leaves: Sequence[bytes], position: int) -> tuple[bytes, ...]:
    """The siblings that lead from the leaf to the root; one without a sibling moves up as it is."""
    found: list[bytes] = []
    for level in _levels(leaves)[:-1]:
        sibling = position ^ 1
        if sibling < len(level):
            found.append(level[sibling])
        position //= 2
    return tuple(found)


def climb(start: bytes, siblings: Iterable[bytes]) -> bytes:
    """The root that a leaf and its proof lead to."""
    for sibling in siblings:
        start = _node(start, sibling)
    return start


def _levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    if not leaves:
        raise ValueError("a tree has at least one leaf")
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = zip(below[::2], below[1::2], strict=False)
        levels.append([*(_node(*pair) for pair in pairs), *below[len(below) & ~1 :]])
    return levels


def _node(one: bytes, other: bytes) -> bytes:
    return sha256(NODE + min(one, other) + max(one, other))
