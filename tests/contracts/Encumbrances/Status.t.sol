// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEncumbrances} from "contracts/interfaces/IEncumbrances.sol";
import {FinancingId, OrderId} from "contracts/types/Ids.sol";
import {EncumbrancesWorld} from "./EncumbrancesWorld.sol";

contract StatusTest is EncumbrancesWorld {
    function test_GivenUnknownKey() external view {
        assertStatus(BILL, IEncumbrances.AssetStatus.FREE, 0, 0);
    }

    function test_FollowsTheBalance() external {
        _reserve(ONE, 600);
        assertStatus(INVOICE, IEncumbrances.AssetStatus.RESERVED, "USD", 400);
        encumbrances.commit(ONE, 1);
        assertStatus(INVOICE, IEncumbrances.AssetStatus.COMMITTED, "USD", 400);
        encumbrances.free(ONE, 599, 0);
        assertStatus(FAMILY, IEncumbrances.AssetStatus.COMMITTED, "USD", 999);
        encumbrances.free(ONE, 0, 1);
        assertStatus(FAMILY, IEncumbrances.AssetStatus.FREE, "USD", 1000);
    }

    /// @dev As of goods that nobody has ever heard of.
    function test_GivenLapsedUnused() external {
        _reserve(ONE, 600);
        encumbrances.free(ONE, 600, 0);
        assertStatus(FAMILY, IEncumbrances.AssetStatus.FREE, 0, 0);
        assertStatus(INVOICE, IEncumbrances.AssetStatus.FREE, 0, 0);
    }

    /// @dev What a third bank sees then, and may do: wait until it is freed, which anybody can ask
    /// of the lending contract.
    function test_GivenReservationExpired() external {
        _reserve(ONE, 600);
        vm.warp(EXPIRES_AT + 1);
        assertStatus(INVOICE, IEncumbrances.AssetStatus.RESERVED, "USD", 400);
        vm.prank(OTHER_LENDER);
        vm.expectRevert(
            abi.encodeWithSelector(
                IEncumbrances.Encumbrances_CapacityExceeded.selector, FAMILY, 401, 400
            )
        );
        encumbrances.reserve(TWO, ORDER, _keys(), "USD", CAPACITY, 401, EXPIRES_AT + 1 days);
        encumbrances.free(ONE, 600, 0);
        vm.prank(OTHER_LENDER);
        encumbrances.reserve(TWO, ORDER, _keys(), "USD", CAPACITY, 401, EXPIRES_AT + 1 days);
        assertStatus(INVOICE, IEncumbrances.AssetStatus.RESERVED, "USD", 599);
    }

    /// @dev The same goods, encumbered alike: by one lender, or by another one under other ids, for
    /// another order, until another day and in two parts. The answer has the same bytes.
    function testFuzz_NothingTellsWhoTheLenderIs(
        uint128 amount,
        uint128 part,
        bool committed,
        bytes32 name,
        uint64 expiresAt
    ) external {
        amount = uint128(bound(amount, 2, CAPACITY));
        part = uint128(bound(part, 1, amount - 1));
        expiresAt = uint64(bound(expiresAt, NOW, type(uint64).max));
        uint256 start = vm.snapshotState();
        _hold(ONE, ORDER, amount, EXPIRES_AT, committed);
        bytes memory answer = _answer();
        vm.revertToState(start);

        vm.startPrank(OTHER_LENDER);
        _hold(FinancingId.wrap(name), OrderId.wrap(name), part, expiresAt, committed);
        FinancingId second = FinancingId.wrap(keccak256(abi.encode(name)));
        _hold(second, OrderId.wrap(name), amount - part, expiresAt, committed);
        vm.assertEq(_answer(), answer);
    }

    function _hold(
        FinancingId id,
        OrderId orderId,
        uint128 amount,
        uint64 expiresAt,
        bool committed
    ) private {
        encumbrances.reserve(id, orderId, _keys(), "USD", CAPACITY, amount, expiresAt);
        if (committed) encumbrances.commit(id, amount);
    }

    /// @dev Read raw, so that a field added later would be seen.
    function _answer() private view returns (bytes memory answer) {
        bool done;
        (done, answer) =
            address(encumbrances).staticcall(abi.encodeCall(IEncumbrances.statusOf, (INVOICE)));
        assertTrue(done);
        vm.assertEq(answer.length, 96, "status, currency and what is available");
    }
}
