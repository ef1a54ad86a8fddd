// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEvidence} from "../interfaces/IEvidence.sol";
import {IFinancing} from "../interfaces/IFinancing.sol";
import {ISettlementToken} from "../interfaces/ISettlementToken.sol";
import {ITradeOrders} from "../interfaces/ITradeOrders.sol";
import {Facility, FinancingState, FinancingTerms} from "../types/Financings.sol";
import {EvidenceId, FinancingId, NO_PARTICIPANT, ParticipantId} from "../types/Ids.sol";
import {Permission, Role, RoleSet} from "../types/Roles.sol";
import {Book, Books, Origin, Registers} from "./Books.sol";
import {Terms} from "./Terms.sol";

/// @title Asking for a facility: everything that can be refused is refused here, before any lender
/// looks at it. Linked: its code runs for Financing.
library Requests {
    using Terms for FinancingTerms;

    /// @notice See IFinancing.request.
    function request(Book storage book, Registers memory registers, FinancingTerms calldata terms)
        external
        returns (FinancingId financingId)
    {
        // Check:
        ParticipantId exporter = registers.participants.actor(msg.sender, Permission.SUBMIT);
        financingId = Books.idOf(terms);
        require(
            book.facilities[financingId].state == FinancingState.NONE,
            IFinancing.Financing_AlreadyRequested(financingId)
        );
        ITradeOrders.OrderTerms memory order = _checkOrder(registers, terms, exporter);
        terms.check();
        _checkMoney(terms, order);
        _checkMembers(registers, terms, exporter);
        _checkBasis(registers, terms);

        // Effect:
        _file(book, registers, financingId, terms, order);
    }

    function _file(
        Book storage book,
        Registers memory registers,
        FinancingId financingId,
        FinancingTerms calldata terms,
        ITradeOrders.OrderTerms memory order
    ) private {
        Facility storage f = book.facilities[financingId];
        f.exporter = order.exporter;
        f.termsHash = keccak256(abi.encode(terms));
        f.documentRoot = registers.evidence.documentRoot(terms.orderId, terms.basis);
        book.origins[financingId] = Origin({
            makerKey: registers.participants.keyIdOf(msg.sender),
            importer: order.importer,
            corridor: bytes4(abi.encodePacked(order.origin, order.destination)),
            currency: order.currency,
            given: 0
        });
        book.advance(financingId, FinancingState.NONE, FinancingState.REQUESTED);
        emit IFinancing.FinancingRequested(
            terms.orderId, financingId, order.exporter, terms, f.termsHash, f.documentRoot
        );
    }

    function _checkOrder(
        Registers memory registers,
        FinancingTerms calldata terms,
        ParticipantId exporter
    ) private view returns (ITradeOrders.OrderTerms memory) {
        ITradeOrders.Order memory order = registers.orders.order(terms.orderId);
        require(
            order.state == ITradeOrders.OrderState.ACCEPTED,
            IFinancing.Financing_OrderNotAccepted(terms.orderId)
        );
        require(
            exporter == order.terms.exporter,
            IFinancing.Financing_NotExporter(terms.orderId, exporter)
        );
        Terms.requireField(order.version == terms.orderVersion, "orderVersion");
        return order.terms;
    }

    function _checkMoney(FinancingTerms calldata terms, ITradeOrders.OrderTerms memory order)
        private
        view
    {
        Terms.requireField(terms.total() <= order.amount, "tranches");
        Terms.requireField(terms.token.code.length != 0, "token");
        bytes3 currency = ISettlementToken(terms.token).currency();
        Terms.requireField(currency == order.currency, "token");
    }

    function _checkMembers(
        Registers memory registers,
        FinancingTerms calldata terms,
        ParticipantId exporter
    ) private view {
        for (uint256 i; i < terms.lenders.length; ++i) {
            ParticipantId lender = terms.lenders[i].lender;
            // Terms.MAX_LENDERS bounds it.
            // slither-disable-next-line calls-loop
            registers.participants.requireActive(lender);
            // slither-disable-next-line calls-loop
            RoleSet roles = registers.participants.participant(lender).roles;
            bool lends = roles.has(Role.BANK) || roles.has(Role.FINTECH);
            Terms.requireField(lends && lender != exporter, "lenders");
        }
        if (terms.platform != NO_PARTICIPANT) registers.participants.requireActive(terms.platform);
    }

    function _checkBasis(Registers memory registers, FinancingTerms calldata terms) private view {
        for (uint256 i; i < terms.basis.length; ++i) {
            // Terms.MAX_BASIS bounds it.
            // slither-disable-next-line calls-loop
            EvidenceId evidenceId = registers.evidence.idOf(terms.orderId, terms.basis[i]);
            // slither-disable-next-line unused-return,calls-loop
            (IEvidence.EvidenceState state,) = registers.evidence.item(evidenceId);
            Terms.requireField(state == IEvidence.EvidenceState.RECORDED, "basis");
        }
    }
}
