// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SettlementToken} from "contracts/SettlementToken.sol";
import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {ISettlementToken} from "contracts/interfaces/ISettlementToken.sol";
import {Permission} from "contracts/types/Roles.sol";
import {World} from "../utils/World.sol";

contract IssueTest is World {
    bytes32 private constant _REFERENCE = keccak256("pacs.008 1");

    function testFuzz_RevertWhen_TooManyDecimals(uint8 decimals) external {
        decimals = uint8(bound(decimals, 0, 9));
        bool fits = decimals <= 4;
        if (!fits) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    ISettlementToken.SettlementToken_InvalidDecimals.selector, decimals
                )
            );
        }
        SettlementToken token = new SettlementToken(
            address(governance), participants, bankA.id, "JPY", decimals, "Yen at A", "JPYA"
        );
        if (!fits) return;
        assertEq(token.decimals(), decimals);
        assertEq(token.issuer(), bankA.id);
        assertEq(bytes32(token.currency()), bytes32("JPY"));
        vm.assertEq(token.name(), "Yen at A");
        vm.assertEq(token.symbol(), "JPYA");
    }

    function test_RevertWhen_KeyLacksDecide() external {
        bytes memory permissionMissing = abi.encodeWithSelector(
            IParticipants.Participants_PermissionMissing.selector,
            _keyId(bankA.submitter),
            Permission.DECIDE
        );
        vm.startPrank(bankA.submitter.addr);
        vm.expectRevert(permissionMissing);
        dollars.mint(exporter.id, 1, _REFERENCE);
        vm.expectRevert(permissionMissing);
        dollars.redeem(1, _REFERENCE);
    }

    function test_RevertWhen_AmountIsZero() external {
        vm.startPrank(bankA.decider.addr);
        vm.expectRevert(ISettlementToken.SettlementToken_ZeroAmount.selector);
        dollars.mint(exporter.id, 0, _REFERENCE);
        vm.expectRevert(ISettlementToken.SettlementToken_ZeroAmount.selector);
        dollars.redeem(0, _REFERENCE);
    }

    function test_RevertWhen_CallerIsNotIssuer() external {
        vm.prank(bankB.decider.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                ISettlementToken.SettlementToken_NotIssuer.selector, bankA.id, bankB.id
            )
        );
        dollars.mint(bankB.id, 1, _REFERENCE);
    }

    function test_RevertWhen_MintReferenceIsUsed() external {
        vm.startPrank(bankA.decider.addr);
        dollars.mint(exporter.id, 1, _REFERENCE);
        vm.expectRevert(_referenceUsed());
        dollars.mint(importer.id, 2, _REFERENCE);
    }

    function test_RevertWhen_ReceiverIsNotActive() external {
        _suspend(exporter);
        vm.prank(bankA.decider.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_NotActive.selector,
                exporter.id,
                IParticipants.ParticipantState.SUSPENDED
            )
        );
        dollars.mint(exporter.id, 1, _REFERENCE);
    }

    function testFuzz_WhenMinted(uint128 amount, bytes32 railReference) external {
        amount = uint128(bound(amount, 1, type(uint128).max));
        vm.expectEmit(address(dollars));
        emit ISettlementToken.Minted(railReference, exporter.id, amount);
        vm.prank(bankA.decider.addr);
        dollars.mint(exporter.id, amount, railReference);
        assertEq(dollars.balanceOf(exporter.account.addr), amount);
        assertEq(dollars.totalSupply(), amount);
        assertEq(otherDollars.totalSupply(), 0);
    }

    function test_RevertWhen_RedeemReferenceIsUsed() external {
        _mint(exporter, 3);
        _mint(importer, 3);
        vm.prank(exporter.decider.addr);
        dollars.redeem(1, _REFERENCE);
        vm.prank(exporter.decider.addr);
        vm.expectRevert(_referenceUsed());
        dollars.redeem(1, _REFERENCE);
        // which takes nothing from anybody else
        vm.prank(importer.decider.addr);
        dollars.redeem(1, _REFERENCE);
    }

    function test_WhenHolderIsAnotherBank() external {
        _mint(dollars, bankA, bankB, 10);
        _mint(otherDollars, bankB, bankB, 7);
        vm.prank(bankB.decider.addr);
        dollars.redeem(4, _REFERENCE);
        assertEq(dollars.balanceOf(bankB.account.addr), 6);
        assertEq(otherDollars.balanceOf(bankB.account.addr), 7);
        // and the issuer cannot cancel what it owes to another
        vm.prank(bankA.decider.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientBalance.selector, bankA.account.addr, 0, 6
            )
        );
        dollars.redeem(6, _REFERENCE);
    }

    function test_RevertWhen_AccountHoldsTooLittle() external {
        _mint(exporter, 3);
        vm.prank(exporter.decider.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientBalance.selector, exporter.account.addr, 3, 4
            )
        );
        dollars.redeem(4, _REFERENCE);
    }

    function test_RevertWhen_TooLittleIsUnfrozen() external {
        _mint(exporter, 3);
        vm.prank(governor);
        dollars.setFrozenTokens(exporter.account.addr, 2);
        vm.prank(exporter.decider.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                ISettlementToken.ERC7943InsufficientUnfrozenBalance.selector,
                exporter.account.addr,
                2,
                1
            )
        );
        dollars.redeem(2, _REFERENCE);
    }

    function testFuzz_WhenRedeemed(uint128 minted, uint128 redeemed) external {
        minted = uint128(bound(minted, 1, type(uint128).max));
        redeemed = uint128(bound(redeemed, 1, minted));
        vm.prank(bankA.decider.addr);
        dollars.mint(exporter.id, minted, _REFERENCE);
        vm.expectEmit(address(dollars));
        emit ISettlementToken.Redeemed(_REFERENCE, exporter.id, redeemed);
        vm.prank(exporter.decider.addr);
        dollars.redeem(redeemed, _REFERENCE);
        assertEq(dollars.balanceOf(exporter.account.addr), minted - redeemed);
        assertEq(dollars.totalSupply(), minted - redeemed);
    }

    function _referenceUsed() private pure returns (bytes memory) {
        return
            abi.encodeWithSelector(
                ISettlementToken.SettlementToken_ReferenceUsed.selector, _REFERENCE
            );
    }
}
