// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {SignedCalls} from "./base/SignedCalls.sol";
import {IParticipants} from "./interfaces/IParticipants.sol";
import {Lei} from "./libraries/Lei.sol";
import {NO_PARTICIPANT, ParticipantId} from "./types/Ids.sol";
import {Permission, PermissionSet, Role, RoleSet} from "./types/Roles.sol";

/// @title The members, their roles and their keys. The story is told in IParticipants.
contract Participants is AccessManaged, SignedCalls {
    PermissionSet private constant _ADMIN_ONLY =
        PermissionSet.wrap(uint8(1) << uint8(Permission.ADMIN));
    /// @dev So that recovering revokes them all within one block, whoever added them.
    uint256 private constant _MAX_ADMINS = 8;

    mapping(ParticipantId participantId => Participant) private _participants;
    mapping(bytes32 keyId => Key) private _keys;
    /// @dev Those with ADMIN that are not revoked: never none.
    mapping(ParticipantId participantId => bytes32[] keyIds) private _admins;
    mapping(address account => ParticipantId) private _holders;

    constructor(address governance) AccessManaged(governance) {}

    /// @inheritdoc IParticipants
    function register(
        ParticipantId participantId,
        RoleSet roles,
        bytes2 jurisdiction,
        uint40 kycExpiresAt,
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
    function renewKyc(ParticipantId participantId, uint40 kycExpiresAt) external restricted {
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
    function recoverAdmin(ParticipantId participantId, bytes calldata signer) external restricted {
        // Check:
        _requireMember(participantId);

        // Effect:
        bytes32[] storage admins = _admins[participantId];
        while (admins.length > 0) {
            _revoke(participantId, admins[admins.length - 1]);
        }
        _addKey(participantId, signer, _ADMIN_ONLY);
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
        _requireValidOf(participantId, keyId);
        require(
            _admins[participantId].length > 1 || !_keys[keyId].permissions.has(Permission.ADMIN),
            Participants_LastAdmin(participantId, keyId)
        );

        // Effect:
        _revoke(participantId, keyId);
    }

    /// @inheritdoc IParticipants
    function rotateKey(bytes32 oldKeyId, bytes calldata newSigner) external {
        // Check:
        ParticipantId participantId = actor(msg.sender, Permission.ADMIN);
        _requireValidOf(participantId, oldKeyId);

        // Effect:
        _revoke(participantId, oldKeyId);
        _addKey(participantId, newSigner, _keys[oldKeyId].permissions);
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
        return _keys[keyIdOf(caller)].participant;
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
        return _holderWith(keyIdOf(caller), permission);
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
        _keys[keyId] = Key(participantId, permissions, uint40(block.timestamp), 0);
        if (permissions.has(Permission.ADMIN)) _addAdmin(participantId, keyId);
        emit KeyAdded(participantId, keyId, signer, permissions);
    }

    function _addAdmin(ParticipantId participantId, bytes32 keyId) private {
        bytes32[] storage admins = _admins[participantId];
        require(admins.length < _MAX_ADMINS, Participants_TooManyAdmins(participantId, _MAX_ADMINS));
        admins.push(keyId);
    }

    function _revoke(ParticipantId participantId, bytes32 keyId) private {
        Key storage revoked = _keys[keyId];
        revoked.revokedAt = uint40(block.timestamp);
        if (revoked.permissions.has(Permission.ADMIN)) _dropAdmin(participantId, keyId);
        emit KeyRevoked(participantId, keyId);
    }

    function _dropAdmin(ParticipantId participantId, bytes32 keyId) private {
        bytes32[] storage admins = _admins[participantId];
        uint256 i;
        while (admins[i] != keyId) ++i;
        admins[i] = admins[admins.length - 1];
        admins.pop();
    }

    /// @inheritdoc SignedCalls
    function _requireValid(bytes32 keyId) internal view override returns (ParticipantId holder) {
        Key storage held = _keys[keyId];
        holder = held.participant;
        require(holder != NO_PARTICIPANT, Participants_KeyUnknown(keyId));
        require(held.revokedAt == 0, Participants_KeyIsRevoked(keyId, held.revokedAt));
        requireActive(holder);
    }

    function _requireValidOf(ParticipantId participantId, bytes32 keyId) private view {
        Key storage held = _keys[keyId];
        require(held.participant == participantId, Participants_KeyUnknown(keyId));
        require(held.revokedAt == 0, Participants_KeyIsRevoked(keyId, held.revokedAt));
    }

    function _holderWith(bytes32 keyId, Permission permission)
        private
        view
        returns (ParticipantId holder)
    {
        holder = _requireValid(keyId);
        require(
            _keys[keyId].permissions.has(permission),
            Participants_PermissionMissing(keyId, permission)
        );
    }

    function _requireMember(ParticipantId participantId) private view {
        ParticipantState state = _participants[participantId].state;
        require(
            state == ParticipantState.ACTIVE || state == ParticipantState.SUSPENDED,
            Participants_NotActive(participantId, state)
        );
    }

    function _requireFuture(ParticipantId participantId, uint40 kycExpiresAt) private view {
        require(
            block.timestamp < kycExpiresAt, Participants_KycExpired(participantId, kycExpiresAt)
        );
    }

    /// @dev Every member can make this contract call anything, by a signed call: money of its own
    /// would be everybody's.
    function _requireFree(ParticipantId participantId, address account) private view {
        require(
            account != address(0) && account != address(this),
            Participants_InvalidAccount(participantId, account)
        );
        ParticipantId holder = _holders[account];
        require(holder == NO_PARTICIPANT, Participants_AccountTaken(account, holder));
    }
}
