"""The tree: every leaf climbs to the root, nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.kit.hashing import sha256
from entrepot.kit.merkle import NODE, climb, leaf, proof, root

some_leaves = st.lists(st.binary(max_size=8), min_size=1, max_size=40, unique=True).map(
    lambda values: [leaf(value) for value in values]
)


@given(some_leaves)
def test_leaf_when_climbed_with_its_proof_gives_the_root(leaves: list[bytes]) -> None:
    for position, each in enumerate(leaves):
        assert climb(each, proof(leaves, position)) == root(leaves)


@given(some_leaves, st.data())
def test_root_when_a_leaf_changes_goes_or_comes_differs(
    leaves: list[bytes], data: st.DataObject
) -> None:
    position = data.draw(st.integers(0, len(leaves) - 1))
    other = [*leaves[:position], leaf(b"another", b"leaf"), *leaves[position + 1 :]]
    assert root(other) != root(leaves)
    assert root([*leaves, leaf(b"another", b"leaf")]) != root(leaves)
    if len(leaves) > 1:
        assert root(leaves[:position] + leaves[position + 1 :]) != root(leaves)


def test_node_when_passed_off_as_a_leaf_leads_nowhere() -> None:
    """Second preimage: what a node is hashed from cannot be shown as a field."""
    leaves = [leaf(bytes([i])) for i in range(4)]
    inner = min(leaves[0], leaves[1]) + max(leaves[0], leaves[1])
    assert sha256(NODE + inner) == climb(leaves[0], [leaves[1]])
    assert leaf(inner) != sha256(NODE + inner) != leaf(inner[:32], inner[32:])


def test_leaf_when_its_parts_are_cut_elsewhere_differs() -> None:
    assert leaf(b"ab", b"c") != leaf(b"a", b"bc")


def test_root_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        root([])
