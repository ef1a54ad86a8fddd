// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ParticipantId} from "../types/Ids.sol";
import {Permission, PermissionSet, Role, RoleSet} from "../types/Roles.sol";

/// @title Who the members are, what they may be in a trade, and which keys speak for them.
/// @notice States: NONE > ACTIVE <> SUSPENDED > REMOVED. Membership is governed by the consortium's
/// AccessManager; keys are governed by the participant itself. A key acts as the sender of a
/// transaction, or by a signature that anybody sends on: see callSigned.
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
    /// @dev Two slots, everything but the account in the first.
    struct Participant {
        ParticipantState state;
        RoleSet roles;
        bytes2 jurisdiction;
        uint40 kycExpiresAt;
        ParticipantId group;
        address account;
    }

    /// @param revokedAt Unix seconds, 0 while the key is valid.
    /// @dev One slot.
    struct Key {
        ParticipantId participant;
        PermissionSet permissions;
        uint40 addedAt;
        uint40 revokedAt;
    }

    event ParticipantRegistered(
        ParticipantId indexed participantId,
        RoleSet roles,
        bytes2 jurisdiction,
        uint40 kycExpiresAt,
        ParticipantId group,
        address account
    );
    event KycRenewed(ParticipantId indexed participantId, uint40 kycExpiresAt);
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
    /// @notice A key used up a nonce; what its call did, the events after this one say.
    event SignedCallMade(
        ParticipantId indexed participantId,
        bytes32 indexed keyId,
        address indexed target,
        uint256 nonce
    );

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
    /// @dev Thrown when the account is zero, or this contract itself.
    error Participants_InvalidAccount(ParticipantId participantId, address account);
    /// @dev Thrown when nobody could add or revoke keys any more: rotate it, or add another first.
    error Participants_LastAdmin(ParticipantId participantId, bytes32 keyId);
    error Participants_TooManyAdmins(ParticipantId participantId, uint256 max);
    error Participants_SignatureExpired(bytes32 keyId, uint64 deadline);
    /// @dev Thrown when the signature is not the key's over this very call with its next nonce.
    error Participants_SignatureInvalid(bytes32 keyId, uint256 nonce);

    /// @notice Admits a member with its first ADMIN key. Governance only.
    /// @param adminSigner ERC-7913 signer that may add the participant's further keys.
    function register(
        ParticipantId participantId,
        RoleSet roles,
        bytes2 jurisdiction,
        uint40 kycExpiresAt,
        ParticipantId group,
        address account,
        bytes calldata adminSigner
    ) external;

    /// @notice Governance only.
    function renewKyc(ParticipantId participantId, uint40 kycExpiresAt) external;

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

    /// @notice Gives a member whose administrators are lost or stolen a new one, and revokes at
    /// once every key of it that has ADMIN. Governance only.
    /// @param signer ERC-7913 signer; it gets ADMIN alone.
    function recoverAdmin(ParticipantId participantId, bytes calldata signer) external;

    /// @notice Adds a key to the caller's participant. The caller needs ADMIN. At most eight keys
    /// of a participant have ADMIN at a time.
    function addKey(bytes calldata signer, PermissionSet permissions) external;

    /// @notice Revokes a key of the caller's participant, at once; any but its last one with ADMIN.
    /// The caller needs ADMIN.
    function revokeKey(bytes32 keyId) external;

    /// @notice Puts a new key in the place of one of the caller's participant: the same
    /// permissions, and the old one revoked at once. The caller needs ADMIN.
    function rotateKey(bytes32 oldKeyId, bytes calldata newSigner) external;

    /// @notice Makes a call that a key has signed; anybody may send it. The target sees this
    /// contract as the caller and learns from `actor` which key acts, so that every verb of every
    /// contract
    /// works this way. Only the target may use the key's authority, and only while it is called:
    /// what it calls in turn sees the target as its caller. The signature is EIP-712 typed data
    /// Call(bytes signer,address target,bytes data,uint256 nonce,uint64 deadline) over the domain
    /// "Entrepot Participants", version "1", and is good for one call, in the order of the nonces.
    /// If the call reverts, so does this, with its reason, and the nonce is not used up. Needs a
    /// valid key of an active participant; whether it has the permission, the target asks.
    /// @param signer ERC-7913 signer: an account, an ERC-1271 wallet, or a verifier and a key.
    /// @param deadline Unix seconds, the last at which the call may be made.
    /// @return What the target returned.
    function callSigned(
        bytes calldata signer,
        address target,
        bytes calldata data,
        uint64 deadline,
        bytes calldata signature
    ) external returns (bytes memory);

    function participant(ParticipantId participantId) external view returns (Participant memory);

    function key(bytes32 keyId) external view returns (Key memory);

    /// @return The next nonce of a key's signed calls.
    function nonceOf(bytes32 keyId) external view returns (uint256);

    /// @return What the signer is to sign for its next call.
    function callDigest(bytes calldata signer, address target, bytes calldata data, uint64 deadline)
        external
        view
        returns (bytes32);

    /// @return The id of the key that acts when `caller` calls: the signer of the signed call under
    /// way when it is this contract, else that of the address itself.
    function keyIdOf(address caller) external view returns (bytes32);

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
