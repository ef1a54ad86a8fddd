// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {NO_PARTICIPANT, ParticipantId} from "contracts/types/Ids.sol";
import {Permission, PermissionSet, Role, RoleSet} from "contracts/types/Roles.sol";
import {World} from "../utils/World.sol";

contract MembershipTest is World {
    ParticipantId private constant _UNKNOWN = ParticipantId.wrap("7LTWFZYICNSX8D621K86");

    function test_RevertWhen_CallerIsNotGovernance() external {
        bytes[] memory calls = _calls(bankA.id);
        for (uint256 i = 0; i < calls.length; ++i) {
            _expectRefusal(
                bankA.admin.addr,
                calls[i],
                abi.encodeWithSelector(
                    IAccessManaged.AccessManagedUnauthorized.selector, bankA.admin.addr
                )
            );
        }
    }

    function test_RevertGiven_UnknownOrRemoved() external {
        _suspend(bankA);
        vm.prank(governor);
        participants.remove(bankA.id);
        _expectNotMember(_UNKNOWN, IParticipants.ParticipantState.NONE);
        _expectNotMember(bankA.id, IParticipants.ParticipantState.REMOVED);
    }

    function test_RevertWhen_NewExpiryHasPassed() external {
        vm.prank(governor);
        vm.expectRevert(
            abi.encodeWithSelector(IParticipants.Participants_KycExpired.selector, bankA.id, START)
        );
        participants.renewKyc(bankA.id, START);
    }

    function testFuzz_WhenNewExpiryIsAhead(uint40 now_, uint40 expiresAt) external {
        now_ = uint40(bound(now_, KYC_EXPIRES_AT, type(uint40).max - 1));
        expiresAt = uint40(bound(expiresAt, now_ + 1, type(uint40).max));
        vm.warp(now_);
        assertFalse(participants.isActive(bankA.id));
        vm.expectEmit(address(participants));
        emit IParticipants.KycRenewed(bankA.id, expiresAt);
        vm.prank(governor);
        participants.renewKyc(bankA.id, expiresAt);
        assertTrue(participants.isActive(bankA.id));
    }

    function test_WhenRolesChange() external {
        vm.expectEmit(address(participants));
        emit IParticipants.RolesChanged(bankA.id, _roles(Role.INSURER));
        vm.prank(governor);
        participants.changeRoles(bankA.id, _roles(Role.INSURER));
        participants.requireRole(bankA.id, Role.INSURER);
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_RoleMissing.selector, bankA.id, Role.BANK
            )
        );
        participants.requireRole(bankA.id, Role.BANK);
    }

    function test_RevertWhen_NewAccountIsNobodys() external {
        address[2] memory accounts = [address(0), address(participants)];
        for (uint256 i = 0; i < accounts.length; ++i) {
            vm.prank(governor);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IParticipants.Participants_InvalidAccount.selector, bankA.id, accounts[i]
                )
            );
            participants.changeAccount(bankA.id, accounts[i]);
        }
    }

    function test_RevertWhen_NewAccountIsTaken() external {
        Member[2] memory holders = [bankB, bankA];
        for (uint256 i = 0; i < holders.length; ++i) {
            vm.prank(governor);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IParticipants.Participants_AccountTaken.selector,
                    holders[i].account.addr,
                    holders[i].id
                )
            );
            participants.changeAccount(bankA.id, holders[i].account.addr);
        }
    }

    function test_WhenNewAccountIsFree() external {
        vm.expectEmit(address(participants));
        emit IParticipants.AccountChanged(bankA.id, stranger);
        vm.prank(governor);
        participants.changeAccount(bankA.id, stranger);
        assertEq(participants.participant(bankA.id).account, stranger);
        assertEq(participants.holderOf(stranger), bankA.id);
        assertEq(participants.holderOf(bankA.account.addr), NO_PARTICIPANT);
        vm.prank(governor);
        participants.changeAccount(bankB.id, bankA.account.addr);
    }

    function test_RevertGiven_OtherState() external {
        _expectWrongState(IParticipants.reinstate.selector, IParticipants.ParticipantState.ACTIVE);
        _expectWrongState(IParticipants.remove.selector, IParticipants.ParticipantState.ACTIVE);
        _suspend(bankA);
        _expectWrongState(IParticipants.suspend.selector, IParticipants.ParticipantState.SUSPENDED);
        vm.prank(governor);
        participants.remove(bankA.id);
        _expectWrongState(IParticipants.suspend.selector, IParticipants.ParticipantState.REMOVED);
        _expectWrongState(IParticipants.reinstate.selector, IParticipants.ParticipantState.REMOVED);
        _expectWrongState(IParticipants.remove.selector, IParticipants.ParticipantState.REMOVED);
    }

    function test_GivenStateBefore() external {
        _expectStep(
            IParticipants.suspend.selector,
            IParticipants.ParticipantSuspended.selector,
            IParticipants.ParticipantState.SUSPENDED
        );
        _expectStep(
            IParticipants.reinstate.selector,
            IParticipants.ParticipantReinstated.selector,
            IParticipants.ParticipantState.ACTIVE
        );
        _suspend(bankA);
        _expectStep(
            IParticipants.remove.selector,
            IParticipants.ParticipantRemoved.selector,
            IParticipants.ParticipantState.REMOVED
        );
    }

    function test_GivenRemoved() external {
        _suspend(bankA);
        vm.prank(governor);
        participants.remove(bankA.id);
        vm.prank(governor);
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_AccountTaken.selector, bankA.account.addr, bankA.id
            )
        );
        participants.changeAccount(bankB.id, bankA.account.addr);
        vm.prank(bankB.admin.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_KeyTaken.selector, _keyId(bankA.decider), bankA.id
            )
        );
        participants.addKey(abi.encodePacked(bankA.decider.addr), _permissions(Permission.DECIDE));
    }

    function _calls(ParticipantId id) private view returns (bytes[] memory calls) {
        calls = new bytes[](6);
        calls[0] = abi.encodeCall(IParticipants.renewKyc, (id, KYC_EXPIRES_AT));
        calls[1] = abi.encodeCall(IParticipants.changeRoles, (id, _roles(Role.BANK)));
        calls[2] = abi.encodeCall(IParticipants.changeAccount, (id, stranger));
        calls[3] = abi.encodeCall(IParticipants.suspend, (id));
        calls[4] = abi.encodeCall(IParticipants.reinstate, (id));
        calls[5] = abi.encodeCall(IParticipants.remove, (id));
    }

    function _expectNotMember(ParticipantId id, IParticipants.ParticipantState state) private {
        bytes[] memory calls = _calls(id);
        for (uint256 i = 0; i < 3; ++i) {
            _expectRefusal(
                governor,
                calls[i],
                abi.encodeWithSelector(IParticipants.Participants_NotActive.selector, id, state)
            );
        }
    }

    function _expectWrongState(bytes4 verb, IParticipants.ParticipantState current) private {
        IParticipants.ParticipantState needed = verb == IParticipants.suspend.selector
            ? IParticipants.ParticipantState.ACTIVE
            : IParticipants.ParticipantState.SUSPENDED;
        _expectRefusal(
            governor,
            abi.encodeWithSelector(verb, bankA.id),
            abi.encodeWithSelector(
                IParticipants.Participants_WrongState.selector, bankA.id, current, needed
            )
        );
    }

    function _expectRefusal(address caller, bytes memory data, bytes memory reason) private {
        vm.prank(caller);
        (bool done, bytes memory answer) = address(participants).call(data);
        assertFalse(done);
        vm.assertEq(answer, reason);
    }

    function _expectStep(bytes4 verb, bytes32 eventTopic, IParticipants.ParticipantState next)
        private
    {
        vm.recordLogs();
        vm.prank(governor);
        (bool done,) = address(participants).call(abi.encodeWithSelector(verb, bankA.id));
        assertTrue(done);
        assertTrue(participants.participant(bankA.id).state == next);
        bytes32[] memory topics = _onlyLog().topics;
        assertEq(topics[0], eventTopic);
        assertEq(topics[1], bytes32(ParticipantId.unwrap(bankA.id)));
    }
}
