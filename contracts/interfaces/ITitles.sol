// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FinancingId, OrderId, ParticipantId, TitleId} from "../types/Ids.sol";

/// @title Electronic bills of lading: one live record and one possessor each (MLETR 10, 11), with
/// the acts of DCSA PINT 3.0, and the pledge that a lender takes over them.
/// @notice States: NONE > ISSUED <> PLEDGED; ISSUED > SURRENDERED > ACCOMPLISHED, or back to ISSUED
/// when the carrier rejects; SURRENDERED > VOID for amendment or paper. A pledged title can be
/// neither transferred, endorsed nor surrendered; only the contract that took the pledge moves it.
/// An amended bill is VOID, and a new one that names it takes its place, once (MLETR 16); one that
/// was turned into paper is VOID for good and serves nothing on the ledger any more (MLETR 18).
interface ITitles {
    enum TitleState {
        NONE,
        ISSUED,
        PLEDGED,
        SURRENDERED,
        ACCOMPLISHED,
        VOID
    }

    /// @dev STRAIGHT names a consignee; TO_ORDER an endorsee; BLANK belongs to its possessor.
    enum TitleForm {
        STRAIGHT,
        TO_ORDER,
        BLANK
    }

    /// @dev DELIVERY (PINT SURRENDER_FOR_DELIVERY); the rest are SURRENDER_FOR_AMENDMENT with its
    /// reason code: AMENDMENT plain, PAPER (SWTP), DESTINATION (COD), SWITCH (SWI).
    enum SurrenderReason {
        DELIVERY,
        AMENDMENT,
        PAPER,
        DESTINATION,
        SWITCH
    }

    enum Medium {
        ELECTRONIC,
        PAPER
    }

    /// @dev A bill as the carrier writes it. @param shipper To whom it is issued.
    /// @param endorsee Consignee of a STRAIGHT bill, first titleholder of a TO_ORDER one, else
    /// zero. @param commitment Keyed commitment to the transport document's exact bytes.
    struct Bill {
        TitleForm form;
        ParticipantId shipper;
        ParticipantId endorsee;
        bytes32 commitment;
    }

    /// @param medium PAPER once the carrier has accepted a surrender with that reason: the paper
    /// bill is the title now, this record only says so.
    /// @param mayEndorse Whether the endorsee may endorse further (PINT ENDORSE_TO_ORDER).
    /// @param surrenderReason Meant while SURRENDERED and after; DELIVERY before.
    /// @param shipper Who may surrender a STRAIGHT bill besides its consignee; zero in the other
    /// forms, where it decides nothing and only the event of the issue tells it.
    /// @param possessor Who controls the record: the carrier from the surrender on.
    /// @param endorsee Title holder of a TO_ORDER bill, consignee of a STRAIGHT one, zero when
    /// BLANK. @param surrenderedBy Who asked the carrier, and gets the bill back if it rejects.
    /// @param commitment As issued, never changed.
    /// @param replaces The void bill that this one was issued instead of, zero for a first issue.
    /// @param replacedBy The bill that was issued instead of this one, zero when none.
    struct Title {
        TitleState state;
        TitleForm form;
        Medium medium;
        bool mayEndorse;
        SurrenderReason surrenderReason;
        OrderId orderId;
        ParticipantId carrier;
        ParticipantId shipper;
        ParticipantId possessor;
        ParticipantId endorsee;
        ParticipantId surrenderedBy;
        bytes32 commitment;
        TitleId replaces;
        TitleId replacedBy;
    }

    /// @param pledgee The contract that is offered, or has taken, the pledge; zero when none.
    /// @param financingId The financing that the pledge is offered or taken for.
    /// @param deliverTo Who receives possession when the pledgee delivers.
    struct Pledge {
        address pledgee;
        FinancingId financingId;
        ParticipantId deliverTo;
    }

