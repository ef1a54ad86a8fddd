// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {DayCount} from "../types/Financings.sol";
import {Shares} from "./Shares.sol";

/// @title Interest by calendar days (UTC) on whole minor units.
/// @notice Principal times days is added up exactly and turned into money once, so that neither
/// the number of payments nor the hour of a payment changes what is owed.
library Interest {
    /// @param from Unix seconds.
    /// @param to Unix seconds, not before `from`.
    /// @return Midnights (UTC) between the two.
    function daysBetween(uint256 from, uint256 to) internal pure returns (uint256) {
        return to / 1 days - from / 1 days;
    }

    /// @return The days between `from` and `to` that come after `graceDays` past maturity.
    function daysLate(uint256 from, uint256 to, uint256 maturesAt, uint256 graceDays)
        internal
        pure
        returns (uint256)
    {
        uint256 start = Math.max(from, maturesAt + graceDays * 1 days);
        return to > start ? daysBetween(start, to) : 0;
    }

    /// @param principalDays Sum over days of principal, minor units.
    /// @param bps Rate per year.
    /// @return Interest since the beginning, rounded up: ISDA 2006 4.16(d) and (e).
    function total(uint256 principalDays, uint256 bps, DayCount dayCount)
        internal
        pure
        returns (uint256)
    {
        return Math.ceilDiv(principalDays * bps, Shares.WHOLE * yearDays(dayCount));
    }

    function yearDays(DayCount dayCount) internal pure returns (uint256) {
        return dayCount == DayCount.ACT_360 ? 360 : 365;
    }
}
