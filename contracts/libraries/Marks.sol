// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEvidence} from "../interfaces/IEvidence.sol";

/// @title What is kept of a fact: the commitment while it stands, else one of two marks.
library Marks {
    bytes32 internal constant NOTHING = 0;
    bytes32 internal constant WITHDRAWN = bytes32(uint256(1));

    function state(bytes32 mark) internal pure returns (IEvidence.EvidenceState) {
        if (mark == NOTHING) return IEvidence.EvidenceState.NONE;
        return
            mark == WITHDRAWN ? IEvidence.EvidenceState.WITHDRAWN : IEvidence.EvidenceState.RECORDED;
    }

    function stands(bytes32 mark) internal pure returns (bool) {
        return state(mark) == IEvidence.EvidenceState.RECORDED;
    }
}
