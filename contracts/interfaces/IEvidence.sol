// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EvidenceKind, KindSet} from "../types/EvidenceKinds.sol";
import {EvidenceId, OrderId, ParticipantId, VoyageId} from "../types/Ids.sol";

/// @title Facts about orders and voyages: documents, logistics, customs, adverse flags.
/// @notice States: NONE > RECORDED > WITHDRAWN. A fact counts for an order only while the order
/// names its attester for that kind; a fact of a voyage counts for every order aboard.
interface IEvidence {
    enum EvidenceState {
        NONE,
        RECORDED,
        WITHDRAWN
    }

    /// @param sourceKey Keyed hash of the fact's own identity (document number and version, event
    /// id, MRN and message): the same fact collides.
    /// @param commitment Keyed, salted commitment to the exact bytes, which stay off chain.
    /// @param occurredAt Unix seconds, never in the future.
    /// @param supersedes An earlier fact of the same attester, kind and subject that this one
    /// replaces and withdraws; zero when it replaces none.
    struct Fact {
        EvidenceKind kind;
        bytes32 sourceKey;
        bytes32 commitment;
        uint64 occurredAt;
        EvidenceId supersedes;
    }

    /// @param subject The order id or voyage id as bytes32.
    struct Item {
        EvidenceState state;
        EvidenceKind kind;
        ParticipantId attester;
        bool onVoyage;
        uint64 recordedAt;
        bytes32 subject;
        bytes32 commitment;
    }

    event EvidenceRecorded(
        OrderId indexed orderId,
        EvidenceId indexed evidenceId,
        ParticipantId indexed attester,
        Fact fact
    );
    /// @param reason Keyed hash of the reason, or the id of the fact that supersedes it.
    event EvidenceWithdrawn(
        OrderId indexed orderId,
        EvidenceId indexed evidenceId,
        ParticipantId indexed attester,
        EvidenceKind kind,
        bytes32 reason
    );
    event VoyageFactRecorded(
        VoyageId indexed voyageId,
        EvidenceId indexed evidenceId,
        ParticipantId indexed attester,
        Fact fact
    );
    event VoyageFactWithdrawn(
        VoyageId indexed voyageId,
        EvidenceId indexed evidenceId,
        ParticipantId indexed attester,
        EvidenceKind kind,
        bytes32 reason
    );
    event VoyageLinked(
        OrderId indexed orderId, VoyageId indexed voyageId, ParticipantId indexed carrier
    );
    event VoyageUnlinked(
        OrderId indexed orderId, VoyageId indexed voyageId, ParticipantId indexed carrier
    );

    error Evidence_AlreadyRecorded(EvidenceId evidenceId);
    error Evidence_WrongState(EvidenceId evidenceId, EvidenceState current, EvidenceState needed);
    /// @dev Thrown when the order does not name the attester for this kind.
    error Evidence_NotNamed(OrderId orderId, ParticipantId attester, EvidenceKind kind);
    error Evidence_OrderClosed(OrderId orderId);
    error Evidence_NotAttester(EvidenceId evidenceId, ParticipantId attester, ParticipantId actor);
    error Evidence_InFuture(uint64 occurredAt, uint64 now_);
    error Evidence_CommitmentMissing(bytes32 sourceKey);
    error Evidence_CannotSupersede(EvidenceId evidenceId, EvidenceId superseded);
    error Evidence_AlreadyLinked(OrderId orderId, VoyageId voyageId);
    error Evidence_NotLinked(OrderId orderId, VoyageId voyageId);
    error Evidence_TooManyVoyages(OrderId orderId, uint256 limit);
    error Evidence_LengthsDiffer(uint256 orders, uint256 facts);
    error Evidence_TooManyFacts(uint256 count, uint256 limit);

    /// @notice Records one fact about an order. Caller: named attester, ATTEST.
    function record(OrderId orderId, Fact calldata fact) external returns (EvidenceId);

    /// @notice Records one fact for each order, all or none. Caller: named attester, ATTEST.
    function recordMany(OrderId[] calldata orderIds, Fact[] calldata facts) external;

    /// @notice Opens nothing and costs the same for one order aboard or five thousand. Caller: the
    /// carrier whose voyage it is, ATTEST; the voyage id is derived from it.
    function recordOnVoyage(bytes32 voyageKey, Fact calldata fact) external returns (EvidenceId);

    /// @notice Puts an order aboard a voyage of the caller. Caller: carrier named for
    /// VESSEL_DEPARTED on the order, ATTEST.
    function linkVoyage(OrderId orderId, bytes32 voyageKey) external returns (VoyageId);

    /// @notice Takes an order off a voyage (cargo rolled). Caller: the carrier, ATTEST.
    function unlinkVoyage(OrderId orderId, bytes32 voyageKey) external;

    /// @notice The attester takes its word back. Caller: the attester of the fact, ATTEST.
    function withdraw(EvidenceId evidenceId, bytes32 reason) external;

    /// @return once Kinds attested by at least one named attester.
    /// @return twice Kinds attested by at least two named, unrelated attesters.
    function kinds(OrderId orderId) external view returns (KindSet once, KindSet twice);

    function item(EvidenceId evidenceId) external view returns (Item memory);

    function voyages(OrderId orderId) external view returns (VoyageId[] memory);

    /// @return keccak256 over (id, state, commitment) of each item, in the order given: what
    /// approvals sign, and what changes as soon as one of them is withdrawn or superseded.
    function documentRoot(EvidenceId[] calldata evidenceIds) external view returns (bytes32);
}
