// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Fails on purpose: scripts/planted proves with it that a failing test is reported.
contract PlantedTest {
    function test_Fails() external pure {
        require(1 + 1 == 3, "planted");
    }
}
