// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFinancing} from "contracts/interfaces/IFinancing.sol";
import {ITradeOrders} from "contracts/interfaces/ITradeOrders.sol";
import {EvidenceKind} from "contracts/types/EvidenceKinds.sol";
import {Condition, Conditions, FinancingTerms, Tranche} from "contracts/types/Financings.sol";
import {AssetKey, EvidenceId, FinancingId, TitleId} from "contracts/types/Ids.sol";
import {FinancingWorld} from "../utils/FinancingWorld.sol";

/// @dev Each test takes one fact away from a tranche that is ready, and looks at what is said. The
/// release itself is refused with the very same answer. Of the library {Releases}.
contract ConditionsTest is FinancingWorld {
    function test_RevertWhen_TermsDiffer() external {
        FinancingTerms memory terms = _requestFunded();
        bytes32 hash = keccak256(abi.encode(terms));
        terms.tranches[0].amount += 1;
        vm.expectRevert(
            abi.encodeWithSelector(
                IFinancing.Financing_TermsDiffer.selector,
                _financingId(),
                hash,
                keccak256(abi.encode(terms))
            )
        );
        financing.conditions(terms, 0);
    }

    function test_WhenNoSuchTranche() external {
        FinancingTerms memory terms = _requestFunded();
        _assertUnmet(terms, 3, _bit(Condition.TRANCHE));
        _assertUnmet(terms, 255, _bit(Condition.TRANCHE));
    }

    function test_GivenAllHold() external {
        FinancingTerms memory terms = _requestFunded();
        assertEq(financing.conditions(terms, 0).unmet, 0);
        _ship();
        assertEq(financing.conditions(terms, 1).unmet, 0);
    }

    function test_State() external {
        FinancingTerms memory terms = _requestApproved();
        _fund(terms, bankB);
        // what bankB alone has posted in reserve would do for the first tranche
        _assertUnmet(terms, 0, _bit(Condition.STATE));
    }

    function test_Tranche_GivenReleased() external {
        FinancingTerms memory terms = _requestReleased();
        // what is reserved and kept for the later tranches would be enough for a second release
        _assertUnmet(terms, 0, _bit(Condition.TRANCHE));
    }

    function test_Tranche_GivenLapsed() external {
        FinancingTerms memory terms = _requestFunded();
        vm.warp(terms.tranches[0].expiresAt + 1);
        financing.lapse(terms, 0);
        _assertUnmet(terms, 0, _bit(Condition.TRANCHE) | _bit(Condition.DATES));
    }

    function test_Dates() external {
        FinancingTerms memory terms = _requestFunded();
        _record(orderId, customsImport, EvidenceKind.IMPORT_RELEASED);
        vm.warp(terms.tranches[2].notBefore - 1);
        _assertUnmet(terms, 2, _bit(Condition.DATES));
        vm.warp(terms.tranches[2].notBefore);
        assertEq(financing.conditions(terms, 2).unmet, 0);
        vm.warp(terms.tranches[0].expiresAt);
        assertEq(financing.conditions(terms, 0).unmet, 0);
        vm.warp(terms.tranches[0].expiresAt + 1);
        _assertUnmet(terms, 0, _bit(Condition.DATES));
    }

    function test_Hold() external {
        FinancingTerms memory terms = _requestFunded();
        vm.prank(regulator.decider.addr);
        financing.placeHold(terms);
        _assertUnmet(terms, 0, _bit(Condition.HOLD));
        vm.prank(regulator.decider.addr);
        financing.liftHold(terms);
        _release(terms, 0);
    }

    function test_Order() external {
        FinancingTerms memory terms = _requestFunded();
        _dispute(orderId);
        _assertUnmet(terms, 0, _bit(Condition.ORDER));
    }

    function test_Approvals_GivenOrderAmended() external {
        FinancingTerms memory terms = _requestFunded();
        _amend();
        _assertUnmet(terms, 0, _bit(Condition.APPROVALS));
    }

    /// @dev Another purchase order, so that the kind is still there: only the basis has changed.
    function test_P3_Approvals_GivenBasisChanged() external {
        FinancingTerms memory terms = _requestFunded();
        _record(orderId, exporter, EvidenceKind.PURCHASE_ORDER);
        _withdraw(importer, purchaseOrder);
        _assertUnmet(terms, 0, _bit(Condition.APPROVALS));
    }

    function test_P3_Evidence() external {
        FinancingTerms memory terms = _terms();
        terms.tranches[0].required =
            terms.tranches[0].required.with(EvidenceKind.PACKING_LIST).with(EvidenceKind.LOADED);
        _runTo(terms);
        _record(orderId, carrier, EvidenceKind.LOADED);
        Conditions memory c = _assertUnmet(terms, 0, _bit(Condition.EVIDENCE));
        assertEq(c.missing, _only(EvidenceKind.PACKING_LIST));
        _record(orderId, exporter, EvidenceKind.PACKING_LIST);
        _release(terms, 0);
    }

    function test_P3_EvidenceTwice() external {
        FinancingTerms memory terms = _terms();
        terms.tranches[0].requiredTwice = _only(EvidenceKind.PURCHASE_ORDER);
        _runTo(terms);
        Conditions memory c = _assertUnmet(terms, 0, _bit(Condition.EVIDENCE_TWICE));
        assertEq(c.missingTwice, _only(EvidenceKind.PURCHASE_ORDER));
        assertTrue(c.missing.isEmpty());
        _record(orderId, exporter, EvidenceKind.PURCHASE_ORDER);
        _release(terms, 0);
    }

    function test_P3_Blocked() external {
        FinancingTerms memory terms = _requestFunded();
        _ship();
        EvidenceId hold = _record(orderId, customsExport, EvidenceKind.CUSTOMS_HOLD);
        Conditions memory c = _assertUnmet(terms, 1, _bit(Condition.BLOCKED));
        assertEq(c.blocking, _only(EvidenceKind.CUSTOMS_HOLD));
        _withdraw(customsExport, hold);
        _release(terms, 1);
    }

    function test_Title_GivenNotOffered() external {
        FinancingTerms memory terms = _requestFunded();
        TitleId titleId = _ship();
        vm.prank(exporter.submitter.addr);
        titles.withdrawPledgeOffer(titleId);
        _assertUnmet(terms, 1, _bit(Condition.TITLE));
    }

    function test_Title_GivenOfferedToAnother() external {
        FinancingTerms memory terms = _requestFunded();
        TitleId titleId = _ship();
        vm.startPrank(exporter.submitter.addr);
        titles.withdrawPledgeOffer(titleId);
        titles.offerPledge(titleId, address(this), _financingId(), importer.id);
        vm.stopPrank();
        _assertUnmet(terms, 1, _bit(Condition.TITLE));
    }

    function test_Title_GivenForAnotherFinancing() external {
        FinancingTerms memory terms = _requestFunded();
        TitleId titleId = _ship();
        vm.startPrank(exporter.submitter.addr);
        titles.withdrawPledgeOffer(titleId);
        titles.offerPledge(titleId, address(financing), FinancingId.wrap("other"), importer.id);
        vm.stopPrank();
        _assertUnmet(terms, 1, _bit(Condition.TITLE));
    }

    function test_Title_GivenDeliveryToAnother() external {
        FinancingTerms memory terms = _requestFunded();
        TitleId titleId = _ship();
        vm.startPrank(exporter.submitter.addr);
        titles.withdrawPledgeOffer(titleId);
        titles.offerPledge(titleId, address(financing), _financingId(), exporter.id);
        vm.stopPrank();
        _assertUnmet(terms, 1, _bit(Condition.TITLE));
    }

    function test_Parties() external {
        FinancingTerms memory terms = _requestFunded();
        _suspend(bankB);
        _assertUnmet(terms, 0, _bit(Condition.PARTIES));
        vm.prank(governor);
        participants.reinstate(bankB.id);
        _suspend(exporter);
        _assertUnmet(terms, 0, _bit(Condition.PARTIES));
    }

    /// @dev bankA's share of the first tranche is 180,000.01 (6/10 of 300,000.01 is .006).
    function test_Limit() external {
        FinancingTerms memory terms = _requestFunded();
        _setLimit(bankA, 180_000_00);
        _assertUnmet(terms, 0, _bit(Condition.LIMIT));
        _setLimit(bankA, 180_000_01);
        _release(terms, 0);
        _record(orderId, customsImport, EvidenceKind.IMPORT_RELEASED);
        vm.warp(START + 1 days);
        _assertUnmet(terms, 2, _bit(Condition.LIMIT));
        _setLimit(bankA, 300_000_02);
        _setLimit(bankB, 200_000_00);
        _assertUnmet(terms, 2, _bit(Condition.LIMIT));
        _setLimit(bankB, 200_000_01);
        _release(terms, 2);
    }

    function test_Sandbox_GivenCapTooLow() external {
        FinancingTerms memory terms = _requestFunded();
        _setCap(FIRST - 1, START + 365 days);
        _assertUnmet(terms, 0, _bit(Condition.SANDBOX));
        _setCap(FIRST, START + 365 days);
        _release(terms, 0);
        _ship();
        _setCap(FIRST + SECOND - 1, START + 365 days);
        _assertUnmet(terms, 1, _bit(Condition.SANDBOX));
    }

    function test_Sandbox_GivenEnded() external {
        FinancingTerms memory terms = _requestFunded();
        _setCap(TOTAL, START);
        _assertUnmet(terms, 0, _bit(Condition.SANDBOX));
        _setCap(TOTAL, START + 1);
        _release(terms, 0);
    }

    /// @dev Once all have funded, the reserve is enough by construction; before, half of it is
    /// enough for half of the total and not for a cent more.
    function test_Reserve() external {
        FinancingTerms memory terms = _terms();
        (terms.tranches[0].amount, terms.tranches[2].amount) = (500_000_01, 199_999_99);
        terms.tranches[1] = abi.decode(abi.encode(terms.tranches[0]), (Tranche));
        terms.tranches[1].amount = 300_000_00;
        vm.prank(regulator.decider.addr);
        financing.setSandboxCap(CORRIDOR, "USD", ORDER_AMOUNT, START + 365 days);
        _request(terms);
        _approveBoth(terms, bankA);
        _approveBoth(terms, bankB);
        _fund(terms, bankB);
        _assertUnmet(terms, 0, _bit(Condition.STATE) | _bit(Condition.RESERVE));
        _assertUnmet(terms, 1, _bit(Condition.STATE));
    }

    function test_Encumbrance_GivenNotReserved() external {
        FinancingTerms memory terms = _request();
        uint32 early = _bit(Condition.STATE) | _bit(Condition.RESERVE) | _bit(Condition.ENCUMBRANCE);
        _assertUnmet(terms, 0, early);
    }

    function test_Encumbrance_GivenBillFinancedElsewhere() external {
        FinancingTerms memory terms = _requestFunded();
        TitleId titleId = _ship();
        governance.grantRole(LENDING_CONTRACT_ROLE, address(this), 0);
        encumbrances.reserve(
            FinancingId.wrap("elsewhere"),
            orderId,
            _assetKeys("another order", ""),
            "USD",
            1,
            1,
            START + 1 days
        );
        encumbrances.link(FinancingId.wrap("elsewhere"), AssetKey.wrap(TitleId.unwrap(titleId)));
        _assertUnmet(terms, 1, _bit(Condition.ENCUMBRANCE));
    }

    function test_GivenSeveralMissing() external {
        FinancingTerms memory terms = _requestFunded();
        _record(orderId, customsExport, EvidenceKind.CUSTOMS_HOLD);
        _dispute(orderId);
        _suspend(bankA);
        _setCap(0, 0);
        vm.prank(regulator.decider.addr);
        financing.placeHold(terms);
        Conditions memory c = _assertUnmet(
            terms,
            1,
            _bit(Condition.EVIDENCE) | _bit(Condition.BLOCKED) | _bit(Condition.ORDER)
                | _bit(Condition.PARTIES) | _bit(Condition.SANDBOX) | _bit(Condition.HOLD)
                | _bit(Condition.TITLE)
        );
        assertEq(c.missing, terms.tranches[1].required.without(EvidenceKind.PURCHASE_ORDER));
    }

    /// @dev Exactly these bits, and the release refused with the very same answer.
    function _assertUnmet(FinancingTerms memory terms, uint8 tranche, uint32 unmet)
        private
        returns (Conditions memory c)
    {
        c = financing.conditions(terms, tranche);
        vm.assertEq(c.unmet, unmet, "unmet conditions");
        vm.expectRevert(
            abi.encodeWithSelector(
                IFinancing.Financing_ConditionsNotMet.selector, _financingId(), tranche, c
            )
        );
        financing.release(terms, tranche);
    }

    function _runTo(FinancingTerms memory terms) private {
        _request(terms);
        _approveBoth(terms, bankA);
        _approveBoth(terms, bankB);
        _fund(terms, bankA);
        _fund(terms, bankB);
    }

    function _amend() private {
        ITradeOrders.OrderTerms memory changed = _orderTerms();
        ITradeOrders.Attester[] memory named = _attesters();
        vm.prank(exporter.submitter.addr);
        orders.proposeAmendment(orderId, changed, named);
        bytes32 digest = keccak256(abi.encode(orderId, uint32(2), changed, named));
        vm.prank(importer.submitter.addr);
        orders.acceptAmendment(orderId, changed, named, digest);
    }

    function _setLimit(Member memory lender, uint128 limit) private {
        vm.prank(lender.decider.addr);
        financing.setLimit(exporter.id, "USD", limit);
    }

    function _setCap(uint128 cap, uint64 endsAt) private {
        vm.prank(regulator.decider.addr);
        financing.setSandboxCap(CORRIDOR, "USD", cap, endsAt);
    }
}
