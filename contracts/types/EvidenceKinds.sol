// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ParticipantId} from "./Ids.sol";

/// @dev The facts that money may depend on. Append only: the number is the bit in a KindSet, so
/// there can be 64 at most. What each one means stands in docs/reference/facts.md. The first 26:
/// documents, what the carrier saw (DCSA Track & Trace, ACT only), what customs decided (WCO DM
/// response states), adverse kinds; those after them in the same order.
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
    FRAUD_ALERT,
    CREDIT_NOTE,
    PAYMENT_UNDERTAKING,
    GOODS_RECEIVED,
    EXAMINATION_WAIVED,
    BOOKING_CONFIRMED,
    RECEIVED_FOR_SHIPMENT,
    EMPTY_PICKED_UP,
    STUFFED,
    INSPECTED,
    RESEALED,
    SEAL_REMOVED,
    CARRIER_RELEASED,
    STRIPPED,
    EMPTY_RETURNED,
    CUSTOMS_SELECTED_FOR_SCAN,
    CUSTOMS_SELECTED_FOR_INSPECTION,
    CUSTOMS_RELEASED,
    EXPORT_LODGED,
    EXPORT_DOCUMENTS_REQUIRED,
    EXPORT_UNDER_CONTROL,
    EXPORT_DETAINED,
    EXPORT_CLEARED,
    EXPORT_REJECTED,
    EXPORT_INVALIDATED,
    IMPORT_LODGED,
    IMPORT_DOCUMENTS_REQUIRED,
    IMPORT_UNDER_CONTROL,
    IMPORT_DETAINED,
    IMPORT_CLEARED,
    IMPORT_REJECTED,
    IMPORT_INVALIDATED,
    EXAMINATION_REFUSED,
    EVIDENCE_CONFLICT
}

/// @dev What names one fact about an order that is known already: with the order the fact's id.
struct EvidenceKey {
    ParticipantId attester;
    EvidenceKind kind;
    bytes32 sourceKey;
}

/// @dev A set of EvidenceKinds, one bit each.
type KindSet is uint64;

using KindSets for KindSet global;

KindSet constant NO_KINDS = KindSet.wrap(0);

/// @dev The kinds that block every release until they are withdrawn. Named one by one: kinds are
/// only ever added at the end, so being adverse cannot be a matter of order.
KindSet constant ADVERSE_KINDS = KindSet.wrap(
    uint64(1) << uint8(EvidenceKind.CUSTOMS_HOLD) | uint64(1) << uint8(EvidenceKind.DISPUTED)
        | uint64(1) << uint8(EvidenceKind.SANCTIONS_HOLD) | uint64(1)
        << uint8(EvidenceKind.CARRIER_HOLD) | uint64(1) << uint8(EvidenceKind.FRAUD_ALERT)
        | uint64(1) << uint8(EvidenceKind.EXPORT_DETAINED) | uint64(1)
        << uint8(EvidenceKind.EXPORT_INVALIDATED) | uint64(1) << uint8(EvidenceKind.IMPORT_DETAINED)
        | uint64(1) << uint8(EvidenceKind.IMPORT_INVALIDATED) | uint64(1)
        << uint8(EvidenceKind.EXAMINATION_REFUSED) | uint64(1)
        << uint8(EvidenceKind.EVIDENCE_CONFLICT)
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