    event TitleIssued(
        OrderId indexed orderId, TitleId indexed titleId, ParticipantId indexed carrier, Bill bill
    );
    /// @dev The one event of an amendment: `replaces` is void since its surrender was accepted, and
    /// `possessor` is who surrendered it.
    event TitleReissued(
        OrderId indexed orderId,
        TitleId indexed titleId,
        ParticipantId indexed carrier,
        TitleId replaces,
        ParticipantId possessor,
        Bill bill
    );
    event TitleTransferred(
        OrderId indexed orderId,
        TitleId indexed titleId,
        ParticipantId indexed from,
        ParticipantId to
    );
    event TitleEndorsed(
        OrderId indexed orderId,
        TitleId indexed titleId,
        ParticipantId indexed from,
        ParticipantId to,
        bool mayEndorse
    );
    event TitleBlankEndorsed(
        OrderId indexed orderId, TitleId indexed titleId, ParticipantId indexed from
    );
    event TitleSigned(
        OrderId indexed orderId, TitleId indexed titleId, ParticipantId indexed possessor
    );
    event PledgeOffered(
        OrderId indexed orderId,
        TitleId indexed titleId,
        ParticipantId indexed pledgor,
        address pledgee,
        FinancingId financingId,
        ParticipantId deliverTo
    );
    event PledgeOfferWithdrawn(
        OrderId indexed orderId, TitleId indexed titleId, ParticipantId indexed pledgor
    );
    event TitlePledged(
        OrderId indexed orderId,
        TitleId indexed titleId,
        ParticipantId indexed pledgor,
        FinancingId financingId
    );
    /// @dev The pledge ends and `to` is possessor and endorsee.
    event TitleDelivered(
        OrderId indexed orderId,
        TitleId indexed titleId,
        ParticipantId indexed to,
        FinancingId financingId
    );
    /// @dev The pledge ends without repayment and `to` is possessor and endorsee.
    event TitleEnforced(
        OrderId indexed orderId,
        TitleId indexed titleId,
        ParticipantId indexed to,
        FinancingId financingId
    );
    event TitleSurrendered(
        OrderId indexed orderId,
        TitleId indexed titleId,
        ParticipantId indexed possessor,
        SurrenderReason reason
    );
    event SurrenderRejected(
        OrderId indexed orderId,
        TitleId indexed titleId,
        ParticipantId indexed carrier,
        ParticipantId returnedTo
    );
    event TitleAccomplished(
        OrderId indexed orderId, TitleId indexed titleId, ParticipantId indexed carrier
    );
    /// @dev With PAPER the bill has left the ledger; with any other reason it may be reissued.
    event TitleVoided(
        OrderId indexed orderId,
        TitleId indexed titleId,
        ParticipantId indexed carrier,
        SurrenderReason reason
    );

    error Titles_WrongState(TitleId titleId, TitleState current, TitleState needed);
    error Titles_AlreadyIssued(TitleId titleId);
    error Titles_NotPossessor(TitleId titleId, ParticipantId possessor, ParticipantId actor);
    error Titles_NotEndorsee(TitleId titleId, ParticipantId endorsee, ParticipantId actor);
    error Titles_NotCarrier(TitleId titleId, ParticipantId carrier, ParticipantId actor);
    error Titles_NotEndorsable(TitleId titleId, TitleForm form);
    error Titles_NotEntitled(TitleId titleId, ParticipantId actor);
    error Titles_NotPledgee(TitleId titleId, address pledgee, address caller);
    error Titles_PledgeOffered(TitleId titleId, FinancingId financingId);
    error Titles_NoPledgeOffered(FinancingId financingId);
    /// @dev Thrown when the carrier is not an attester of TRANSPORT_DOCUMENT on the order.
    error Titles_CarrierNotNamed(OrderId orderId, ParticipantId carrier);
    error Titles_CommitmentMissing(TitleId titleId);
    /// @dev Thrown when a bill that was turned into paper is to be issued anew.
    error Titles_OnPaper(TitleId titleId);

    /// @notice The carrier issues a bill to the shipper, who becomes possessor (PINT ISSUE).
    /// Caller: carrier named for TRANSPORT_DOCUMENT on the order, ATTEST.
    /// @param referenceKey Keyed hash of the transport document reference; the same one collides.
    function issue(OrderId orderId, bytes32 referenceKey, Bill calldata bill)
        external
        returns (TitleId);

