// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IParticipants} from "./interfaces/IParticipants.sol";
import {Lei} from "./libraries/Lei.sol";
import {NO_PARTICIPANT, ParticipantId} from "./types/Ids.sol";
import {Permission, PermissionSet, Role, RoleSet} from "./types/Roles.sol";

/// @title The members, their roles and their keys. The story is told in IParticipants.
contract Participants is AccessManaged, IParticipants {
    PermissionSet private constant _ADMIN_ONLY =
        PermissionSet.wrap(uint8(1) << uint8(Permission.ADMIN));

    mapping(ParticipantId participantId => Participant) private _participants;
    mapping(bytes32 keyId => Key) private _keys;
    mapping(address account => ParticipantId) private _holders;

    constructor(address governance) AccessManaged(governance) {}

    /// @inheritdoc IParticipants
    function register(
        ParticipantId participantId,
        RoleSet roles,
        bytes2 jurisdiction,
        uint64 kycExpiresAt,
        ParticipantId group,
        address account,
        bytes calldata adminSigner
    ) external restricted {
        // Check:
        require(Lei.isValid(participantId), Participants_InvalidLei(participantId));
        if (group == NO_PARTICIPANT) group = participantId;
        else require(Lei.isValid(group), Participants_InvalidLei(group));
        _requireFuture(participantId, kycExpiresAt);
        _requireFree(participantId, account);

        // Effect:
        _advance(participantId, ParticipantState.NONE, ParticipantState.ACTIVE);
        Participant storage self = _participants[participantId];
        self.roles = roles;
        self.jurisdiction = jurisdiction;
        self.kycExpiresAt = kycExpiresAt;
        self.group = group;
        self.account = account;
        _holders[account] = participantId;
        emit ParticipantRegistered(participantId, roles, jurisdiction, kycExpiresAt, group, account);
        _addKey(participantId, adminSigner, _ADMIN_ONLY);
    }

    /// @inheritdoc IParticipants
    function renewKyc(ParticipantId participantId, uint64 kycExpiresAt) external restricted {
        // Check:
        _requireMember(participantId);
        _requireFuture(participantId, kycExpiresAt);

        // Effect:
        _participants[participantId].kycExpiresAt = kycExpiresAt;
        emit KycRenewed(participantId, kycExpiresAt);
    }

    /// @inheritdoc IParticipants
    function changeRoles(ParticipantId participantId, RoleSet roles) external restricted {
        // Check:
        _requireMember(participantId);

        // Effect:
        _participants[participantId].roles = roles;
        emit RolesChanged(participantId, roles);
    }

    /// @inheritdoc IParticipants
    function changeAccount(ParticipantId participantId, address account) external restricted {
        // Check:
        _requireMember(participantId);
        _requireFree(participantId, account);

        // Effect:
        _holders[_participants[participantId].account] = NO_PARTICIPANT;
        _participants[participantId].account = account;
        _holders[account] = participantId;
        emit AccountChanged(participantId, account);
    }

    /// @inheritdoc IParticipants
    function suspend(ParticipantId participantId) external restricted {
        // Effect:
        _advance(participantId, ParticipantState.ACTIVE, ParticipantState.SUSPENDED);
        emit ParticipantSuspended(participantId);
    }

    /// @inheritdoc IParticipants
    function reinstate(ParticipantId participantId) external restricted {
        // Effect:
        _advance(participantId, ParticipantState.SUSPENDED, ParticipantState.ACTIVE);
        emit ParticipantReinstated(participantId);
    }

    /// @inheritdoc IParticipants
    function remove(ParticipantId participantId) external restricted {
        // Effect:
        _advance(participantId, ParticipantState.SUSPENDED, ParticipantState.REMOVED);
        emit ParticipantRemoved(participantId);
    }

    /// @inheritdoc IParticipants
    function addKey(bytes calldata signer, PermissionSet permissions) external {
        // Check:
        ParticipantId participantId = actor(msg.sender, Permission.ADMIN);

        // Effect:
        _addKey(participantId, signer, permissions);
    }

    /// @inheritdoc IParticipants
    function revokeKey(bytes32 keyId) external {
        // Check:
        ParticipantId participantId = actor(msg.sender, Permission.ADMIN);
        Key storage revoked = _keys[keyId];
        require(revoked.participant == participantId, Participants_KeyUnknown(keyId));
        require(revoked.revokedAt == 0, Participants_KeyIsRevoked(keyId, revoked.revokedAt));

        // Effect:
        revoked.revokedAt = uint64(block.timestamp);
        emit KeyRevoked(participantId, keyId);
    }

    /// @inheritdoc IParticipants
    function participant(ParticipantId participantId) external view returns (Participant memory) {
        return _participants[participantId];
    }

    /// @inheritdoc IParticipants
    function key(bytes32 keyId) external view returns (Key memory) {
        return _keys[keyId];
    }

    /// @inheritdoc IParticipants
    function signatory(bytes calldata signer, Permission permission)
        external
        view
        returns (ParticipantId)
    {
        return _holderWith(keccak256(signer), permission);
    }

    /// @inheritdoc IParticipants
    function participantOf(address caller) external view returns (ParticipantId) {
        return _keys[_keyIdOf(caller)].participant;
    }

    /// @inheritdoc IParticipants
    function holderOf(address account) external view returns (ParticipantId) {
        return _holders[account];
    }

    /// @inheritdoc IParticipants
    function requireRole(ParticipantId participantId, Role role) external view {
        requireActive(participantId);
        require(
            _participants[participantId].roles.has(role),
            Participants_RoleMissing(participantId, role)
        );
    }

    /// @inheritdoc IParticipants
    function isActive(ParticipantId participantId) external view returns (bool) {
        Participant storage self = _participants[participantId];
        return self.state == ParticipantState.ACTIVE && block.timestamp < self.kycExpiresAt;
    }

    /// @inheritdoc IParticipants
    function areUnrelated(ParticipantId a, ParticipantId b) external view returns (bool) {
        return _participants[a].group != _participants[b].group;
    }

    /// @inheritdoc IParticipants
    function actor(address caller, Permission permission) public view returns (ParticipantId) {
        return _holderWith(_keyIdOf(caller), permission);
    }

    /// @inheritdoc IParticipants
    function requireActive(ParticipantId participantId) public view {
        Participant storage self = _participants[participantId];
        require(
            self.state == ParticipantState.ACTIVE, Participants_NotActive(participantId, self.state)
        );
        _requireFuture(participantId, self.kycExpiresAt);
    }

    function _advance(ParticipantId participantId, ParticipantState from, ParticipantState to)
        private
    {
        Participant storage self = _participants[participantId];
        require(self.state == from, Participants_WrongState(participantId, self.state, from));
        self.state = to;
    }

    /// @dev A key that has ever belonged to a participant, revoked or not, is never given again:
    /// what it signed stays attributable.
    function _addKey(ParticipantId participantId, bytes calldata signer, PermissionSet permissions)
        private
    {
        // Check:
        require(signer.length >= 20 && bytes20(signer[:20]) != 0, Participants_KeyMalformed(signer));
        bytes32 keyId = keccak256(signer);
        ParticipantId holder = _keys[keyId].participant;
        require(holder == NO_PARTICIPANT, Participants_KeyTaken(keyId, holder));

        // Effect:
        _keys[keyId] = Key(participantId, permissions, uint64(block.timestamp), 0);
        emit KeyAdded(participantId, keyId, signer, permissions);
    }

    function _holderWith(bytes32 keyId, Permission permission)
        private
        view
        returns (ParticipantId)
    {
        Key memory held = _keys[keyId];
        require(held.participant != NO_PARTICIPANT, Participants_KeyUnknown(keyId));
        require(held.revokedAt == 0, Participants_KeyIsRevoked(keyId, held.revokedAt));
        require(held.permissions.has(permission), Participants_PermissionMissing(keyId, permission));
        requireActive(held.participant);
        return held.participant;
    }

    function _requireMember(ParticipantId participantId) private view {
        ParticipantState state = _participants[participantId].state;
        require(
            state == ParticipantState.ACTIVE || state == ParticipantState.SUSPENDED,
            Participants_NotActive(participantId, state)
        );
    }

    function _requireFuture(ParticipantId participantId, uint64 kycExpiresAt) private view {
        require(
            block.timestamp < kycExpiresAt, Participants_KycExpired(participantId, kycExpiresAt)
        );
    }

    function _requireFree(ParticipantId participantId, address account) private view {
        require(account != address(0), Participants_AccountMissing(participantId));
        ParticipantId holder = _holders[account];
        require(holder == NO_PARTICIPANT, Participants_AccountTaken(account, holder));
    }

    function _keyIdOf(address caller) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(caller));
    }
}
