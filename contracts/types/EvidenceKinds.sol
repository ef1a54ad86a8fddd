// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev The facts that money may depend on. Append only: the number is the bit in a KindSet.
/// Documents first, then what the carrier saw (DCSA Track & Trace, ACT only), what customs decided
/// (WCO DM response states), and last the adverse kinds that block until they are withdrawn.
enum EvidenceKind {
    PURCHASE_ORDER,
    INVOICE,
    PACKING_LIST,
    CERTIFICATE_OF_ORIGIN,
    INSURANCE_CERTIFICATE,
    INSPECTION_CERTIFICATE,
    TRANSPORT_DOCUMENT,
    BUYER_ACKNOWLEDGEMENT,
    EXAMINATION_PASSED,
    GATED_IN,
    LOADED,
    SHIPPED_ON_BOARD,
    VESSEL_DEPARTED,
    VESSEL_ARRIVED,
    DISCHARGED,
    GATED_OUT,
    EXPORT_ACCEPTED,
    EXPORT_RELEASED,
    EXPORT_EXITED,
    IMPORT_ACCEPTED,
    IMPORT_RELEASED,
    CUSTOMS_HOLD,
    DISPUTED,
    SANCTIONS_HOLD,
    CARRIER_HOLD,
    FRAUD_ALERT
}

/// @dev A set of EvidenceKinds, one bit each.
type KindSet is uint64;

using KindSets for KindSet global;

KindSet constant NO_KINDS = KindSet.wrap(0);

/// @dev The kinds that block until they are withdrawn. Named one by one: kinds are only ever added
/// at the end, so being adverse cannot be a matter of order.
KindSet constant ADVERSE_KINDS = KindSet.wrap(
    uint64(1) << uint8(EvidenceKind.CUSTOMS_HOLD) | uint64(1) << uint8(EvidenceKind.DISPUTED)
        | uint64(1) << uint8(EvidenceKind.SANCTIONS_HOLD) | uint64(1)
        << uint8(EvidenceKind.CARRIER_HOLD) | uint64(1) << uint8(EvidenceKind.FRAUD_ALERT)
);

library KindSets {
    function has(KindSet set, EvidenceKind kind) internal pure returns (bool) {
        return KindSet.unwrap(set) & (uint64(1) << uint8(kind)) != 0;
    }

    function with(KindSet set, EvidenceKind kind) internal pure returns (KindSet) {
        return KindSet.wrap(KindSet.unwrap(set) | (uint64(1) << uint8(kind)));
    }

    function without(KindSet set, EvidenceKind kind) internal pure returns (KindSet) {
        return KindSet.wrap(KindSet.unwrap(set) & ~(uint64(1) << uint8(kind)));
    }

    function union(KindSet a, KindSet b) internal pure returns (KindSet) {
        return KindSet.wrap(KindSet.unwrap(a) | KindSet.unwrap(b));
    }

    function intersect(KindSet a, KindSet b) internal pure returns (KindSet) {
        return KindSet.wrap(KindSet.unwrap(a) & KindSet.unwrap(b));
    }

    /// @return The kinds of `needed` that `present` does not hold.
    function missingFrom(KindSet needed, KindSet present) internal pure returns (KindSet) {
        return KindSet.wrap(KindSet.unwrap(needed) & ~KindSet.unwrap(present));
    }

    function isEmpty(KindSet set) internal pure returns (bool) {
        return KindSet.unwrap(set) == 0;
    }
}
