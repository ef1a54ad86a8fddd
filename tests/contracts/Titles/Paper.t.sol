// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITitles} from "contracts/interfaces/ITitles.sol";
import {Condition, FinancingTerms} from "contracts/types/Financings.sol";
import {AssetKey, NO_TITLE, TitleId} from "contracts/types/Ids.sol";
import {FinancingWorld} from "../utils/FinancingWorld.sol";

/// @dev A bill that became paper is worth nothing on the ledger, also as collateral. The register
/// of encumbrances knows no titles: what keeps a paper bill out is that the release wants a live
/// one.
contract PaperTest is FinancingWorld {
    function test_TellsItsMedium() external {
        TitleId titleId = _issueBlank();
        vm.prank(exporter.submitter.addr);
        titles.surrender(titleId, ITitles.SurrenderReason.PAPER);
        assertTrue(titles.title(titleId).medium == ITitles.Medium.ELECTRONIC);
        vm.expectEmit(address(titles));
        emit ITitles.TitleVoided(orderId, titleId, carrier.id, ITitles.SurrenderReason.PAPER);
        vm.prank(carrier.attester.addr);
        titles.acceptSurrender(titleId);
        assertTrue(titles.title(titleId).medium == ITitles.Medium.PAPER);
        assertTrue(titles.title(titleId).state == ITitles.TitleState.VOID);
    }

    function test_RevertWhen_OfferedInPledge() external {
        TitleId titleId = _issueBlank();
        _turnIntoPaper(titleId);
        vm.expectRevert(
            abi.encodeWithSelector(
                ITitles.Titles_WrongState.selector,
                titleId,
                ITitles.TitleState.VOID,
                ITitles.TitleState.ISSUED
            )
        );
        _offer(titleId);
    }

    function test_NoMoneyOnPaper() external {
        FinancingTerms memory terms = _requestFunded();
        _release(terms, 0);
        vm.warp(START + 20 days);
        TitleId titleId = _ship();
        vm.assertEq(financing.conditions(terms, 1).unmet, 0, "ready");
        vm.prank(exporter.submitter.addr);
        titles.withdrawPledgeOffer(titleId);
        _turnIntoPaper(titleId);
        vm.assertEq(financing.conditions(terms, 1).unmet, _bit(Condition.TITLE), "no live bill");
        assertEq(titles.titleFor(orderId, _financingId()), NO_TITLE);
    }

    /// @dev Its id may be reserved like any other key, and brings nothing: there is no bill to
    /// pledge.
    function test_GivenPaperAmongTheAssetKeys() external {
        TitleId titleId = _issueBlank();
        _turnIntoPaper(titleId);
        FinancingTerms memory terms = _terms();
        terms.assetKeys[1] = AssetKey.wrap(TitleId.unwrap(titleId));
        _request(terms);
        _approveBoth(terms, bankA);
        _approveBoth(terms, bankB);
        assertEq(encumbrances.familyOf(terms.assetKeys[1]), terms.assetKeys[0]);
        uint32 unmet = financing.conditions(terms, 1).unmet;
        assertTrue(unmet & _bit(Condition.TITLE) != 0);
    }

    /// @dev A pledged bill can't become paper behind the lender's back.
    function test_RevertGiven_Pledged() external {
        FinancingTerms memory terms = _requestFunded();
        _release(terms, 0);
        vm.warp(START + 20 days);
        TitleId titleId = _ship();
        _release(terms, 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                ITitles.Titles_WrongState.selector,
                titleId,
                ITitles.TitleState.PLEDGED,
                ITitles.TitleState.ISSUED
            )
        );
        vm.prank(exporter.submitter.addr);
        titles.surrender(titleId, ITitles.SurrenderReason.PAPER);
    }

    function _turnIntoPaper(TitleId titleId) private {
        vm.prank(exporter.submitter.addr);
        titles.surrender(titleId, ITitles.SurrenderReason.PAPER);
        vm.prank(carrier.attester.addr);
        titles.acceptSurrender(titleId);
    }
}
