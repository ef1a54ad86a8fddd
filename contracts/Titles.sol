// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Permissioned} from "./base/Permissioned.sol";
import {IParticipants} from "./interfaces/IParticipants.sol";
import {ITitles} from "./interfaces/ITitles.sol";
import {ITradeOrders} from "./interfaces/ITradeOrders.sol";
import {Control, TitleRecord, TitleRecords} from "./libraries/TitleRecords.sol";
import {EvidenceKind} from "./types/EvidenceKinds.sol";
import {
    FinancingId,
    NO_PARTICIPANT,
    NO_TITLE,
    OrderId,
    ParticipantId,
    TitleId,
    deriveReissuedTitleId,
    deriveTitleId
} from "./types/Ids.sol";
import {Permission} from "./types/Roles.sol";

/// @notice The bill's exact bytes stay with its parties; here is who controls it.
contract Titles is ITitles, Permissioned {
    using TitleRecords for TitleRecord;

    ITradeOrders private immutable ORDERS;

    mapping(TitleId titleId => TitleRecord) private _records;
    mapping(TitleId titleId => Pledge) private _pledges;
    mapping(OrderId orderId => mapping(FinancingId financingId => TitleId)) private _pledged;
    mapping(ParticipantId carrier => uint32 number) private _numbers;
    ParticipantId[] private _carriers;

    constructor(IParticipants participants, ITradeOrders orders) Permissioned(participants) {
        ORDERS = orders;
    }

    /// @inheritdoc ITitles
    function issue(OrderId orderId, bytes32 referenceKey, Bill calldata bill)
        external
        returns (TitleId titleId)
    {
        // Check:
        ParticipantId carrier = _actor(Permission.ATTEST);
        titleId = deriveTitleId(address(this), carrier, referenceKey);
        _checkNew(titleId, bill);
        require(
            ORDERS.isNamed(orderId, carrier, EvidenceKind.TRANSPORT_DOCUMENT),
            Titles_CarrierNotNamed(orderId, carrier)
        );

        // Effect:
        _records[titleId].write(orderId, _number(carrier), bill.shipper, bill);
        _advance(titleId, TitleState.NONE, TitleState.ISSUED);
        emit TitleIssued(orderId, titleId, carrier, bill);
    }

    /// @inheritdoc ITitles
    function reissue(TitleId voided, Bill calldata bill) external returns (TitleId titleId) {
        // Check:
        TitleRecord storage old = _inState(voided, TitleState.VOID);
        ParticipantId carrier = _carrier(voided, old);
        require(old.control.reason != SurrenderReason.PAPER, Titles_OnPaper(voided));
        titleId = deriveReissuedTitleId(address(this), voided);
        _checkNew(titleId, bill);
        ParticipantId possessor = old.control.holder;
        PARTICIPANTS.requireActive(possessor);

        // Effect:
        OrderId orderId = old.orderId;
        _records[titleId].write(orderId, old.control.carrier, possessor, bill);
        _records[titleId].replaces = voided;
        _advance(titleId, TitleState.NONE, TitleState.ISSUED);
        emit TitleReissued(orderId, titleId, carrier, voided, possessor, bill);
    }

    /// @inheritdoc ITitles
    function transfer(TitleId titleId, ParticipantId to) external {
        // Check:
        TitleRecord storage record = _movable(titleId);
        ParticipantId from = _possessor(titleId, record);
        PARTICIPANTS.requireActive(to);

        // Effect:
        record.control.holder = to;
        emit TitleTransferred(record.orderId, titleId, from, to);
    }

    /// @inheritdoc ITitles
    function endorse(TitleId titleId, ParticipantId to, bool mayEndorse) external {
        // Check:
        TitleRecord storage record = _movable(titleId);
        ParticipantId from = _endorser(titleId, record);
        PARTICIPANTS.requireActive(to);

        // Effect:
        record.endorsee = to;
        record.control.mayEndorse = mayEndorse;
        emit TitleEndorsed(record.orderId, titleId, from, to, mayEndorse);
    }

    /// @inheritdoc ITitles
    function blankEndorse(TitleId titleId) external {
        // Check:
        TitleRecord storage record = _movable(titleId);
        ParticipantId from = _endorser(titleId, record);

        // Effect:
        record.control.form = TitleForm.BLANK;
        record.control.mayEndorse = false;
        record.endorsee = NO_PARTICIPANT;
        emit TitleBlankEndorsed(record.orderId, titleId, from);
    }

    /// @inheritdoc ITitles
    function sign(TitleId titleId) external {
        // Check:
        TitleRecord storage record = _inState(titleId, TitleState.ISSUED);
        ParticipantId possessor = _possessor(titleId, record);

        // Effect:
        emit TitleSigned(record.orderId, titleId, possessor);
    }

    /// @inheritdoc ITitles
    function surrender(TitleId titleId, SurrenderReason reason) external {
        // Check:
        TitleRecord storage record = _movable(titleId);
        ParticipantId possessor = _possessor(titleId, record);
        require(record.mayClaim(), Titles_NotEntitled(titleId, possessor));

        // Effect:
        record.control.reason = reason;
        _advance(titleId, TitleState.ISSUED, TitleState.SURRENDERED);
        emit TitleSurrendered(record.orderId, titleId, possessor, reason);
    }

    /// @inheritdoc ITitles
    function acceptSurrender(TitleId titleId) external {
        // Check:
        TitleRecord storage record = _inState(titleId, TitleState.SURRENDERED);
        ParticipantId carrier = _carrier(titleId, record);

        // Effect:
        SurrenderReason reason = record.control.reason;
        if (reason == SurrenderReason.DELIVERY) {
            _advance(titleId, TitleState.SURRENDERED, TitleState.ACCOMPLISHED);
            emit TitleAccomplished(record.orderId, titleId, carrier);
        } else {
            _advance(titleId, TitleState.SURRENDERED, TitleState.VOID);
            emit TitleVoided(record.orderId, titleId, carrier, reason);
        }
    }

    /// @inheritdoc ITitles
    function rejectSurrender(TitleId titleId) external {
        // Check:
        TitleRecord storage record = _inState(titleId, TitleState.SURRENDERED);
        ParticipantId carrier = _carrier(titleId, record);

        // Effect:
        record.control.reason = SurrenderReason.DELIVERY;
        _advance(titleId, TitleState.SURRENDERED, TitleState.ISSUED);
        emit SurrenderRejected(record.orderId, titleId, carrier, record.control.holder);
    }

    /// @inheritdoc ITitles
    function offerPledge(
        TitleId titleId,
        address pledgee,
        FinancingId financingId,
        ParticipantId deliverTo
    ) external {
        // Check:
        TitleRecord storage record = _movable(titleId);
        ParticipantId pledgor = _possessor(titleId, record);
        require(record.mayPledge(), Titles_NotEntitled(titleId, pledgor));
        require(
            pledgee != address(0) && pledgee != address(PARTICIPANTS),
            Titles_NotPledgee(titleId, pledgee, msg.sender)
        );
        OrderId orderId = record.orderId;
        TitleId other = _pledged[orderId][financingId];
        require(other == NO_TITLE, Titles_PledgeOffered(other, financingId));
        PARTICIPANTS.requireActive(deliverTo);

        // Effect:
        record.control.pledgeOffered = true;
        _pledges[titleId] = Pledge(pledgee, financingId, deliverTo);
        _pledged[orderId][financingId] = titleId;
        emit PledgeOffered(orderId, titleId, pledgor, pledgee, financingId, deliverTo);
    }

    /// @inheritdoc ITitles
    function withdrawPledgeOffer(TitleId titleId) external {
        // Check:
        TitleRecord storage record = _inState(titleId, TitleState.ISSUED);
        ParticipantId pledgor = _possessor(titleId, record);
        require(record.control.pledgeOffered, Titles_NoPledgeOffered(_pledges[titleId].financingId));

        // Effect:
        _clearPledge(titleId, record);
        emit PledgeOfferWithdrawn(record.orderId, titleId, pledgor);
    }

    /// @inheritdoc ITitles
    function takePledge(OrderId orderId, FinancingId financingId)
        external
        returns (TitleId titleId)
    {
        // Check:
        titleId = _offered(orderId, financingId);
        Control storage control = _records[titleId].control;
        if (control.state == TitleState.PLEDGED) return titleId;

        // Effect:
        _advance(titleId, TitleState.ISSUED, TitleState.PLEDGED);
        emit TitlePledged(orderId, titleId, control.holder, financingId);
    }

    /// @inheritdoc ITitles
    function deliver(OrderId orderId, FinancingId financingId) external {
        // Check:
        TitleId titleId = _offered(orderId, financingId);
        ParticipantId to = _pledges[titleId].deliverTo;
        PARTICIPANTS.requireActive(to);

        // Effect:
        _handOver(titleId, to);
        emit TitleDelivered(orderId, titleId, to, financingId);
    }

    /// @inheritdoc ITitles
    function enforce(OrderId orderId, FinancingId financingId, ParticipantId to) external {
        // Check:
        TitleId titleId = _offered(orderId, financingId);
        PARTICIPANTS.requireActive(to);

        // Effect:
        _handOver(titleId, to);
        emit TitleEnforced(orderId, titleId, to, financingId);
    }

    /// @inheritdoc ITitles
    function title(TitleId titleId) external view returns (Title memory told) {
        TitleRecord storage record = _records[titleId];
        if (record.control.state == TitleState.NONE) return told;
        TitleId next = deriveReissuedTitleId(address(this), titleId);
        if (_records[next].control.state == TitleState.NONE) next = NO_TITLE;
        return record.tell(_carriers[record.control.carrier - 1], next);
    }

    /// @inheritdoc ITitles
    function pledge(TitleId titleId) external view returns (Pledge memory) {
        return _pledges[titleId];
    }

    /// @inheritdoc ITitles
    function titleFor(OrderId orderId, FinancingId financingId) external view returns (TitleId) {
        return _pledged[orderId][financingId];
    }

    function _advance(TitleId titleId, TitleState from, TitleState to) private {
        _inState(titleId, from).control.state = to;
    }

    /// @dev What a carrier's number is, given with its first bill.
    function _number(ParticipantId carrier) private returns (uint32 number) {
        number = _numbers[carrier];
        if (number != 0) return number;
        _carriers.push(carrier);
        number = uint32(_carriers.length);
        _numbers[carrier] = number;
    }

    /// @dev The pledge ends and the bill is wholly `to`'s.
    function _handOver(TitleId titleId, ParticipantId to) private {
        TitleRecord storage record = _records[titleId];
        _advance(titleId, TitleState.PLEDGED, TitleState.ISSUED);
        record.control.holder = to;
        if (record.control.form == TitleForm.TO_ORDER) record.endorsee = to;
        _clearPledge(titleId, record);
    }

    function _clearPledge(TitleId titleId, TitleRecord storage record) private {
        _pledged[record.orderId][_pledges[titleId].financingId] = NO_TITLE;
        delete _pledges[titleId];
        record.control.pledgeOffered = false;
    }

    function _checkNew(TitleId titleId, Bill calldata bill) private view {
        require(_records[titleId].control.state == TitleState.NONE, Titles_AlreadyIssued(titleId));
        require(bill.commitment != 0, Titles_CommitmentMissing(titleId));
        bool named = bill.endorsee != NO_PARTICIPANT;
        require(named == (bill.form != TitleForm.BLANK), Titles_NotEndorsable(titleId, bill.form));
        PARTICIPANTS.requireActive(bill.shipper);
        if (named && bill.endorsee != bill.shipper) PARTICIPANTS.requireActive(bill.endorsee);
    }

    function _inState(TitleId titleId, TitleState needed)
        private
        view
        returns (TitleRecord storage record)
    {
        record = _records[titleId];
        TitleState current = record.control.state;
        require(current == needed, Titles_WrongState(titleId, current, needed));
    }

    /// @dev A bill whose pledge is offered stays where it is, so that what a lender saw holds.
    function _movable(TitleId titleId) private view returns (TitleRecord storage record) {
        record = _inState(titleId, TitleState.ISSUED);
        // `require` would read the pledge from storage also where there is none to tell of
        if (record.control.pledgeOffered) {
            revert Titles_PledgeOffered(titleId, _pledges[titleId].financingId);
        }
    }

    function _possessor(TitleId titleId, TitleRecord storage record)
        private
        view
        returns (ParticipantId actor)
    {
        actor = _actor(Permission.SUBMIT);
        ParticipantId possessor = record.control.holder;
        require(actor == possessor, Titles_NotPossessor(titleId, possessor, actor));
    }

    function _endorser(TitleId titleId, TitleRecord storage record)
        private
        view
        returns (ParticipantId actor)
    {
        actor = _possessor(titleId, record);
        TitleForm form = record.control.form;
        require(form == TitleForm.TO_ORDER, Titles_NotEndorsable(titleId, form));
        require(actor == record.endorsee, Titles_NotEndorsee(titleId, record.endorsee, actor));
        require(record.control.mayEndorse, Titles_NotEndorsable(titleId, form));
    }

    function _carrier(TitleId titleId, TitleRecord storage record)
        private
        view
        returns (ParticipantId actor)
    {
        actor = _actor(Permission.ATTEST);
        uint32 number = record.control.carrier;
        if (_numbers[actor] != number) {
            revert Titles_NotCarrier(titleId, _carriers[number - 1], actor);
        }
    }

    /// @dev The bill that this very caller was offered, or has taken, in pledge.
    function _offered(OrderId orderId, FinancingId financingId)
        private
        view
        returns (TitleId titleId)
    {
        titleId = _pledged[orderId][financingId];
        require(!(titleId == NO_TITLE), Titles_NoPledgeOffered(financingId));
        address pledgee = _pledges[titleId].pledgee;
        require(msg.sender == pledgee, Titles_NotPledgee(titleId, pledgee, msg.sender));
    }
}
