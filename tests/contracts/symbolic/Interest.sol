// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Interest} from "contracts/libraries/Interest.sol";
import {DayCount} from "contracts/types/Financings.sol";
import {Test} from "../utils/Test.sol";

/// @dev Interest depends on principal days and rate by their product alone: at one basis point,
/// every product is looked at, and so every rate.
contract InterestSymbolic is Test {
    /// @dev The ceiling of every product above zero, said as one more than the floor of one less.
    function check_RoundsUp(uint176 less) external pure {
        assert(_total(uint256(less) + 1) == uint256(less) / 3_600_000 + 1);
    }

    function check_Grows(uint176 less, uint176 more) external pure {
        vm.assume(less <= more);
        assert(_total(less) <= _total(more));
    }

    /// @dev Two periods reckoned apart would cost as much as together, or one unit more: why days
    /// are added up first and turned into money once.
    function check_ApartCostsAtMostOneMore(uint176 one, uint176 other) external pure {
        vm.assume(one != 0 && other != 0);
        uint256 together = _total(uint256(one) + other);
        unchecked {
            uint256 apart = _total(one) + _total(other);
            assert(together <= apart);
            assert(apart <= together + 1);
        }
    }

    function check_DaysAddUp(uint64 start, uint64 middle, uint64 end) external pure {
        vm.assume(start <= middle && middle <= end);
        uint256 first = Interest.daysBetween(start, middle);
        uint256 second = Interest.daysBetween(middle, end);
        assert(first + second == Interest.daysBetween(start, end));
    }

    function _total(uint256 product) private pure returns (uint256) {
        return Interest.total(product, 1, DayCount.ACT_360);
    }
}
