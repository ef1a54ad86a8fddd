// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFinancing} from "contracts/interfaces/IFinancing.sol";
import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {EvidenceKey, EvidenceKind, KindSet} from "contracts/types/EvidenceKinds.sol";
import {
    Facility,
    FinancingState,
    FinancingTerms,
    LenderShare,
    Product,
    Tranche
} from "contracts/types/Financings.sol";
import {
    AssetKey,
    FinancingId,
    NO_PARTICIPANT,
    OrderId,
    ParticipantId
} from "contracts/types/Ids.sol";
import {Permission} from "contracts/types/Roles.sol";
import {FinancingWorld} from "../utils/FinancingWorld.sol";

/// @dev Of the libraries {Requests} and {Terms}.
contract RequestTest is FinancingWorld {
    function test_RevertWhen_KeyLacksSubmit() external {
        FinancingTerms memory terms = _terms();
        vm.prank(exporter.decider.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_PermissionMissing.selector,
                _keyId(exporter.decider),
                Permission.SUBMIT
            )
        );
        financing.request(terms);
    }

    function test_RevertWhen_CallerIsNotExporter() external {
        FinancingTerms memory terms = _terms();
        vm.prank(importer.submitter.addr);
        vm.expectRevert(
            abi.encodeWithSelector(IFinancing.Financing_NotExporter.selector, orderId, importer.id)
        );
        financing.request(terms);
    }

    function test_RevertGiven_OrderNotAccepted() external {
        _dispute(orderId);
        vm.expectRevert(
            abi.encodeWithSelector(IFinancing.Financing_OrderNotAccepted.selector, orderId)
        );
        _request();

        FinancingTerms memory terms = _terms();
        terms.orderId = OrderId.wrap("unknown");
        vm.expectRevert(
            abi.encodeWithSelector(IFinancing.Financing_OrderNotAccepted.selector, terms.orderId)
        );
        _request(terms);
    }

    function test_RevertGiven_AlreadyRequested() external {
        FinancingTerms memory terms = _request();
        terms.interestBps += 1;
        vm.expectRevert(
            abi.encodeWithSelector(IFinancing.Financing_AlreadyRequested.selector, _financingId())
        );
        _request(terms);
    }

    function test_RevertWhen_OrderOrMoneyDiffers() external {
        FinancingTerms memory terms = _terms();
        terms.orderVersion = 2;
        _expectInvalid(terms, "orderVersion");

        terms = _terms();
        terms.naturalKey = 0;
        _expectInvalid(terms, "naturalKey");

        terms = _terms();
        terms.token = address(_deploySettlementToken(bankA.id, "EUR"));
        _expectInvalid(terms, "token");

        terms = _terms();
        terms.token = stranger;
        _expectInvalid(terms, "token");
    }

    function test_RevertWhen_AssetKeysOrBasisAreWrong() external {
        FinancingTerms memory terms = _terms();
        terms.assetKeys = new AssetKey[](0);
        _expectInvalid(terms, "assetKeys");
        terms.assetKeys = new AssetKey[](9);
        _expectInvalid(terms, "assetKeys");

        terms = _terms();
        terms.basis = new EvidenceKey[](0);
        _expectInvalid(terms, "basis");
        terms.basis = new EvidenceKey[](17);
        _expectInvalid(terms, "basis");

        terms = _terms();
        terms.basis[1].sourceKey = "unknown";
        _expectInvalid(terms, "basis");

        terms = _terms();
        _withdraw(orderId, exporter, EvidenceKind.INVOICE);
        _expectInvalid(terms, "basis");
    }

    function test_RevertWhen_BasisIsOfAnotherOrder() external {
        FinancingTerms memory terms = _terms();
        OrderId other = _placeAccepted("order 2");
        _record(other, exporter, EvidenceKind.PACKING_LIST);
        terms.basis[1] = _key(exporter, EvidenceKind.PACKING_LIST);
        _expectInvalid(terms, "basis");
    }

    function test_RevertWhen_LendersAreWrong() external {
        FinancingTerms memory terms = _terms();
        terms.lenders = new LenderShare[](0);
        _expectInvalid(terms, "lenders");
        terms.lenders = new LenderShare[](5);
        _expectInvalid(terms, "lenders");

        terms = _terms();
        terms.lenders[1].lender = bankA.id;
        _expectInvalid(terms, "lenders");

        terms = _terms();
        terms.lenders[1].fundingBps -= 1;
        _expectInvalid(terms, "lenders");

        terms = _terms();
        terms.lenders[1].lossBps += 1;
        _expectInvalid(terms, "lenders");

        terms = _terms();
        terms.lenders[1].lender = importer.id;
        _expectInvalid(terms, "lenders");

        terms = _terms();
        terms.lenders[0].lender = exporter.id;
        _expectInvalid(terms, "lenders");
    }

    function test_RevertWhen_TranchesAreWrong() external {
        FinancingTerms memory terms = _terms();
        terms.tranches = new Tranche[](0);
        _expectInvalid(terms, "tranches");
        terms.tranches = new Tranche[](9);
        _expectInvalid(terms, "tranches");

        terms = _terms();
        terms.tranches[1].amount = 0;
        _expectInvalid(terms, "tranches");

        terms = _terms();
        terms.tranches[1].amount += ORDER_AMOUNT - TOTAL + 1;
        _expectInvalid(terms, "tranches");

        terms = _terms();
        terms.tranches[2].notBefore = terms.tranches[2].expiresAt;
        _expectInvalid(terms, "tranches");

        terms = _terms();
        terms.tranches[0].expiresAt = START;
        _expectInvalid(terms, "tranches");

        terms = _terms();
        terms.tranches[1].blocking = _only(EvidenceKind.VESSEL_DEPARTED);
        _expectInvalid(terms, "tranches");

        terms = _terms();
        terms.tranches[1].requiredTwice = _only(EvidenceKind.CUSTOMS_HOLD);
        _expectInvalid(terms, "tranches");

        terms = _terms();
        terms.tranches[0].required = _only(EvidenceKind.FRAUD_ALERT);
        _expectInvalid(terms, "tranches");
    }

    function test_RevertWhen_RatesAreWrong() external {
        FinancingTerms memory terms = _terms();
        terms.interestBps = 10_001;
        _expectInvalid(terms, "interestBps");

        terms = _terms();
        terms.penaltyBps = 10_001;
        _expectInvalid(terms, "penaltyBps");

        terms = _terms();
        terms.feeBps = 10_001;
        _expectInvalid(terms, "feeBps");

        terms = _terms();
        terms.reserveBps = 499;
        _expectInvalid(terms, "reserveBps");
        terms.reserveBps = 10_001;
        _expectInvalid(terms, "reserveBps");
    }

    function test_RevertWhen_PlatformOrMaturityIsWrong() external {
        FinancingTerms memory terms = _terms();
        terms.platformShareBps = 2001;
        _expectInvalid(terms, "platformShareBps");

        terms = _terms();
        terms.platform = NO_PARTICIPANT;
        _expectInvalid(terms, "platform");

        terms = _terms();
        terms.platformShareBps = 0;
        _expectInvalid(terms, "platform");

        terms = _terms();
        terms.maturesAt = terms.tranches[2].expiresAt;
        _expectInvalid(terms, "maturesAt");

        terms = _terms();
        terms.graceDays = 366;
        _expectInvalid(terms, "graceDays");

        terms = _terms();
        terms.defaultDays = 366;
        _expectInvalid(terms, "defaultDays");
    }

    /// @dev Every tranche of a product asks for the facts that make it that product.
    function test_RevertWhen_ProductIsNotServed() external {
        FinancingTerms memory terms = _terms();
        terms.tranches[1].required = _only(EvidenceKind.VESSEL_DEPARTED);
        _expectInvalid(terms, "product");
        terms.tranches[1].requiredTwice = _only(EvidenceKind.PURCHASE_ORDER);
        _request(terms);
    }

    function test_RevertWhen_InvoiceIsNotAcknowledged() external {
        FinancingTerms memory terms = _terms();
        terms.product = Product.INVOICE_DISCOUNTING;
        KindSet needed = _only(EvidenceKind.INVOICE).with(EvidenceKind.BUYER_ACKNOWLEDGEMENT);
        _requireAll(terms, needed.without(EvidenceKind.BUYER_ACKNOWLEDGEMENT));
        _expectInvalid(terms, "product");
        _requireAll(terms, needed.without(EvidenceKind.INVOICE));
        _expectInvalid(terms, "product");
        _requireAll(terms, needed);
        _request(terms);
    }

    function test_RevertWhen_ReceivableIsNotSecured() external {
        FinancingTerms memory terms = _terms();
        terms.product = Product.RECEIVABLE_FINANCE;
        KindSet needed = _only(EvidenceKind.INVOICE).with(EvidenceKind.BUYER_ACKNOWLEDGEMENT)
            .with(EvidenceKind.TRANSPORT_DOCUMENT).with(EvidenceKind.SHIPPED_ON_BOARD);
        _requireAll(terms, needed);
        _expectInvalid(terms, "product");
        for (uint256 i = 0; i < terms.tranches.length; ++i) {
            terms.tranches[i].titlePledged = true;
        }
        _requireAll(terms, needed.without(EvidenceKind.TRANSPORT_DOCUMENT));
        _expectInvalid(terms, "product");
        _requireAll(terms, needed.without(EvidenceKind.SHIPPED_ON_BOARD));
        _expectInvalid(terms, "product");
        _requireAll(terms, needed);
        _request(terms);
    }

    function test_RevertGiven_MemberNotActive() external {
        FinancingTerms memory terms = _terms();
        terms.platform = carrier.id;
        _suspend(carrier);
        vm.expectRevert(_notActive(carrier.id));
        _request(terms);
        _suspend(bankA);
        vm.expectRevert(_notActive(bankA.id));
        _request(terms);
    }

    function test_WhenAtTheEdges() external {
        FinancingTerms memory terms = _terms();
        terms.tranches[2].amount += ORDER_AMOUNT - TOTAL;
        terms.maturesAt = terms.tranches[2].expiresAt + 1;
        terms.interestBps = 10_000;
        terms.graceDays = 365;
        terms.defaultDays = 365;
        (terms.platform, terms.platformShareBps) = (NO_PARTICIPANT, 0);
        terms.lenders = _lenders(10_000, 0);
        _request(terms);
        assertState(FinancingState.REQUESTED);
    }

    function test_Requests() external {
        FinancingTerms memory terms = _terms();
        FinancingId financingId = _financingId();
        bytes32 root = evidence.documentRoot(terms.orderId, terms.basis);
        vm.recordLogs();
        vm.expectEmit(address(financing));
        emit IFinancing.FinancingRequested(
            orderId, financingId, exporter.id, terms, keccak256(abi.encode(terms)), root
        );
        assertEq(_request(terms), financingId);
        _onlyLog();

        Facility memory f = financing.facility(financingId);
        assertState(FinancingState.REQUESTED);
        assertEq(f.exporter, exporter.id);
        assertEq(f.termsHash, keccak256(abi.encode(terms)));
        assertEq(f.documentRoot, root);
        assertEq(f.escrow, 0);
        assertFalse(f.held);
    }

    /// @dev The hash binds what was understood, not how it was sent.
    function test_WhenLaidOutOtherwise() external {
        FinancingTerms memory terms = _terms();
        bytes memory data = _laidOutOtherwise(IFinancing.request.selector, terms);
        vm.prank(exporter.submitter.addr);
        (bool success,) = address(financing).call(data);
        assertTrue(success);
        assertEq(financing.facility(_financingId()).termsHash, keccak256(abi.encode(terms)));
        financing.approvals(terms, bankA.id);
    }

    /// @dev Word 1 is the version, 3 the product, 4 the token and 19 whether there is recourse.
    function test_RevertWhen_SpareBitsAreSet() external {
        bytes memory data = abi.encodeCall(IFinancing.request, (_terms()));
        uint8[4] memory words = [1, 3, 4, 19];
        for (uint256 i = 0; i < words.length; ++i) {
            uint256 top = 4 + 32 + uint256(words[i]) * 32;
            data[top] = 0x80;
            vm.prank(exporter.submitter.addr);
            (bool success,) = address(financing).call(data);
            assertFalse(success);
            data[top] = 0;
        }
        vm.prank(exporter.submitter.addr);
        (bool sent,) = address(financing).call(data);
        assertTrue(sent);
    }

    function _requireAll(FinancingTerms memory terms, KindSet kinds) private pure {
        for (uint256 i = 0; i < terms.tranches.length; ++i) {
            terms.tranches[i].required = kinds;
        }
    }

    function _expectInvalid(FinancingTerms memory terms, bytes32 field) private {
        vm.expectRevert(abi.encodeWithSelector(IFinancing.Financing_InvalidTerms.selector, field));
        _request(terms);
    }

    function _notActive(ParticipantId participantId) private pure returns (bytes memory) {
        return abi.encodeWithSelector(
            IParticipants.Participants_NotActive.selector,
            participantId,
            IParticipants.ParticipantState.SUSPENDED
        );
    }
}
