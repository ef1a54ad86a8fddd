// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEncumbrances} from "../interfaces/IEncumbrances.sol";
import {IEvidence} from "../interfaces/IEvidence.sol";
import {IFinancing} from "../interfaces/IFinancing.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {ITitles} from "../interfaces/ITitles.sol";
import {ITradeOrders} from "../interfaces/ITradeOrders.sol";
import {Facility, FinancingState, FinancingTerms} from "../types/Financings.sol";
import {FinancingId, OrderId, ParticipantId, deriveFinancingId} from "../types/Ids.sol";
import {LimitBook} from "./Limits.sol";
import {Terms} from "./Terms.sol";

using Books for Book global;

/// @dev The other contracts that a facility rests on.
struct Registers {
    IParticipants participants;
    ITradeOrders orders;
    IEvidence evidence;
    ITitles titles;
    IEncumbrances encumbrances;
}

/// @dev What the order said when the facility was asked for; an amendment does not move it.
/// @param makerKey Id of the key that asked.
struct Origin {
    OrderId orderId;
    bytes32 makerKey;
    bytes4 corridor;
    bytes3 currency;
}

/// @dev All that Financing keeps; the libraries of its phases work on it.
/// @param signed Keys that have approved.
/// @param given Number of a lender's approvals.
/// @param fundedSets Bit i set when lender i has posted its contribution.
/// @param paid Payment references that have been used.
struct Book {
    mapping(FinancingId financingId => Facility) facilities;
    mapping(FinancingId financingId => Origin) origins;
    mapping(FinancingId financingId => mapping(bytes32 keyId => bool)) signed;
    mapping(FinancingId financingId => mapping(ParticipantId lender => uint8)) given;
    mapping(FinancingId financingId => uint256) fundedSets;
    mapping(FinancingId financingId => mapping(bytes32 paymentReference => bool)) paid;
    LimitBook limits;
}

/// @title The facilities on file: found by their terms, moved from state to state.
library Books {
    using Terms for FinancingTerms;

    function store(Book storage self, FinancingId financingId, Facility memory f) internal {
        self.facilities[financingId] = f;
    }

    /// @notice The only place where a facility's state changes.
    function advance(
        Book storage self,
        FinancingId financingId,
        FinancingState from,
        FinancingState to
    ) internal {
        requireState(self, financingId, from);
        self.facilities[financingId].state = to;
    }

    function load(Book storage self, FinancingId financingId)
        internal
        view
        returns (Facility memory)
    {
        return self.facilities[financingId];
    }

    /// @return financingId Of the facility with exactly these terms; reverts when there is none.
    function known(Book storage self, FinancingTerms calldata terms)
        internal
        view
        returns (FinancingId financingId)
    {
        financingId = idOf(terms);
        bytes32 current = self.facilities[financingId].termsHash;
        bytes32 given = keccak256(abi.encode(terms));
        require(current == given, IFinancing.Financing_TermsDiffer(financingId, current, given));
    }

    function requireState(Book storage self, FinancingId financingId, FinancingState needed)
        internal
        view
    {
        FinancingState current = self.facilities[financingId].state;
        require(current == needed, IFinancing.Financing_WrongState(financingId, current, needed));
    }

    /// @notice The approvals hold only for the order and the evidence that they were given on.
    function requireStanding(
        Book storage self,
        Registers memory registers,
        FinancingId financingId,
        FinancingTerms calldata terms
    ) internal view {
        ITradeOrders.Order memory order = registers.orders.order(terms.orderId);
        bool accepted = order.state == ITradeOrders.OrderState.ACCEPTED;
        require(
            accepted && order.version == terms.orderVersion,
            IFinancing.Financing_OrderNotAccepted(terms.orderId)
        );
        bytes32 requested = self.facilities[financingId].documentRoot;
        bytes32 current = registers.evidence.documentRoot(terms.orderId, terms.basis);
        require(
            current == requested, IFinancing.Financing_BasisChanged(financingId, requested, current)
        );
    }

    /// @dev `address(this)` is Financing also where a library runs for it.
    function idOf(FinancingTerms calldata terms) internal view returns (FinancingId) {
        return deriveFinancingId(address(this), terms.orderId, terms.naturalKey);
    }

    function requireLender(
        FinancingId financingId,
        FinancingTerms calldata terms,
        ParticipantId lender
    ) internal pure returns (uint256 index) {
        index = terms.indexOf(lender);
        require(index < terms.lenders.length, IFinancing.Financing_NotLender(financingId, lender));
    }

    /// @return Whether the tranche has neither been released nor lapsed.
    function isOpen(Facility memory f, uint8 tranche) internal pure returns (bool) {
        return (f.releasedSet | f.lapsedSet) & (uint16(1) << tranche) == 0;
    }
}
