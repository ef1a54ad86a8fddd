// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EvidenceKind, KindSet} from "../types/EvidenceKinds.sol";
import {OrderId, ParticipantId} from "../types/Ids.sol";

/// @title Orders between an exporter and an importer, and who may attest facts about them.
/// @notice States: NONE > PLACED > ACCEPTED > FULFILLED or CANCELLED; ACCEPTED <> DISPUTED. An
/// amendment keeps the state and raises the version once both parties have agreed. A dispute that
/// no arbiter has resolved by its deadline may be closed by anybody, and the order goes on.
interface ITradeOrders {
    enum OrderState {
        NONE,
        PLACED,
        ACCEPTED,
        FULFILLED,
        CANCELLED,
        DISPUTED
    }

    /// @param currency ISO 4217 code.
    /// @param origin ISO 3166-1 alpha-2 code of the exporting country; with `destination` the
    /// corridor that a regulator's sandbox cap speaks of.
    /// @param acceptBy Unix seconds; the importer must accept before.
    /// @param amount Minor units of the currency.
    /// @param shipBy Unix seconds; latest shipment.
    /// @param commitment Keyed commitment to the full commercial terms, which stay off chain.
    /// @dev Four slots, in this order.
    struct OrderTerms {
        ParticipantId exporter;
        bytes3 currency;
        bytes2 origin;
        bytes2 destination;
        ParticipantId importer;
        uint64 acceptBy;
        uint128 amount;
        uint64 shipBy;
        bytes32 commitment;
    }

    /// @param kinds The kinds of evidence for which this participant's word counts on this order.
    struct Attester {
        ParticipantId participant;
        KindSet kinds;
    }

    struct Order {
        OrderState state;
        uint32 version;
        OrderTerms terms;
    }

    /// @param by The party that disputed; zero while there is no dispute.
    /// @param until Unix seconds; an arbiter must resolve before, from then on it may be closed.
    struct OpenDispute {
        ParticipantId by;
        uint64 until;
    }

    event OrderPlaced(
        OrderId indexed orderId,
        ParticipantId indexed exporter,
        ParticipantId indexed importer,
        OrderTerms terms,
        Attester[] attesters
    );
    event OrderAccepted(OrderId indexed orderId, ParticipantId indexed importer, uint32 version);
    event OrderCancelled(OrderId indexed orderId, ParticipantId indexed actor);
    event AmendmentProposed(
        OrderId indexed orderId,
        ParticipantId indexed actor,
        uint32 version,
        OrderTerms terms,
        Attester[] attesters
    );
    event OrderAmended(
        OrderId indexed orderId,
        ParticipantId indexed actor,
        uint32 version,
        OrderTerms terms,
        Attester[] attesters
    );
    /// @param reason Keyed hash of the reason, which stays off chain.
    /// @param until Unix seconds; an arbiter must resolve the dispute before.
    event OrderDisputed(
        OrderId indexed orderId, ParticipantId indexed actor, bytes32 reason, uint64 until
    );
    /// @param upheld True when the order is cancelled, false when it goes on.
    event DisputeResolved(OrderId indexed orderId, ParticipantId indexed arbiter, bool upheld);
    /// @notice Nobody resolved the dispute in time: the order goes on as it was.
    /// @param actor Whose key closed it; zero for a stranger's.
    event DisputeClosed(OrderId indexed orderId, ParticipantId indexed actor);
    event OrderFulfilled(OrderId indexed orderId, ParticipantId indexed importer);

