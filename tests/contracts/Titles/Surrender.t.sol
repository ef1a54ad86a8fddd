// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITitles} from "contracts/interfaces/ITitles.sol";
import {FinancingId, NO_PARTICIPANT, TitleId} from "contracts/types/Ids.sol";
import {TitlesWorld} from "./TitlesWorld.sol";

contract SurrenderTest is TitlesWorld {
    FinancingId private constant _FINANCING = FinancingId.wrap("financing");

    function test_RevertWhen_CallerIsNotPossessor() external {
        TitleId titleId = _issue(ITitles.TitleForm.BLANK);
        vm.expectRevert(_notPossessor(titleId, exporter, importer));
        _surrender(titleId, importer, ITitles.SurrenderReason.DELIVERY);
    }

    function test_RevertGiven_NotEntitled() external {
        TitleId straight = _issue(ITitles.TitleForm.STRAIGHT, "s", importer.id);
        TitleId toOrder = _issue(ITitles.TitleForm.TO_ORDER, "t", importer.id);
        _transfer(straight, exporter, bankA);
        vm.expectRevert(_notEntitled(straight, bankA));
        _surrender(straight, bankA, ITitles.SurrenderReason.DELIVERY);
        vm.expectRevert(_notEntitled(toOrder, exporter));
        _surrender(toOrder, exporter, ITitles.SurrenderReason.DELIVERY);
    }

    function test_RevertGiven_Pledged() external {
        TitleId titleId = _issue(ITitles.TitleForm.BLANK);
        vm.prank(exporter.submitter.addr);
        titles.offerPledge(titleId, address(this), _FINANCING, importer.id);
        vm.expectRevert(
            abi.encodeWithSelector(ITitles.Titles_PledgeOffered.selector, titleId, _FINANCING)
        );
        _surrender(titleId, exporter, ITitles.SurrenderReason.DELIVERY);
        titles.takePledge(orderId, _FINANCING);
        vm.expectRevert(_wrongState(titleId, ITitles.TitleState.PLEDGED, ITitles.TitleState.ISSUED));
        _surrender(titleId, exporter, ITitles.SurrenderReason.DELIVERY);
    }

    function test_Surrenders() external {
        TitleId byShipper = _issue(ITitles.TitleForm.STRAIGHT, "1", importer.id);
        TitleId byConsignee = _issue(ITitles.TitleForm.STRAIGHT, "2", importer.id);
        TitleId byEndorsee = _issue(ITitles.TitleForm.TO_ORDER, "3", importer.id);
        TitleId byBearer = _issue(ITitles.TitleForm.BLANK, "4", NO_PARTICIPANT);
        _transfer(byConsignee, exporter, importer);
        _transfer(byEndorsee, exporter, importer);
        _transfer(byBearer, exporter, bankA);
        _assertSurrenders(byShipper, exporter);
        _assertSurrenders(byConsignee, importer);
        _assertSurrenders(byEndorsee, importer);
        _assertSurrenders(byBearer, bankA);
    }

    function test_RevertWhen_CallerIsNotCarrier() external {
        TitleId titleId = _surrendered(ITitles.SurrenderReason.DELIVERY);
        bytes memory refusal = abi.encodeWithSelector(
            ITitles.Titles_NotCarrier.selector, titleId, carrier.id, customsExport.id
        );
        vm.prank(customsExport.attester.addr);
        vm.expectRevert(refusal);
        titles.acceptSurrender(titleId);
        vm.prank(customsExport.attester.addr);
        vm.expectRevert(refusal);
        titles.rejectSurrender(titleId);
    }

    function test_RevertGiven_NotSurrendered() external {
        TitleId titleId = _issue(ITitles.TitleForm.BLANK);
        _expectNotSurrendered(titleId, ITitles.TitleState.ISSUED);
    }

    function test_AcceptSurrender_GivenDelivery() external {
        TitleId titleId = _surrendered(ITitles.SurrenderReason.DELIVERY);
        vm.expectEmit(address(titles));
        emit ITitles.TitleAccomplished(orderId, titleId, carrier.id);
        vm.prank(carrier.attester.addr);
        titles.acceptSurrender(titleId);
        assertState(titleId, ITitles.TitleState.ACCOMPLISHED);
        _expectNotSurrendered(titleId, ITitles.TitleState.ACCOMPLISHED);
    }

    function test_AcceptSurrender_GivenOtherReason() external {
        for (uint8 i = 1; i <= uint8(type(ITitles.SurrenderReason).max); ++i) {
            TitleId titleId = _issue(ITitles.TitleForm.BLANK, bytes32(uint256(i)), NO_PARTICIPANT);
            _surrender(titleId, exporter, ITitles.SurrenderReason(i));
            vm.expectEmit(address(titles));
            emit ITitles.TitleVoided(orderId, titleId, carrier.id, ITitles.SurrenderReason(i));
            vm.prank(carrier.attester.addr);
            titles.acceptSurrender(titleId);
            assertState(titleId, ITitles.TitleState.VOID);
            _expectNotSurrendered(titleId, ITitles.TitleState.VOID);
        }
    }

    function test_RejectSurrender() external {
        TitleId titleId = _surrendered(ITitles.SurrenderReason.AMENDMENT);
        vm.recordLogs();
        vm.expectEmit(address(titles));
        emit ITitles.SurrenderRejected(orderId, titleId, carrier.id, exporter.id);
        vm.prank(carrier.attester.addr);
        titles.rejectSurrender(titleId);
        _onlyLog();
        assertState(titleId, ITitles.TitleState.ISSUED);
        assertEq(titles.title(titleId).possessor, exporter.id);
        assertEq(titles.title(titleId).surrenderedBy, NO_PARTICIPANT);
        assertTrue(titles.title(titleId).surrenderReason == ITitles.SurrenderReason.DELIVERY);
        _expectNotSurrendered(titleId, ITitles.TitleState.ISSUED);
    }

    function _surrendered(ITitles.SurrenderReason reason) private returns (TitleId titleId) {
        titleId = _issue(ITitles.TitleForm.BLANK);
        _surrender(titleId, exporter, reason);
    }

    function _assertSurrenders(TitleId titleId, Member memory by) private {
        vm.expectEmit(address(titles));
        emit ITitles.TitleSurrendered(orderId, titleId, by.id, ITitles.SurrenderReason.SWITCH);
        _surrender(titleId, by, ITitles.SurrenderReason.SWITCH);
        assertState(titleId, ITitles.TitleState.SURRENDERED);
        assertEq(titles.title(titleId).possessor, carrier.id);
        assertEq(titles.title(titleId).surrenderedBy, by.id);
    }

    function _expectNotSurrendered(TitleId titleId, ITitles.TitleState current) private {
        bytes memory refusal = _wrongState(titleId, current, ITitles.TitleState.SURRENDERED);
        vm.prank(carrier.attester.addr);
        vm.expectRevert(refusal);
        titles.acceptSurrender(titleId);
        vm.prank(carrier.attester.addr);
        vm.expectRevert(refusal);
        titles.rejectSurrender(titleId);
    }

    function _notEntitled(TitleId titleId, Member memory actor)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(ITitles.Titles_NotEntitled.selector, titleId, actor.id);
    }
}
