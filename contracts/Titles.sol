// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Permissioned} from "./base/Permissioned.sol";
import {IParticipants} from "./interfaces/IParticipants.sol";
import {ITitles} from "./interfaces/ITitles.sol";
import {ITradeOrders} from "./interfaces/ITradeOrders.sol";
import {EvidenceKind} from "./types/EvidenceKinds.sol";
import {
    FinancingId,
    NO_FINANCING,
    NO_PARTICIPANT,
    NO_TITLE,
    OrderId,
    ParticipantId,
    TitleId,
    deriveTitleId
} from "./types/Ids.sol";
import {Permission} from "./types/Roles.sol";

/// @notice The bill's exact bytes stay with its parties; here is who controls it.
contract Titles is ITitles, Permissioned {
    ITradeOrders private immutable ORDERS;

    mapping(TitleId titleId => Title) private _titles;
    mapping(OrderId orderId => mapping(FinancingId financingId => TitleId)) private _pledges;

    constructor(IParticipants participants, ITradeOrders orders) Permissioned(participants) {
        ORDERS = orders;
    }

    /// @inheritdoc ITitles
    function issue(
        OrderId orderId,
        bytes32 referenceKey,
        TitleForm form,
        ParticipantId shipper,
        ParticipantId endorsee,
        bytes32 commitment
    ) external returns (TitleId titleId) {
        // Check:
        ParticipantId carrier = _actor(Permission.ATTEST);
        titleId = deriveTitleId(address(this), carrier, referenceKey);
        require(_titles[titleId].state == TitleState.NONE, Titles_AlreadyIssued(titleId));
        require(commitment != 0, Titles_CommitmentMissing(titleId));
        require(
            ORDERS.isNamed(orderId, carrier, EvidenceKind.TRANSPORT_DOCUMENT),
            Titles_CarrierNotNamed(orderId, carrier)
        );
        bool named = endorsee != NO_PARTICIPANT;
        require(named == (form != TitleForm.BLANK), Titles_NotEndorsable(titleId, form));
        PARTICIPANTS.requireActive(shipper);
        if (named) PARTICIPANTS.requireActive(endorsee);

        // Effect:
        Title storage bill = _titles[titleId];
        bill.form = form;
        bill.mayEndorse = form == TitleForm.TO_ORDER;
        bill.orderId = orderId;
        bill.carrier = carrier;
        bill.shipper = shipper;
        bill.possessor = shipper;
        bill.endorsee = endorsee;
        bill.commitment = commitment;
        _advance(titleId, TitleState.NONE, TitleState.ISSUED);
        emit TitleIssued(orderId, titleId, carrier, shipper, endorsee, form, commitment);
    }

    /// @inheritdoc ITitles
    function transfer(TitleId titleId, ParticipantId to) external {
        // Check:
        Title storage bill = _movable(titleId);
        ParticipantId from = _possessor(titleId, bill);
        PARTICIPANTS.requireActive(to);

        // Effect:
        bill.possessor = to;
        emit TitleTransferred(bill.orderId, titleId, from, to);
    }

    /// @inheritdoc ITitles
    function endorse(TitleId titleId, ParticipantId to, bool mayEndorse) external {
        // Check:
        Title storage bill = _movable(titleId);
        ParticipantId from = _endorser(titleId, bill);
        PARTICIPANTS.requireActive(to);

        // Effect:
        bill.endorsee = to;
        bill.mayEndorse = mayEndorse;
        emit TitleEndorsed(bill.orderId, titleId, from, to, mayEndorse);
    }

    /// @inheritdoc ITitles
    function blankEndorse(TitleId titleId) external {
        // Check:
        Title storage bill = _movable(titleId);
        ParticipantId from = _endorser(titleId, bill);

        // Effect:
        bill.form = TitleForm.BLANK;
        bill.endorsee = NO_PARTICIPANT;
        bill.mayEndorse = false;
        emit TitleBlankEndorsed(bill.orderId, titleId, from);
    }

    /// @inheritdoc ITitles
    function sign(TitleId titleId) external {
        // Check:
        Title storage bill = _inState(titleId, TitleState.ISSUED);
        ParticipantId possessor = _possessor(titleId, bill);

        // Effect:
        emit TitleSigned(bill.orderId, titleId, possessor);
    }

    /// @inheritdoc ITitles
    function surrender(TitleId titleId, SurrenderReason reason) external {
        // Check:
        Title storage bill = _movable(titleId);
        ParticipantId possessor = _possessor(titleId, bill);
        require(
            _isHolder(bill) || _isStraightParty(bill, possessor),
            Titles_NotEntitled(titleId, possessor)
        );

        // Effect:
        bill.surrenderReason = reason;
        bill.surrenderedBy = possessor;
        bill.possessor = bill.carrier;
        _advance(titleId, TitleState.ISSUED, TitleState.SURRENDERED);
        emit TitleSurrendered(bill.orderId, titleId, possessor, reason);
    }

    /// @inheritdoc ITitles
    function acceptSurrender(TitleId titleId) external {
        // Check:
        Title storage bill = _inState(titleId, TitleState.SURRENDERED);
        ParticipantId carrier = _carrier(titleId, bill);

        // Effect:
        if (bill.surrenderReason == SurrenderReason.DELIVERY) {
            _advance(titleId, TitleState.SURRENDERED, TitleState.ACCOMPLISHED);
            emit TitleAccomplished(bill.orderId, titleId, carrier);
        } else {
            _advance(titleId, TitleState.SURRENDERED, TitleState.VOID);
            emit TitleVoided(bill.orderId, titleId, carrier);
        }
    }

    /// @inheritdoc ITitles
    function rejectSurrender(TitleId titleId) external {
        // Check:
        Title storage bill = _inState(titleId, TitleState.SURRENDERED);
        ParticipantId carrier = _carrier(titleId, bill);

        // Effect:
        ParticipantId returnedTo = bill.surrenderedBy;
        bill.possessor = returnedTo;
        bill.surrenderedBy = NO_PARTICIPANT;
        _advance(titleId, TitleState.SURRENDERED, TitleState.ISSUED);
        emit SurrenderRejected(bill.orderId, titleId, carrier, returnedTo);
    }

    /// @inheritdoc ITitles
    function offerPledge(
        TitleId titleId,
        address pledgee,
        FinancingId financingId,
        ParticipantId deliverTo
    ) external {
        // Check:
        Title storage bill = _movable(titleId);
        ParticipantId pledgor = _possessor(titleId, bill);
        require(_isHolder(bill), Titles_NotEntitled(titleId, pledgor));
        require(pledgee != address(0), Titles_NotPledgee(titleId, pledgee, msg.sender));
        TitleId other = _pledges[bill.orderId][financingId];
        require(other == NO_TITLE, Titles_PledgeOffered(other, financingId));
        PARTICIPANTS.requireActive(deliverTo);

        // Effect:
        bill.pledgee = pledgee;
        bill.pledgedFor = financingId;
        bill.deliverTo = deliverTo;
        _pledges[bill.orderId][financingId] = titleId;
        emit PledgeOffered(bill.orderId, titleId, pledgor, pledgee, financingId, deliverTo);
    }

    /// @inheritdoc ITitles
    function withdrawPledgeOffer(TitleId titleId) external {
        // Check:
        Title storage bill = _inState(titleId, TitleState.ISSUED);
        ParticipantId pledgor = _possessor(titleId, bill);
        require(bill.pledgee != address(0), Titles_NoPledgeOffered(bill.pledgedFor));

        // Effect:
        _clearPledge(bill);
        emit PledgeOfferWithdrawn(bill.orderId, titleId, pledgor);
    }

    /// @inheritdoc ITitles
    function takePledge(OrderId orderId, FinancingId financingId)
        external
        returns (TitleId titleId)
    {
        // Check:
        Title storage bill;
        (titleId, bill) = _pledged(orderId, financingId);
        if (bill.state == TitleState.PLEDGED) return titleId;

        // Effect:
        _advance(titleId, TitleState.ISSUED, TitleState.PLEDGED);
        emit TitlePledged(orderId, titleId, bill.possessor, financingId);
    }

    /// @inheritdoc ITitles
    function deliver(OrderId orderId, FinancingId financingId) external {
        // Check:
        (TitleId titleId, Title storage bill) = _pledged(orderId, financingId);
        ParticipantId to = bill.deliverTo;
        PARTICIPANTS.requireActive(to);

        // Effect:
        _endPledge(titleId, bill, to);
        emit TitleDelivered(orderId, titleId, to, financingId);
    }

    /// @inheritdoc ITitles
    function enforce(OrderId orderId, FinancingId financingId, ParticipantId to) external {
        // Check:
        (TitleId titleId, Title storage bill) = _pledged(orderId, financingId);
        PARTICIPANTS.requireActive(to);

        // Effect:
        _endPledge(titleId, bill, to);
        emit TitleEnforced(orderId, titleId, to, financingId);
    }

    /// @inheritdoc ITitles
    function title(TitleId titleId) external view returns (Title memory) {
        return _titles[titleId];
    }

    /// @inheritdoc ITitles
    function titleFor(OrderId orderId, FinancingId financingId) external view returns (TitleId) {
        return _pledges[orderId][financingId];
    }

    function _advance(TitleId titleId, TitleState from, TitleState to) private {
        _inState(titleId, from).state = to;
    }

    function _endPledge(TitleId titleId, Title storage bill, ParticipantId to) private {
        bill.possessor = to;
        if (bill.form == TitleForm.TO_ORDER) {
            bill.endorsee = to;
            bill.mayEndorse = true;
        }
        _clearPledge(bill);
        _advance(titleId, TitleState.PLEDGED, TitleState.ISSUED);
    }

    function _clearPledge(Title storage bill) private {
        _pledges[bill.orderId][bill.pledgedFor] = NO_TITLE;
        bill.pledgee = address(0);
        bill.pledgedFor = NO_FINANCING;
        bill.deliverTo = NO_PARTICIPANT;
    }

    function _inState(TitleId titleId, TitleState needed)
        private
        view
        returns (Title storage bill)
    {
        bill = _titles[titleId];
        require(bill.state == needed, Titles_WrongState(titleId, bill.state, needed));
    }

    /// @dev A bill whose pledge is offered stays where it is, so that what a lender saw holds.
    function _movable(TitleId titleId) private view returns (Title storage bill) {
        bill = _inState(titleId, TitleState.ISSUED);
        require(bill.pledgee == address(0), Titles_PledgeOffered(titleId, bill.pledgedFor));
    }

    function _possessor(TitleId titleId, Title storage bill)
        private
        view
        returns (ParticipantId actor)
    {
        actor = _actor(Permission.SUBMIT);
        require(actor == bill.possessor, Titles_NotPossessor(titleId, bill.possessor, actor));
    }

    function _endorser(TitleId titleId, Title storage bill)
        private
        view
        returns (ParticipantId actor)
    {
        actor = _possessor(titleId, bill);
        require(bill.form == TitleForm.TO_ORDER, Titles_NotEndorsable(titleId, bill.form));
        require(actor == bill.endorsee, Titles_NotEndorsee(titleId, bill.endorsee, actor));
        require(bill.mayEndorse, Titles_NotEndorsable(titleId, bill.form));
    }

    function _carrier(TitleId titleId, Title storage bill)
        private
        view
        returns (ParticipantId actor)
    {
        actor = _actor(Permission.ATTEST);
        require(actor == bill.carrier, Titles_NotCarrier(titleId, bill.carrier, actor));
    }

    /// @dev The bill that this very caller was offered, or has taken, in pledge.
    function _pledged(OrderId orderId, FinancingId financingId)
        private
        view
        returns (TitleId titleId, Title storage bill)
    {
        titleId = _pledges[orderId][financingId];
        require(!(titleId == NO_TITLE), Titles_NoPledgeOffered(financingId));
        bill = _titles[titleId];
        require(msg.sender == bill.pledgee, Titles_NotPledgee(titleId, bill.pledgee, msg.sender));
    }

    /// @dev Possession carries the goods: of a blank bill, or in the endorsee's own hands.
    function _isHolder(Title storage bill) private view returns (bool) {
        if (bill.form == TitleForm.TO_ORDER) return bill.possessor == bill.endorsee;
        return bill.form == TitleForm.BLANK;
    }

    function _isStraightParty(Title storage bill, ParticipantId actor) private view returns (bool) {
        bool party = actor == bill.shipper || actor == bill.endorsee;
        return bill.form == TitleForm.STRAIGHT && party;
    }
}
