// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Encumbrances} from "contracts/Encumbrances.sol";
import {IEncumbrances} from "contracts/interfaces/IEncumbrances.sol";
import {AssetKey, FinancingId, OrderId} from "contracts/types/Ids.sol";
import {Test} from "../utils/Test.sol";

/// @dev A register that admits the test itself, and one other, as lending contracts.
abstract contract EncumbrancesWorld is Test {
    uint64 internal constant NOW = 1_800_000_000;
    uint64 internal constant EXPIRES_AT = NOW + 30 days;
    uint128 internal constant CAPACITY = 1000;
    address internal constant OTHER_LENDER = address(0xBEEF);
    OrderId internal constant ORDER = OrderId.wrap("order");
    AssetKey internal constant FAMILY = AssetKey.wrap("order key");
    AssetKey internal constant INVOICE = AssetKey.wrap("invoice key");
    AssetKey internal constant BILL = AssetKey.wrap("bill key");
    AssetKey internal constant DECLARATION = AssetKey.wrap("declaration key");
    AssetKey internal constant OTHER_ORDER = AssetKey.wrap("another order's key");
    FinancingId internal constant ONE = FinancingId.wrap("one");
    FinancingId internal constant TWO = FinancingId.wrap("two");
    FinancingId internal constant THREE = FinancingId.wrap("three");

    AccessManager internal governance;
    Encumbrances internal encumbrances;

    function setUp() public virtual {
        vm.warp(NOW);
        governance = new AccessManager(address(this));
        encumbrances = new Encumbrances(address(governance));
        bytes4[] memory verbs = new bytes4[](4);
        verbs[0] = IEncumbrances.reserve.selector;
        verbs[1] = IEncumbrances.link.selector;
        verbs[2] = IEncumbrances.commit.selector;
        verbs[3] = IEncumbrances.free.selector;
        governance.setTargetFunctionRole(address(encumbrances), verbs, 2);
        governance.grantRole(2, address(this), 0);
        governance.grantRole(2, OTHER_LENDER, 0);
    }

    function _keys() internal pure returns (AssetKey[] memory) {
        return _keys(FAMILY, INVOICE);
    }

    function _keys(AssetKey first, AssetKey second) internal pure returns (AssetKey[] memory keys) {
        keys = new AssetKey[](2);
        keys[0] = first;
        keys[1] = second;
    }

    function _reserve(FinancingId financingId, uint128 amount) internal {
        _reserve(financingId, _keys(), amount);
    }

    function _reserve(FinancingId financingId, AssetKey[] memory keys, uint128 amount) internal {
        encumbrances.reserve(financingId, ORDER, keys, "USD", CAPACITY, amount, EXPIRES_AT);
    }

    function assertStatus(
        AssetKey key,
        IEncumbrances.AssetStatus expected,
        bytes3 expectedCurrency,
        uint128 left
    ) internal view {
        (IEncumbrances.AssetStatus status, bytes3 currency, uint128 available) =
            encumbrances.statusOf(key);
        vm.assertEq(uint256(status), uint256(expected), "status");
        assertEq(bytes32(currency), bytes32(expectedCurrency));
        vm.assertEq(available, left, "available");
    }

    function assertBalance(AssetKey family, uint128 reserved, uint128 committed) internal view {
        IEncumbrances.Balance memory goods = encumbrances.balance(family);
        vm.assertEq(goods.reserved, reserved, "reserved");
        vm.assertEq(goods.committed, committed, "committed");
    }

    function assertHolding(FinancingId financingId, uint128 reserved, uint128 committed)
        internal
        view
    {
        IEncumbrances.Holding memory held = encumbrances.holding(financingId);
        vm.assertEq(held.reserved, reserved, "holding's reserved");
        vm.assertEq(held.committed, committed, "holding's committed");
    }

    function _insufficient(FinancingId financingId, uint128 held, uint128 asked)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(
            IEncumbrances.Encumbrances_Insufficient.selector, financingId, held, asked
        );
    }

    function _notHeld(FinancingId financingId) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IEncumbrances.Encumbrances_NotHeld.selector, financingId);
    }

    function _linkedElsewhere(AssetKey key, AssetKey family) internal pure returns (bytes memory) {
        return
            abi.encodeWithSelector(IEncumbrances.Encumbrances_LinkedElsewhere.selector, key, family);
    }
}
