// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FinancingId, OrderId, ParticipantId, TitleId} from "../types/Ids.sol";

/// @title Electronic bills of lading: one live record and one possessor each (MLETR 10, 11), with
/// the acts of DCSA PINT 3.0, and the pledge that a lender takes over them.
/// @notice States: NONE > ISSUED <> PLEDGED; ISSUED > SURRENDERED > ACCOMPLISHED, or back to ISSUED
/// when the carrier rejects; SURRENDERED > VOID for amendment or paper. A pledged title can be
/// neither transferred, endorsed nor surrendered; only the contract that took the pledge moves it.
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

    /// @param endorsee Title holder of a TO_ORDER bill, consignee of a STRAIGHT one, zero when
    /// BLANK. @param mayEndorse Whether the endorsee may endorse further (PINT ENDORSE_TO_ORDER).
    /// @param surrenderedBy Who asked the carrier, so that a rejection returns possession.
    /// @param commitment Keyed commitment to the transport document's exact bytes, never changed.
    /// @param pledgee The contract that is offered, or has taken, the pledge.
    /// @param pledgedFor The financing that the pledge is offered or taken for.
    /// @param deliverTo Who receives possession when the pledgee delivers.
    struct Title {
        TitleState state;
        TitleForm form;
        bool mayEndorse;
        SurrenderReason surrenderReason;
        OrderId orderId;
        ParticipantId carrier;
        ParticipantId shipper;
        ParticipantId possessor;
        ParticipantId endorsee;
        ParticipantId surrenderedBy;
        bytes32 commitment;
        address pledgee;
        FinancingId pledgedFor;
        ParticipantId deliverTo;
    }

    event TitleIssued(
        OrderId indexed orderId,
        TitleId indexed titleId,
        ParticipantId indexed carrier,
        ParticipantId shipper,
        ParticipantId endorsee,
        TitleForm form,
        bytes32 commitment
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
    /// @dev The pledge ends in a default and `to` is possessor and endorsee.
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
    event TitleVoided(
        OrderId indexed orderId, TitleId indexed titleId, ParticipantId indexed carrier
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

    /// @notice The carrier issues a bill to the shipper, who becomes possessor (PINT ISSUE).
    /// Caller: carrier named for TRANSPORT_DOCUMENT on the order, ATTEST.
    /// @param referenceKey Keyed hash of the transport document reference; the same one collides.
    /// @param endorsee Consignee of a STRAIGHT bill, first titleholder of a TO_ORDER one, else
    /// zero.
    function issue(
        OrderId orderId,
        bytes32 referenceKey,
        TitleForm form,
        ParticipantId shipper,
        ParticipantId endorsee,
        bytes32 commitment
    ) external returns (TitleId);

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
    /// is bearer or endorsee, SUBMIT.
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

    /// @notice Ends the pledge after a default: the bill goes to `to`. Caller: the pledgee
    /// contract.
    function enforce(OrderId orderId, FinancingId financingId, ParticipantId to) external;

    function title(TitleId titleId) external view returns (Title memory);

    /// @notice One title at a time, and only of the order itself, so that a stranger's bill can
    /// neither fill nor block the place.
    /// @return The title of this order offered or pledged for this financing, zero when none.
    function titleFor(OrderId orderId, FinancingId financingId) external view returns (TitleId);
}
