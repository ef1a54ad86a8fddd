// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {ISettlementToken} from "contracts/interfaces/ISettlementToken.sol";
import {World} from "../utils/World.sol";

contract PauseTest is World {
    address private constant _VAULT = address(0xCAFE);

    address private _from;
    address private _to;

    function setUp() public override {
        super.setUp();
        _from = exporter.account.addr;
        _to = importer.account.addr;
        _mint(exporter, 100);
        vm.prank(governor);
        dollars.admitVault(_VAULT);
        vm.prank(_from);
        dollars.transfer(_VAULT, 10);
        vm.prank(_from);
        dollars.approve(stranger, 50);
    }

    function test_RevertWhen_CallerIsNotGovernance() external {
        bytes[2] memory calls = [
            abi.encodeCall(ISettlementToken.pause, ()), abi.encodeCall(ISettlementToken.unpause, ())
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

    function test_RevertGiven_StateAlready() external {
        vm.startPrank(governor);
        vm.expectRevert(Pausable.ExpectedPause.selector);
        dollars.unpause();
        dollars.pause();
        vm.expectRevert(Pausable.EnforcedPause.selector);
        dollars.pause();
    }

    function testFuzz_GivenPaused_NothingMoves(uint128 amount) external {
        amount = uint128(bound(amount, 1, 90));
        _pause();
        address[6] memory callers =
            [bankA.decider.addr, exporter.decider.addr, _from, stranger, _VAULT, _from];
        bytes[6] memory calls = [
            abi.encodeCall(ISettlementToken.mint, (importer.id, amount, "pacs.008 1")),
            abi.encodeCall(ISettlementToken.redeem, (amount, "pacs.008 2")),
            abi.encodeCall(dollars.transfer, (_to, amount)),
            abi.encodeCall(dollars.transferFrom, (_from, _to, amount < 50 ? amount : 50)),
            abi.encodeCall(dollars.transfer, (_to, amount < 10 ? amount : 10)),
            abi.encodeCall(dollars.transfer, (_to, 0))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(callers[i]);
            (bool done, bytes memory answer) = address(dollars).call(calls[i]);
            assertFalse(done);
            vm.assertEq(answer, abi.encodeWithSelector(Pausable.EnforcedPause.selector));
        }
        vm.prank(governor);
        dollars.unpause();
        for (uint256 i = 0; i < calls.length; ++i) {
            uint256 before = vm.snapshotState();
            vm.prank(callers[i]);
            (bool done,) = address(dollars).call(calls[i]);
            assertTrue(done);
            vm.revertToState(before);
        }
    }

    function test_GivenPaused_GovernanceActs() external {
        _pause();
        vm.startPrank(governor);
        dollars.setFrozenTokens(_from, 5);
        assertTrue(dollars.forcedTransfer(_from, _to, 90));
        vm.expectRevert(
            abi.encodeWithSelector(ISettlementToken.ERC7943CannotReceive.selector, stranger)
        );
        dollars.forcedTransfer(_to, stranger, 1);
        assertEq(dollars.balanceOf(_to), 90);
        assertEq(dollars.getFrozenTokens(_from), 0);
    }

    function test_GivenPaused_ViewsAnswerHonestly() external {
        assertTrue(dollars.canSend(_from));
        assertTrue(dollars.canTransfer(_from, _to, 1));
        _pause();
        assertTrue(dollars.paused());
        address[3] memory accounts = [_from, _to, _VAULT];
        for (uint256 i = 0; i < accounts.length; ++i) {
            assertFalse(dollars.canSend(accounts[i]));
            assertFalse(dollars.canReceive(accounts[i]));
        }
        assertFalse(dollars.canTransfer(_from, _to, 1));
        assertFalse(dollars.canTransfer(_from, _to, 0));
        assertEq(dollars.balanceOf(_from), 90);
        assertEq(dollars.totalSupply(), 100);
        assertEq(dollars.allowance(_from, stranger), 50);
        assertEq(dollars.issuer(), bankA.id);
        assertEq(bytes32(dollars.currency()), bytes32("USD"));
        assertTrue(otherDollars.canSend(_from));
        assertFalse(otherDollars.paused());
    }

    function test_GivenUnpaused() external {
        _pause();
        vm.expectEmit(address(dollars));
        emit Pausable.Unpaused(governor);
        vm.prank(governor);
        dollars.unpause();
        assertTrue(dollars.canTransfer(_from, _to, 90));
        vm.prank(_from);
        assertTrue(dollars.transfer(_to, 90));
    }

    function _pause() private {
        vm.expectEmit(address(dollars));
        emit Pausable.Paused(governor);
        vm.prank(governor);
        dollars.pause();
    }
}
