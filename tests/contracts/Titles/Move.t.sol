// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITitles} from "contracts/interfaces/ITitles.sol";
import {FinancingId, NO_PARTICIPANT, TitleId} from "contracts/types/Ids.sol";
import {Permission} from "contracts/types/Roles.sol";
import {TitlesWorld} from "./TitlesWorld.sol";

contract MoveTest is TitlesWorld {
    FinancingId private constant _FINANCING = FinancingId.wrap("financing");

    TitleId private _toOrder;

    function setUp() public override {
        super.setUp();
        _toOrder = _issue(ITitles.TitleForm.TO_ORDER);
    }

    function test_RevertWhen_KeyLacksSubmit() external {
        bytes[4] memory verbs = _verbs(_toOrder);
        for (uint256 i = 0; i < verbs.length; ++i) {
            vm.expectRevert(_lacks(exporter.decider, Permission.SUBMIT));
            _call(exporter.decider, verbs[i]);
        }
    }

    function test_RevertWhen_CallerIsNotPossessor() external {
        bytes[4] memory verbs = _verbs(_toOrder);
        for (uint256 i = 0; i < verbs.length; ++i) {
            vm.expectRevert(_notPossessor(_toOrder, exporter, importer));
            _call(importer.submitter, verbs[i]);
        }
    }

    function test_RevertGiven_NotIssued() external {
        bytes[4] memory verbs = _verbs(_toOrder);
        _surrender(_toOrder, exporter, ITitles.SurrenderReason.DELIVERY);
        for (uint256 i = 0; i < verbs.length; ++i) {
            vm.expectRevert(
                _wrongState(_toOrder, ITitles.TitleState.SURRENDERED, ITitles.TitleState.ISSUED)
            );
            _call(exporter.submitter, verbs[i]);
        }
        TitleId unknown = TitleId.wrap("unknown");
        vm.expectRevert(_wrongState(unknown, ITitles.TitleState.NONE, ITitles.TitleState.ISSUED));
        _transfer(unknown, exporter, importer);
    }

    function test_RevertGiven_PledgeOffered() external {
        bytes[4] memory verbs = _verbs(_toOrder);
        vm.prank(exporter.submitter.addr);
        titles.offerPledge(_toOrder, address(this), _FINANCING, importer.id);
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(ITitles.Titles_PledgeOffered.selector, _toOrder, _FINANCING)
            );
            _call(exporter.submitter, verbs[i]);
        }
        _call(exporter.submitter, verbs[3]);
    }

    function test_RevertGiven_ReceiverNotActive() external {
        _suspend(importer);
        vm.expectRevert(_notActive(importer));
        _transfer(_toOrder, exporter, importer);
        vm.expectRevert(_notActive(importer));
        _endorse(_toOrder, exporter, importer, true);
    }

    function test_Transfers() external {
        vm.recordLogs();
        vm.expectEmit(address(titles));
        emit ITitles.TitleTransferred(orderId, _toOrder, exporter.id, importer.id);
        _transfer(_toOrder, exporter, importer);
        _onlyLog();
        ITitles.Title memory bill = titles.title(_toOrder);
        assertEq(bill.possessor, importer.id);
        assertEq(bill.endorsee, exporter.id);
        assertTrue(bill.mayEndorse);
    }

    function test_RevertGiven_FormCannotBeEndorsed() external {
        TitleId blank = _issue(ITitles.TitleForm.BLANK, "b", NO_PARTICIPANT);
        TitleId straight = _issue(ITitles.TitleForm.STRAIGHT, "s", exporter.id);
        _expectNotEndorsable(blank, ITitles.TitleForm.BLANK);
        _endorse(blank, exporter, importer, true);
        _expectNotEndorsable(straight, ITitles.TitleForm.STRAIGHT);
        _endorse(straight, exporter, importer, true);
        _expectNotEndorsable(straight, ITitles.TitleForm.STRAIGHT);
        vm.prank(exporter.submitter.addr);
        titles.blankEndorse(straight);
    }

    function test_RevertGiven_PossessorIsNotEndorsee() external {
        _transfer(_toOrder, exporter, importer);
        bytes memory refusal = abi.encodeWithSelector(
            ITitles.Titles_NotEndorsee.selector, _toOrder, exporter.id, importer.id
        );
        vm.expectRevert(refusal);
        _endorse(_toOrder, importer, bankA, true);
        vm.expectRevert(refusal);
        vm.prank(importer.submitter.addr);
        titles.blankEndorse(_toOrder);
        // nor may an endorsee that does not possess it
        vm.expectRevert(_notPossessor(_toOrder, importer, exporter));
        _endorse(_toOrder, exporter, bankA, true);
    }

    function test_RevertGiven_MayNotEndorseFurther() external {
        _endorse(_toOrder, exporter, importer, false);
        _transfer(_toOrder, exporter, importer);
        _expectNotEndorsable(_toOrder, ITitles.TitleForm.TO_ORDER);
        _endorse(_toOrder, importer, bankA, true);
        _expectNotEndorsable(_toOrder, ITitles.TitleForm.TO_ORDER);
        vm.prank(importer.submitter.addr);
        titles.blankEndorse(_toOrder);
    }

    function test_Endorses() external {
        vm.recordLogs();
        vm.expectEmit(address(titles));
        emit ITitles.TitleEndorsed(orderId, _toOrder, exporter.id, importer.id, true);
        _endorse(_toOrder, exporter, importer, true);
        _onlyLog();
        ITitles.Title memory bill = titles.title(_toOrder);
        assertEq(bill.possessor, exporter.id);
        assertEq(bill.endorsee, importer.id);
        assertTrue(bill.mayEndorse);
    }

    function test_BlankEndorses() external {
        vm.recordLogs();
        vm.expectEmit(address(titles));
        emit ITitles.TitleBlankEndorsed(orderId, _toOrder, exporter.id);
        vm.prank(exporter.submitter.addr);
        titles.blankEndorse(_toOrder);
        _onlyLog();
        ITitles.Title memory bill = titles.title(_toOrder);
        assertTrue(bill.form == ITitles.TitleForm.BLANK);
        assertEq(bill.endorsee, NO_PARTICIPANT);
        assertFalse(bill.mayEndorse);
        // possession suffices
        _transfer(_toOrder, exporter, importer);
        _surrender(_toOrder, importer, ITitles.SurrenderReason.DELIVERY);
        assertState(_toOrder, ITitles.TitleState.SURRENDERED);
    }

    function test_Signs() external {
        bytes32 before = keccak256(abi.encode(titles.title(_toOrder)));
        vm.recordLogs();
        vm.expectEmit(address(titles));
        emit ITitles.TitleSigned(orderId, _toOrder, exporter.id);
        vm.prank(exporter.submitter.addr);
        titles.sign(_toOrder);
        _onlyLog();
        assertEq(keccak256(abi.encode(titles.title(_toOrder))), before);
    }

    function _expectNotEndorsable(TitleId titleId, ITitles.TitleForm form) private {
        vm.expectRevert(
            abi.encodeWithSelector(ITitles.Titles_NotEndorsable.selector, titleId, form)
        );
    }

    /// @dev All that a possessor may do with a bill, with sign last.
    function _verbs(TitleId titleId) private view returns (bytes[4] memory verbs) {
        verbs[0] = abi.encodeCall(ITitles.transfer, (titleId, importer.id));
        verbs[1] = abi.encodeCall(ITitles.endorse, (titleId, importer.id, true));
        verbs[2] = abi.encodeCall(ITitles.blankEndorse, (titleId));
        verbs[3] = abi.encodeCall(ITitles.sign, (titleId));
    }

    function _call(Signer memory signer, bytes memory verb) private {
        vm.prank(signer.addr);
        (bool done,) = address(titles).call(verb);
        assertTrue(done);
    }
}
