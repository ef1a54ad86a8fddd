// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {ParticipantId} from "contracts/types/Ids.sol";
import {Role, RoleSet} from "contracts/types/Roles.sol";
import {World} from "../utils/World.sol";

contract StandingTest is World {
    ParticipantId private constant _UNKNOWN = ParticipantId.wrap("7LTWFZYICNSX8D621K86");

    function test_RevertGiven_Unknown() external {
        _expectInactive(
            _UNKNOWN,
            abi.encodeWithSelector(
                IParticipants.Participants_NotActive.selector,
                _UNKNOWN,
                IParticipants.ParticipantState.NONE
            )
        );
    }

    function test_RevertGiven_Suspended() external {
        _suspend(bankA);
        _expectInactive(
            bankA.id,
            abi.encodeWithSelector(
                IParticipants.Participants_NotActive.selector,
                bankA.id,
                IParticipants.ParticipantState.SUSPENDED
            )
        );
    }

    function test_RevertGiven_ExpiredKyc() external {
        vm.warp(KYC_EXPIRES_AT);
        _expectInactive(
            bankA.id,
            abi.encodeWithSelector(
                IParticipants.Participants_KycExpired.selector, bankA.id, KYC_EXPIRES_AT
            )
        );
    }

    /// @dev Every role against every set of roles.
    function testFuzz_GivenActive(uint16 bits, uint8 index) external {
        Role role = Role(bound(index, 0, uint256(type(Role).max)));
        vm.prank(governor);
        participants.changeRoles(bankA.id, RoleSet.wrap(bits));
        vm.warp(KYC_EXPIRES_AT - 1);
        participants.requireActive(bankA.id);
        assertTrue(participants.isActive(bankA.id));
        if (bits & (uint16(1) << uint8(role)) == 0) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IParticipants.Participants_RoleMissing.selector, bankA.id, role
                )
            );
        }
        participants.requireRole(bankA.id, role);
    }

    function test_WhenComparedWithItself() external view {
        assertFalse(participants.areUnrelated(bankA.id, bankA.id));
    }

    function test_WhenComparedWithItsFamily() external {
        Member memory child = _admit("5493000BRANCHONE01", _roles(Role.BANK), "SG", bankA.id);
        Member memory sibling = _admit("5493000BRANCHTWO01", _roles(Role.BANK), "SG", bankA.id);
        assertFalse(participants.areUnrelated(bankA.id, child.id));
        assertFalse(participants.areUnrelated(child.id, bankA.id));
        assertFalse(participants.areUnrelated(child.id, sibling.id));
    }

    function test_WhenGroupsDiffer() external view {
        assertTrue(participants.areUnrelated(bankA.id, bankB.id));
    }

    function _expectInactive(ParticipantId id, bytes memory reason) private {
        assertFalse(participants.isActive(id));
        vm.expectRevert(reason);
        participants.requireActive(id);
        vm.expectRevert(reason);
        participants.requireRole(id, Role.BANK);
    }
}
