// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {ITitles} from "contracts/interfaces/ITitles.sol";
import {FinancingId, NO_TITLE, OrderId, TitleId} from "contracts/types/Ids.sol";
import {Test} from "../utils/Test.sol";
import {TitlesHandler} from "./TitlesHandler.sol";

/// @dev The invariants of README.md beside this file: what MLETR wants of a transferable record.
contract TitlesInvariants is Test {
    TitlesHandler private _handler;
    ITitles private _titles;
    IParticipants private _participants;

    function setUp() external {
        _handler = new TitlesHandler();
        _handler.setUp();
        (address titles, address participants) = _handler.registry();
        _titles = ITitles(titles);
        _participants = IParticipants(participants);
        _handler.issue(0, 2, 0, 0);
        _handler.issue(1, 1, 1, 1);
        _handler.issue(2, 0, 0, 1);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[] memory acts = new bytes4[](12);
        acts[0] = TitlesHandler.issue.selector;
        acts[1] = TitlesHandler.reissue.selector;
        acts[2] = TitlesHandler.transfer.selector;
        acts[3] = TitlesHandler.endorse.selector;
        acts[4] = TitlesHandler.blankEndorse.selector;
        acts[5] = TitlesHandler.surrender.selector;
        acts[6] = TitlesHandler.answer.selector;
        acts[7] = TitlesHandler.offerPledge.selector;
        acts[8] = TitlesHandler.withdrawOffer.selector;
        acts[9] = TitlesHandler.takePledge.selector;
        acts[10] = TitlesHandler.endPledge.selector;
        acts[11] = TitlesHandler.changeStanding.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), acts);
    }

    /// @dev All in one campaign: each looks at the same course of events.
    function invariant_AllHold() external view {
        for (uint256 root = 0; root < _handler.ROOTS(); ++root) {
            _oneLiveRecord(root);
        }
        for (uint256 i = 0; i < _handler.count(); ++i) {
            TitlesHandler.Ghost memory g = _handler.ghost(i);
            ITitles.Title memory bill = _titles.title(g.id);
            _oneController(g, bill);
            _controllerIsMember(bill);
            _contentIsImmutable(g, bill);
            _statesAreTheLedgers(g, bill);
            _paperIsNoUse(g, bill);
            _pledgeIsTheLedgers(i, g);
        }
        vm.assertFalse(_handler.leftTheLines(), "a state that may not follow");
        vm.assertFalse(_handler.pledgeeBypassed(), "a pledged bill moved without its pledgee");
    }

    /// @dev Else the invariants would hold of a handler that does nothing.
    function test_EveryActHappens() external {
        vm.pauseGasMetering();
        bytes4[] memory acts = this.targetSelectors()[0].selectors;
        for (uint256 i = 0; i < 600; ++i) {
            (uint256 a, uint256 b, uint256 c, uint256 d) = (_r(i, 0), _r(i, 1), _r(i, 2), _r(i, 3));
            bytes4 act = acts[_r(i, 4) % acts.length];
            (bool ok,) = address(_handler).call(abi.encodePacked(act, a, b, c % 2, d % 2));
            assertTrue(ok);
        }
        bytes32[14] memory names = [
            bytes32("issue"),
            "reissue",
            "transfer",
            "endorse",
            "blankEndorse",
            "surrender",
            "accept",
            "reject",
            "offer",
            "withdraw",
            "take",
            "deliver",
            "enforce",
            "changeStanding"
        ];
        for (uint256 i = 0; i < names.length; ++i) {
            vm.assertGe(_handler.done(names[i]), 1, string(abi.encodePacked(names[i])));
        }
    }

    function _r(uint256 i, uint256 j) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(i, j)));
    }

    /// @dev Followed by the contract's own links, from the first bill of the reference.
    function _oneLiveRecord(uint256 root) private view {
        TitleId titleId = _handler.rootIdOf(root);
        TitleId last = NO_TITLE;
        uint256 live;
        uint256 length;
        while (!(titleId == NO_TITLE)) {
            ITitles.Title memory bill = _titles.title(titleId);
            if (bill.state == ITitles.TitleState.NONE) break;
            assertEq(bill.replaces, last);
            if (_isLive(bill.state)) ++live;
            (last, titleId) = (titleId, bill.replacedBy);
            ++length;
        }
        vm.assertLe(live, 1, "live records of one reference");
        vm.assertEq(length, _billsOf(root), "every bill is in its reference's chain");
    }

    function _oneController(TitlesHandler.Ghost memory g, ITitles.Title memory bill) private view {
        bool returned = g.state >= ITitles.TitleState.SURRENDERED;
        assertEq(bill.carrier, _handler.carrierOf(g.root));
        assertEq(bill.possessor, returned ? bill.carrier : _handler.idOf(g.holder));
        assertEq(bill.endorsee, _handler.idOf(g.endorsee));
        assertEq(bill.mayEndorse, g.mayEndorse);
        assertTrue(bill.form == g.form);
    }

    /// @dev Who is suspended after it got the bill keeps it, and can do nothing with it.
    function _controllerIsMember(ITitles.Title memory bill) private view {
        IParticipants.ParticipantState state = _participants.participant(bill.possessor).state;
        assertTrue(
            state == IParticipants.ParticipantState.ACTIVE
                || state == IParticipants.ParticipantState.SUSPENDED
        );
    }

    function _contentIsImmutable(TitlesHandler.Ghost memory g, ITitles.Title memory bill)
        private
        view
    {
        assertEq(bill.commitment, g.commitment);
        assertEq(bill.orderId, _handler.orderOf(g.root));
    }

    function _statesAreTheLedgers(TitlesHandler.Ghost memory g, ITitles.Title memory bill)
        private
        pure
    {
        vm.assertEq(uint256(bill.state), uint256(g.state), "state");
        assertEq(!(bill.replacedBy == NO_TITLE), g.reissued);
    }

    function _paperIsNoUse(TitlesHandler.Ghost memory g, ITitles.Title memory bill) private view {
        bool onPaper =
            g.state == ITitles.TitleState.VOID && g.reason == ITitles.SurrenderReason.PAPER;
        assertEq(bill.medium == ITitles.Medium.PAPER, onPaper);
        if (!onPaper) return;
        assertEq(bill.replacedBy, NO_TITLE);
        assertEq(_titles.pledge(g.id).pledgee, address(0));
    }

    function _pledgeIsTheLedgers(uint256 i, TitlesHandler.Ghost memory g) private view {
        ITitles.Pledge memory pledge = _titles.pledge(g.id);
        assertEq(pledge.pledgee, _handler.pledgeeOf(i));
        if (g.pledgee == 0) return;
        FinancingId financingId = FinancingId.wrap(bytes32(g.financing + 1));
        OrderId orderId = _handler.orderOf(g.root);
        assertEq(pledge.financingId, financingId);
        assertEq(_titles.titleFor(orderId, financingId), g.id);
    }

    function _billsOf(uint256 root) private view returns (uint256 count) {
        for (uint256 i = 0; i < _handler.count(); ++i) {
            if (_handler.ghost(i).root == root) ++count;
        }
    }

    function _isLive(ITitles.TitleState state) private pure returns (bool) {
        return state == ITitles.TitleState.ISSUED || state == ITitles.TitleState.PLEDGED
            || state == ITitles.TitleState.SURRENDERED;
    }
}
