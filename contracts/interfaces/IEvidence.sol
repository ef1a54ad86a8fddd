// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EvidenceKey, EvidenceKind, KindSet} from "../types/EvidenceKinds.sol";
import {EvidenceId, OrderId, ParticipantId, VoyageId} from "../types/Ids.sol";

/// @title Facts about orders and voyages: documents, logistics, customs, adverse flags.
/// @notice States: NONE > RECORDED > WITHDRAWN. A fact counts for an order only while the order
/// names its attester for that kind; a fact of a voyage counts for every order aboard. Where two
/// named attesters contradict each other nobody is chosen: the kind counts for nothing, and the
/// order carries EVIDENCE_CONFLICT, which blocks every release, until one of them gives way.
interface IEvidence {
    enum EvidenceState {
        NONE,
        RECORDED,
        WITHDRAWN
    }

    /// @param sourceKey Keyed hash of the fact's own identity (document number and version, event
    /// id, MRN and message): the same fact collides. With chain, contract, subject, attester and
    /// kind it makes the id, so that nothing but the commitment needs keeping.
    /// @param commitment Keyed, salted commitment to the exact bytes, which stay off chain.
    /// @param occurredAt Unix seconds, never in the future.
    /// @param supersedes Source key of an earlier fact of the same attester, kind and subject that
    /// this one replaces and withdraws; zero when it replaces none.
    struct Fact {
        EvidenceKind kind;
        bytes32 sourceKey;
        bytes32 commitment;
        uint64 occurredAt;
        bytes32 supersedes;
    }

    /// @dev What two attesters said different things of.
    struct Conflict {
        EvidenceKind kind;
        bytes32 sourceKey;
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
    /// @notice Follows the fact that contradicts another one, when nobody did so before.
    /// @param evidenceId The fact that contradicts.
    /// @param place Where the conflict stands in `conflicts`, instead of the settled one that stood
    /// there before.
    event ConflictRaised(
        OrderId indexed orderId,
        EvidenceId indexed evidenceId,
        ParticipantId indexed attester,
        EvidenceKind kind,
        bytes32 sourceKey,
        uint256 place
    );
    /// @param voyageKey With the carrier it gives the voyage's id, and names it when the fact is
    /// withdrawn.
    event VoyageFactRecorded(
        VoyageId indexed voyageId,
        EvidenceId indexed evidenceId,
        ParticipantId indexed attester,
        bytes32 voyageKey,
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
    /// @dev Thrown for EVIDENCE_CONFLICT, which the contract reckons and nobody attests.
    error Evidence_NotAttestable(EvidenceKind kind);
    error Evidence_OrderClosed(OrderId orderId);
    error Evidence_InFuture(uint64 occurredAt, uint64 now_);
    /// @dev Thrown when the commitment is zero or the mark of a withdrawn fact.
    error Evidence_CommitmentInvalid(bytes32 sourceKey, bytes32 commitment);
    error Evidence_TooManyConflicts(OrderId orderId, uint256 limit);
    error Evidence_AlreadyLinked(OrderId orderId, VoyageId voyageId);
    error Evidence_NotLinked(OrderId orderId, VoyageId voyageId);
    error Evidence_TooManyVoyages(OrderId orderId, uint256 limit);
    error Evidence_LengthsDiffer(uint256 orders, uint256 facts);
    error Evidence_TooManyFacts(uint256 count, uint256 limit);

    /// @notice Records one fact about an order. Caller: named attester, ATTEST.
    function record(OrderId orderId, Fact calldata fact) external returns (EvidenceId);

    /// @notice Records one fact for each order, all or none. Caller: named attester, ATTEST.
    function recordMany(OrderId[] calldata orderIds, Fact[] calldata facts) external;

    /// @notice Opens nothing and costs the same for one order aboard or five thousand: no order is
    /// looked at. Caller: the carrier whose voyage it is, ATTEST; the voyage id is derived from it.
    function recordOnVoyage(bytes32 voyageKey, Fact calldata fact) external returns (EvidenceId);

    /// @notice Puts an order aboard a voyage of the caller. Caller: carrier named for
    /// VESSEL_DEPARTED on the order, ATTEST.
    function linkVoyage(OrderId orderId, bytes32 voyageKey) external returns (VoyageId);

    /// @notice Takes an order off a voyage (cargo rolled). Caller: the carrier, ATTEST.
    function unlinkVoyage(OrderId orderId, bytes32 voyageKey) external;

    /// @notice The attester takes its word about an order back. Caller: who recorded it, ATTEST.
    /// @param reason Keyed hash of the reason, which stays off chain.
    function withdraw(OrderId orderId, EvidenceKind kind, bytes32 sourceKey, bytes32 reason)
        external;

    /// @notice The carrier takes its word about a voyage of its own back. Caller: who recorded it,
    /// ATTEST.
    function withdrawFromVoyage(
        bytes32 voyageKey,
        EvidenceKind kind,
        bytes32 sourceKey,
        bytes32 reason
    ) external;

    /// @notice Its cost is bounded however many facts there are: it reads one slot for each named
    /// attester and subject, and the few sources that are in conflict.
    /// @return once Kinds attested by at least one named attester, those in conflict left out;
    /// EVIDENCE_CONFLICT when there are any.
    /// @return twice Kinds attested by at least two named, unrelated attesters, those in conflict
    /// left out.
    function kinds(OrderId orderId) external view returns (KindSet once, KindSet twice);

    /// @return The id of a fact about an order, recorded or not.
    function idOf(OrderId orderId, EvidenceKey calldata key) external view returns (EvidenceId);

    /// @return state Where the fact stands.
    /// @return commitment What was committed to; zero unless the fact is RECORDED.
    function item(EvidenceId evidenceId)
        external
        view
        returns (EvidenceState state, bytes32 commitment);

    function voyages(OrderId orderId) external view returns (VoyageId[] memory);

    /// @return The conflicts that were raised on the order, by place, also those that are settled.
    function conflicts(OrderId orderId) external view returns (Conflict[] memory);

    /// @return keccak256(abi.encode(ids, marks)) of the keys in the order given; a mark is the
    /// commitment of a standing fact, 0 where there is none and 1 where it was withdrawn. It is
    /// what approvals sign, and changes as soon as one of them is withdrawn or superseded.
    function documentRoot(OrderId orderId, EvidenceKey[] calldata keys)
        external
        view
        returns (bytes32);
}
