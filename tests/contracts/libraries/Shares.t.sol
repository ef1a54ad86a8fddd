// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Shares} from "contracts/libraries/Shares.sol";
import {Test} from "../utils/Test.sol";

contract SharesTest is Test {
    uint256 private constant _MOST = type(uint128).max;

    function test_WhenTwoShare() external pure {
        _assertSplit(7, 6000, 4, 3);
        _assertSplit(9, 6000, 5, 4);
        _assertSplit(1, 6000, 1, 0);
        _assertSplit(1, 4000, 0, 1);
        _assertSplit(800_000_03, 6000, 480_000_02, 320_000_01);
        _assertSplit(0, 6000, 0, 0);
    }

    function test_WhenSomebodyHasNoShare() external pure {
        _assertSplit(1, 0, 0, 1);
        _assertSplit(_MOST, 10_000, _MOST, 0);
    }

    function test_WhenRemaindersAreEqual() external pure {
        _assertSplit(1, 5000, 1, 0);
        _assertSplit(3, 5000, 2, 1);
        uint256[] memory parts = Shares.split(2, _weights(2500, 2500, 2500));
        assertEq(abi.encode(parts), 1, 1, 0, 0);
        // too little by rounding, where the above was too much
        parts = Shares.split(1, _weights(2500, 2500, 2500));
        assertEq(abi.encode(parts), 1, 0, 0, 0);
        parts = Shares.split(1, _weights(0, 5000, 5000));
        assertEq(abi.encode(parts), 0, 1, 0, 0);
    }

    function testFuzz_AddsUp(uint256 amount, uint256 seed) external pure {
        amount = bound(amount, 0, _MOST);
        uint16[] memory bps = _anyShares(seed);
        uint256[] memory parts = Shares.split(amount, bps);
        vm.assertEq(_sum(parts), amount, "the parts are the amount");
        for (uint256 i = 0; i < parts.length; ++i) {
            uint256 exact = amount * bps[i];
            vm.assertLe(parts[i] * Shares.WHOLE, exact + 15_000, "at most a unit and a half above");
            vm.assertLe(exact, parts[i] * Shares.WHOLE + 15_000, "at most a unit and a half below");
        }
    }

    /// @dev Webster's own way: one unit after the other to whoever is most entitled to it.
    function testFuzz_IsWebsters(uint256 amount, uint256 seed) external pure {
        amount = bound(amount, 0, 60);
        uint16[] memory bps = _anyShares(seed);
        uint256[] memory parts = new uint256[](bps.length);
        for (uint256 given = 0; given < amount; ++given) {
            uint256 next;
            for (uint256 i = 1; i < bps.length; ++i) {
                bool more = bps[i] * (2 * parts[next] + 1) > bps[next] * (2 * parts[i] + 1);
                if (more) next = i;
            }
            ++parts[next];
        }
        assertEq(keccak256(abi.encode(Shares.split(amount, bps))), keccak256(abi.encode(parts)));
    }

    function testFuzz_NeverShrinks(uint256 amount, uint256 growth, uint256 seed) external pure {
        amount = bound(amount, 0, 100_000);
        growth = bound(growth, 0, 30);
        uint16[] memory bps = _anyShares(seed);
        // reverts where a part of the larger amount is smaller
        uint256[] memory gains = Shares.between(amount, amount + growth, bps);
        vm.assertEq(_sum(gains), growth, "the gains are the growth");
    }

    function testFuzz_CutsMakeNoDifference(uint256 amount, uint256 seed) external pure {
        amount = bound(amount, 1, _MOST);
        uint16[] memory bps = _anyShares(seed);
        uint256[] memory received = new uint256[](bps.length);
        uint256 done;
        while (done < amount) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 next = done + bound(seed, 1, amount - done);
            uint256[] memory gains = Shares.between(done, next, bps);
            for (uint256 i = 0; i < gains.length; ++i) {
                received[i] += gains[i];
            }
            done = next;
        }
        assertEq(keccak256(abi.encode(received)), keccak256(abi.encode(Shares.split(amount, bps))));
    }

    function test_Portions() external pure {
        assertEq(Shares.portionUp(1, 500), 1);
        assertEq(Shares.portionUp(20, 500), 1);
        assertEq(Shares.portionUp(21, 500), 2);
        assertEq(Shares.portionUp(0, 500), 0);
        assertEq(Shares.portionDown(19, 500), 0);
        assertEq(Shares.portionDown(20, 500), 1);
        assertEq(Shares.portionDown(39, 500), 1);
    }

    function _assertSplit(uint256 amount, uint16 bps, uint256 first, uint256 second) private pure {
        uint16[] memory shares = new uint16[](2);
        shares[0] = bps;
        shares[1] = 10_000 - bps;
        uint256[] memory parts = Shares.split(amount, shares);
        vm.assertEq(parts[0], first, "first part");
        vm.assertEq(parts[1], second, "second part");
    }

    function assertEq(bytes memory parts, uint256 a, uint256 b, uint256 c, uint256 d) private pure {
        uint256[] memory expected = new uint256[](4);
        (expected[0], expected[1], expected[2], expected[3]) = (a, b, c, d);
        assertEq(keccak256(parts), keccak256(abi.encode(expected)));
    }

    function _weights(uint16 a, uint16 b, uint16 c) private pure returns (uint16[] memory bps) {
        bps = new uint16[](4);
        (bps[0], bps[1], bps[2], bps[3]) = (a, b, c, 10_000 - a - b - c);
    }

    /// @dev One to four shares, often very unequal, 10,000 together.
    function _anyShares(uint256 seed) private pure returns (uint16[] memory bps) {
        bps = new uint16[](1 + seed % 4);
        uint256 left = Shares.WHOLE;
        for (uint256 i = 0; i + 1 < bps.length; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 share = bound(seed, 0, seed % 3 == 0 ? left / 100 : left);
            bps[i] = uint16(share);
            left -= share;
        }
        bps[bps.length - 1] = uint16(left);
    }

    function _sum(uint256[] memory parts) private pure returns (uint256 sum) {
        for (uint256 i = 0; i < parts.length; ++i) {
            sum += parts[i];
        }
    }
}
