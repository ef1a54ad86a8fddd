// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEvidence} from "contracts/interfaces/IEvidence.sol";
import {Marks} from "contracts/libraries/Marks.sol";
import {Test} from "../utils/Test.sol";

contract MarksTest is Test {
    function test_WhenNothing() external pure {
        _expect(0, IEvidence.EvidenceState.NONE);
    }

    function test_WhenWithdrawn() external pure {
        _expect(bytes32(uint256(1)), IEvidence.EvidenceState.WITHDRAWN);
    }

    function testFuzz_WhenCommitment(bytes32 commitment) external pure {
        vm.assume(uint256(commitment) > 1);
        _expect(commitment, IEvidence.EvidenceState.RECORDED);
    }

    function _expect(bytes32 mark, IEvidence.EvidenceState state) private pure {
        assertTrue(Marks.state(mark) == state);
        assertEq(Marks.stands(mark), state == IEvidence.EvidenceState.RECORDED);
    }
}
