// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ISettlementToken} from "contracts/interfaces/ISettlementToken.sol";
import {Vm} from "../utils/Vm.sol";
import {World} from "../utils/World.sol";

contract GovernTest is World {
    function test_RevertWhen_CallerIsNotGovernance() external {
        address account = exporter.account.addr;
        bytes[4] memory calls = [
            abi.encodeCall(ISettlementToken.admitVault, (account)),
            abi.encodeCall(ISettlementToken.dismissVault, (account)),
            abi.encodeCall(ISettlementToken.setFrozenTokens, (account, 1)),
            abi.encodeCall(ISettlementToken.forcedTransfer, (account, account, 1))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(bankA.decider.addr);
            (bool done, bytes memory answer) = address(dollars).call(calls[i]);
            assertFalse(done);
            vm.assertEq(
                answer,
                abi.encodeWithSelector(
                    IAccessManaged.AccessManagedUnauthorized.selector, bankA.decider.addr
                )
            );
        }
    }

    function testFuzz_WhenFrozen(address account, uint256 amount) external {
        vm.recordLogs();
        vm.expectEmit(address(dollars));
        emit ISettlementToken.Frozen(account, amount);
        vm.prank(governor);
        assertTrue(dollars.setFrozenTokens(account, amount));
        _onlyLog();
        assertEq(dollars.getFrozenTokens(account), amount);
    }

    function test_RevertWhen_AmountIsZero() external {
        vm.expectRevert(ISettlementToken.SettlementToken_ZeroAmount.selector);
        _force(importer.account.addr, 0);
    }

    function test_RevertWhen_ReceiverMayNotHold() external {
        _mint(exporter, 10);
        address[2] memory receivers = [stranger, address(0)];
        for (uint256 i = 0; i < receivers.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(ISettlementToken.ERC7943CannotReceive.selector, receivers[i])
            );
            _force(receivers[i], 1);
        }
    }

    function test_RevertWhen_BalanceIsTooSmall() external {
        _mint(exporter, 10);
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientBalance.selector, exporter.account.addr, 10, 11
            )
        );
        _force(importer.account.addr, 11);
    }

    function testFuzz_WhenCourtOrders(uint128 balance, uint128 amount, uint256 frozen) external {
        balance = uint128(bound(balance, 1, type(uint128).max));
        amount = uint128(bound(amount, 1, balance));
        _mint(exporter, balance);
        vm.prank(governor);
        dollars.setFrozenTokens(exporter.account.addr, frozen);
        _suspend(exporter);
        uint256 left = balance - amount;

        vm.recordLogs();
        assertTrue(_force(importer.account.addr, amount));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, frozen > left ? 3 : 2);
        Vm.Log memory last = logs[logs.length - 1];
        assertEq(last.topics[0], ISettlementToken.ForcedTransfer.selector);
        assertEq(last.topics[1], bytes32(uint256(uint160(exporter.account.addr))));
        assertEq(last.topics[2], bytes32(uint256(uint160(importer.account.addr))));
        vm.assertEq(last.data, abi.encode(amount));
        if (frozen > left) assertEq(logs[0].topics[0], ISettlementToken.Frozen.selector);

        assertEq(dollars.balanceOf(importer.account.addr), amount);
        assertEq(dollars.balanceOf(exporter.account.addr), left);
        assertEq(dollars.getFrozenTokens(exporter.account.addr), frozen > left ? left : frozen);
    }

    function test_WhenCourtLeavesExactlyWhatIsFrozen() external {
        _mint(exporter, 10);
        vm.prank(governor);
        dollars.setFrozenTokens(exporter.account.addr, 4);
        vm.recordLogs();
        assertTrue(_force(importer.account.addr, 6));
        assertEq(vm.getRecordedLogs().length, 2);
        assertEq(dollars.getFrozenTokens(exporter.account.addr), 4);
    }

    function test_WhenAskedForInterfaces() external view {
        assertTrue(dollars.supportsInterface(0x01ffc9a7));
        assertTrue(dollars.supportsInterface(0x3edbb4c4));
        assertFalse(dollars.supportsInterface(0xffffffff));
        assertFalse(dollars.supportsInterface(type(ISettlementToken).interfaceId));
    }

    function _force(address to, uint256 amount) private returns (bool) {
        vm.prank(governor);
        return dollars.forcedTransfer(exporter.account.addr, to, amount);
    }
}
