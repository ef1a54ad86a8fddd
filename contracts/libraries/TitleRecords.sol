// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITitles} from "../interfaces/ITitles.sol";
import {OrderId, ParticipantId, TitleId} from "../types/Ids.sol";

/// @dev All that an act changes, in one word of storage. @param carrier The number that Titles gave
/// it: carriers are few and bills many, so a bill names its own in four bytes.
/// @param holder Possessor, and while the carrier has the bill who surrendered it.
struct Control {
    ITitles.TitleState state;
    ITitles.TitleForm form;
    bool mayEndorse;
    bool pledgeOffered;
    ITitles.SurrenderReason reason;
    uint32 carrier;
    ParticipantId holder;
}

/// @dev Empty words are never written: a blank bill has three. @param shipper Of a STRAIGHT bill.
struct TitleRecord {
    Control control;
    OrderId orderId;
    bytes32 commitment;
    ParticipantId endorsee;
    ParticipantId shipper;
    TitleId replaces;
}

/// @title How a bill stands in storage, and what its form entitles to (DCSA PINT 3.0).
library TitleRecords {
    function write(
        TitleRecord storage self,
        OrderId orderId,
        uint32 carrier,
        ParticipantId holder,
        ITitles.Bill calldata bill
    ) internal {
        ITitles.TitleForm form = bill.form;
        self.control.form = form;
        self.control.mayEndorse = form == ITitles.TitleForm.TO_ORDER;
        self.control.carrier = carrier;
        self.control.holder = holder;
        self.orderId = orderId;
        self.commitment = bill.commitment;
        if (form != ITitles.TitleForm.BLANK) self.endorsee = bill.endorsee;
        if (form == ITitles.TitleForm.STRAIGHT) self.shipper = bill.shipper;
    }

    /// @dev Whether its possessor may have the goods, or another bill, for it: the original shipper
    /// and the consignee of a STRAIGHT one, the title holder, the bearer.
    function mayClaim(TitleRecord storage self) internal view returns (bool) {
        ITitles.TitleForm form = self.control.form;
        ParticipantId possessor = self.control.holder;
        if (form == ITitles.TitleForm.BLANK || possessor == self.endorsee) return true;
        return form == ITitles.TitleForm.STRAIGHT && possessor == self.shipper;
    }

    /// @dev Possession carries the goods: of a blank bill, or in the hands of an endorsee who could
    /// as well endorse it to another.
    function mayPledge(TitleRecord storage self) internal view returns (bool) {
        ITitles.TitleForm form = self.control.form;
        if (form == ITitles.TitleForm.BLANK) return true;
        return form == ITitles.TitleForm.TO_ORDER && self.control.mayEndorse
            && self.control.holder == self.endorsee;
    }

    /// @param carrier Who has the number that the record holds.
    /// @param next The bill issued instead of this one, zero when none.
    function tell(TitleRecord storage self, ParticipantId carrier, TitleId next)
        internal
        view
        returns (ITitles.Title memory told)
    {
        Control memory control = self.control;
        bool returned = control.state >= ITitles.TitleState.SURRENDERED;
        told.state = control.state;
        told.form = control.form;
        if (control.state == ITitles.TitleState.VOID) told.medium = _medium(control.reason);
        told.mayEndorse = control.mayEndorse;
        told.surrenderReason = control.reason;
        told.orderId = self.orderId;
        told.carrier = carrier;
        told.shipper = self.shipper;
        told.possessor = returned ? carrier : control.holder;
        told.endorsee = self.endorsee;
        if (returned) told.surrenderedBy = control.holder;
        told.commitment = self.commitment;
        told.replaces = self.replaces;
        told.replacedBy = next;
    }

    function _medium(ITitles.SurrenderReason reason) private pure returns (ITitles.Medium) {
        bool onPaper = reason == ITitles.SurrenderReason.PAPER;
        return onPaper ? ITitles.Medium.PAPER : ITitles.Medium.ELECTRONIC;
    }
}
