// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ADVERSE_KINDS, EvidenceKind, KindSet, NO_KINDS} from "../types/EvidenceKinds.sol";
import {FinancingTerms, LenderShare, Product, Tranche} from "../types/Financings.sol";
import {NO_PARTICIPANT, ParticipantId} from "../types/Ids.sol";
import {IFinancing} from "../interfaces/IFinancing.sol";
import {Shares} from "./Shares.sol";

/// @title What terms say by themselves: their sums, their shares, and whether they make sense.
library Terms {
    uint256 private constant MAX_ASSET_KEYS = 8;
    uint256 private constant MAX_BASIS = 16;
    uint256 private constant MAX_LENDERS = 4;
    uint256 private constant MAX_TRANCHES = 8;
    uint256 private constant MIN_RESERVE_BPS = 500;
    uint256 private constant MAX_PLATFORM_BPS = 2000;
    uint256 private constant MAX_GRACE_DAYS = 365;
    uint256 private constant MAX_DEFAULT_DAYS = 365;
    uint256 private constant TRANCHE_SIZE = 7 * 32;

    /// @notice The hash of the terms as the caller has laid them out: keccak256(abi.encode(terms))
    /// for every encoder that follows the ABI's rules. What is on file was hashed by abi.encode
    /// itself, so equal hashes mean equal bytes, offsets and padding among them: terms laid out
    /// in any other way hash to something else and are none that is known.
    /// @dev Copying the bytes costs a tenth of encoding the fields anew; only assembly can.
    /// @return digest Of the tuple's offset and all bytes from the first field to the last tranche.
    function hash(FinancingTerms calldata terms) internal pure returns (bytes32 digest) {
        Tranche[] calldata last = terms.tranches;
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let end := add(last.offset, mul(last.length, TRANCHE_SIZE))
            let size := mul(gt(end, terms), sub(end, terms))
            let copy := mload(0x40)
            mstore(copy, 0x20)
            calldatacopy(add(copy, 0x20), terms, size)
            digest := keccak256(copy, add(size, 0x20))
        }
    }

    /// @return Sum of all tranches.
    function total(FinancingTerms calldata terms) internal pure returns (uint256) {
        return openTotal(terms, 0);
    }

    /// @param closedSet Bit i set when tranche i is over.
    /// @return sum Of the tranches that are not.
    function openTotal(FinancingTerms calldata terms, uint16 closedSet)
        internal
        pure
        returns (uint256 sum)
    {
        for (uint256 i; i < terms.tranches.length; ++i) {
            if (closedSet & (uint256(1) << i) == 0) sum += terms.tranches[i].amount;
        }
    }

    /// @return Cash that the lenders post into the reserve, by loss share.
    function reserve(FinancingTerms calldata terms) internal pure returns (uint256) {
        return Shares.portionUp(total(terms), terms.reserveBps);
    }

    function lastExpiry(FinancingTerms calldata terms) internal pure returns (uint64 last) {
        for (uint256 i; i < terms.tranches.length; ++i) {
            if (terms.tranches[i].expiresAt > last) last = terms.tranches[i].expiresAt;
        }
    }

    function fundingBps(FinancingTerms calldata terms) internal pure returns (uint16[] memory bps) {
        bps = new uint16[](terms.lenders.length);
        for (uint256 i; i < bps.length; ++i) {
            bps[i] = terms.lenders[i].fundingBps;
        }
    }

    function lossBps(FinancingTerms calldata terms) internal pure returns (uint16[] memory bps) {
        bps = new uint16[](terms.lenders.length);
        for (uint256 i; i < bps.length; ++i) {
            bps[i] = terms.lenders[i].lossBps;
        }
    }

    /// @return overdueAfter Unix seconds; what is owed later than this is overdue.
    /// @return defaultAfter Unix seconds; what is overdue later than this may be declared a
    /// default.
    function deadlines(FinancingTerms calldata terms)
        internal
        pure
        returns (uint256 overdueAfter, uint256 defaultAfter)
    {
        overdueAfter = uint256(terms.maturesAt) + uint256(terms.graceDays) * 1 days;
        defaultAfter = overdueAfter + uint256(terms.defaultDays) * 1 days;
    }

    /// @return Who acts for all lenders on the security: the one with the largest loss share, the
    /// first of equals.
    function lead(FinancingTerms calldata terms) internal pure returns (ParticipantId) {
        uint256 best;
        for (uint256 i = 1; i < terms.lenders.length; ++i) {
            if (terms.lenders[i].lossBps > terms.lenders[best].lossBps) best = i;
        }
        return terms.lenders[best].lender;
    }

    /// @return kinds That every tranche of such a facility must require.
    function minimum(Product product) internal pure returns (KindSet kinds) {
        if (product == Product.ORDER_FINANCE) {
            return NO_KINDS.with(EvidenceKind.PURCHASE_ORDER);
        }
        kinds = NO_KINDS.with(EvidenceKind.INVOICE).with(EvidenceKind.BUYER_ACKNOWLEDGEMENT);
        if (product == Product.RECEIVABLE_FINANCE) {
            kinds = kinds.with(EvidenceKind.TRANSPORT_DOCUMENT).with(EvidenceKind.SHIPPED_ON_BOARD);
        }
    }

    /// @return index Of the lender in the terms; their number when it is none of them.
    function indexOf(FinancingTerms calldata terms, ParticipantId lender)
        internal
        pure
        returns (uint256 index)
    {
        while (index < terms.lenders.length && terms.lenders[index].lender != lender) {
            ++index;
        }
    }

    /// @notice What every lender posts: its part of the loan, the cash for a loss share above its
    /// funding share, and its part of the reserve.
    function contributions(FinancingTerms calldata terms)
        internal
        pure
        returns (uint256[] memory principal, uint256[] memory trueUp, uint256[] memory reserve_)
    {
        uint256 sum = total(terms);
        principal = Shares.split(sum, fundingBps(terms));
        trueUp = Shares.split(sum, lossBps(terms));
        for (uint256 i; i < trueUp.length; ++i) {
            trueUp[i] = trueUp[i] > principal[i] ? trueUp[i] - principal[i] : 0;
        }
        reserve_ = Shares.split(reserve(terms), lossBps(terms));
    }

    /// @notice Reverts with the name of the first field that breaks a rule that needs nothing but
    /// the terms and the time.
    function check(FinancingTerms calldata terms) internal view {
        requireField(terms.naturalKey != 0, "naturalKey");
        requireField(_within(terms.assetKeys.length, 1, MAX_ASSET_KEYS), "assetKeys");
        requireField(_within(terms.basis.length, 1, MAX_BASIS), "basis");
        requireField(_areLendersValid(terms.lenders), "lenders");
        requireField(_areTranchesValid(terms.tranches), "tranches");
        requireField(terms.interestBps <= Shares.WHOLE, "interestBps");
        requireField(terms.penaltyBps <= Shares.WHOLE, "penaltyBps");
        requireField(terms.feeBps <= Shares.WHOLE, "feeBps");
        requireField(_within(terms.reserveBps, MIN_RESERVE_BPS, Shares.WHOLE), "reserveBps");
        requireField(terms.platformShareBps <= MAX_PLATFORM_BPS, "platformShareBps");
        bool shares = terms.platformShareBps != 0;
        requireField(shares == (terms.platform != NO_PARTICIPANT), "platform");
        requireField(terms.maturesAt > lastExpiry(terms), "maturesAt");
        requireField(terms.graceDays <= MAX_GRACE_DAYS, "graceDays");
        requireField(terms.defaultDays <= MAX_DEFAULT_DAYS, "defaultDays");
        requireField(_suitsProduct(terms), "product");
    }

    function requireField(bool holds, bytes32 field) internal pure {
        require(holds, IFinancing.Financing_InvalidTerms(field));
    }

    function _areLendersValid(LenderShare[] calldata lenders) private pure returns (bool) {
        if (!_within(lenders.length, 1, MAX_LENDERS)) return false;
        uint256 funding;
        uint256 loss;
        for (uint256 i; i < lenders.length; ++i) {
            for (uint256 j; j < i; ++j) {
                if (lenders[j].lender == lenders[i].lender) return false;
            }
            funding += lenders[i].fundingBps;
            loss += lenders[i].lossBps;
        }
        return funding == Shares.WHOLE && loss == Shares.WHOLE;
    }

    /// @dev A kind that is both required and blocking could never be released.
    function _areTranchesValid(Tranche[] calldata tranches) private view returns (bool) {
        if (!_within(tranches.length, 1, MAX_TRANCHES)) return false;
        for (uint256 i; i < tranches.length; ++i) {
            Tranche calldata t = tranches[i];
            KindSet needed = t.required.union(t.requiredTwice);
            bool dated = t.notBefore < t.expiresAt && block.timestamp < t.expiresAt;
            KindSet barred = t.blocking.union(ADVERSE_KINDS);
            if (t.amount == 0 || !dated || !needed.intersect(barred).isEmpty()) return false;
        }
        return true;
    }

    function _suitsProduct(FinancingTerms calldata terms) private pure returns (bool) {
        KindSet needed = minimum(terms.product);
        bool pledged = terms.product == Product.RECEIVABLE_FINANCE;
        for (uint256 i; i < terms.tranches.length; ++i) {
            Tranche calldata t = terms.tranches[i];
            if (!needed.missingFrom(t.required.union(t.requiredTwice)).isEmpty()) return false;
            if (pledged && !t.titlePledged) return false;
        }
        return true;
    }

    function _within(uint256 value, uint256 least, uint256 most) private pure returns (bool) {
        return value >= least && value <= most;
    }
}
