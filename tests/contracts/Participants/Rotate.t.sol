// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {ParticipantId} from "contracts/types/Ids.sol";
import {Permission, PermissionSet} from "contracts/types/Roles.sol";
import {Vm} from "../utils/Vm.sol";
import {World} from "../utils/World.sol";

contract RotateTest is World {
    uint256 private constant _MAX_ADMINS = 8;

    function test_RevertWhen_RotatorLacksAdmin() external {
        vm.prank(bankA.decider.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_PermissionMissing.selector,
                _keyId(bankA.decider),
                Permission.ADMIN
            )
        );
        participants.rotateKey(_keyId(bankA.secondDecider), _fresh());
    }

    function test_RevertWhen_OldKeyIsNotOwn() external {
        bytes32[2] memory foreign = [_keyId(bankB.decider), keccak256(_fresh())];
        for (uint256 i = 0; i < foreign.length; ++i) {
            vm.prank(bankA.admin.addr);
            vm.expectRevert(
                abi.encodeWithSelector(IParticipants.Participants_KeyUnknown.selector, foreign[i])
            );
            participants.rotateKey(foreign[i], _fresh());
        }
        bytes32 keyId = _keyId(bankA.decider);
        vm.startPrank(bankA.admin.addr);
        participants.revokeKey(keyId);
        vm.expectRevert(
            abi.encodeWithSelector(IParticipants.Participants_KeyIsRevoked.selector, keyId, START)
        );
        participants.rotateKey(keyId, _fresh());
    }

    function test_RevertWhen_NewKeyIsUnfit() external {
        bytes32 keyId = _keyId(bankA.decider);
        Signer[2] memory taken = [bankA.decider, bankB.decider];
        ParticipantId[2] memory holders = [bankA.id, bankB.id];
        for (uint256 i = 0; i < taken.length; ++i) {
            vm.prank(bankA.admin.addr);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IParticipants.Participants_KeyTaken.selector, _keyId(taken[i]), holders[i]
                )
            );
            participants.rotateKey(keyId, abi.encodePacked(taken[i].addr));
        }
        vm.prank(bankA.admin.addr);
        vm.expectRevert(
            abi.encodeWithSelector(IParticipants.Participants_KeyMalformed.selector, bytes("x"))
        );
        participants.rotateKey(keyId, "x");
    }

    function testFuzz_WhenRotated(uint8 bits) external {
        PermissionSet permissions = PermissionSet.wrap(bits);
        Signer memory old = _signer("old");
        vm.prank(bankA.admin.addr);
        participants.addKey(abi.encodePacked(old.addr), permissions);
        vm.expectEmit(address(participants));
        emit IParticipants.KeyRevoked(bankA.id, _keyId(old));
        vm.expectEmit(address(participants));
        emit IParticipants.KeyAdded(bankA.id, keccak256(_fresh()), _fresh(), permissions);
        vm.prank(bankA.admin.addr);
        participants.rotateKey(_keyId(old), _fresh());
        assertEq(participants.key(keccak256(_fresh())).permissions, permissions);
        _assertRevoked(old);
    }

    function test_WhenKeyRotatesItself() external {
        Signer memory next = _signer("next");
        vm.prank(bankA.admin.addr);
        participants.rotateKey(_keyId(bankA.admin), abi.encodePacked(next.addr));
        _assertRevoked(bankA.admin);
        _callSigned(
            next,
            address(participants),
            abi.encodeCall(IParticipants.rotateKey, (_keyId(next), _fresh()))
        );
        _assertRevoked(next);
        assertEq(participants.signatory(_fresh(), Permission.ADMIN), bankA.id);
        _expectLastAdmin(_signer("fresh"));
    }

    function test_RevertGiven_LastAdmin() external {
        _expectLastAdmin(bankA.admin);
        // one that could be, but is another's or lacks ADMIN, does not count
        assertEq(participants.actor(bankB.admin.addr, Permission.ADMIN), bankB.id);
        _addKey(bankA, _signer("no admin"), Permission.DECIDE);
        _expectLastAdmin(bankA.admin);
    }

    function test_GivenAnotherAdmin() external {
        Signer memory second = _signer("second admin");
        _addKey(bankA, second, Permission.ADMIN);
        vm.prank(bankA.admin.addr);
        participants.revokeKey(_keyId(bankA.admin));
        _assertRevoked(bankA.admin);
        _expectLastAdmin(second);
    }

    function test_RevertGiven_EightAdmins() external {
        for (uint256 i = 1; i < _MAX_ADMINS; ++i) {
            _addKey(
                bankA,
                _signer(string(abi.encodePacked("admin", bytes1(uint8(48 + i))))),
                Permission.ADMIN
            );
        }
        vm.prank(bankA.admin.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_TooManyAdmins.selector, bankA.id, _MAX_ADMINS
            )
        );
        participants.addKey(_fresh(), _permissions(Permission.ADMIN));
        vm.startPrank(bankA.admin.addr);
        participants.rotateKey(_keyId(_signer("admin3")), _fresh());
        participants.revokeKey(_keyId(_signer("admin4")));
        participants.addKey(abi.encodePacked(stranger), _permissions(Permission.ADMIN));
    }

    function test_RevertWhen_RecovererIsNotGovernance() external {
        vm.prank(bankA.admin.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessManaged.AccessManagedUnauthorized.selector, bankA.admin.addr
            )
        );
        participants.recoverAdmin(bankA.id, _fresh());
    }

    function test_RevertGiven_NoMember() external {
        ParticipantId unknown = ParticipantId.wrap("7LTWFZYICNSX8D621K86");
        _expectNotMember(unknown, IParticipants.ParticipantState.NONE);
        _suspend(bankA);
        vm.prank(governor);
        participants.remove(bankA.id);
        _expectNotMember(bankA.id, IParticipants.ParticipantState.REMOVED);
    }

    function test_RevertWhen_RecoveringKeyIsTaken() external {
        vm.prank(governor);
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_KeyTaken.selector, _keyId(bankA.decider), bankA.id
            )
        );
        participants.recoverAdmin(bankA.id, abi.encodePacked(bankA.decider.addr));
        assertEq(participants.actor(bankA.admin.addr, Permission.ADMIN), bankA.id);
    }

    /// @dev The thief holds the administrator's key and has added keys of its own.
    function testFuzz_GivenMember(uint256 stolen, bool suspended) external {
        stolen = bound(stolen, 0, _MAX_ADMINS - 1);
        for (uint256 i = 0; i < stolen; ++i) {
            _addKey(bankA, _thief(i), Permission.ADMIN);
        }
        if (suspended) _suspend(bankA);
        vm.recordLogs();
        vm.prank(governor);
        participants.recoverAdmin(bankA.id, _fresh());
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, stolen + 2);
        for (uint256 i = 0; i <= stolen; ++i) {
            assertEq(logs[i].topics[0], IParticipants.KeyRevoked.selector);
        }
        assertEq(logs[stolen + 1].topics[0], IParticipants.KeyAdded.selector);
        if (suspended) {
            vm.prank(governor);
            participants.reinstate(bankA.id);
        }
        _assertRevoked(bankA.admin);
        for (uint256 i = 0; i < stolen; ++i) {
            _assertRevoked(_thief(i));
        }
        assertEq(participants.signatory(_fresh(), Permission.ADMIN), bankA.id);
        assertEq(participants.key(keccak256(_fresh())).permissions, _permissions(Permission.ADMIN));
        assertEq(participants.actor(bankA.decider.addr, Permission.DECIDE), bankA.id);
        _expectLastAdmin(_signer("fresh"));
    }

    function _thief(uint256 index) private pure returns (Signer memory) {
        return _signer(string(abi.encodePacked("thief", bytes1(uint8(48 + index)))));
    }

    function _expectLastAdmin(Signer memory admin) private {
        vm.prank(admin.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_LastAdmin.selector, bankA.id, _keyId(admin)
            )
        );
        participants.revokeKey(_keyId(admin));
    }

    function _expectNotMember(ParticipantId id, IParticipants.ParticipantState state) private {
        vm.prank(governor);
        vm.expectRevert(
            abi.encodeWithSelector(IParticipants.Participants_NotActive.selector, id, state)
        );
        participants.recoverAdmin(id, _fresh());
    }

    function _assertRevoked(Signer memory signer) private {
        bytes32 keyId = _keyId(signer);
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_KeyIsRevoked.selector, keyId, block.timestamp
            )
        );
        participants.actor(signer.addr, Permission.ADMIN);
    }

    function _fresh() private pure returns (bytes memory) {
        return abi.encodePacked(_signer("fresh").addr);
    }
}
