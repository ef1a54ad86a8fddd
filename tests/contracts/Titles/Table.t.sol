// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITitles} from "contracts/interfaces/ITitles.sol";
import {
    FinancingId,
    NO_PARTICIPANT,
    NO_TITLE,
    ParticipantId,
    TitleId,
    deriveReissuedTitleId,
    deriveTitleId
} from "contracts/types/Ids.sol";
import {TitlesWorld} from "./TitlesWorld.sol";

/// @dev DCSA PINT 3.0 as a table: every act by everybody, on bills of every form, in every state
/// and in everybody's hands, is allowed exactly where a row says so, and changes exactly what is
/// said.
/// The table and what an act changes are written from the standard, not from the contract.
contract TableTest is TitlesWorld {
    enum Act {
        ISSUE,
        REISSUE,
        TRANSFER,
        ENDORSE,
        ENDORSE_TO_ORDER,
        BLANK_ENDORSE,
        SIGN,
        SURRENDER_FOR_DELIVERY,
        SURRENDER_FOR_AMENDMENT,
        SACC,
        SREJ,
        OFFER_PLEDGE,
        WITHDRAW_OFFER,
        TAKE_PLEDGE,
        DELIVER,
        ENFORCE
    }

    /// @dev Where a bill can stand, finer than the contract's own states.
    enum Stand {
        NONE,
        ISSUED,
        REJECTED,
        OFFERED,
        PLEDGED,
        FOR_DELIVERY,
        FOR_AMENDMENT,
        FOR_PAPER,
        ACCOMPLISHED,
        AMENDED,
        REISSUED,
        ON_PAPER
    }

    enum Actor {
        CARRIER,
        OTHER_CARRIER,
        SHIPPER,
        NAMED,
        THIRD,
        STRANGER,
        PLEDGEE
    }

    enum Who {
        NOBODY,
        NAMED_CARRIER,
        ISSUING_CARRIER,
        POSSESSOR,
        ENDORSER,
        CLAIMANT,
        PLEDGOR,
        PLEDGEE
    }

    /// @param stands Bit of each Stand. @param forms Bit of each form.
    struct Row {
        uint16 stands;
        uint8 forms;
        Who who;
    }

    /// @param possessor Who has it, or had it when it was surrendered.
    struct Scene {
        ITitles.TitleForm form;
        Stand stand;
        Actor possessor;
        bool mayEndorse;
        TitleId titleId;
    }

    uint8 private constant _ALL = 7;
    uint8 private constant _TO_ORDER = uint8(1) << uint8(ITitles.TitleForm.TO_ORDER);
    uint8 private constant _NEGOTIABLE = _TO_ORDER | (uint8(1) << uint8(ITitles.TitleForm.BLANK));
    FinancingId private constant _FINANCING = FinancingId.wrap("financing");
    bytes32 private constant _AMENDED_BYTES = keccak256("the amended bill's bytes");
    address private constant _PLEDGEE = address(0xF1);

    Member private _otherCarrier;
    mapping(Act => Row) private _table;
    uint256 private _tried;

    function setUp() public override {
        super.setUp();
        _otherCarrier = customsExport;
        uint16 live = _at(Stand.ISSUED) | _at(Stand.REJECTED);
        uint16 surrendered =
            _at(Stand.FOR_DELIVERY) | _at(Stand.FOR_AMENDMENT) | _at(Stand.FOR_PAPER);
        _table[Act.ISSUE] = Row(_at(Stand.NONE), _ALL, Who.NAMED_CARRIER);
        _table[Act.REISSUE] = Row(_at(Stand.AMENDED), _ALL, Who.ISSUING_CARRIER);
        _table[Act.TRANSFER] = Row(live, _ALL, Who.POSSESSOR);
        _table[Act.ENDORSE] = Row(live, _TO_ORDER, Who.ENDORSER);
        _table[Act.ENDORSE_TO_ORDER] = Row(live, _TO_ORDER, Who.ENDORSER);
        _table[Act.BLANK_ENDORSE] = Row(live, _TO_ORDER, Who.ENDORSER);
        _table[Act.SIGN] = Row(live | _at(Stand.OFFERED), _ALL, Who.POSSESSOR);
        _table[Act.SURRENDER_FOR_DELIVERY] = Row(live, _ALL, Who.CLAIMANT);
        _table[Act.SURRENDER_FOR_AMENDMENT] = Row(live, _ALL, Who.CLAIMANT);
        _table[Act.SACC] = Row(surrendered, _ALL, Who.ISSUING_CARRIER);
        _table[Act.SREJ] = Row(surrendered, _ALL, Who.ISSUING_CARRIER);
        _table[Act.OFFER_PLEDGE] = Row(live, _NEGOTIABLE, Who.PLEDGOR);
        _table[Act.WITHDRAW_OFFER] = Row(_at(Stand.OFFERED), _NEGOTIABLE, Who.POSSESSOR);
        _table[Act.TAKE_PLEDGE] =
            Row(_at(Stand.OFFERED) | _at(Stand.PLEDGED), _NEGOTIABLE, Who.PLEDGEE);
        _table[Act.DELIVER] = Row(_at(Stand.PLEDGED), _NEGOTIABLE, Who.PLEDGEE);
        _table[Act.ENFORCE] = Row(_at(Stand.PLEDGED), _NEGOTIABLE, Who.PLEDGEE);
    }

    function test_Straight() external {
        _tryScenes(ITitles.TitleForm.STRAIGHT, false);
        // nobody can pledge it, and a third party not even surrender it
        vm.assertEq(_tried, (2 * 10 + 2) * 16 * 7, "scenes");
    }

    function test_ToOrder() external {
        _tryScenes(ITitles.TitleForm.TO_ORDER, true);
        // only the endorsee can surrender or pledge it
        vm.assertEq(_tried, (2 * 2 + 12) * 16 * 7, "scenes");
    }

    function test_ToOrderOfOneEndorsee() external {
        _tryScenes(ITitles.TitleForm.TO_ORDER, false);
        // who may surrender it but not pledge it
        vm.assertEq(_tried, (2 * 2 + 10) * 16 * 7, "scenes");
    }

    function test_Blank() external {
        _tryScenes(ITitles.TitleForm.BLANK, false);
        vm.assertEq(_tried, 3 * 12 * 16 * 7, "scenes");
    }

    // The table

    function _isAllowed(Scene memory scene, Act act, Actor actor) private view returns (bool) {
        Row memory row = _table[act];
        bool fits = row.stands & _at(scene.stand) != 0;
        return fits && row.forms >> uint8(scene.form) & 1 == 1 && _is(scene, actor, row.who);
    }

    function _is(Scene memory scene, Actor actor, Who who) private pure returns (bool) {
        bool possessor = actor == scene.possessor && scene.stand != Stand.NONE;
        if (who == Who.NAMED_CARRIER || who == Who.ISSUING_CARRIER) return actor == Actor.CARRIER;
        if (who == Who.PLEDGEE) return actor == Actor.PLEDGEE;
        if (who == Who.POSSESSOR) return possessor;
        if (who == Who.ENDORSER) return possessor && actor == Actor.NAMED && scene.mayEndorse;
        if (who == Who.PLEDGOR) return possessor && _mayPledge(scene);
        return possessor && _mayClaim(scene);
    }

    function _mayClaim(Scene memory scene) private pure returns (bool) {
        if (scene.form == ITitles.TitleForm.BLANK) return true;
        bool shipper = scene.possessor == Actor.SHIPPER;
        return
            scene.possessor == Actor.NAMED || (shipper && scene.form == ITitles.TitleForm.STRAIGHT);
    }

    function _mayPledge(Scene memory scene) private pure returns (bool) {
        if (scene.form == ITitles.TitleForm.BLANK) return true;
        return scene.possessor == Actor.NAMED && scene.mayEndorse;
    }

    /// @dev What the act makes of the bill: everything else stays as it was.
    function _after(Scene memory scene, ITitles.Title memory bill, Act act)
        private
        view
        returns (ITitles.Title memory)
    {
        bool order = bill.form == ITitles.TitleForm.TO_ORDER;
        if (act == Act.TRANSFER) bill.possessor = bankB.id;
        if (act == Act.ENDORSE || act == Act.ENDORSE_TO_ORDER) {
            bill.endorsee = bankB.id;
            bill.mayEndorse = act == Act.ENDORSE_TO_ORDER;
        }
        if (act == Act.BLANK_ENDORSE) {
            bill.form = ITitles.TitleForm.BLANK;
            bill.endorsee = NO_PARTICIPANT;
            bill.mayEndorse = false;
        }
        if (act == Act.SURRENDER_FOR_DELIVERY || act == Act.SURRENDER_FOR_AMENDMENT) {
            bill.state = ITitles.TitleState.SURRENDERED;
            bill.surrenderReason = act == Act.SURRENDER_FOR_DELIVERY
                ? ITitles.SurrenderReason.DELIVERY
                : ITitles.SurrenderReason.DESTINATION;
            bill.surrenderedBy = bill.possessor;
            bill.possessor = carrier.id;
        }
        if (act == Act.SACC) {
            bool delivery = scene.stand == Stand.FOR_DELIVERY;
            bill.state = delivery ? ITitles.TitleState.ACCOMPLISHED : ITitles.TitleState.VOID;
            if (scene.stand == Stand.FOR_PAPER) bill.medium = ITitles.Medium.PAPER;
        }
        if (act == Act.SREJ) {
            bill.state = ITitles.TitleState.ISSUED;
            bill.surrenderReason = ITitles.SurrenderReason.DELIVERY;
            bill.possessor = bill.surrenderedBy;
            bill.surrenderedBy = NO_PARTICIPANT;
        }
        if (act == Act.TAKE_PLEDGE) bill.state = ITitles.TitleState.PLEDGED;
        if (act == Act.DELIVER || act == Act.ENFORCE) {
            bill.state = ITitles.TitleState.ISSUED;
            bill.possessor = act == Act.DELIVER ? importer.id : bankB.id;
            if (order) bill.endorsee = bill.possessor;
        }
        if (act == Act.REISSUE) {
            bill.replacedBy = deriveReissuedTitleId(address(titles), scene.titleId);
        }
        if (act == Act.ISSUE) bill = _fresh(NO_TITLE, exporter.id, COMMITMENT);
        return bill;
    }

    /// @dev A blank bill as `issue` and `reissue` are called here.
    function _fresh(TitleId replaces, ParticipantId possessor, bytes32 commitment)
        private
        view
        returns (ITitles.Title memory bill)
    {
        bill.state = ITitles.TitleState.ISSUED;
        bill.form = ITitles.TitleForm.BLANK;
        bill.orderId = orderId;
        bill.carrier = carrier.id;
        bill.possessor = possessor;
        bill.commitment = commitment;
        bill.replaces = replaces;
    }

    // Trying

    function _tryScenes(ITitles.TitleForm form, bool mayEndorse) private {
        vm.pauseGasMetering();
        uint256 start = vm.snapshotState();
        Actor[3] memory possessors = [Actor.SHIPPER, Actor.NAMED, Actor.THIRD];
        for (uint256 p = 0; p < possessors.length; ++p) {
            for (uint8 i = 0; i <= uint8(type(Stand).max); ++i) {
                Scene memory scene = Scene(form, Stand(i), possessors[p], mayEndorse, NO_TITLE);
                if (!_exists(scene)) continue;
                _set(scene);
                uint256 tried = _trySceneAs(scene);
                vm.revertToState(start);
                _tried += tried;
                start = vm.snapshotState();
            }
        }
    }

    function _trySceneAs(Scene memory scene) private returns (uint256 tried) {
        for (uint8 act = 0; act <= uint8(type(Act).max); ++act) {
            for (uint8 actor = 0; actor <= uint8(type(Actor).max); ++actor) {
                uint256 start = vm.snapshotState();
                _try(scene, Act(act), Actor(actor));
                vm.revertToState(start);
                ++tried;
            }
        }
    }

    function _try(Scene memory scene, Act act, Actor actor) private {
        ITitles.Title memory before = titles.title(scene.titleId);
        vm.prank(_key(actor, act));
        (bool done,) = address(titles).call(_call(scene.titleId, act));
        vm.assertTrue(done == _isAllowed(scene, act, actor), _name(scene, act, actor));
        ITitles.Title memory expected = before;
        if (done) expected = _after(scene, before, act);
        bytes memory found = abi.encode(titles.title(scene.titleId));
        vm.assertEq(found, abi.encode(expected), _name(scene, act, actor));
        if (!done || act != Act.REISSUE) return;
        ITitles.Title memory reissued =
            _fresh(scene.titleId, _member(scene.possessor).id, _AMENDED_BYTES);
        vm.assertEq(abi.encode(titles.title(expected.replacedBy)), abi.encode(reissued));
    }

    /// @dev With the permission that the act asks for, so that only the actor is judged.
    function _key(Actor actor, Act act) private view returns (address) {
        if (actor == Actor.PLEDGEE) return _PLEDGEE;
        bool carriers = act == Act.ISSUE || act == Act.REISSUE || act == Act.SACC || act == Act.SREJ;
        Member memory member = _member(actor);
        return carriers ? member.attester.addr : member.submitter.addr;
    }

    function _call(TitleId titleId, Act act) private view returns (bytes memory) {
        if (act == Act.ISSUE) {
            ITitles.Bill memory bill = _written(ITitles.TitleForm.BLANK, NO_PARTICIPANT);
            return abi.encodeCall(ITitles.issue, (orderId, REFERENCE, bill));
        }
        if (act == Act.REISSUE) {
            ITitles.Bill memory bill = _written(ITitles.TitleForm.BLANK, NO_PARTICIPANT);
            bill.commitment = _AMENDED_BYTES;
            return abi.encodeCall(ITitles.reissue, (titleId, bill));
        }
        if (act == Act.TRANSFER) return abi.encodeCall(ITitles.transfer, (titleId, bankB.id));
        if (act == Act.ENDORSE) return abi.encodeCall(ITitles.endorse, (titleId, bankB.id, false));
        if (act == Act.ENDORSE_TO_ORDER) {
            return abi.encodeCall(ITitles.endorse, (titleId, bankB.id, true));
        }
        if (act == Act.BLANK_ENDORSE) return abi.encodeCall(ITitles.blankEndorse, (titleId));
        if (act == Act.SIGN) return abi.encodeCall(ITitles.sign, (titleId));
        if (act == Act.SURRENDER_FOR_DELIVERY) {
            return abi.encodeCall(ITitles.surrender, (titleId, ITitles.SurrenderReason.DELIVERY));
        }
        if (act == Act.SURRENDER_FOR_AMENDMENT) {
            return abi.encodeCall(ITitles.surrender, (titleId, ITitles.SurrenderReason.DESTINATION));
        }
        if (act == Act.SACC) return abi.encodeCall(ITitles.acceptSurrender, (titleId));
        if (act == Act.SREJ) return abi.encodeCall(ITitles.rejectSurrender, (titleId));
        return _pledgeCall(titleId, act);
    }

    function _pledgeCall(TitleId titleId, Act act) private view returns (bytes memory) {
        if (act == Act.OFFER_PLEDGE) {
            return abi.encodeCall(ITitles.offerPledge, (titleId, _PLEDGEE, _FINANCING, importer.id));
        }
        if (act == Act.WITHDRAW_OFFER) {
            return abi.encodeCall(ITitles.withdrawPledgeOffer, (titleId));
        }
        if (act == Act.TAKE_PLEDGE) {
            return abi.encodeCall(ITitles.takePledge, (orderId, _FINANCING));
        }
        if (act == Act.DELIVER) return abi.encodeCall(ITitles.deliver, (orderId, _FINANCING));
        return abi.encodeCall(ITitles.enforce, (orderId, _FINANCING, bankB.id));
    }

    // Setting the scene

    function _exists(Scene memory scene) private pure returns (bool) {
        if (scene.stand == Stand.NONE || scene.stand == Stand.ISSUED) return true;
        if (scene.stand == Stand.OFFERED || scene.stand == Stand.PLEDGED) return _mayPledge(scene);
        return _mayClaim(scene);
    }

    function _set(Scene memory scene) private {
        scene.titleId = deriveTitleId(address(titles), carrier.id, REFERENCE);
        if (scene.stand == Stand.NONE) return;
        _issueTo(scene);
        if (scene.possessor != Actor.SHIPPER) {
            _transfer(scene.titleId, exporter, _member(scene.possessor));
        }
        if (scene.stand == Stand.ISSUED) return;
        if (scene.stand == Stand.OFFERED || scene.stand == Stand.PLEDGED) return _pledgeIt(scene);
        _return(scene);
    }

    /// @dev The importer is named; who may not endorse further was endorsed, not issued, a bill.
    function _issueTo(Scene memory scene) private {
        bool endorsed = scene.form == ITitles.TitleForm.TO_ORDER && !scene.mayEndorse;
        if (endorsed) {
            _issue(scene.form, REFERENCE, exporter.id);
            _endorse(scene.titleId, exporter, importer, false);
        } else {
            bool blank = scene.form == ITitles.TitleForm.BLANK;
            _issue(scene.form, REFERENCE, blank ? NO_PARTICIPANT : importer.id);
        }
    }

    function _pledgeIt(Scene memory scene) private {
        vm.prank(_member(scene.possessor).submitter.addr);
        titles.offerPledge(scene.titleId, _PLEDGEE, _FINANCING, importer.id);
        if (scene.stand == Stand.OFFERED) return;
        vm.prank(_PLEDGEE);
        titles.takePledge(orderId, _FINANCING);
    }

    function _return(Scene memory scene) private {
        _surrender(scene.titleId, _member(scene.possessor), _reason(scene.stand));
        if (scene.stand == Stand.REJECTED) {
            vm.prank(carrier.attester.addr);
            return titles.rejectSurrender(scene.titleId);
        }
        if (scene.stand < Stand.ACCOMPLISHED) return;
        _acceptSurrender(scene.titleId);
        if (scene.stand != Stand.REISSUED) return;
        vm.prank(carrier.attester.addr);
        titles.reissue(scene.titleId, _written(ITitles.TitleForm.BLANK, NO_PARTICIPANT));
    }

    function _reason(Stand stand) private pure returns (ITitles.SurrenderReason) {
        if (stand == Stand.FOR_DELIVERY || stand == Stand.ACCOMPLISHED) {
            return ITitles.SurrenderReason.DELIVERY;
        }
        bool onPaper = stand == Stand.FOR_PAPER || stand == Stand.ON_PAPER;
        return onPaper ? ITitles.SurrenderReason.PAPER : ITitles.SurrenderReason.AMENDMENT;
    }

    function _member(Actor actor) private view returns (Member memory) {
        if (actor == Actor.CARRIER) return carrier;
        if (actor == Actor.OTHER_CARRIER) return _otherCarrier;
        if (actor == Actor.SHIPPER) return exporter;
        if (actor == Actor.NAMED) return importer;
        return actor == Actor.THIRD ? bankA : bankB;
    }

    function _at(Stand stand) private pure returns (uint16) {
        return uint16(1) << uint8(stand);
    }

    /// @dev Numbers of the enums above, to find the case that failed.
    function _name(Scene memory scene, Act act, Actor actor) private pure returns (string memory) {
        bytes memory name = "form 0 stand 00 possessor 0 act 00 actor 0";
        name[5] = _digit(uint8(scene.form));
        (name[13], name[14]) = (_digit(uint8(scene.stand) / 10), _digit(uint8(scene.stand) % 10));
        name[26] = _digit(uint8(scene.possessor));
        (name[32], name[33]) = (_digit(uint8(act) / 10), _digit(uint8(act) % 10));
        name[41] = _digit(uint8(actor));
        return string(name);
    }

    function _digit(uint8 value) private pure returns (bytes1) {
        return bytes1(48 + value);
    }
}
