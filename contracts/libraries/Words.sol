// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EvidenceKind, KindSet} from "../types/EvidenceKinds.sol";

/// @dev What one attester says of one subject, packed so that one read and one write do for a fact:
/// the kinds of which at least one fact stands (64 bits), the kinds for which a version of the
/// order names the attester (64), and that version (32). A voyage has neither names nor version.
type Word is uint256;

using Words for Word global;

library Words {
    uint256 private constant _KINDS = type(uint64).max;

    function kinds(Word word) internal pure returns (KindSet) {
        return KindSet.wrap(uint64(Word.unwrap(word)));
    }

    function named(Word word) internal pure returns (KindSet) {
        return KindSet.wrap(uint64(Word.unwrap(word) >> 64));
    }

    function version(Word word) internal pure returns (uint32) {
        return uint32(Word.unwrap(word) >> 128);
    }

    /// @return The word with this kind said.
    function with(Word word, EvidenceKind kind) internal pure returns (Word) {
        return Word.wrap(Word.unwrap(word) | uint256(1) << uint8(kind));
    }

    function without(Word word, EvidenceKind kind) internal pure returns (Word) {
        return Word.wrap(Word.unwrap(word) & ~(uint256(1) << uint8(kind)));
    }

    /// @return The word with these names of that version.
    function under(Word word, KindSet named_, uint32 version_) internal pure returns (Word) {
        uint256 said = Word.unwrap(word) & _KINDS;
        return Word.wrap(said | uint256(KindSet.unwrap(named_)) << 64 | uint256(version_) << 128);
    }
}
