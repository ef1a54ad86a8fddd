// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev What a participant is in the trade. Append only: the number is the bit in a RoleSet.
enum Role {
    EXPORTER,
    IMPORTER,
    BANK,
    FINTECH,
    CARRIER,
    CUSTOMS,
    INSURER,
    REGULATOR,
    ARBITER
}

/// @dev What a key may do for its participant. Append only.
/// SUBMIT enters orders and requests, ATTEST records evidence and title acts, DECIDE approves and
/// moves the participant's own money, ADMIN adds and revokes keys.
enum Permission {
    SUBMIT,
    ATTEST,
    DECIDE,
    ADMIN
}

type RoleSet is uint16;
type PermissionSet is uint8;

using RoleSets for RoleSet global;
using PermissionSets for PermissionSet global;

library RoleSets {
    function has(RoleSet set, Role role) internal pure returns (bool) {
        return RoleSet.unwrap(set) & (uint16(1) << uint8(role)) != 0;
    }
}

library PermissionSets {
    function has(PermissionSet set, Permission permission) internal pure returns (bool) {
        return PermissionSet.unwrap(set) & (uint8(1) << uint8(permission)) != 0;
    }
}
