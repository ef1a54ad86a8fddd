// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Titles} from "contracts/Titles.sol";
import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {ITitles} from "contracts/interfaces/ITitles.sol";
import {NO_PARTICIPANT, OrderId, ParticipantId, TitleId} from "contracts/types/Ids.sol";
import {Permission} from "contracts/types/Roles.sol";
import {World} from "../utils/World.sol";

/// @dev An accepted order and a carrier that issues bills for it. Of {Titles} and {TitleRecords}.
abstract contract TitlesWorld is World {
    bytes32 internal constant COMMITMENT = keccak256("the bill's bytes");
    bytes32 internal constant REFERENCE = keccak256("bill 1");

    Titles internal titles;
    OrderId internal orderId;

    function setUp() public virtual override {
        super.setUp();
        titles = new Titles(participants, orders);
        orderId = _placeAccepted();
    }

    /// @dev To the exporter as shipper; a named bill names the exporter too.
    function _issue(ITitles.TitleForm form) internal returns (TitleId) {
        ParticipantId endorsee = form == ITitles.TitleForm.BLANK ? NO_PARTICIPANT : exporter.id;
        return _issue(form, REFERENCE, endorsee);
    }

    function _issue(ITitles.TitleForm form, bytes32 referenceKey, ParticipantId endorsee)
        internal
        returns (TitleId)
    {
        vm.prank(carrier.attester.addr);
        return titles.issue(orderId, referenceKey, _written(form, endorsee));
    }

    /// @dev Shipped by the exporter.
    function _written(ITitles.TitleForm form, ParticipantId endorsee)
        internal
        view
        returns (ITitles.Bill memory)
    {
        return ITitles.Bill(form, exporter.id, endorsee, COMMITMENT);
    }

    function _acceptSurrender(TitleId titleId) internal {
        vm.prank(carrier.attester.addr);
        titles.acceptSurrender(titleId);
    }

    function _transfer(TitleId titleId, Member memory from, Member memory to) internal {
        vm.prank(from.submitter.addr);
        titles.transfer(titleId, to.id);
    }

    function _endorse(TitleId titleId, Member memory from, Member memory to, bool mayEndorse)
        internal
    {
        vm.prank(from.submitter.addr);
        titles.endorse(titleId, to.id, mayEndorse);
    }

    function _surrender(TitleId titleId, Member memory by, ITitles.SurrenderReason reason)
        internal
    {
        vm.prank(by.submitter.addr);
        titles.surrender(titleId, reason);
    }

    function _wrongState(TitleId titleId, ITitles.TitleState current, ITitles.TitleState needed)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(ITitles.Titles_WrongState.selector, titleId, current, needed);
    }

    function _notPossessor(TitleId titleId, Member memory possessor, Member memory actor)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(
            ITitles.Titles_NotPossessor.selector, titleId, possessor.id, actor.id
        );
    }

    function _lacks(Signer memory signer, Permission permission)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(
            IParticipants.Participants_PermissionMissing.selector, _keyId(signer), permission
        );
    }

    function _notActive(Member memory member) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(
            IParticipants.Participants_NotActive.selector,
            member.id,
            IParticipants.ParticipantState.SUSPENDED
        );
    }

    function assertState(TitleId titleId, ITitles.TitleState expected) internal view {
        vm.assertEq(uint256(titles.title(titleId).state), uint256(expected), "state of the bill");
    }
}
