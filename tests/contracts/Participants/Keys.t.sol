// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {NO_PARTICIPANT} from "contracts/types/Ids.sol";
import {Permission, PermissionSet} from "contracts/types/Roles.sol";
import {World} from "../utils/World.sol";

contract KeysTest is World {
    /// @dev A passkey: the address of a verifier, and the point on P-256 that it verifies with.
    bytes private _passkey;

    function setUp() public override {
        super.setUp();
        _passkey = abi.encodePacked(address(0xBEEF), keccak256("x"), keccak256("y"));
    }

    function test_RevertWhen_AdderLacksAdmin() external {
        _expectPermissionMissing(bankA.decider, Permission.ADMIN);
        vm.prank(bankA.decider.addr);
        participants.addKey(_passkey, _permissions(Permission.DECIDE));
    }

    function test_RevertWhen_KeyIsTaken() external {
        vm.prank(bankA.admin.addr);
        participants.revokeKey(_keyId(bankA.decider));
        Member[2] memory adders = [bankA, bankB];
        for (uint256 i = 0; i < adders.length; ++i) {
            vm.prank(adders[i].admin.addr);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IParticipants.Participants_KeyTaken.selector, _keyId(bankA.decider), bankA.id
                )
            );
            participants.addKey(
                abi.encodePacked(bankA.decider.addr), _permissions(Permission.DECIDE)
            );
        }
    }

    function test_RevertWhen_KeyIsMalformed() external {
        bytes memory malformed = abi.encodePacked(bytes19("too short"));
        vm.prank(bankA.admin.addr);
        vm.expectRevert(
            abi.encodeWithSelector(IParticipants.Participants_KeyMalformed.selector, malformed)
        );
        participants.addKey(malformed, _permissions(Permission.DECIDE));
    }

    function testFuzz_WhenKeyIsNew(uint8 bits) external {
        PermissionSet permissions = PermissionSet.wrap(bits % 16);
        vm.expectEmit(address(participants));
        emit IParticipants.KeyAdded(bankA.id, keccak256(_passkey), _passkey, permissions);
        vm.prank(bankA.admin.addr);
        participants.addKey(_passkey, permissions);
        for (uint8 i = 0; i < 4; ++i) {
            bool permitted = bits & (1 << i) != 0;
            if (!permitted) {
                vm.expectRevert(
                    abi.encodeWithSelector(
                        IParticipants.Participants_PermissionMissing.selector,
                        keccak256(_passkey),
                        Permission(i)
                    )
                );
            }
            assertEq(
                participants.signatory(_passkey, Permission(i)),
                permitted ? bankA.id : NO_PARTICIPANT
            );
        }
    }

    function test_RevertWhen_RevokerLacksAdmin() external {
        _expectPermissionMissing(bankA.decider, Permission.ADMIN);
        vm.prank(bankA.decider.addr);
        participants.revokeKey(_keyId(bankA.secondDecider));
    }

    function test_RevertWhen_KeyIsNotOwn() external {
        bytes32[2] memory foreign = [_keyId(bankB.decider), keccak256(_passkey)];
        for (uint256 i = 0; i < foreign.length; ++i) {
            vm.prank(bankA.admin.addr);
            vm.expectRevert(
                abi.encodeWithSelector(IParticipants.Participants_KeyUnknown.selector, foreign[i])
            );
            participants.revokeKey(foreign[i]);
        }
    }

    function test_RevertWhen_KeyIsRevokedAlready() external {
        bytes32 keyId = _keyId(bankA.decider);
        vm.prank(bankA.admin.addr);
        participants.revokeKey(keyId);
        vm.warp(START + 1);
        vm.prank(bankA.admin.addr);
        vm.expectRevert(
            abi.encodeWithSelector(IParticipants.Participants_KeyIsRevoked.selector, keyId, START)
        );
        participants.revokeKey(keyId);
    }

    function test_WhenKeyIsRevoked() external {
        bytes32 keyId = _keyId(bankA.decider);
        vm.expectEmit(address(participants));
        emit IParticipants.KeyRevoked(bankA.id, keyId);
        vm.prank(bankA.admin.addr);
        participants.revokeKey(keyId);
        assertEq(participants.key(keyId).revokedAt, START);
        vm.expectRevert(
            abi.encodeWithSelector(IParticipants.Participants_KeyIsRevoked.selector, keyId, START)
        );
        participants.actor(bankA.decider.addr, Permission.DECIDE);
    }

    function test_RevertWhen_KeyIsUnknown() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_KeyUnknown.selector, _keyId(_signer("stranger"))
            )
        );
        participants.actor(stranger, Permission.SUBMIT);
    }

    function test_RevertWhen_ParticipantIsSuspended() external {
        _suspend(bankA);
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_NotActive.selector,
                bankA.id,
                IParticipants.ParticipantState.SUSPENDED
            )
        );
        participants.actor(bankA.decider.addr, Permission.DECIDE);
    }

    function testFuzz_RevertWhen_KycHasExpired(uint64 now_) external {
        vm.warp(bound(now_, KYC_EXPIRES_AT, type(uint64).max));
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_KycExpired.selector, bankA.id, KYC_EXPIRES_AT
            )
        );
        participants.actor(bankA.decider.addr, Permission.DECIDE);
    }

    function test_RevertWhen_PermissionIsMissing() external {
        _expectPermissionMissing(bankA.submitter, Permission.DECIDE);
        participants.actor(bankA.submitter.addr, Permission.DECIDE);
    }

    function test_WhenPermissionIsHeld() external {
        vm.warp(KYC_EXPIRES_AT - 1);
        assertEq(participants.actor(bankA.submitter.addr, Permission.SUBMIT), bankA.id);
        assertEq(participants.actor(bankA.attester.addr, Permission.ATTEST), bankA.id);
        assertEq(participants.actor(bankA.decider.addr, Permission.DECIDE), bankA.id);
        assertEq(participants.actor(bankA.admin.addr, Permission.ADMIN), bankA.id);
        assertEq(
            participants.signatory(abi.encodePacked(bankB.decider.addr), Permission.DECIDE),
            bankB.id
        );
    }

    function test_WhenAskedWhoseKeyItIs() external {
        _suspend(bankA);
        assertEq(participants.participantOf(bankA.decider.addr), bankA.id);
        assertEq(participants.participantOf(stranger), NO_PARTICIPANT);
    }

    function _expectPermissionMissing(Signer memory signer, Permission permission) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_PermissionMissing.selector, _keyId(signer), permission
            )
        );
    }
}
