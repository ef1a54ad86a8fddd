// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IFinancing} from "../interfaces/IFinancing.sol";
import {Facility, FinancingState, FinancingTerms, SignOff} from "../types/Financings.sol";
import {FinancingId, OrderId, ParticipantId} from "../types/Ids.sol";
import {Permission} from "../types/Roles.sol";
import {Book, Books, Registers} from "./Books.sol";
import {Shares} from "./Shares.sol";
import {Terms} from "./Terms.sol";

/// @title The officers' signatures under a facility. Linked: its code runs for Financing.
library Approvals {
    using SafeCast for uint256;
    using Terms for FinancingTerms;

    bytes32 private constant APPROVAL_TYPEHASH = keccak256(
        "Approval(bytes32 financingId,bytes32 termsHash,bytes32 documentRoot,bytes20 lender,uint64 deadline)"
    );

    /// @dev One signature and the officer's authority behind it.
    /// @param index The lender's place in the terms.
    struct Signature {
        ParticipantId lender;
        uint256 index;
        bytes32 keyId;
        bytes32 digest;
    }

    /// @notice See IFinancing.approve.
    /// @param domain EIP-712 domain separator of Financing.
    function approve(
        Book storage book,
        Registers memory registers,
        bytes calldata sent,
        bytes32 domain,
        SignOff[] calldata signOffs
    ) external {
        // Check:
        (FinancingId financingId, FinancingTerms calldata terms) = book.known(sent);
        book.requireState(financingId, FinancingState.REQUESTED);
        book.requireStanding(registers, financingId, terms);
        uint8[] memory needed = _needed(book, financingId, terms);
        ParticipantId last;

        // Effect:
        for (uint256 i; i < signOffs.length; ++i) {
            Signature memory signed =
                _check(book, registers, financingId, terms, domain, signOffs[i]);
            _sign(book, financingId, terms.orderId, signed, needed[signed.index]);
            last = signed.lender;
        }
        if (!_isComplete(book, financingId, needed)) return;
        book.advance(financingId, FinancingState.REQUESTED, FinancingState.APPROVED);
        emit IFinancing.FinancingApproved(terms.orderId, financingId, last);

        // Interaction:
        _reserveGoods(book, registers, financingId, terms);
    }

    /// @notice See IFinancing.decline.
    function decline(Book storage book, Registers memory registers, bytes calldata sent) external {
        // Check:
        (FinancingId financingId, FinancingTerms calldata terms) = book.known(sent);
        ParticipantId lender = registers.participants.actor(msg.sender, Permission.DECIDE);
        // Called for its refusal.
        // slither-disable-next-line unused-return
        Books.requireLender(financingId, terms, lender);

        // Effect:
        book.advance(financingId, FinancingState.REQUESTED, FinancingState.DECLINED);
        emit IFinancing.FinancingDeclined(terms.orderId, financingId, lender);
    }

    /// @notice See IFinancing.approvalDigest.
    function digest(
        Book storage book,
        bytes calldata sent,
        bytes32 domain,
        ParticipantId lender,
        uint64 deadline
    ) external view returns (bytes32) {
        // slither-disable-next-line unused-return
        (FinancingId financingId,) = book.known(sent);
        return _digest(book, domain, financingId, lender, deadline);
    }

    /// @notice See IFinancing.approvals.
    function count(Book storage book, bytes calldata sent, ParticipantId lender)
        external
        view
        returns (uint8 given, uint8 needed)
    {
        (FinancingId financingId, FinancingTerms calldata terms) = book.known(sent);
        uint256 index = Books.requireLender(financingId, terms, lender);
        return (book.givenBy(financingId, index), _needed(book, financingId, terms)[index]);
    }

    function _sign(
        Book storage book,
        FinancingId financingId,
        OrderId orderId,
        Signature memory signed,
        uint8 needed
    ) private {
        require(
            book.givenBy(financingId, signed.index) < needed,
            IFinancing.Financing_ApprovedEnough(financingId, signed.lender)
        );
        book.signed[financingId][signed.keyId] = true;
        book.origins[financingId].given += (uint256(1) << (8 * signed.index)).toUint32();
        emit IFinancing.ApprovalGiven(
            orderId,
            financingId,
            signed.lender,
            signed.keyId,
            signed.digest,
            book.givenBy(financingId, signed.index),
            needed
        );
    }

    /// @dev Tranches that lapsed before all had approved are not reserved for.
    function _reserveGoods(
        Book storage book,
        Registers memory registers,
        FinancingId financingId,
        FinancingTerms calldata terms
    ) private {
        registers.encumbrances
            .reserve(
                financingId,
                terms.orderId,
                terms.assetKeys,
                book.origins[financingId].currency,
                registers.orders.order(terms.orderId).terms.amount,
                terms.openTotal(book.facilities[financingId].lapsedSet).toUint128(),
                terms.lastExpiry()
            );
    }

    function _check(
        Book storage book,
        Registers memory registers,
        FinancingId financingId,
        FinancingTerms calldata terms,
        bytes32 domain,
        SignOff calldata signOff
    ) private view returns (Signature memory signed) {
        require(
            block.timestamp <= signOff.deadline,
            IFinancing.Financing_SignatureExpired(financingId, signOff.deadline)
        );
        signed.keyId = keccak256(signOff.signer);
        _requireFreshKey(book, financingId, signed.keyId);
        // One a sign-off, which whoever sends them pays for.
        // slither-disable-next-line calls-loop
        signed.lender = registers.participants.signatory(signOff.signer, Permission.DECIDE);
        signed.index = Books.requireLender(financingId, terms, signed.lender);
        signed.digest = _digest(book, domain, financingId, signed.lender, signOff.deadline);
        require(
            SignatureChecker.isValidSignatureNow(signOff.signer, signed.digest, signOff.signature),
            IFinancing.Financing_SignatureInvalid(financingId, signed.keyId)
        );
    }

    /// @dev The key that asked is refused as such, whoever holds it.
    function _requireFreshKey(Book storage book, FinancingId financingId, bytes32 keyId)
        private
        view
    {
        require(
            keyId != book.origins[financingId].makerKey,
            IFinancing.Financing_MakerIsChecker(financingId, keyId)
        );
        require(
            !book.signed[financingId][keyId],
            IFinancing.Financing_AlreadyApproved(financingId, keyId)
        );
    }

    function _isComplete(Book storage book, FinancingId financingId, uint8[] memory needed)
        private
        view
        returns (bool)
    {
        for (uint256 i; i < needed.length; ++i) {
            if (book.givenBy(financingId, i) < needed[i]) return false;
        }
        return true;
    }

    /// @return needed Number of approvals by each lender for its part of the loan.
    function _needed(Book storage book, FinancingId financingId, FinancingTerms calldata terms)
        private
        view
        returns (uint8[] memory needed)
    {
        bytes3 currency = book.origins[financingId].currency;
        uint256[] memory parts = Shares.split(terms.total(), terms.fundingBps());
        needed = new uint8[](parts.length);
        for (uint256 i; i < needed.length; ++i) {
            needed[i] = book.limits.approvalsFor(terms.lenders[i].lender, currency, parts[i]);
        }
    }

    function _digest(
        Book storage book,
        bytes32 domain,
        FinancingId financingId,
        ParticipantId lender,
        uint64 deadline
    ) private view returns (bytes32) {
        Facility storage f = book.facilities[financingId];
        bytes32 content = keccak256(
            abi.encode(
                APPROVAL_TYPEHASH, financingId, f.termsHash, f.documentRoot, lender, deadline
            )
        );
        return MessageHashUtils.toTypedDataHash(domain, content);
    }
}
