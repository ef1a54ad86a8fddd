// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {ISettlementToken} from "contracts/interfaces/ISettlementToken.sol";
import {World} from "../utils/World.sol";

/// @dev tests/chain/test_governance.py says the same of a deployment; here any time is tried.
contract DelayTest is World {
    uint64 private constant _ADMIN = 0;
    uint64 private constant _GUARDIAN_ROLE = 3;
    uint32 private constant _DELAY = 2 days;
    /// @dev From when on a longer delay counts.
    uint32 private constant _SETBACK = 5 days;

    address private _guardian;
    address private _accomplice;
    bytes private _expiry;

    /// @dev The test contract was the deployer until here.
    function setUp() public override {
        super.setUp();
        _guardian = _signer("guardian").addr;
        _accomplice = _signer("accomplice").addr;
        _expiry = abi.encodeCall(IParticipants.renewKyc, (bankA.id, KYC_EXPIRES_AT + 1));
        _brake(address(participants), IParticipants.suspend.selector);
        _brake(address(dollars), ISettlementToken.pause.selector);
        _guardRules();
        governance.setRoleGuardian(GOVERNOR_ROLE, _GUARDIAN_ROLE);
        governance.setTargetAdminDelay(address(participants), _DELAY);
        governance.setGrantDelay(_ADMIN, _DELAY);
        governance.setGrantDelay(GOVERNOR_ROLE, _DELAY);
        governance.grantRole(_GUARDIAN_ROLE, _guardian, 0);
        governance.revokeRole(GOVERNOR_ROLE, governor);
        vm.warp(START + _SETBACK);
        governance.grantRole(GOVERNOR_ROLE, governor, _DELAY);
        governance.grantRole(_ADMIN, governor, _DELAY);
        governance.renounceRole(_ADMIN, address(this));
        vm.warp(block.timestamp + _DELAY);
    }

    function test_RevertWhen_NotAnnounced() external {
        bytes32 id = governance.hashOperation(governor, address(participants), _expiry);
        _expectRefused(
            governor,
            address(participants),
            _expiry,
            abi.encodeWithSelector(IAccessManager.AccessManagerNotScheduled.selector, id)
        );
    }

    function testFuzz_P4_RevertWhen_TooEarly(uint256 waited) external {
        waited = bound(waited, 0, _DELAY - 1);
        bytes32 id = _announce(governor, address(participants), _expiry);
        vm.warp(block.timestamp + waited);
        bytes memory reason =
            abi.encodeWithSelector(IAccessManager.AccessManagerNotReady.selector, id);
        _expectRefused(governor, address(participants), _expiry, reason);
        _expectRefused(
            governor,
            address(governance),
            abi.encodeCall(IAccessManager.execute, (address(participants), _expiry)),
            reason
        );
    }

    function testFuzz_WhenDelayHasPassed(uint256 waited) external {
        waited = bound(waited, _DELAY, _DELAY + 8 days);
        bytes32 id = _announce(governor, address(participants), _expiry);
        vm.warp(block.timestamp + waited);
        if (waited >= _DELAY + 1 weeks) {
            _expectRefused(
                governor,
                address(participants),
                _expiry,
                abi.encodeWithSelector(IAccessManager.AccessManagerExpired.selector, id)
            );
            return;
        }
        _do(governor, address(participants), _expiry);
        assertEq(participants.participant(bankA.id).kycExpiresAt, KYC_EXPIRES_AT + 1);
        _expectRefused(
            governor,
            address(participants),
            _expiry,
            abi.encodeWithSelector(IAccessManager.AccessManagerNotScheduled.selector, id)
        );
    }

    function test_WhenGuardianCancels() external {
        address[4] memory targets =
            [address(participants), address(dollars), address(governance), address(governance)];
        bytes[4] memory calls = [
            _expiry,
            abi.encodeCall(ISettlementToken.admitVault, (_accomplice)),
            abi.encodeCall(IAccessManager.grantRole, (GOVERNOR_ROLE, _accomplice, 0)),
            abi.encodeCall(IAccessManager.revokeRole, (_GUARDIAN_ROLE, _guardian))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            bytes32 id = _announce(governor, targets[i], calls[i]);
            vm.prank(stranger);
            vm.expectPartialRevert(IAccessManager.AccessManagerUnauthorizedCancel.selector);
            governance.cancel(governor, targets[i], calls[i]);
            vm.prank(_guardian);
            governance.cancel(governor, targets[i], calls[i]);
            vm.warp(block.timestamp + _DELAY);
            _expectRefused(
                governor,
                targets[i],
                calls[i],
                abi.encodeWithSelector(IAccessManager.AccessManagerNotScheduled.selector, id)
            );
        }
    }

    function testFuzz_P4_WhenRoleIsGivenWithoutDelay(uint256 waited) external {
        waited = bound(waited, 0, 2 * _DELAY);
        _govern(abi.encodeCall(IAccessManager.grantRole, (GOVERNOR_ROLE, _accomplice, 0)));
        vm.warp(block.timestamp + waited);
        if (waited < _DELAY) {
            _expectRefused(_accomplice, address(participants), _expiry, _unauthorized(_accomplice));
        } else {
            _do(_accomplice, address(participants), _expiry);
        }
    }

    function test_P4_WhenAdministratorHasNoDelay() external {
        _govern(abi.encodeCall(IAccessManager.grantRole, (_ADMIN, _accomplice, 0)));
        vm.warp(block.timestamp + _DELAY);
        bytes4[] memory verbs = new bytes4[](1);
        verbs[0] = IParticipants.register.selector;
        bytes memory opening = abi.encodeCall(
            IAccessManager.setTargetFunctionRole, (address(participants), verbs, type(uint64).max)
        );
        bytes32 id = governance.hashOperation(_accomplice, address(governance), opening);
        bytes memory reason =
            abi.encodeWithSelector(IAccessManager.AccessManagerNotScheduled.selector, id);
        _expectRefused(_accomplice, address(governance), opening, reason);
        bytes memory shortening =
            abi.encodeCall(IAccessManager.setTargetAdminDelay, (address(participants), 0));
        _do(_accomplice, address(governance), shortening);
        vm.warp(block.timestamp + _SETBACK - 1);
        _expectRefused(_accomplice, address(governance), opening, reason);
    }

    function test_WhenSomethingIsToBeStopped() external {
        bytes memory suspending = abi.encodeCall(IParticipants.suspend, (bankA.id));
        bytes memory pausing = abi.encodeCall(ISettlementToken.pause, ());
        _expectRefused(governor, address(participants), suspending, _unauthorized(governor));
        _do(_guardian, address(participants), suspending);
        _do(_guardian, address(dollars), pausing);
        assertFalse(participants.isActive(bankA.id));
        assertTrue(dollars.paused());
        bytes memory letting = abi.encodeCall(IParticipants.reinstate, (bankA.id));
        _expectRefused(_guardian, address(participants), letting, _unauthorized(_guardian));
        _announce(governor, address(participants), letting);
        vm.warp(block.timestamp + _DELAY);
        _do(governor, address(participants), letting);
        assertTrue(participants.isActive(bankA.id));
    }

    function _brake(address target, bytes4 verb) private {
        bytes4[] memory verbs = new bytes4[](1);
        verbs[0] = verb;
        governance.setTargetFunctionRole(target, verbs, _GUARDIAN_ROLE);
    }

    /// @dev So that GOVERNOR's guardian may cancel these too; who may make them does not change.
    function _guardRules() private {
        bytes4[] memory verbs = new bytes4[](2);
        verbs[0] = IAccessManager.grantRole.selector;
        verbs[1] = IAccessManager.revokeRole.selector;
        governance.setTargetFunctionRole(address(governance), verbs, GOVERNOR_ROLE);
    }

    function _announce(address by, address target, bytes memory data) private returns (bytes32 id) {
        vm.prank(by);
        (id,) = governance.schedule(target, data, 0);
    }

    function _govern(bytes memory data) private {
        _announce(governor, address(governance), data);
        vm.warp(block.timestamp + _DELAY);
        _do(governor, address(governance), data);
    }

    function _do(address by, address target, bytes memory data) private {
        vm.prank(by);
        (bool done,) = target.call(data);
        assertTrue(done);
    }

    function _expectRefused(address by, address target, bytes memory data, bytes memory reason)
        private
    {
        vm.prank(by);
        (bool done, bytes memory answer) = target.call(data);
        assertFalse(done);
        vm.assertEq(answer, reason);
    }

    function _unauthorized(address caller) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, caller);
    }
}
