// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEncumbrances} from "contracts/interfaces/IEncumbrances.sol";
import {AssetKey, NO_ASSET} from "contracts/types/Ids.sol";
import {EncumbrancesWorld} from "./EncumbrancesWorld.sol";

/// @dev How keys come together and come apart.
contract KeysTest is EncumbrancesWorld {
    function test_P2_ChainOfLinks() external {
        _reserve(ONE, 1);
        encumbrances.link(ONE, BILL);
        encumbrances.link(ONE, DECLARATION);
        AssetKey[4] memory chain = [FAMILY, INVOICE, BILL, DECLARATION];
        for (uint256 i = 0; i < chain.length; ++i) {
            assertEq(encumbrances.familyOf(chain[i]), FAMILY);
            assertStatus(chain[i], IEncumbrances.AssetStatus.RESERVED, "USD", CAPACITY - 1);
            if (i == 0) continue;
            // from any link of the chain, another order finds the goods taken
            vm.expectRevert(_linkedElsewhere(chain[i], FAMILY));
            _reserve(TWO, _keys(OTHER_ORDER, chain[i]), 1);
        }
        // and their own order shares the one balance, by whichever key it comes
        _reserve(TWO, _keys(DECLARATION, INVOICE), CAPACITY - 1);
        assertStatus(BILL, IEncumbrances.AssetStatus.RESERVED, "USD", 0);
    }

    function test_P2_RevertGiven_BothFamiliesHold() external {
        _reserve(ONE, _keys(FAMILY, INVOICE), 1);
        _reserve(TWO, _keys(OTHER_ORDER, BILL), 1);
        vm.expectRevert(_linkedElsewhere(BILL, OTHER_ORDER));
        encumbrances.link(ONE, BILL);
        vm.expectRevert(_linkedElsewhere(OTHER_ORDER, OTHER_ORDER));
        encumbrances.link(ONE, OTHER_ORDER);
        vm.expectRevert(_linkedElsewhere(INVOICE, FAMILY));
        encumbrances.link(TWO, INVOICE);
        vm.expectRevert(_linkedElsewhere(BILL, OTHER_ORDER));
        _reserve(THREE, _keys(FAMILY, BILL), 1);
        vm.expectRevert(_linkedElsewhere(FAMILY, FAMILY));
        _reserve(THREE, _keys(BILL, FAMILY), 1);
        assertBalance(FAMILY, 1, 0);
        assertBalance(OTHER_ORDER, 1, 0);
    }

    function test_P2_GivenMoneyWentOut() external {
        _reserve(ONE, 10);
        encumbrances.commit(ONE, 1);
        vm.recordLogs();
        encumbrances.free(ONE, 9, 1);
        _onlyLog();
        assertEq(encumbrances.familyOf(INVOICE), FAMILY);
        vm.expectRevert(_linkedElsewhere(INVOICE, FAMILY));
        _reserve(TWO, _keys(OTHER_ORDER, INVOICE), 1);
        // the order itself may be financed again, on the same balance
        _reserve(TWO, CAPACITY);
        encumbrances.free(TWO, CAPACITY, 0);
        assertEq(encumbrances.familyOf(INVOICE), FAMILY);
        assertTrue(encumbrances.balance(FAMILY).financed);
    }

    function test_GivenNothingWasCommitted() external {
        _reserve(ONE, 10);
        encumbrances.link(ONE, BILL);
        vm.expectEmit(address(encumbrances));
        emit IEncumbrances.EncumbranceFreed(ORDER, ONE, FAMILY, 10, 0);
        vm.expectEmit(address(encumbrances));
        emit IEncumbrances.AssetsUnlinked(ORDER, ONE, FAMILY, 0);
        encumbrances.free(ONE, 10, 0);
        AssetKey[3] memory keys = [FAMILY, INVOICE, BILL];
        for (uint256 i = 0; i < keys.length; ++i) {
            assertEq(encumbrances.familyOf(keys[i]), NO_ASSET);
        }
        // the invoice serves another order, and then no longer the first
        _reserve(TWO, _keys(OTHER_ORDER, INVOICE), 1);
        assertEq(encumbrances.familyOf(INVOICE), OTHER_ORDER);
        vm.expectRevert(_linkedElsewhere(INVOICE, OTHER_ORDER));
        _reserve(ONE, 1);
        // which stands by itself, and doesn't draw in what it once had
        _reserve(ONE, _keys(FAMILY, DECLARATION), 1);
        assertEq(encumbrances.familyOf(BILL), NO_ASSET);
        vm.assertEq(encumbrances.balance(FAMILY).round, 1, "a new round");
    }

    function test_GivenFamilyJoinsAnother() external {
        _reserve(ONE, 10);
        encumbrances.free(ONE, 10, 0);
        _reserve(TWO, _keys(OTHER_ORDER, FAMILY), 5);
        assertEq(encumbrances.familyOf(FAMILY), OTHER_ORDER);
        assertBalance(FAMILY, 0, 0);
        // by its old name it finds the goods where they are now
        _reserve(ONE, _keys(FAMILY, INVOICE), 5);
        assertEq(encumbrances.familyOf(INVOICE), OTHER_ORDER);
        assertBalance(OTHER_ORDER, 10, 0);
    }

    function test_GivenAnotherStillHolds() external {
        _reserve(ONE, 10);
        _reserve(TWO, 5);
        vm.recordLogs();
        encumbrances.free(ONE, 10, 0);
        _onlyLog();
        assertEq(encumbrances.familyOf(INVOICE), FAMILY);
        encumbrances.free(TWO, 5, 0);
        assertEq(encumbrances.familyOf(INVOICE), NO_ASSET);
    }

    function test_GivenNothingOfItCommitted() external {
        _reserve(ONE, 10);
        encumbrances.commit(ONE, 0);
        assertFalse(encumbrances.balance(FAMILY).financed);
        encumbrances.free(ONE, 10, 0);
        assertEq(encumbrances.familyOf(INVOICE), NO_ASSET);
    }
}
