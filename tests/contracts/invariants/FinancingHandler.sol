// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IFinancing} from "contracts/interfaces/IFinancing.sol";
import {EvidenceKind} from "contracts/types/EvidenceKinds.sol";
import {
    Facility,
    FinancingState,
    FinancingTerms,
    LenderShare
} from "contracts/types/Financings.sol";
import {
    FinancingId,
    NO_PARTICIPANT,
    OrderId,
    TitleId,
    deriveFinancingId
} from "contracts/types/Ids.sol";
import {Role} from "contracts/types/Roles.sol";
import {FinancingWorld} from "../utils/FinancingWorld.sol";

/// @dev Does at random what members may do, and keeps a ledger of its own beside the contracts.
contract FinancingHandler is FinancingWorld {
    uint256 public constant FACILITIES = 4;
    uint256 public constant TRANCHES = 3;

    /// @dev What should be in the contract for each facility, and how often tranches were paid.
    mapping(uint256 facility => uint256) public held;
    mapping(uint256 facility => mapping(uint256 tranche => uint256)) public paid;
    mapping(bytes32 move => uint256) public done;
    uint256 public minted;
    bool public wentBackwards;

    Member private _bankC;
    OrderId[2] private _orderIds;
    /// @dev The source of the customs hold that stands on each order; zero while none does.
    bytes32[2] private _customsHolds;
    FinancingState[FACILITIES] private _states;
    uint256 private _facts;
    uint256 private _payments;

    /// @dev Marks the move, and looks at how each facility's state has changed by it.
    modifier move(bytes32 name) {
        _;
        ++done[name];
        _note();
    }

    function _note() private {
        for (uint256 i = 0; i < FACILITIES; ++i) {
            FinancingState state = financing.facility(idOf(i)).state;
            if (state != _states[i] && !_mayFollow(_states[i], state)) wentBackwards = true;
            _states[i] = state;
        }
    }

    function setUp() public override {
        super.setUp();
        _bankC = _admit("5493000BANKGAMMA01", _roles(Role.BANK), "DE", NO_PARTICIPANT);
        _equip(_bankC);
        _orderIds = [orderId, _placeAccepted("order 2")];
        for (uint256 i = 0; i < 2; ++i) {
            _supply(i);
        }
        minted = dollars.totalSupply();
        _openFirst();
    }

    // Moves

    /// @dev The next steps of a facility that has not been funded yet.
    function proceed(uint256 seed, uint8 steps) external move("proceed") {
        uint256 i = seed % FACILITIES;
        for (uint256 k = 0; k < FACILITIES; ++k) {
            if (financing.facility(idOf(i)).state < FinancingState.FUNDED) break;
            i = (i + 1) % FACILITIES;
        }
        FinancingTerms memory terms = termsOf(i);
        for (uint256 k = 0; k <= steps % 5; ++k) {
            FinancingState state = financing.facility(idOf(i)).state;
            if (state == FinancingState.NONE && _isTimely(terms)) _request(terms);
            else if (state == FinancingState.REQUESTED) _approveNext(i, terms);
            else if (state == FinancingState.APPROVED) _fundNext(i, terms, seed % 1000 + k);
            _note();
        }
    }

    function _decline(uint256 seed) private {
        uint256 i = seed % FACILITIES;
        // seldom, lest nothing else be tried
        if (seed % 97 != 0 || financing.facility(idOf(i)).state != FinancingState.REQUESTED) {
            return;
        }
        vm.prank(bankA.decider.addr);
        financing.decline(termsOf(i));
    }

    /// @dev Releases where the conditions hold; where they do not, the release must be refused.
    function release(uint256 seed, uint8 tranche) external move("release") {
        uint256 i = seed % FACILITIES;
        tranche = uint8(bound(tranche, 0, TRANCHES));
        if (seed % 5 != 0) (i, tranche) = _releasable(i, tranche);
        if (financing.facility(idOf(i)).state == FinancingState.NONE) return;
        FinancingTerms memory terms = termsOf(i);
        if (financing.conditions(terms, tranche).unmet != 0) {
            vm.expectPartialRevert(IFinancing.Financing_ConditionsNotMet.selector);
            financing.release(terms, tranche);
            return;
        }
        _release(terms, tranche);
        held[i] -= terms.tranches[tranche].amount;
        ++paid[i][tranche];
        ++done["released"];
        Facility memory f = financing.facility(idOf(i));
        vm.assertGe(uint256(f.reserve) * 20, f.outstanding, "5 % of outstanding in reserve");
    }

    /// @dev While a lender may be unable to receive its part.
    function repay(uint256 seed, uint256 amount, bool inFull) external move("repay") {
        uint256 i = seed % FACILITIES;
        if (!_isPayable(financing.facility(idOf(i)).state)) return;
        FinancingTerms memory terms = termsOf(i);
        uint128 payoff = _payoff(terms) + financing.owed(terms).reserveTopUp;
        bool all = inFull && seed % 2 == 0;
        uint128 payment = all ? payoff : uint128(bound(amount, 1, uint256(payoff) + 100));
        if (payment > _balanceOf(importer)) return;
        Member memory lender = _lender(seed / 3);
        bool suspended = seed % 3 == 0;
        if (suspended) _suspend(lender);
        _repay(terms, payment, bytes32(++_payments));
        if (suspended) _reinstate(lender);
        if (payment < payoff) return;
        held[i] = 0;
        ++done["repaid"];
    }

    /// @dev Pays out what waits for a lender, or is refused when nothing does.
    function claimCredit(uint256 seed) external move("claimCredit") {
        uint256 i = seed % FACILITIES;
        if (financing.facility(idOf(i)).state == FinancingState.NONE) return;
        FinancingTerms memory terms = termsOf(i);
        Member memory lender = _lender(seed / FACILITIES);
        if (financing.creditOf(idOf(i), lender.id) == 0) {
            vm.expectPartialRevert(IFinancing.Financing_NoCredit.selector);
        } else {
            ++done["credited"];
        }
        financing.claimCredit(terms, lender.id);
    }

    /// @dev One step on the way down: overdue, default, recourse, the bill, write-off. Sometimes
    /// time passes for it.
    function fail(uint256 seed) external move("fail") {
        uint256 i = seed % FACILITIES;
        for (uint256 k = 0; k < FACILITIES; ++k) {
            if (_isPayable(financing.facility(idOf(i)).state)) break;
            i = (i + 1) % FACILITIES;
        }
        FinancingTerms memory terms = termsOf(i);
        Facility memory f = financing.facility(idOf(i));
        if (!_isPayable(f.state)) return;
        if (seed % 5 == 0 && block.timestamp < MATURES_AT + 36 days) vm.warp(MATURES_AT + 36 days);
        if (block.timestamp < MATURES_AT + 36 days) return;
        if (f.state == FinancingState.RELEASED) financing.markOverdue(terms);
        else if (f.state == FinancingState.OVERDUE) _declareDefault(i, terms, seed);
        else _wind(terms, f, seed / 7);
    }

    function _declareDefault(uint256 i, FinancingTerms memory terms, uint256 seed) private {
        vm.prank(_lender(seed % terms.lenders.length).decider.addr);
        financing.declareDefault(terms);
        held[i] = 0;
        ++done["defaulted"];
    }

    /// @dev What lenders may do after a default.
    function _wind(FinancingTerms memory terms, Facility memory f, uint256 seed) private {
        if (seed % 3 == 0 && !f.recourseClaimed) {
            vm.prank(bankA.decider.addr);
            financing.claimRecourse(terms);
        } else if (seed % 3 == 1 && TitleId.unwrap(f.titleId) != 0) {
            vm.prank(bankA.decider.addr);
            financing.enforceTitle(terms);
        } else {
            vm.prank(_lender(seed % terms.lenders.length).decider.addr);
            try financing.writeOff(terms) {}
            catch (bytes memory refusal) {
                assertTrue(bytes4(refusal) == IFinancing.Financing_WriteOffAgreed.selector);
            }
        }
    }

    /// @dev All tranches of a facility that may lapse now.
    function lapse(uint256 seed) external move("lapse") {
        uint256 i = seed % FACILITIES;
        FinancingTerms memory terms = termsOf(i);
        for (uint8 t = 0; t < TRANCHES; ++t) {
            Facility memory f = financing.facility(idOf(i));
            bool live = f.state >= FinancingState.REQUESTED && f.state <= FinancingState.RELEASED
                || f.state == FinancingState.OVERDUE;
            bool open = (f.releasedSet | f.lapsedSet) & (uint8(1) << t) == 0;
            if (!live || !open || block.timestamp <= terms.tranches[t].expiresAt) continue;
            financing.lapse(terms, t);
            if (financing.facility(idOf(i)).state != FinancingState.LAPSED) continue;
            held[i] = 0;
            ++done["lapsed"];
        }
    }

    function _hold(uint256 seed) private {
        Facility memory f = financing.facility(idOf(seed % FACILITIES));
        if (f.state == FinancingState.NONE) return;
        FinancingTerms memory terms = termsOf(seed % FACILITIES);
        vm.prank(regulator.decider.addr);
        f.held ? financing.liftHold(terms) : financing.placeHold(terms);
    }

    function _setLimit(uint256 seed, uint128 limit) private {
        Member memory lender = _lender(seed);
        vm.prank(lender.decider.addr);
        financing.setLimit(exporter.id, "USD", uint128(bound(limit, TOTAL / 2, TOTAL * 2)));
    }

    function _setCap(uint128 cap) private {
        vm.prank(regulator.decider.addr);
        financing.setSandboxCap(
            CORRIDOR, "USD", uint128(bound(cap, TOTAL, TOTAL * 3)), START + 365 days
        );
    }

    /// @dev Customs holds the goods of an order, or lets them go again.
    function _toggleCustomsHold(uint256 seed) private {
        uint256 i = seed % 2;
        EvidenceKind kind = EvidenceKind.CUSTOMS_HOLD;
        if (_customsHolds[i] != 0) {
            _withdraw(_orderIds[i], customsExport, kind, _customsHolds[i]);
            _customsHolds[i] = 0;
        } else {
            _customsHolds[i] = bytes32(++_facts);
            _record(_orderIds[i], customsExport, _fact(kind, _customsHolds[i]));
        }
    }

    /// @dev What others may do in between.
    function disturb(uint256 seed, uint128 amount) external move("disturb") {
        if (seed % 5 == 0) _hold(seed / 5);
        else if (seed % 5 == 1) _setLimit(seed / 5, amount);
        else if (seed % 5 == 2) _setCap(amount);
        else if (seed % 5 == 3) _toggleCustomsHold(seed / 5);
        else _decline(seed / 5);
    }

    function passTime(uint256 elapsed) external move("passTime") {
        uint256 most = elapsed % 8 == 0 ? 60 days : 6 days;
        if (block.timestamp > START + 500 days) return;
        vm.warp(block.timestamp + bound(elapsed, 1 hours, most));
    }

    // Looking

    function idOf(uint256 i) public view returns (FinancingId) {
        return deriveFinancingId(address(financing), _orderIds[i / 2], bytes32(i + 1));
    }

    /// @dev Two on each order, which together ask for more than it is worth.
    function termsOf(uint256 i) public view returns (FinancingTerms memory terms) {
        terms = _terms();
        terms.orderId = _orderIds[i / 2];
        terms.naturalKey = bytes32(i + 1);
        terms.assetKeys = _assetKeys(abi.encode("order", i / 2), abi.encode("invoice", i / 2));
        terms.tranches[2].required = _only(EvidenceKind.PURCHASE_ORDER);
        terms.tranches[1].titlePledged = i == 0;
        if (i % 2 == 0) return terms;
        terms.tranches[0].amount = 100_000_01;
        terms.tranches[1].amount = 50_000_03;
        terms.tranches[2].amount = 75_000_07;
        terms.lenders = new LenderShare[](3);
        terms.lenders[0] = LenderShare(bankA.id, 3333, 5000);
        terms.lenders[1] = LenderShare(bankB.id, 3333, 2500);
        terms.lenders[2] = LenderShare(_bankC.id, 3334, 2500);
    }

    function credits() external view returns (uint256 sum) {
        for (uint256 i = 0; i < FACILITIES * 3; ++i) {
            sum += financing.creditOf(idOf(i / 3), _lender(i).id);
        }
    }

    function purses() external view returns (uint256) {
        return _balanceOf(exporter) + _balanceOf(importer) + _balanceOf(bankA) + _balanceOf(bankB)
            + _balanceOf(_bankC) + dollars.balanceOf(address(financing));
    }

    function usedLimits() external view returns (uint256 sum) {
        for (uint256 i = 0; i < 3; ++i) {
            (, uint128 used) = financing.limitOf(_lender(i).id, exporter.id, "USD");
            sum += used;
        }
    }

    function usedSandbox() external view returns (uint128 used) {
        (, used,) = financing.sandboxOf(CORRIDOR, "USD");
    }

    function ledger() external view returns (address, address, address) {
        return (address(financing), address(encumbrances), address(dollars));
    }

    // Steps

    /// @dev The first facility is FUNDED from the start, so that every run has money to move.
    function _openFirst() private {
        FinancingTerms memory terms = termsOf(0);
        _request(terms);
        _approveBoth(terms, bankA);
        _approveBoth(terms, bankB);
        _fundNext(0, terms, 0);
        _fundNext(0, terms, 1);
        _states[0] = FinancingState.FUNDED;
    }

    /// @dev All facts that the tranches ask for, and for the first order a bill to pledge.
    function _supply(uint256 i) private {
        OrderId own = _orderIds[i];
        if (i != 0) {
            _record(own, importer, EvidenceKind.PURCHASE_ORDER);
            _record(own, exporter, EvidenceKind.INVOICE);
        }
        _record(own, customsExport, EvidenceKind.EXPORT_RELEASED);
        _record(own, carrier, EvidenceKind.VESSEL_DEPARTED);
        _record(own, carrier, EvidenceKind.TRANSPORT_DOCUMENT);
        if (i == 0) _offerBill();
    }

    function _offerBill() private {
        TitleId titleId = _issueBlank();
        vm.prank(exporter.submitter.addr);
        titles.offerPledge(titleId, address(financing), idOf(0), importer.id);
    }

    function _reinstate(Member memory member) private {
        vm.prank(governor);
        participants.reinstate(member.id);
    }

    function _approveNext(uint256 i, FinancingTerms memory terms) private {
        if (block.timestamp > DEADLINE) return;
        for (uint256 j = 0; j < terms.lenders.length; ++j) {
            Member memory lender = _lender(j);
            (uint8 given, uint8 needed) = financing.approvals(terms, lender.id);
            if (given >= needed) continue;
            bool last = j + 1 == terms.lenders.length && given + 1 == needed;
            if (last && !_isReservable(i, terms)) return;
            _approve(terms, lender, given == 0 ? lender.decider : lender.secondDecider);
        }
    }

    function _fundNext(uint256 i, FinancingTerms memory terms, uint256 seed) private {
        Member memory lender = _lender(seed % terms.lenders.length);
        (uint128 principal, uint128 trueUp, uint128 reserve) =
            financing.contribution(terms, lender.id);
        try financing.fund(terms, lender.id) {
            held[i] += uint256(principal) + trueUp + reserve;
        } catch (bytes memory refusal) {
            assertTrue(bytes4(refusal) == IFinancing.Financing_AlreadyFunded.selector);
        }
    }

    /// @return The first tranche, from the given one on, that can be released; the given one when
    /// none can.
    function _releasable(uint256 from, uint8 tranche) private view returns (uint256, uint8) {
        for (uint256 k = 0; k < FACILITIES * TRANCHES; ++k) {
            uint256 i = (from + k / TRANCHES) % FACILITIES;
            uint8 t = uint8((tranche + k) % TRANCHES);
            if (financing.facility(idOf(i)).state == FinancingState.NONE) continue;
            if (financing.conditions(termsOf(i), t).unmet == 0) return (i, t);
        }
        return (from, tranche);
    }

    function _isTimely(FinancingTerms memory terms) private view returns (bool) {
        return block.timestamp < terms.tranches[0].expiresAt;
    }

    /// @dev Whether the register would take it: enough left, and not expired.
    function _isReservable(uint256 i, FinancingTerms memory terms) private view returns (bool) {
        if (block.timestamp > terms.tranches[2].expiresAt) return false;
        uint8 lapsed = financing.facility(idOf(i)).lapsedSet;
        uint256 asked;
        for (uint256 t = 0; t < TRANCHES; ++t) {
            if (lapsed & (uint16(1) << uint8(t)) == 0) asked += terms.tranches[t].amount;
        }
        uint256 taken = encumbrances.balance(terms.assetKeys[0]).reserved;
        taken += encumbrances.balance(terms.assetKeys[0]).committed;
        return taken + asked <= ORDER_AMOUNT;
    }

    function _lender(uint256 i) private view returns (Member memory) {
        if (i % 3 == 0) return bankA;
        return i % 3 == 1 ? bankB : _bankC;
    }

    function _mayFollow(FinancingState from, FinancingState to) private pure returns (bool) {
        if (to == FinancingState.LAPSED) {
            return from >= FinancingState.REQUESTED && from <= FinancingState.FUNDED;
        }
        if (to == FinancingState.DECLINED) return from == FinancingState.REQUESTED;
        if (to == FinancingState.OVERDUE) return from == FinancingState.RELEASED;
        if (to == FinancingState.DEFAULTED) return from == FinancingState.OVERDUE;
        if (to == FinancingState.RECOVERED || to == FinancingState.WRITTEN_OFF) {
            return from == FinancingState.DEFAULTED;
        }
        if (to == FinancingState.REPAID && from == FinancingState.OVERDUE) return true;
        return uint8(to) == uint8(from) + 1 && to <= FinancingState.REPAID;
    }

    function _isPayable(FinancingState state) private pure returns (bool) {
        return state == FinancingState.RELEASED || state == FinancingState.OVERDUE
            || state == FinancingState.DEFAULTED;
    }
}
