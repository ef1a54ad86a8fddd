// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEncumbrances} from "../interfaces/IEncumbrances.sol";
import {IEvidence} from "../interfaces/IEvidence.sol";
import {IFinancing} from "../interfaces/IFinancing.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {ITitles} from "../interfaces/ITitles.sol";
import {ITradeOrders} from "../interfaces/ITradeOrders.sol";
import {Facility, FinancingState, FinancingTerms} from "../types/Financings.sol";
import {FinancingId, ParticipantId, deriveFinancingId} from "../types/Ids.sol";
import {LimitBook} from "./Limits.sol";
import {Shares} from "./Shares.sol";
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
/// @param given Number of approvals, one byte for each lender, the first one lowest.
struct Origin {
    bytes32 makerKey;
    ParticipantId importer;
    bytes4 corridor;
    bytes3 currency;
    uint32 given;
}

/// @dev All that Financing keeps; the libraries of its phases work on it.
/// @param signed Keys that have approved.
/// @param paid Payments that were made, by hash of payer and reference.
/// @param writeOffSets Bit i set when lender i has agreed to write off.
/// @param recourses Number of open recourse claims against an exporter.
/// @param credits Money that a recipient could not be paid yet.
struct Book {
    mapping(FinancingId financingId => Facility) facilities;
    mapping(FinancingId financingId => Origin) origins;
    mapping(FinancingId financingId => mapping(bytes32 keyId => bool)) signed;
    mapping(FinancingId financingId => mapping(bytes32 payment => bool)) paid;
    mapping(FinancingId financingId => uint256) writeOffSets;
    mapping(ParticipantId exporter => uint256) recourses;
    mapping(FinancingId financingId => mapping(ParticipantId participant => uint256)) credits;
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

    /// @notice Gives back to limits and sandbox what is no longer outstanding.
    /// @param f Before `principal` is taken off.
    function relieve(
        Book storage self,
        FinancingId financingId,
        FinancingTerms calldata terms,
        Facility memory f,
        uint128 principal
    ) internal {
        Origin memory origin = self.origins[financingId];
        uint256 repaid = f.drawn - f.outstanding;
        uint256[] memory parts = Shares.between(repaid, repaid + principal, terms.fundingBps());
        for (uint256 i; i < parts.length; ++i) {
            self.limits.restore(terms.lenders[i].lender, f.exporter, origin.currency, parts[i]);
        }
        self.limits.sandboxes[origin.corridor][origin.currency].used -= principal;
    }

    /// @notice Lapses every tranche that is still open.
    function lapseRest(
        FinancingId financingId,
        FinancingTerms calldata terms,
        Facility memory f,
        ParticipantId caller
    ) internal {
        for (uint8 i; i < terms.tranches.length; ++i) {
            if (!isOpen(f, i)) continue;
            f.lapsedSet |= uint16(1) << i;
            uint128 amount = terms.tranches[i].amount;
            emit IFinancing.TrancheLapsed(terms.orderId, financingId, caller, i, amount);
        }
    }

    /// @notice Ends what the facility holds on the goods and, once it has ended itself, on the
    /// exporter.
    function letGo(
        Book storage self,
        Registers memory registers,
        FinancingId financingId,
        Facility memory f
    ) internal {
        // Effect:
        if (f.recourseClaimed) --self.recourses[f.exporter];

        // Interaction:
        IEncumbrances.Holding memory held = registers.encumbrances.holding(financingId);
        registers.encumbrances.free(financingId, held.reserved, held.committed);
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
        bytes32 given = terms.hash();
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
        (ITradeOrders.OrderState state, uint32 version,) = registers.orders.standing(terms.orderId);
        require(
            state == ITradeOrders.OrderState.ACCEPTED && version == terms.orderVersion,
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

    /// @return Number of approvals by the lender at that place in the terms.
    function givenBy(Book storage self, FinancingId financingId, uint256 index)
        internal
        view
        returns (uint8)
    {
        return uint8(self.origins[financingId].given >> (8 * index));
    }

    /// @return Whether the tranche has neither been released nor lapsed.
    function isOpen(Facility memory f, uint8 tranche) internal pure returns (bool) {
        return (f.releasedSet | f.lapsedSet) & (uint16(1) << tranche) == 0;
    }
}