    /// @notice The carrier issues the amended bill instead of the void one (MLETR 16: an amendment
    /// is identified as such). Its id derives from the void one's, so there is one successor and
    /// never more than one live record of a reference; order and carrier stay, and possession goes
    /// to who surrendered, whoever is its shipper. Not for a bill on PAPER. Caller: the issuing
    /// carrier, ATTEST.
    function reissue(TitleId voided, Bill calldata bill) external returns (TitleId);

    /// @notice Hands over possession only (PINT TRANSFER). Caller: possessor, SUBMIT.
    function transfer(TitleId titleId, ParticipantId to) external;

    /// @notice Names a new endorsee (PINT ENDORSE, or ENDORSE_TO_ORDER when `mayEndorse`). Caller:
    /// endorsee who is also possessor and may endorse, of a TO_ORDER bill, SUBMIT.
    function endorse(TitleId titleId, ParticipantId to, bool mayEndorse) external;

    /// @notice From now on possession suffices (PINT BLANK_ENDORSE). Caller as for `endorse`.
    function blankEndorse(TitleId titleId) external;

    /// @notice Leaves a visible mark of the possessor (PINT SIGN). Caller: possessor, SUBMIT.
    function sign(TitleId titleId) external;

    /// @notice Returns the bill to the carrier (PINT SURRENDER_FOR_DELIVERY or _FOR_AMENDMENT).
    /// Caller: possessor who is entitled (consignee or shipper, endorsee, bearer), SUBMIT.
    function surrender(TitleId titleId, SurrenderReason reason) external;

    /// @notice The carrier accepts (PINT SACC): ACCOMPLISHED on delivery, VOID otherwise. Terminal.
    function acceptSurrender(TitleId titleId) external;

    /// @notice The carrier rejects (PINT SREJ): possession returns to who surrendered.
    function rejectSurrender(TitleId titleId) external;

    /// @notice The entitled possessor lets one contract take the bill in pledge for one financing;
    /// until taken it may be withdrawn, and meanwhile the bill does not move. Caller: possessor who
    /// is bearer, or endorsee and may endorse, SUBMIT: the end of a pledge names a new holder, so
    /// it takes no less than an endorsement does.
    /// @param pledgee Not Participants: it calls for whoever has signed, so as a pledgee it would
    /// be anybody.
    /// @param deliverTo Who receives the bill when the pledge ends in repayment.
    function offerPledge(
        TitleId titleId,
        address pledgee,
        FinancingId financingId,
        ParticipantId deliverTo
    ) external;

    /// @notice Caller: possessor, SUBMIT, while the pledge has not been taken.
    function withdrawPledgeOffer(TitleId titleId) external;

    /// @notice Takes the bill that was offered to the calling contract for this financing.
    /// @return The title now PLEDGED. Does nothing but return it when already taken.
    function takePledge(OrderId orderId, FinancingId financingId) external returns (TitleId);

    /// @notice Ends the pledge: the bill goes to `deliverTo`. Caller: the pledgee contract.
    function deliver(OrderId orderId, FinancingId financingId) external;

    /// @notice Realises the pledge after a default: the bill goes to `to`, who may be another than
    /// the one it was to be delivered to. When a default has come is the pledgee's to say. Caller:
    /// the contract that took the pledge.
    function enforce(OrderId orderId, FinancingId financingId, ParticipantId to) external;

    function title(TitleId titleId) external view returns (Title memory);

    /// @return The pledge offered or taken over the bill, all zero when none.
    function pledge(TitleId titleId) external view returns (Pledge memory);

    /// @notice One title at a time, and only of the order itself, so that a stranger's bill can
    /// neither fill nor block the place.
    /// @return The title of this order offered or pledged for this financing, zero when none.
    function titleFor(OrderId orderId, FinancingId financingId) external view returns (TitleId);
}
