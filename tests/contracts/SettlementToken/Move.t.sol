// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ISettlementToken} from "contracts/interfaces/ISettlementToken.sol";
import {World} from "../utils/World.sol";

contract MoveTest is World {
    function setUp() public override {
        super.setUp();
        _mint(exporter, 100);
    }

    function test_RevertWhen_ReceiverMayNotHold() external {
        _suspend(importer);
        address[3] memory receivers = [stranger, importer.account.addr, bankB.decider.addr];
        for (uint256 i = 0; i < receivers.length; ++i) {
            assertFalse(dollars.canReceive(receivers[i]));
            vm.expectRevert(_cannotReceive(receivers[i]));
            _pay(receivers[i], 1);
        }
    }

    function test_RevertWhen_SenderMayNotHold() external {
        _suspend(exporter);
        assertFalse(dollars.canSend(exporter.account.addr));
        vm.expectRevert(_cannotSend(exporter.account.addr));
        _pay(importer.account.addr, 1);
    }

    function test_RevertWhen_KycHasExpired() external {
        vm.warp(KYC_EXPIRES_AT);
        vm.expectRevert(_cannotReceive(importer.account.addr));
        _pay(importer.account.addr, 1);
        vm.prank(governor);
        participants.renewKyc(importer.id, KYC_EXPIRES_AT + 1);
        vm.expectRevert(_cannotSend(exporter.account.addr));
        _pay(importer.account.addr, 1);
    }

    function test_RevertWhen_SenderHasGivenUpTheAccount() external {
        vm.prank(governor);
        participants.changeAccount(exporter.id, stranger);
        vm.expectRevert(_cannotSend(exporter.account.addr));
        _pay(importer.account.addr, 1);
        vm.expectRevert(_cannotReceive(exporter.account.addr));
        _payNothing(exporter.account.addr);
    }

    function testFuzz_RevertWhen_TooLittleIsUnfrozen(uint256 frozen, uint256 amount) external {
        frozen = bound(frozen, 1, 150);
        uint256 unfrozen = frozen > 100 ? 0 : 100 - frozen;
        amount = bound(amount, unfrozen + 1, 100);
        vm.prank(governor);
        dollars.setFrozenTokens(exporter.account.addr, frozen);
        assertFalse(dollars.canTransfer(exporter.account.addr, importer.account.addr, amount));
        vm.expectRevert(
            abi.encodeWithSelector(
                ISettlementToken.ERC7943InsufficientUnfrozenBalance.selector,
                exporter.account.addr,
                amount,
                unfrozen
            )
        );
        _pay(importer.account.addr, amount);
    }

    function testFuzz_RevertWhen_BalanceIsTooSmall(uint256 frozen, uint256 amount) external {
        amount = bound(amount, 101, type(uint256).max);
        vm.prank(governor);
        dollars.setFrozenTokens(exporter.account.addr, frozen);
        assertFalse(dollars.canTransfer(exporter.account.addr, importer.account.addr, amount));
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientBalance.selector, exporter.account.addr, 100, amount
            )
        );
        _pay(importer.account.addr, amount);
    }

    function test_GivenVault() external {
        address vault = address(evidence);
        vm.expectRevert(_cannotReceive(vault));
        _pay(vault, 60);

        vm.expectEmit(address(dollars));
        emit ISettlementToken.VaultAdmitted(vault);
        vm.prank(governor);
        dollars.admitVault(vault);
        _pay(vault, 60);
        vm.prank(vault);
        assertTrue(dollars.transfer(importer.account.addr, 20));

        vm.expectEmit(address(dollars));
        emit ISettlementToken.VaultDismissed(vault);
        vm.prank(governor);
        dollars.dismissVault(vault);
        vm.expectRevert(_cannotReceive(vault));
        _pay(vault, 1);
        vm.expectRevert(_cannotSend(vault));
        vm.prank(vault);
        dollars.transfer(importer.account.addr, 1);
        assertEq(dollars.balanceOf(vault), 40);
    }

    /// @dev Whatever is frozen and asked: the transfer does what canTransfer said it would.
    function testFuzz_WhenForetold(uint256 frozen, uint256 amount, bool suspended) external {
        frozen = bound(frozen, 0, 110);
        amount = bound(amount, 0, 110);
        vm.prank(governor);
        dollars.setFrozenTokens(exporter.account.addr, frozen);
        if (suspended) _suspend(importer);
        address to = importer.account.addr;
        bool can = dollars.canTransfer(exporter.account.addr, to, amount);
        assertEq(can, !suspended && amount + frozen <= 100 || !suspended && amount == 0);
        vm.prank(exporter.account.addr);
        (bool moved,) = address(dollars).call(abi.encodeCall(dollars.transfer, (to, amount)));
        assertEq(moved, can);
        assertEq(dollars.balanceOf(to), moved ? amount : 0);
        assertEq(dollars.balanceOf(to) + dollars.balanceOf(exporter.account.addr), 100);
    }

    function test_WhenExactlyWhatIsUnfrozenMoves() external {
        vm.prank(governor);
        dollars.setFrozenTokens(exporter.account.addr, 40);
        assertTrue(dollars.canTransfer(exporter.account.addr, importer.account.addr, 60));
        assertTrue(_pay(importer.account.addr, 60));
        assertFalse(dollars.canTransfer(exporter.account.addr, importer.account.addr, 1));
    }

    function _pay(address to, uint256 amount) private returns (bool) {
        vm.prank(exporter.account.addr);
        return dollars.transfer(to, amount);
    }

    /// @dev Even an empty transfer by another participant is refused.
    function _payNothing(address to) private returns (bool) {
        vm.prank(importer.account.addr);
        return dollars.transfer(to, 0);
    }

    function _cannotSend(address account) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlementToken.ERC7943CannotSend.selector, account);
    }

    function _cannotReceive(address account) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlementToken.ERC7943CannotReceive.selector, account);
    }
}
