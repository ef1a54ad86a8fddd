// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Splits of an amount by basis points, in whole minor units.
library Shares {
    uint256 internal constant WHOLE = 10_000;

    /// @notice Everybody gets the nearest whole unit; what that makes too much or too little is
    /// corrected unit by unit where it weighs least (Webster's rule; for two it is the largest
    /// remainder). The parts add up to the amount, and no part shrinks when the amount grows: so a
    /// running total may be split before and after a payment, and the differences are what the
    /// payment brings, however often it is cut.
    /// @param bps Shares in basis points, 10,000 together; equal weights favour the earlier.
    function split(uint256 amount, uint16[] memory bps)
        internal
        pure
        returns (uint256[] memory parts)
    {
        parts = new uint256[](bps.length);
        uint256 total;
        for (uint256 i; i < bps.length; ++i) {
            parts[i] = (2 * amount * bps[i] + WHOLE) / (2 * WHOLE);
            total += parts[i];
        }
        for (; total < amount; ++total) {
            ++parts[_mostEntitled(parts, bps)];
        }
        for (; total > amount; --total) {
            --parts[_leastEntitled(parts, bps)];
        }
    }

    /// @return parts What each part of `from` gains as the amount grows to `to`.
    function between(uint256 from, uint256 to, uint16[] memory bps)
        internal
        pure
        returns (uint256[] memory parts)
    {
        uint256[] memory before = split(from, bps);
        parts = split(to, bps);
        for (uint256 i; i < parts.length; ++i) {
            parts[i] -= before[i];
        }
    }

    /// @return amount x bps / 10,000, rounded up: what is owed or must be kept.
    function portionUp(uint256 amount, uint256 bps) internal pure returns (uint256) {
        return Math.ceilDiv(amount * bps, WHOLE);
    }

    /// @return amount x bps / 10,000, rounded down: what is taken out of another's money.
    function portionDown(uint256 amount, uint256 bps) internal pure returns (uint256) {
        return amount * bps / WHOLE;
    }

    /// @dev The highest share per unit held, counted at the middle of the unit to be given.
    function _mostEntitled(uint256[] memory parts, uint16[] memory bps)
        private
        pure
        returns (uint256 best)
    {
        for (uint256 i = 1; i < parts.length; ++i) {
            if (bps[i] * (2 * parts[best] + 1) > bps[best] * (2 * parts[i] + 1)) best = i;
        }
    }

    /// @dev The lowest share per unit held, counted at the middle of the unit to be taken back.
    function _leastEntitled(uint256[] memory parts, uint16[] memory bps)
        private
        pure
        returns (uint256 worst)
    {
        while (parts[worst] == 0) ++worst;
        for (uint256 i = worst + 1; i < parts.length; ++i) {
            if (parts[i] == 0) continue;
            if (bps[i] * (2 * parts[worst] - 1) <= bps[worst] * (2 * parts[i] - 1)) worst = i;
        }
    }
}