    error TradeOrders_WrongState(OrderId orderId, OrderState current, OrderState needed);
    error TradeOrders_AlreadyPlaced(OrderId orderId);
    error TradeOrders_NotParty(OrderId orderId, ParticipantId actor);
    error TradeOrders_TermsDiffer(OrderId orderId, bytes32 current, bytes32 seen);
    error TradeOrders_Expired(OrderId orderId, uint64 expiredAt);
    error TradeOrders_InvalidTerms(OrderId orderId, bytes32 field);
    error TradeOrders_TooManyAttesters(uint256 count, uint256 limit);
    error TradeOrders_NoAmendment(OrderId orderId);
    /// @dev Thrown when a dispute of the same party over the same version has failed before.
    error TradeOrders_AlreadyDisputed(OrderId orderId, ParticipantId actor, uint32 version);
    /// @dev Thrown when an arbiter may still resolve the dispute.
    error TradeOrders_DisputeRuns(OrderId orderId, uint64 until);
    /// @dev Thrown when the arbiter is a party or of a party's group.
    error TradeOrders_NotNeutral(OrderId orderId, ParticipantId arbiter);

    /// @notice The exporter places an order that the two have agreed on. Caller: exporter, SUBMIT.
    /// @param naturalKey Keyed hash of the order's reference; the same key collides.
    // No code here that could take the one for the other; the same below.
    // slither-disable-start shadowing-local
    function place(bytes32 naturalKey, OrderTerms calldata terms, Attester[] calldata attesters)
        external
        returns (OrderId);

    /// @notice Caller: importer, SUBMIT.
    /// @param digest What the importer saw, as `digest` returns it; a change in between is refused.
    function accept(OrderId orderId, bytes32 digest) external;

    /// @notice Withdraws a placed order that nobody has accepted. Caller: either party, SUBMIT.
    function cancel(OrderId orderId) external;

    /// @notice Either party proposes new terms for an accepted order. Caller: party, SUBMIT.
    function proposeAmendment(
        OrderId orderId,
        OrderTerms calldata terms,
        Attester[] calldata attesters
    ) external;

    /// @notice The other party agrees; version + 1. Caller: the party that did not propose, SUBMIT.
    /// @param digest Digest of the proposed terms and attesters.
    function acceptAmendment(
        OrderId orderId,
        OrderTerms calldata terms,
        Attester[] calldata attesters,
        bytes32 digest
    ) external;
    // slither-disable-end shadowing-local

    /// @notice Freezes an accepted order until an arbiter resolves the dispute, 30 days at most.
    /// A party whose dispute has failed may not dispute the same version again, so nobody can
    /// freeze an order for ever. Caller: either party, SUBMIT.
    /// @param reason Keyed hash of the reason.
    function dispute(OrderId orderId, bytes32 reason) external;

    /// @notice Ends a dispute before its deadline. Caller: a participant with role ARBITER that is
    /// unrelated to both parties, DECIDE.
    /// @param upheld True cancels the order, false lets it go on.
    function resolve(OrderId orderId, bool upheld) external;

    /// @notice Ends a dispute that was not resolved by its deadline, as one that is not upheld.
    /// Caller: anybody.
    function closeDispute(OrderId orderId) external;

    /// @notice The importer confirms that the order has been carried out. Caller: importer, SUBMIT.
    function fulfil(OrderId orderId) external;

    function order(OrderId orderId) external view returns (Order memory);

    function attesters(OrderId orderId) external view returns (Attester[] memory);

    /// @return The dispute that freezes the order; empty when none does.
    function disputeOf(OrderId orderId) external view returns (OpenDispute memory);

    /// @return version The last one over which a dispute of this party has failed; 0 for none.
    function failedDispute(OrderId orderId, ParticipantId party)
        external
        view
        returns (uint32 version);

    /// @notice All that recording a fact must know of the order, in one slot.
    /// @return state Where the order stands.
    /// @return version Nobody is named or left out without raising it.
    /// @return shared Kinds for which it names more than one attester.
    function standing(OrderId orderId)
        external
        view
        returns (OrderState state, uint32 version, KindSet shared);

    /// @return The kinds for which the order names the participant as an attester.
    function kindsOf(OrderId orderId, ParticipantId participant) external view returns (KindSet);

    /// @return keccak256(abi.encode(orderId, version, terms, attesters)) of the order as it stands.
    function digest(OrderId orderId) external view returns (bytes32);

    /// @return Whether the order names the participant as an attester of that kind.
    function isNamed(OrderId orderId, ParticipantId participant, EvidenceKind kind)
        external
        view
        returns (bool);
}
