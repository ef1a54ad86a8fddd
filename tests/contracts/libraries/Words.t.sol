// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EvidenceKind, KindSet} from "contracts/types/EvidenceKinds.sol";
import {Word} from "contracts/libraries/Words.sol";
import {Test} from "../utils/Test.sol";

/// @dev Of the library {Words}.
contract WordsTest is Test {
    function testFuzz_WhenKindIsSaid(uint160 bits, uint8 number) external pure {
        Word word = Word.wrap(bits);
        EvidenceKind kind = EvidenceKind(bound(number, 0, uint256(type(EvidenceKind).max)));
        Word said = word.with(kind);
        assertEq(said.kinds(), word.kinds().with(kind));
        assertEq(said.named(), word.named());
        assertEq(said.version(), word.version());
        Word taken = word.without(kind);
        assertEq(taken.kinds(), word.kinds().without(kind));
        assertEq(taken.named(), word.named());
        assertEq(taken.version(), word.version());
    }

    function testFuzz_WhenVersionNamesOthers(uint160 bits, uint64 named, uint32 version)
        external
        pure
    {
        Word word = Word.wrap(bits).under(KindSet.wrap(named), version);
        assertEq(word.kinds(), Word.wrap(bits).kinds());
        assertEq(word.named(), KindSet.wrap(named));
        assertEq(word.version(), version);
    }
}
