// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SettlementToken} from "contracts/SettlementToken.sol";
import {World} from "../utils/World.sol";

contract PermitTest is World {
    bytes32 private constant _PERMIT = keccak256(
        "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
    );
    uint256 private constant _UNTIL = START + 1 hours;

    address private _owner;
    address private _spender;

    function setUp() public override {
        super.setUp();
        _owner = exporter.account.addr;
        _spender = bankB.account.addr;
        _mint(exporter, 100);
    }

    function test_RevertWhen_DeadlinePassed() external {
        bytes32 digest = _digest(dollars, 30, 0);
        vm.warp(_UNTIL + 1);
        vm.expectRevert(
            abi.encodeWithSelector(ERC20Permit.ERC2612ExpiredSignature.selector, _UNTIL)
        );
        _permit(30, digest);
        vm.warp(_UNTIL);
        _permit(30, digest);
    }

    function test_P6_RevertWhen_SentAgain() external {
        bytes32 digest = _digest(dollars, 30, 0);
        _permit(30, digest);
        vm.expectPartialRevert(ERC20Permit.ERC2612InvalidSigner.selector);
        _permit(30, digest);
        assertEq(dollars.allowance(_owner, _spender), 30);
    }

    function test_RevertWhen_ChainOrTokenIsAnother() external {
        bytes32 other = _digest(otherDollars, 30, 0);
        vm.expectPartialRevert(ERC20Permit.ERC2612InvalidSigner.selector);
        _permit(30, other);
        bytes32 here = _digest(dollars, 30, 0);
        vm.chainId(block.chainid + 1);
        vm.expectPartialRevert(ERC20Permit.ERC2612InvalidSigner.selector);
        _permit(30, here);
        bytes32 there = _digest(dollars, 30, 0);
        assertTrue(there != here);
        _permit(30, there);
    }

    function testFuzz_RevertWhen_AmountDiffers(uint256 asked, uint256 signed) external {
        vm.assume(asked != signed);
        bytes32 digest = _digest(dollars, signed, 0);
        vm.expectPartialRevert(ERC20Permit.ERC2612InvalidSigner.selector);
        _permit(asked, digest);
        (_spender, asked) = (stranger, signed);
        vm.expectPartialRevert(ERC20Permit.ERC2612InvalidSigner.selector);
        _permit(asked, digest);
    }

    function test_WhenPermitted() external {
        _permit(30, _digest(dollars, 30, 0));
        vm.prank(_spender);
        assertTrue(dollars.transferFrom(_owner, importer.account.addr, 30));
        assertEq(dollars.balanceOf(importer.account.addr), 30);
        assertEq(dollars.allowance(_owner, _spender), 0);
        assertEq(otherDollars.allowance(_owner, _spender), 0);
    }

    function test_GivenPaused() external {
        vm.prank(governor);
        dollars.pause();
        _permit(30, _digest(dollars, 30, 0));
        assertEq(dollars.allowance(_owner, _spender), 30);
        vm.prank(_spender);
        vm.expectRevert(Pausable.EnforcedPause.selector);
        dollars.transferFrom(_owner, importer.account.addr, 30);
    }

    function _permit(uint256 amount, bytes32 digest) private {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(exporter.account.key, digest);
        dollars.permit(_owner, _spender, amount, _UNTIL, v, r, s);
    }

    function _digest(SettlementToken token, uint256 amount, uint256 nonce)
        private
        view
        returns (bytes32)
    {
        bytes32 content = keccak256(abi.encode(_PERMIT, _owner, _spender, amount, nonce, _UNTIL));
        return MessageHashUtils.toTypedDataHash(token.DOMAIN_SEPARATOR(), content);
    }
}
