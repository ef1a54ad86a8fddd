// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Interest} from "contracts/libraries/Interest.sol";
import {DayCount} from "contracts/types/Financings.sol";
import {Test} from "../utils/Test.sol";

contract InterestTest is Test {
    /// @dev 2027-01-15T00:00:00Z.
    uint256 private constant _MIDNIGHT = 1_799_971_200;

    function test_DaysBetween() external pure {
        assertEq(Interest.daysBetween(_MIDNIGHT, _MIDNIGHT + 1 days - 1), 0);
        assertEq(Interest.daysBetween(_MIDNIGHT - 1, _MIDNIGHT), 1);
        assertEq(Interest.daysBetween(_MIDNIGHT + 100, _MIDNIGHT + 365 days), 365);
    }

    function test_DaysLate_GivenGraceNotPast() external pure {
        uint256 maturesAt = _MIDNIGHT + 10 hours;
        assertEq(Interest.daysLate(_MIDNIGHT, maturesAt, maturesAt, 0), 0);
        assertEq(Interest.daysLate(_MIDNIGHT, _MIDNIGHT + 6 days - 1, maturesAt, 5), 0);
    }

    function test_DaysLate_GivenGracePast() external pure {
        uint256 maturesAt = _MIDNIGHT + 10 hours;
        assertEq(Interest.daysLate(_MIDNIGHT, _MIDNIGHT + 6 days, maturesAt, 5), 1);
        assertEq(Interest.daysLate(_MIDNIGHT, _MIDNIGHT + 30 days, maturesAt, 5), 25);
        // already late at `from`
        assertEq(Interest.daysLate(_MIDNIGHT + 20 days, _MIDNIGHT + 30 days, maturesAt, 5), 10);
    }

    function testFuzz_DaysLate_CutsMakeNoDifference(
        uint256 from,
        uint256 middle,
        uint256 to,
        uint256 grace
    ) external pure {
        from = bound(from, 0, 400 days);
        middle = bound(middle, from, from + 400 days);
        to = bound(to, middle, middle + 400 days);
        grace = bound(grace, 0, 365);
        uint256 inTwo = Interest.daysLate(from, middle, 200 days + 7, grace)
            + Interest.daysLate(middle, to, 200 days + 7, grace);
        assertEq(inTwo, Interest.daysLate(from, to, 200 days + 7, grace));
    }

    function test_Total() external pure {
        // 1,000,000.00 for 90 days at 8.5 %: 21,250.00 on 360 days, 20,958.904... on 365
        uint256 principalDays = 1_000_000_00 * 90;
        assertEq(Interest.total(principalDays, 850, DayCount.ACT_360), 21_250_00);
        assertEq(Interest.total(principalDays, 850, DayCount.ACT_365F), 20_958_91);
        assertEq(Interest.total(1, 1, DayCount.ACT_360), 1);
        assertEq(Interest.total(0, 850, DayCount.ACT_360), 0);
        assertEq(Interest.total(principalDays, 0, DayCount.ACT_360), 0);
    }

    /// @dev The ceiling, said without division: the least whole number that is not too small.
    function testFuzz_Total(uint256 principal, uint256 elapsed, uint256 bps, bool year365)
        external
        pure
    {
        principal = bound(principal, 1, type(uint128).max);
        elapsed = bound(elapsed, 1, 3650);
        bps = bound(bps, 1, 10_000);
        uint256 year = year365 ? 365 : 360;
        DayCount dayCount = year365 ? DayCount.ACT_365F : DayCount.ACT_360;
        uint256 total = Interest.total(principal * elapsed, bps, dayCount);
        uint256 exact = principal * elapsed * bps;
        vm.assertGe(total * 10_000 * year, exact, "not too little");
        vm.assertTrue((total - 1) * 10_000 * year < exact, "not a unit too much");
    }
}
