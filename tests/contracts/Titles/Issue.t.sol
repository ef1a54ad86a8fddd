// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITitles} from "contracts/interfaces/ITitles.sol";
import {NO_PARTICIPANT, NO_TITLE, OrderId, TitleId, deriveTitleId} from "contracts/types/Ids.sol";
import {Permission, Role} from "contracts/types/Roles.sol";
import {TitlesWorld} from "./TitlesWorld.sol";

contract IssueTest is TitlesWorld {
    function test_RevertWhen_KeyLacksAttest() external {
        vm.prank(carrier.submitter.addr);
        vm.expectRevert(_lacks(carrier.submitter, Permission.ATTEST));
        titles.issue(orderId, REFERENCE, _written(ITitles.TitleForm.BLANK, NO_PARTICIPANT));
    }

    function test_RevertWhen_CarrierNotNamed() external {
        vm.prank(customsExport.attester.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                ITitles.Titles_CarrierNotNamed.selector, orderId, customsExport.id
            )
        );
        titles.issue(orderId, REFERENCE, _written(ITitles.TitleForm.BLANK, NO_PARTICIPANT));
    }

    function test_RevertGiven_ReferenceUsed() external {
        TitleId titleId = _issue(ITitles.TitleForm.BLANK);
        vm.expectRevert(abi.encodeWithSelector(ITitles.Titles_AlreadyIssued.selector, titleId));
        _issue(ITitles.TitleForm.TO_ORDER);
    }

    function test_RevertWhen_CommitmentMissing() external {
        TitleId titleId = deriveTitleId(address(titles), carrier.id, REFERENCE);
        ITitles.Bill memory bill = _written(ITitles.TitleForm.BLANK, NO_PARTICIPANT);
        bill.commitment = 0;
        vm.prank(carrier.attester.addr);
        vm.expectRevert(abi.encodeWithSelector(ITitles.Titles_CommitmentMissing.selector, titleId));
        titles.issue(orderId, REFERENCE, bill);
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
            orderId, expected, carrier.id, _written(ITitles.TitleForm.STRAIGHT, importer.id)
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
        assertTrue(bill.medium == ITitles.Medium.ELECTRONIC);
        assertEq(bill.replaces, NO_TITLE);
        assertEq(bill.replacedBy, NO_TITLE);
    }

    /// @dev In the other forms the shipper decides nothing, so it has no place in storage.
    function test_OnlyStraightKeepsShipper() external {
        TitleId toOrder = _issue(ITitles.TitleForm.TO_ORDER, "a", importer.id);
        TitleId blank = _issue(ITitles.TitleForm.BLANK, "b", NO_PARTICIPANT);
        assertEq(titles.title(toOrder).shipper, NO_PARTICIPANT);
        assertEq(titles.title(blank).shipper, NO_PARTICIPANT);
    }

    /// @dev Carriers are numbered as they come; each bill has to find back to its own.
    function test_GivenSeveralCarriers() external {
        TitleId first = _issue(ITitles.TitleForm.BLANK);
        Member memory another =
            _admit("5493000CARRIERBV01", _roles(Role.CARRIER), "NL", NO_PARTICIPANT);
        Member memory usual = carrier;
        ITitles.Bill memory bill = _written(ITitles.TitleForm.BLANK, NO_PARTICIPANT);
        carrier = another;
        OrderId theirs = _placeAccepted("order 2");
        vm.prank(another.attester.addr);
        TitleId second = titles.issue(theirs, REFERENCE, bill);
        vm.prank(another.attester.addr);
        TitleId third = titles.issue(theirs, "3", bill);

        assertEq(titles.title(first).carrier, usual.id);
        assertEq(titles.title(second).carrier, another.id);
        assertEq(titles.title(third).carrier, another.id);
        _surrender(first, exporter, ITitles.SurrenderReason.DELIVERY);
        vm.expectRevert(
            abi.encodeWithSelector(ITitles.Titles_NotCarrier.selector, first, usual.id, another.id)
        );
        vm.prank(another.attester.addr);
        titles.acceptSurrender(first);
    }

    function test_OnlyToOrderMayBeEndorsed() external {
        TitleId toOrder = _issue(ITitles.TitleForm.TO_ORDER, "a", importer.id);
        TitleId blank = _issue(ITitles.TitleForm.BLANK, "b", NO_PARTICIPANT);
        assertTrue(titles.title(toOrder).mayEndorse);
        assertFalse(titles.title(blank).mayEndorse);
    }
}
