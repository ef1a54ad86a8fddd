// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {NO_PARTICIPANT, ParticipantId} from "contracts/types/Ids.sol";
import {Permission, Role} from "contracts/types/Roles.sol";
import {World} from "../utils/World.sol";

contract RegisterTest is World {
    Member private _newcomer;
    ParticipantId private constant _NO_LEI = ParticipantId.wrap("5493000NEWCOMER00100");

    function setUp() public override {
        super.setUp();
        _newcomer = _member("5493000NEWCOMER001");
    }

    function test_RevertWhen_CallerIsNotGovernance() external {
        vm.expectRevert(
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger)
        );
        _register(stranger, _newcomer.id, NO_PARTICIPANT, KYC_EXPIRES_AT, _account(), _key());
    }

    function test_RevertWhen_LeiIsInvalid() external {
        vm.expectRevert(
            abi.encodeWithSelector(IParticipants.Participants_InvalidLei.selector, _NO_LEI)
        );
        _register(governor, _NO_LEI, NO_PARTICIPANT, KYC_EXPIRES_AT, _account(), _key());
    }

    function test_RevertWhen_GroupIsInvalid() external {
        vm.expectRevert(
            abi.encodeWithSelector(IParticipants.Participants_InvalidLei.selector, _NO_LEI)
        );
        _register(governor, _newcomer.id, _NO_LEI, KYC_EXPIRES_AT, _account(), _key());
    }

    function test_RevertWhen_KycHasExpired() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_KycExpired.selector, _newcomer.id, START
            )
        );
        _register(governor, _newcomer.id, NO_PARTICIPANT, START, _account(), _key());
    }

    function test_RevertWhen_AccountIsNobodys() external {
        address[2] memory accounts = [address(0), address(participants)];
        for (uint256 i = 0; i < accounts.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IParticipants.Participants_InvalidAccount.selector, _newcomer.id, accounts[i]
                )
            );
            _register(governor, _newcomer.id, NO_PARTICIPANT, KYC_EXPIRES_AT, accounts[i], _key());
        }
    }

    function test_RevertWhen_AccountIsTaken() external {
        address taken = bankA.account.addr;
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_AccountTaken.selector, taken, bankA.id
            )
        );
        _register(governor, _newcomer.id, NO_PARTICIPANT, KYC_EXPIRES_AT, taken, _key());
    }

    function test_RevertGiven_AlreadyRegistered() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_WrongState.selector,
                bankA.id,
                IParticipants.ParticipantState.ACTIVE,
                IParticipants.ParticipantState.NONE
            )
        );
        _register(governor, bankA.id, NO_PARTICIPANT, KYC_EXPIRES_AT, _account(), _key());
    }

    function test_RevertWhen_KeyIsTaken() external {
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_KeyTaken.selector, _keyId(bankA.decider), bankA.id
            )
        );
        _register(
            governor,
            _newcomer.id,
            NO_PARTICIPANT,
            KYC_EXPIRES_AT,
            _account(),
            abi.encodePacked(bankA.decider.addr)
        );
    }

    function test_RevertWhen_KeyIsMalformed() external {
        bytes[3] memory malformed =
            [bytes(""), abi.encodePacked(bytes19("too short")), abi.encodePacked(bytes32(0))];
        for (uint256 i = 0; i < malformed.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(
                    IParticipants.Participants_KeyMalformed.selector, malformed[i]
                )
            );
            _register(
                governor, _newcomer.id, NO_PARTICIPANT, KYC_EXPIRES_AT, _account(), malformed[i]
            );
        }
    }

    function test_WhenNoGroupIsGiven() external {
        _register(governor, _newcomer.id, NO_PARTICIPANT, KYC_EXPIRES_AT, _account(), _key());
        assertEq(participants.participant(_newcomer.id).group, _newcomer.id);
    }

    function testFuzz_WhenAllIsInOrder(uint40 kycExpiresAt) external {
        kycExpiresAt = uint40(bound(kycExpiresAt, START + 1, type(uint40).max));
        bytes32 keyId = _keyId(_newcomer.admin);
        vm.expectEmit(address(participants));
        emit IParticipants.ParticipantRegistered(
            _newcomer.id, _roles(Role.BANK), "SG", kycExpiresAt, bankA.id, _account()
        );
        vm.expectEmit(address(participants));
        emit IParticipants.KeyAdded(_newcomer.id, keyId, _key(), _permissions(Permission.ADMIN));
        _register(governor, _newcomer.id, bankA.id, kycExpiresAt, _account(), _key());

        IParticipants.Participant memory kept = participants.participant(_newcomer.id);
        assertTrue(kept.state == IParticipants.ParticipantState.ACTIVE);
        assertEq(kept.roles, _roles(Role.BANK));
        assertEq(bytes32(kept.jurisdiction), bytes32("SG"));
        assertEq(kept.kycExpiresAt, kycExpiresAt);
        assertEq(kept.group, bankA.id);
        assertEq(kept.account, _account());
        assertEq(participants.holderOf(_account()), _newcomer.id);
        IParticipants.Key memory first = participants.key(keyId);
        assertEq(first.participant, _newcomer.id);
        assertEq(first.permissions, _permissions(Permission.ADMIN));
        assertEq(first.addedAt, START);
        assertEq(first.revokedAt, 0);
    }

    function _register(
        address caller,
        ParticipantId participantId,
        ParticipantId group,
        uint40 kycExpiresAt,
        address account,
        bytes memory adminSigner
    ) private {
        vm.prank(caller);
        participants.register(
            participantId, _roles(Role.BANK), "SG", kycExpiresAt, group, account, adminSigner
        );
    }

    function _account() private view returns (address) {
        return _newcomer.account.addr;
    }

    function _key() private view returns (bytes memory) {
        return abi.encodePacked(_newcomer.admin.addr);
    }
}
