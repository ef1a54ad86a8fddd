// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ParticipantId} from "../types/Ids.sol";
import {Permission, PermissionSet, Role, RoleSet} from "../types/Roles.sol";

/// @title Who the members are, what they may be in a trade, and which keys speak for them.
/// @notice States: NONE > ACTIVE <> SUSPENDED > REMOVED. Membership is governed by the consortium's
/// AccessManager; keys are governed by the participant itself.
interface IParticipants {
    enum ParticipantState {
        NONE,
        ACTIVE,
        SUSPENDED,
        REMOVED
    }

    /// @param jurisdiction ISO 3166-1 alpha-2 code.
    /// @param kycExpiresAt Unix seconds; from then on the participant can do nothing.
    /// @param group LEI of the ultimate parent, or the participant's own: two participants of one
    /// group are related and never count as two attesters.
    /// @param account The one address that holds the participant's settlement tokens.
    struct Participant {
        ParticipantState state;
        RoleSet roles;
        bytes2 jurisdiction;
        uint64 kycExpiresAt;
        ParticipantId group;
        address account;
    }

    /// @param revokedAt Unix seconds, 0 while the key is valid.
    struct Key {
        ParticipantId participant;
        PermissionSet permissions;
        uint64 addedAt;
        uint64 revokedAt;
    }

    event ParticipantRegistered(
        ParticipantId indexed participantId,
        RoleSet roles,
        bytes2 jurisdiction,
        uint64 kycExpiresAt,
        ParticipantId group,
        address account
    );
    event KycRenewed(ParticipantId indexed participantId, uint64 kycExpiresAt);
    event RolesChanged(ParticipantId indexed participantId, RoleSet roles);
    event AccountChanged(ParticipantId indexed participantId, address account);
    event ParticipantSuspended(ParticipantId indexed participantId);
    event ParticipantReinstated(ParticipantId indexed participantId);
    event ParticipantRemoved(ParticipantId indexed participantId);
    /// @param signer An ERC-7913 signer: 20 bytes for an address, verifier and key otherwise.
    event KeyAdded(
        ParticipantId indexed participantId,
        bytes32 indexed keyId,
        bytes signer,
        PermissionSet permissions
    );
    event KeyRevoked(ParticipantId indexed participantId, bytes32 indexed keyId);

    /// @dev Thrown when the 20 characters are not an LEI or its check digits are wrong (ISO 17442).
    error Participants_InvalidLei(ParticipantId participantId);
    error Participants_WrongState(
        ParticipantId participantId, ParticipantState current, ParticipantState needed
    );
    error Participants_NotActive(ParticipantId participantId, ParticipantState current);
    error Participants_KycExpired(ParticipantId participantId, uint64 expiredAt);
    error Participants_RoleMissing(ParticipantId participantId, Role role);
    error Participants_KeyUnknown(bytes32 keyId);
    error Participants_KeyIsRevoked(bytes32 keyId, uint64 revokedAt);
    error Participants_KeyTaken(bytes32 keyId, ParticipantId holder);
    error Participants_KeyMalformed(bytes signer);
    error Participants_PermissionMissing(bytes32 keyId, Permission permission);
    error Participants_AccountTaken(address account, ParticipantId holder);
    error Participants_AccountMissing(ParticipantId participantId);

    /// @notice Admits a member with its first ADMIN key. Governance only.
    /// @param adminSigner ERC-7913 signer that may add the participant's further keys.
    function register(
        ParticipantId participantId,
        RoleSet roles,
        bytes2 jurisdiction,
        uint64 kycExpiresAt,
        ParticipantId group,
        address account,
        bytes calldata adminSigner
    ) external;

    /// @notice Governance only.
    function renewKyc(ParticipantId participantId, uint64 kycExpiresAt) external;

    /// @notice Governance only.
    function changeRoles(ParticipantId participantId, RoleSet roles) external;

    /// @notice Changes where the participant's money is paid to. Governance only: a stolen key of
    /// the participant must not redirect its payments.
    function changeAccount(ParticipantId participantId, address account) external;

    /// @notice ACTIVE > SUSPENDED. Governance only.
    function suspend(ParticipantId participantId) external;

    /// @notice SUSPENDED > ACTIVE. Governance only.
    function reinstate(ParticipantId participantId) external;

    /// @notice SUSPENDED > REMOVED. Governance only.
    function remove(ParticipantId participantId) external;

    /// @notice Adds a key to the caller's participant. The caller needs ADMIN.
    function addKey(bytes calldata signer, PermissionSet permissions) external;

    /// @notice Revokes a key of the caller's participant, at once. The caller needs ADMIN.
    function revokeKey(bytes32 keyId) external;

    function participant(ParticipantId participantId) external view returns (Participant memory);

    function key(bytes32 keyId) external view returns (Key memory);

    /// @return The participant that `caller` speaks for, if its key is valid, has `permission`, and
    /// the participant is ACTIVE with unexpired KYC; reverts with the reason otherwise.
    function actor(address caller, Permission permission) external view returns (ParticipantId);

    /// @return As `actor`, for any ERC-7913 signer.
    function signatory(bytes calldata signer, Permission permission)
        external
        view
        returns (ParticipantId);

    /// @return The participant a caller's key belongs to, whatever its state; zero for a stranger.
    function participantOf(address caller) external view returns (ParticipantId);

    /// @return The participant whose money `account` holds; zero when none.
    function holderOf(address account) external view returns (ParticipantId);

    /// @notice Reverts unless the participant is ACTIVE with unexpired KYC.
    function requireActive(ParticipantId participantId) external view;

    /// @notice Reverts unless the participant is active as above and has the role.
    function requireRole(ParticipantId participantId, Role role) external view;

    /// @return Whether the participant is ACTIVE with unexpired KYC.
    function isActive(ParticipantId participantId) external view returns (bool);

    /// @return Whether the two belong to different groups.
    function areUnrelated(ParticipantId a, ParticipantId b) external view returns (bool);
}
