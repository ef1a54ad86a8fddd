// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Shares} from "contracts/libraries/Shares.sol";
import {Test} from "../utils/Test.sol";

/// @dev Splits of every amount, by every pair of shares where nothing else is said. The solver
/// can't multiply two unknowns well, so each claim about rounding is proved first of any product
/// (`_Lemma`), and then assumed of the products that `split` forms.
contract SharesSymbolic is Test {
    uint256 private constant _WHOLE = Shares.WHOLE;

    function check_Lemma_TwoMissByOne(uint128 amount, uint256 first) external pure {
        uint256 whole = amount * _WHOLE;
        vm.assume(first <= whole);
        assert(_isNear(_nearest(first) + _nearest(whole - first), amount));
    }

    function check_Lemma_ThreeMissByOne(uint128 amount, uint256 first, uint256 second)
        external
        pure
    {
        uint256 whole = amount * _WHOLE;
        vm.assume(first <= whole && second <= whole - first);
        uint256 total = _nearest(first) + _nearest(second) + _nearest(whole - first - second);
        assert(_isNear(total, amount));
    }

    /// @dev Whatever an amount grows by, its nearest units do not shrink.
    function check_Lemma_NearestGrows(uint144 less, uint144 more) external pure {
        vm.assume(less <= more);
        assert(_nearest(less) <= _nearest(more));
    }

    function check_Two_AddUp(uint128 amount, uint16 first) external pure {
        uint16[] memory bps = _two(first);
        vm.assume(_missesByOne(amount, bps));
        uint256[] memory parts = Shares.split(amount, bps);
        assert(parts[0] + parts[1] == amount);
    }

    /// @dev Of three nearly equal: with all shares unknown it takes too long.
    function check_Three_AddUp(uint128 amount) external pure {
        uint16[] memory bps = _three(3334, 3333);
        vm.assume(_missesByOne(amount, bps));
        uint256[] memory parts = Shares.split(amount, bps);
        assert(parts[0] + parts[1] + parts[2] == amount);
    }

    /// @dev Of two equal ones, where every other amount is a tie: unequal ones take too long.
    function check_Two_NeverShrink(uint128 amount) external pure {
        uint16[] memory bps = _two(5000);
        uint256 more = uint256(amount) + 1;
        vm.assume(_missesByOne(amount, bps) && _missesByOne(more, bps));
        for (uint256 i = 0; i < bps.length; ++i) {
            vm.assume(_nearest(uint256(amount) * bps[i]) <= _nearest(more * bps[i]));
        }
        uint256[] memory before = Shares.split(amount, bps);
        uint256[] memory grown = Shares.split(more, bps);
        assert(before[0] <= grown[0] && before[1] <= grown[1]);
    }

    /// @dev Both ways of rounding, less than a unit apart, at the least reserve that terms may ask.
    function check_Portions(uint128 amount) external pure {
        vm.assume(amount != 0);
        uint256 up = Shares.portionUp(amount, 500);
        uint256 down = Shares.portionDown(amount, 500);
        unchecked {
            assert(down <= up && up <= down + 1);
            assert(down == uint256(amount) / 20);
        }
    }

    function _missesByOne(uint256 amount, uint16[] memory bps) private pure returns (bool) {
        uint256 total;
        for (uint256 i = 0; i < bps.length; ++i) {
            total += (2 * amount * bps[i] + _WHOLE) / (2 * _WHOLE);
        }
        return _isNear(total, amount);
    }

    function _isNear(uint256 a, uint256 b) private pure returns (bool) {
        return a <= b + 1 && b <= a + 1;
    }

    function _nearest(uint256 product) private pure returns (uint256) {
        return (2 * product + _WHOLE) / (2 * _WHOLE);
    }

    function _two(uint16 first) private pure returns (uint16[] memory bps) {
        vm.assume(first <= _WHOLE);
        bps = new uint16[](2);
        (bps[0], bps[1]) = (first, 10_000 - first);
    }

    function _three(uint16 first, uint16 second) private pure returns (uint16[] memory bps) {
        vm.assume(first <= _WHOLE && second <= _WHOLE - first);
        bps = new uint16[](3);
        (bps[0], bps[1], bps[2]) = (first, second, 10_000 - first - second);
    }
}
