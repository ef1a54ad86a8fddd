// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IEncumbrances} from "contracts/interfaces/IEncumbrances.sol";
import {AssetKey, FinancingId, NO_ASSET} from "contracts/types/Ids.sol";
import {Vm} from "../utils/Vm.sol";
import {EncumbrancesWorld} from "./EncumbrancesWorld.sol";

contract ReserveTest is EncumbrancesWorld {
    function test_RevertWhen_CallerIsNotAdmitted() external {
        address stranger = address(0xBAD);
        bytes[4] memory verbs = [
            abi.encodeCall(
                IEncumbrances.reserve, (ONE, ORDER, _keys(), "USD", CAPACITY, 1, EXPIRES_AT)
            ),
            abi.encodeCall(IEncumbrances.link, (ONE, BILL)),
            abi.encodeCall(IEncumbrances.commit, (ONE, 1)),
            abi.encodeCall(IEncumbrances.free, (ONE, 1, 0))
        ];
        for (uint256 i = 0; i < verbs.length; ++i) {
            vm.prank(stranger);
            vm.expectRevert(
                abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger)
            );
            (bool done,) = address(encumbrances).call(verbs[i]);
            assertTrue(done);
        }
    }

    function test_RevertGiven_HeldAlready() external {
        _reserve(ONE, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IEncumbrances.Encumbrances_AlreadyHeld.selector, ONE)
        );
        _reserve(ONE, 1);
    }

    function test_RevertWhen_KeysAreWrong() external {
        bytes memory noKeys =
            abi.encodeWithSelector(IEncumbrances.Encumbrances_NoKeys.selector, ONE);
        vm.expectRevert(noKeys);
        _reserve(ONE, new AssetKey[](0), 1);
        vm.expectRevert(noKeys);
        _reserve(ONE, _keys(NO_ASSET, INVOICE), 1);
        vm.expectRevert(noKeys);
        _reserve(ONE, _keys(FAMILY, NO_ASSET), 1);
        vm.expectRevert(
            abi.encodeWithSelector(IEncumbrances.Encumbrances_TooManyKeys.selector, 17, 16)
        );
        _reserve(ONE, new AssetKey[](17), 1);
    }

    function test_RevertWhen_Expired() external {
        vm.warp(EXPIRES_AT + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IEncumbrances.Encumbrances_Expired.selector, ONE, EXPIRES_AT)
        );
        _reserve(ONE, 1);
        vm.warp(EXPIRES_AT);
        _reserve(ONE, 1);
    }

    /// @dev The invoice is financed under another order: here is the fraud that the register stops.
    function test_P2_RevertGiven_KeyOfAnotherConsignment() external {
        _reserve(ONE, 1);
        AssetKey other = AssetKey.wrap("another order's key");
        vm.expectRevert(_linkedElsewhere(INVOICE, FAMILY));
        _reserve(TWO, _keys(other, INVOICE), 1);
        assertEq(encumbrances.familyOf(other), NO_ASSET);
        // and also once everything has been paid back
        encumbrances.commit(ONE, 1);
        encumbrances.free(ONE, 0, 1);
        vm.expectRevert(_linkedElsewhere(INVOICE, FAMILY));
        _reserve(TWO, _keys(other, INVOICE), 1);
    }

    function test_RevertWhen_NoAmount() external {
        vm.expectRevert(abi.encodeWithSelector(IEncumbrances.Encumbrances_NoAmount.selector, ONE));
        _reserve(ONE, 0);
    }

    function test_RevertGiven_OtherCurrencyOrCapacity() external {
        _reserve(ONE, 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IEncumbrances.Encumbrances_CurrencyDiffers.selector,
                FAMILY,
                bytes3("USD"),
                bytes3("EUR")
            )
        );
        encumbrances.reserve(TWO, ORDER, _keys(), "EUR", CAPACITY, 1, EXPIRES_AT);
        vm.expectRevert(
            abi.encodeWithSelector(
                IEncumbrances.Encumbrances_CapacityDiffers.selector, FAMILY, CAPACITY, CAPACITY + 1
            )
        );
        encumbrances.reserve(TWO, ORDER, _keys(), "USD", CAPACITY + 1, 1, EXPIRES_AT);
    }

    function test_P2_RevertGiven_TooLittleLeft() external {
        vm.expectRevert(_exceeded(CAPACITY + 1, CAPACITY));
        _reserve(ONE, CAPACITY + 1);
        _reserve(ONE, 600);
        encumbrances.commit(ONE, 250);
        vm.expectRevert(_exceeded(401, 400));
        _reserve(TWO, 401);
        _reserve(TWO, 400);
    }

    function test_GivenNothingHeldAnyMore() external {
        _reserve(ONE, CAPACITY);
        encumbrances.free(ONE, CAPACITY, 0);
        encumbrances.reserve(TWO, ORDER, _keys(), "EUR", 70, 70, EXPIRES_AT);
        IEncumbrances.Balance memory goods = encumbrances.balance(FAMILY);
        assertEq(bytes32(goods.currency), bytes32(bytes3("EUR")));
        assertEq(goods.capacity, 70);
        assertEq(goods.reserved, 70);
    }

    function test_Reserves() external {
        vm.recordLogs();
        vm.expectEmit(address(encumbrances));
        emit IEncumbrances.AssetLinked(ORDER, ONE, FAMILY, 0, FAMILY);
        vm.expectEmit(address(encumbrances));
        emit IEncumbrances.AssetLinked(ORDER, ONE, FAMILY, 0, INVOICE);
        vm.expectEmit(address(encumbrances));
        emit IEncumbrances.EncumbranceReserved(ORDER, ONE, FAMILY, "USD", CAPACITY, 600, EXPIRES_AT);
        _reserve(ONE, 600);
        vm.assertEq(_logs(), 3, "one for each key, and one");

        // what is linked already is not told again
        vm.recordLogs();
        vm.expectEmit(address(encumbrances));
        emit IEncumbrances.AssetLinked(ORDER, TWO, FAMILY, 0, BILL);
        _reserve(TWO, _keys(INVOICE, BILL), 400);
        vm.assertEq(_logs(), 2, "one for the new key, and one");

        assertEq(encumbrances.familyOf(FAMILY), FAMILY);
        assertEq(encumbrances.familyOf(INVOICE), FAMILY);
        assertEq(encumbrances.familyOf(BILL), FAMILY);
        assertBalance(FAMILY, 1000, 0);
        assertHolding(ONE, 600, 0);
        IEncumbrances.Holding memory held = encumbrances.holding(ONE);
        assertEq(held.family, FAMILY);
        assertEq(held.orderId, ORDER);
        assertEq(held.expiresAt, EXPIRES_AT);
    }

    function test_Link_RevertGiven_NotHeld() external {
        vm.expectRevert(_notHeld(ONE));
        encumbrances.link(ONE, BILL);
        _reserve(ONE, 1);
        vm.prank(OTHER_LENDER);
        vm.expectRevert(_notHeld(ONE));
        encumbrances.link(ONE, BILL);
    }

    function test_Link_RevertWhen_KeyIsZero() external {
        _reserve(ONE, 1);
        vm.expectRevert(abi.encodeWithSelector(IEncumbrances.Encumbrances_NoKeys.selector, ONE));
        encumbrances.link(ONE, NO_ASSET);
    }

    function test_Link_RevertGiven_AnotherFamily() external {
        _reserve(ONE, 1);
        AssetKey other = AssetKey.wrap("another order's key");
        _reserve(TWO, _keys(other, BILL), 1);
        vm.expectRevert(_linkedElsewhere(BILL, other));
        encumbrances.link(ONE, BILL);
    }

    function test_Links() external {
        _reserve(ONE, 1);
        vm.recordLogs();
        vm.expectEmit(address(encumbrances));
        emit IEncumbrances.AssetLinked(ORDER, ONE, FAMILY, 0, BILL);
        encumbrances.link(ONE, BILL);
        _onlyLog();
        assertEq(encumbrances.familyOf(BILL), FAMILY);

        vm.recordLogs();
        encumbrances.link(ONE, BILL);
        assertEq(vm.getRecordedLogs().length, 0);
    }

    /// @dev How many the register has written, those that the test expects left out.
    function _logs() private returns (uint256 count) {
        Vm.Log[] memory all = vm.getRecordedLogs();
        for (uint256 i = 0; i < all.length; ++i) {
            if (all[i].emitter == address(encumbrances)) ++count;
        }
    }

    function _exceeded(uint128 amount, uint128 left) private pure returns (bytes memory) {
        return abi.encodeWithSelector(
            IEncumbrances.Encumbrances_CapacityExceeded.selector, FAMILY, amount, left
        );
    }
}
