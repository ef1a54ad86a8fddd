"""The bloom filter of a block's header: which contracts may have written logs in it.

It never denies a log that is there, and seldom affirms one that is not: three of 2,048 bits stand
for each address (Yellow Paper, 4.3.1).
"""

from collections.abc import Iterable

from eth_hash.auto import keccak

BITS = 2_048


class Bloom:
    """The filter's bits of each of some addresses or topics."""

    def __init__(self, words: Iterable[bytes]) -> None:
        self._masks = [_mask(word) for word in words]

    def may_be_in(self, bloom: bytes) -> bool:
        """Whether one of them may be in a block with that filter."""
        bits = int.from_bytes(bloom, "big")
        return bits != 0 and any(bits & mask == mask for mask in self._masks)


def _mask(word: bytes) -> int:
    digest = keccak(word)
    mask = 0
    for at in (0, 2, 4):
        mask |= 1 << int.from_bytes(digest[at : at + 2], "big") % BITS
    return mask
