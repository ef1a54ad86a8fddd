// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {ITitles} from "contracts/interfaces/ITitles.sol";
import {
    FinancingId,
    NO_FINANCING,
    NO_PARTICIPANT,
    NO_TITLE,
    OrderId,
    TitleId
} from "contracts/types/Ids.sol";
import {TitlesWorld} from "./TitlesWorld.sol";

/// @dev The test itself is the contract that takes pledges.
contract PledgeTest is TitlesWorld {
    FinancingId private constant _FINANCING = FinancingId.wrap("financing");

    TitleId private _bill;

    function setUp() public override {
        super.setUp();
        _bill = _issue(ITitles.TitleForm.BLANK);
    }

    function test_RevertWhen_OfferedByAnother() external {
        vm.expectRevert(_notPossessor(_bill, exporter, importer));
        _offer(_bill, importer, address(this), _FINANCING);
    }

    function test_RevertGiven_NotEntitled() external {
        TitleId straight = _issue(ITitles.TitleForm.STRAIGHT, "s", exporter.id);
        TitleId toOrder = _issue(ITitles.TitleForm.TO_ORDER, "t", importer.id);
        bytes4 selector = ITitles.Titles_NotEntitled.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, straight, exporter.id));
        _offer(straight, exporter, address(this), _FINANCING);
        vm.expectRevert(abi.encodeWithSelector(selector, toOrder, exporter.id));
        _offer(toOrder, exporter, address(this), _FINANCING);
    }

    /// @dev Else a pledge to a contract of one's own would pass on what may not be endorsed.
    function test_RevertGiven_MayNotEndorseFurther() external {
        TitleId toOrder = _issue(ITitles.TitleForm.TO_ORDER, "t", exporter.id);
        _endorse(toOrder, exporter, bankA, false);
        _transfer(toOrder, exporter, bankA);
        vm.expectRevert(
            abi.encodeWithSelector(ITitles.Titles_NotEntitled.selector, toOrder, bankA.id)
        );
        _offer(toOrder, bankA, address(this), _FINANCING);
    }

    function test_RevertWhen_NoContractNamed() external {
        vm.expectRevert(_notPledgee(_bill, address(0), exporter.submitter.addr));
        _offer(_bill, exporter, address(0), _FINANCING);
    }

    /// @dev Participants calls for whoever has signed: as pledgee it would be anybody.
    function test_P2_RevertWhen_PledgeeIsParticipants() external {
        address anybody = address(participants);
        vm.expectRevert(_notPledgee(_bill, anybody, exporter.submitter.addr));
        _offer(_bill, exporter, anybody, _FINANCING);
    }

    function test_RevertGiven_OfferedAlready() external {
        _offer(_bill, exporter, address(this), _FINANCING);
        vm.expectRevert(_offered(_bill));
        _offer(_bill, exporter, address(this), FinancingId.wrap("another"));
    }

    function test_RevertGiven_AnotherBillOffered() external {
        _offer(_bill, exporter, address(this), _FINANCING);
        TitleId second = _issue(ITitles.TitleForm.BLANK, "2", NO_PARTICIPANT);
        vm.expectRevert(_offered(_bill));
        _offer(second, exporter, address(this), _FINANCING);
    }

    /// @dev A member with a worthless bill of its own must not block anybody's pledge.
    function test_GivenForeignBillOffered() external {
        OrderId own = orderId;
        orderId = _placeAccepted("order 2");
        TitleId foreign = _issue(ITitles.TitleForm.BLANK, "foreign", NO_PARTICIPANT);
        _offer(foreign, exporter, address(this), _FINANCING);
        orderId = own;
        _offer(_bill, exporter, address(this), _FINANCING);
        assertEq(titles.titleFor(own, _FINANCING), _bill);
        assertEq(titles.takePledge(own, _FINANCING), _bill);
    }

    function test_RevertGiven_ReceiverNotActive() external {
        _suspend(importer);
        vm.expectRevert(_notActive(importer));
        _offer(_bill, exporter, address(this), _FINANCING);
    }

    function test_Offers() external {
        vm.recordLogs();
        vm.expectEmit(address(titles));
        emit ITitles.PledgeOffered(
            orderId, _bill, exporter.id, address(this), _FINANCING, importer.id
        );
        _offer(_bill, exporter, address(this), _FINANCING);
        _onlyLog();
        ITitles.Pledge memory offer = titles.pledge(_bill);
        assertState(_bill, ITitles.TitleState.ISSUED);
        assertEq(offer.pledgee, address(this));
        assertEq(offer.financingId, _FINANCING);
        assertEq(offer.deliverTo, importer.id);
        assertEq(titles.titleFor(orderId, _FINANCING), _bill);
    }

    function test_OffersToOrder() external {
        TitleId toOrder = _issue(ITitles.TitleForm.TO_ORDER, "t", exporter.id);
        _offer(toOrder, exporter, address(this), _FINANCING);
        assertEq(titles.titleFor(orderId, _FINANCING), toOrder);
    }

    function test_RevertGiven_NothingToWithdraw() external {
        vm.expectRevert(
            abi.encodeWithSelector(ITitles.Titles_NoPledgeOffered.selector, FinancingId.wrap(0))
        );
        _withdrawOffer(exporter);
        _offer(_bill, exporter, address(this), _FINANCING);
        vm.expectRevert(_notPossessor(_bill, exporter, importer));
        _withdrawOffer(importer);
        titles.takePledge(orderId, _FINANCING);
        vm.expectRevert(_wrongState(_bill, ITitles.TitleState.PLEDGED, ITitles.TitleState.ISSUED));
        _withdrawOffer(exporter);
    }

    function test_WithdrawsOffer() external {
        _offer(_bill, exporter, address(this), _FINANCING);
        vm.expectEmit(address(titles));
        emit ITitles.PledgeOfferWithdrawn(orderId, _bill, exporter.id);
        _withdrawOffer(exporter);
        _assertNoPledge();
        _transfer(_bill, exporter, importer);
    }

    function test_RevertGiven_NoOffer() external {
        bytes memory refusal =
            abi.encodeWithSelector(ITitles.Titles_NoPledgeOffered.selector, _FINANCING);
        vm.expectRevert(refusal);
        titles.takePledge(orderId, _FINANCING);
        vm.expectRevert(refusal);
        titles.deliver(orderId, _FINANCING);
    }

    function test_RevertWhen_CallerIsNotPledgee() external {
        _offer(_bill, exporter, address(this), _FINANCING);
        bytes memory refusal = _notPledgee(_bill, address(this), stranger);
        vm.prank(stranger);
        vm.expectRevert(refusal);
        titles.takePledge(orderId, _FINANCING);
        titles.takePledge(orderId, _FINANCING);
        vm.prank(stranger);
        vm.expectRevert(refusal);
        titles.deliver(orderId, _FINANCING);
    }

    function test_TakesPledge() external {
        _offer(_bill, exporter, address(this), _FINANCING);
        vm.recordLogs();
        vm.expectEmit(address(titles));
        emit ITitles.TitlePledged(orderId, _bill, exporter.id, _FINANCING);
        assertEq(titles.takePledge(orderId, _FINANCING), _bill);
        _onlyLog();
        assertState(_bill, ITitles.TitleState.PLEDGED);
        assertEq(titles.title(_bill).possessor, exporter.id);

        vm.recordLogs();
        assertEq(titles.takePledge(orderId, _FINANCING), _bill);
        assertEq(vm.getRecordedLogs().length, 0);
    }

    function test_RevertGiven_PledgeNotTaken() external {
        _offer(_bill, exporter, address(this), _FINANCING);
        vm.expectRevert(_wrongState(_bill, ITitles.TitleState.ISSUED, ITitles.TitleState.PLEDGED));
        titles.deliver(orderId, _FINANCING);
    }

    function test_RevertGiven_ReceiverSuspended() external {
        _offer(_bill, exporter, address(this), _FINANCING);
        titles.takePledge(orderId, _FINANCING);
        _suspend(importer);
        vm.expectRevert(_notActive(importer));
        titles.deliver(orderId, _FINANCING);
        assertState(_bill, ITitles.TitleState.PLEDGED);
    }

    function test_Delivers() external {
        _offer(_bill, exporter, address(this), _FINANCING);
        titles.takePledge(orderId, _FINANCING);
        vm.recordLogs();
        vm.expectEmit(address(titles));
        emit ITitles.TitleDelivered(orderId, _bill, importer.id, _FINANCING);
        titles.deliver(orderId, _FINANCING);
        _onlyLog();
        assertState(_bill, ITitles.TitleState.ISSUED);
        assertEq(titles.title(_bill).possessor, importer.id);
        assertEq(titles.title(_bill).endorsee, NO_PARTICIPANT);
        _assertNoPledge();
    }

    function test_DeliversToOrder() external {
        TitleId toOrder = _issue(ITitles.TitleForm.TO_ORDER, "t", exporter.id);
        _endorse(toOrder, exporter, bankA, true);
        _transfer(toOrder, exporter, bankA);
        _offer(toOrder, bankA, address(this), _FINANCING);
        titles.takePledge(orderId, _FINANCING);
        titles.deliver(orderId, _FINANCING);
        assertEq(titles.title(toOrder).possessor, importer.id);
        assertEq(titles.title(toOrder).endorsee, importer.id);
        assertTrue(titles.title(toOrder).mayEndorse);
    }

    function test_Enforce_RevertGiven_NoPledge() external {
        vm.expectRevert(abi.encodeWithSelector(ITitles.Titles_NoPledgeOffered.selector, _FINANCING));
        titles.enforce(orderId, _FINANCING, bankA.id);
        _offer(_bill, exporter, address(this), _FINANCING);
        vm.expectRevert(_wrongState(_bill, ITitles.TitleState.ISSUED, ITitles.TitleState.PLEDGED));
        titles.enforce(orderId, _FINANCING, bankA.id);
    }

    function test_Enforce_RevertWhen_CallerIsNotPledgee() external {
        _offer(_bill, exporter, address(this), _FINANCING);
        titles.takePledge(orderId, _FINANCING);
        address[3] memory others = [stranger, exporter.submitter.addr, bankA.decider.addr];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.prank(others[i]);
            vm.expectRevert(_notPledgee(_bill, address(this), others[i]));
            titles.enforce(orderId, _FINANCING, bankA.id);
        }
    }

    function test_Enforce_RevertGiven_ReceiverNotActive() external {
        _offer(_bill, exporter, address(this), _FINANCING);
        titles.takePledge(orderId, _FINANCING);
        _suspend(bankA);
        vm.expectRevert(_notActive(bankA));
        titles.enforce(orderId, _FINANCING, bankA.id);
        assertState(_bill, ITitles.TitleState.PLEDGED);
        // nor to nobody
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_NotActive.selector,
                NO_PARTICIPANT,
                IParticipants.ParticipantState.NONE
            )
        );
        titles.enforce(orderId, _FINANCING, NO_PARTICIPANT);
    }

    /// @dev Also against the wish of who is suspended by then.
    function test_Enforces() external {
        _offer(_bill, exporter, address(this), _FINANCING);
        titles.takePledge(orderId, _FINANCING);
        _suspend(exporter);
        vm.recordLogs();
        vm.expectEmit(address(titles));
        emit ITitles.TitleEnforced(orderId, _bill, bankA.id, _FINANCING);
        titles.enforce(orderId, _FINANCING, bankA.id);
        _onlyLog();
        assertState(_bill, ITitles.TitleState.ISSUED);
        assertEq(titles.title(_bill).possessor, bankA.id);
        _assertNoPledge();
        // and once only
        vm.expectRevert(abi.encodeWithSelector(ITitles.Titles_NoPledgeOffered.selector, _FINANCING));
        titles.enforce(orderId, _FINANCING, bankA.id);
    }

    function test_EnforcesToOrder() external {
        TitleId toOrder = _issue(ITitles.TitleForm.TO_ORDER, "t", exporter.id);
        _offer(toOrder, exporter, address(this), _FINANCING);
        titles.takePledge(orderId, _FINANCING);
        titles.enforce(orderId, _FINANCING, bankA.id);
        assertEq(titles.title(toOrder).possessor, bankA.id);
        assertEq(titles.title(toOrder).endorsee, bankA.id);
        assertTrue(titles.title(toOrder).mayEndorse);
        _assertNoPledge(toOrder);
        // the goods are the bank's to claim, or to sell on
        _endorse(toOrder, bankA, importer, true);
        _transfer(toOrder, bankA, importer);
        _surrender(toOrder, importer, ITitles.SurrenderReason.DELIVERY);
    }

    function _offer(TitleId titleId, Member memory by, address pledgee, FinancingId financingId)
        private
    {
        vm.prank(by.submitter.addr);
        titles.offerPledge(titleId, pledgee, financingId, importer.id);
    }

    function _withdrawOffer(Member memory by) private {
        vm.prank(by.submitter.addr);
        titles.withdrawPledgeOffer(_bill);
    }

    function _assertNoPledge() private view {
        _assertNoPledge(_bill);
    }

    function _assertNoPledge(TitleId titleId) private view {
        ITitles.Pledge memory none = titles.pledge(titleId);
        assertEq(none.pledgee, address(0));
        assertEq(none.financingId, NO_FINANCING);
        assertEq(none.deliverTo, NO_PARTICIPANT);
        assertEq(titles.titleFor(orderId, _FINANCING), NO_TITLE);
    }

    function _offered(TitleId titleId) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ITitles.Titles_PledgeOffered.selector, titleId, _FINANCING);
    }

    function _notPledgee(TitleId titleId, address pledgee, address caller)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(ITitles.Titles_NotPledgee.selector, titleId, pledgee, caller);
    }
}
