// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEncumbrances} from "contracts/interfaces/IEncumbrances.sol";
import {AssetKey, NO_ASSET} from "contracts/types/Ids.sol";
import {EncumbrancesWorld} from "./EncumbrancesWorld.sol";

contract SettleTest is EncumbrancesWorld {
    function setUp() public override {
        super.setUp();
        _reserve(ONE, 600);
    }

    function test_RevertGiven_NotHeld() external {
        vm.expectRevert(_notHeld(TWO));
        encumbrances.commit(TWO, 0);
        vm.expectRevert(_notHeld(TWO));
        encumbrances.free(TWO, 0, 0);
    }

    function test_RevertGiven_HeldByAnother() external {
        vm.prank(OTHER_LENDER);
        vm.expectRevert(_notHeld(ONE));
        encumbrances.commit(ONE, 1);
        vm.prank(OTHER_LENDER);
        vm.expectRevert(_notHeld(ONE));
        encumbrances.free(ONE, 1, 0);
    }

    function test_Commit_RevertGiven_Expired() external {
        vm.warp(EXPIRES_AT + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IEncumbrances.Encumbrances_Expired.selector, ONE, EXPIRES_AT)
        );
        encumbrances.commit(ONE, 1);
        vm.warp(EXPIRES_AT);
        encumbrances.commit(ONE, 1);
    }

    function test_Commit_RevertWhen_MoreThanReserved() external {
        vm.expectRevert(_insufficient(ONE, 600, 601));
        encumbrances.commit(ONE, 601);
        encumbrances.commit(ONE, 600);
        vm.expectRevert(_insufficient(ONE, 0, 1));
        encumbrances.commit(ONE, 1);
    }

    function test_Commits() external {
        vm.recordLogs();
        vm.expectEmit(address(encumbrances));
        emit IEncumbrances.EncumbranceCommitted(ORDER, ONE, FAMILY, 250);
        encumbrances.commit(ONE, 250);
        _onlyLog();
        assertBalance(FAMILY, 350, 250);
        assertHolding(ONE, 350, 250);
    }

    function test_Free_RevertWhen_MoreThanHeld() external {
        encumbrances.commit(ONE, 250);
        vm.expectRevert(_insufficient(ONE, 350, 351));
        encumbrances.free(ONE, 351, 0);
        vm.expectRevert(_insufficient(ONE, 250, 251));
        encumbrances.free(ONE, 0, 251);
    }

    function test_Free_GivenExpired() external {
        vm.warp(EXPIRES_AT + 1);
        encumbrances.free(ONE, 600, 0);
        assertBalance(FAMILY, 0, 0);
    }

    function test_Frees() external {
        encumbrances.commit(ONE, 250);
        vm.recordLogs();
        vm.expectEmit(address(encumbrances));
        emit IEncumbrances.EncumbranceFreed(ORDER, ONE, FAMILY, 100, 250);
        encumbrances.free(ONE, 100, 250);
        _onlyLog();
        assertBalance(FAMILY, 250, 0);
        assertEq(encumbrances.holding(ONE).family, FAMILY);
        encumbrances.free(ONE, 250, 0);
        assertBalance(FAMILY, 0, 0);
        assertEq(encumbrances.holding(ONE).family, NO_ASSET);
        _reserve(ONE, CAPACITY);
    }
}
