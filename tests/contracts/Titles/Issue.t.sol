// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITitles} from "contracts/interfaces/ITitles.sol";
import {NO_PARTICIPANT, TitleId, deriveTitleId} from "contracts/types/Ids.sol";
import {Permission} from "contracts/types/Roles.sol";
import {TitlesWorld} from "./TitlesWorld.sol";

contract IssueTest is TitlesWorld {
    function test_RevertWhen_KeyLacksAttest() external {
        vm.prank(carrier.submitter.addr);
        vm.expectRevert(_lacks(carrier.submitter, Permission.ATTEST));
        titles.issue(
            orderId, REFERENCE, ITitles.TitleForm.BLANK, exporter.id, NO_PARTICIPANT, COMMITMENT
        );
    }

    function test_RevertWhen_CarrierNotNamed() external {
        vm.prank(customsExport.attester.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                ITitles.Titles_CarrierNotNamed.selector, orderId, customsExport.id
            )
        );
        titles.issue(
            orderId, REFERENCE, ITitles.TitleForm.BLANK, exporter.id, NO_PARTICIPANT, COMMITMENT
        );
    }

    function test_RevertGiven_ReferenceUsed() external {
        TitleId titleId = _issue(ITitles.TitleForm.BLANK);
        vm.expectRevert(abi.encodeWithSelector(ITitles.Titles_AlreadyIssued.selector, titleId));
        _issue(ITitles.TitleForm.TO_ORDER);
    }

    function test_RevertWhen_CommitmentMissing() external {
        TitleId titleId = deriveTitleId(address(titles), carrier.id, REFERENCE);
        vm.prank(carrier.attester.addr);
        vm.expectRevert(abi.encodeWithSelector(ITitles.Titles_CommitmentMissing.selector, titleId));
        titles.issue(orderId, REFERENCE, ITitles.TitleForm.BLANK, exporter.id, NO_PARTICIPANT, 0);
    }

    function test_RevertWhen_NamesDoNotFitForm() external {
        TitleId titleId = deriveTitleId(address(titles), carrier.id, REFERENCE);
        bytes4 selector = ITitles.Titles_NotEndorsable.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, titleId, ITitles.TitleForm.BLANK));
        _issue(ITitles.TitleForm.BLANK, REFERENCE, importer.id);
        vm.expectRevert(abi.encodeWithSelector(selector, titleId, ITitles.TitleForm.STRAIGHT));
        _issue(ITitles.TitleForm.STRAIGHT, REFERENCE, NO_PARTICIPANT);
        vm.expectRevert(abi.encodeWithSelector(selector, titleId, ITitles.TitleForm.TO_ORDER));
        _issue(ITitles.TitleForm.TO_ORDER, REFERENCE, NO_PARTICIPANT);
    }

    function test_RevertGiven_PartyNotActive() external {
        _suspend(importer);
        vm.expectRevert(_notActive(importer));
        _issue(ITitles.TitleForm.STRAIGHT, REFERENCE, importer.id);
        _suspend(exporter);
        vm.expectRevert(_notActive(exporter));
        _issue(ITitles.TitleForm.BLANK);
    }

    function test_Issues() external {
        TitleId expected = deriveTitleId(address(titles), carrier.id, REFERENCE);
        vm.expectEmit(address(titles));
        emit ITitles.TitleIssued(
            orderId,
            expected,
            carrier.id,
            exporter.id,
            importer.id,
            ITitles.TitleForm.STRAIGHT,
            COMMITMENT
        );
        TitleId titleId = _issue(ITitles.TitleForm.STRAIGHT, REFERENCE, importer.id);

        assertEq(titleId, expected);
        ITitles.Title memory bill = titles.title(titleId);
        assertState(titleId, ITitles.TitleState.ISSUED);
        assertEq(bill.orderId, orderId);
        assertEq(bill.carrier, carrier.id);
        assertEq(bill.shipper, exporter.id);
        assertEq(bill.possessor, exporter.id);
        assertEq(bill.endorsee, importer.id);
        assertEq(bill.commitment, COMMITMENT);
        assertTrue(bill.form == ITitles.TitleForm.STRAIGHT);
        assertFalse(bill.mayEndorse);
    }

    function test_OnlyToOrderMayBeEndorsed() external {
        TitleId toOrder = _issue(ITitles.TitleForm.TO_ORDER, "a", importer.id);
        TitleId blank = _issue(ITitles.TitleForm.BLANK, "b", NO_PARTICIPANT);
        assertTrue(titles.title(toOrder).mayEndorse);
        assertFalse(titles.title(blank).mayEndorse);
    }
}
