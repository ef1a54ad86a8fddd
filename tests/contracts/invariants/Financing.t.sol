// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IEncumbrances} from "contracts/interfaces/IEncumbrances.sol";
import {IFinancing} from "contracts/interfaces/IFinancing.sol";
import {Facility, FinancingState, FinancingTerms} from "contracts/types/Financings.sol";
import {AssetKey, NO_ASSET} from "contracts/types/Ids.sol";
import {Test} from "../utils/Test.sol";
import {FinancingHandler} from "./FinancingHandler.sol";

/// @dev The invariants of README.md beside this file.
contract FinancingInvariants is Test {
    FinancingHandler private _handler;
    IFinancing private _financing;
    IEncumbrances private _encumbrances;
    IERC20 private _dollars;

    function setUp() external {
        _handler = new FinancingHandler();
        _handler.setUp();
        (address financing, address encumbrances, address dollars) = _handler.ledger();
        _financing = IFinancing(financing);
        _encumbrances = IEncumbrances(encumbrances);
        _dollars = IERC20(dollars);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[] memory moves = new bytes4[](8);
        moves[0] = FinancingHandler.proceed.selector;
        moves[1] = FinancingHandler.release.selector;
        moves[2] = FinancingHandler.repay.selector;
        moves[3] = FinancingHandler.lapse.selector;
        moves[4] = FinancingHandler.passTime.selector;
        moves[5] = FinancingHandler.disturb.selector;
        moves[6] = FinancingHandler.claimCredit.selector;
        moves[7] = FinancingHandler.fail.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), moves);
    }

    /// @dev All in one campaign: each looks at the same course of events.
    function invariant_AllHold() external view {
        _moneyIsBacked();
        _moneyIsConserved();
        _releasedOnce();
        _capacityHolds();
        _limitsAreUsedExactly();
        _endIsEmpty();
        _statesGoForward();
    }

    function _moneyIsBacked() private view {
        uint256 byFacilities;
        uint256 byLedger;
        for (uint256 i = 0; i < _handler.FACILITIES(); ++i) {
            Facility memory f = _facility(i);
            byFacilities += uint256(f.escrow) + f.reserve;
            byLedger += _handler.held(i);
        }
        uint256 balance = _dollars.balanceOf(address(_financing));
        uint256 credits = _handler.credits();
        vm.assertEq(balance, byFacilities + credits, "escrow, reserve and credits");
        vm.assertEq(balance, byLedger + credits, "the handler's own ledger");
    }

    function _moneyIsConserved() private view {
        vm.assertEq(_handler.purses(), _handler.minted(), "all purses");
    }

    function _releasedOnce() private view {
        for (uint256 i = 0; i < _handler.FACILITIES(); ++i) {
            FinancingTerms memory terms = _handler.termsOf(i);
            Facility memory f = _facility(i);
            uint256 drawn;
            for (uint256 t = 0; t < _handler.TRANCHES(); ++t) {
                uint256 times = _handler.paid(i, t);
                vm.assertLe(times, 1, "paid at most once");
                drawn += times * terms.tranches[t].amount;
            }
            vm.assertEq(f.drawn, drawn, "drawn");
            vm.assertEq(f.releasedSet & f.lapsedSet, 0, "released or lapsed");
        }
    }

    function _capacityHolds() private view {
        uint256[2] memory reserved;
        uint256[2] memory committed;
        for (uint256 i = 0; i < _handler.FACILITIES(); ++i) {
            IEncumbrances.Holding memory held = _encumbrances.holding(_handler.idOf(i));
            reserved[i / 2] += held.reserved;
            committed[i / 2] += held.committed;
        }
        for (uint256 i = 0; i < 2; ++i) {
            AssetKey family = _handler.termsOf(i * 2).assetKeys[0];
            IEncumbrances.Balance memory goods = _encumbrances.balance(family);
            vm.assertLe(uint256(goods.reserved) + goods.committed, goods.capacity, "capacity");
            vm.assertEq(goods.reserved, reserved[i], "reserved is the sum of the holdings");
            vm.assertEq(goods.committed, committed[i], "committed is the sum of the holdings");
        }
    }

    function _limitsAreUsedExactly() private view {
        uint256 outstanding;
        for (uint256 i = 0; i < _handler.FACILITIES(); ++i) {
            outstanding += _facility(i).outstanding;
        }
        vm.assertEq(_handler.usedLimits(), outstanding, "limits");
        vm.assertEq(_handler.usedSandbox(), outstanding, "sandbox");
    }

    function _endIsEmpty() private view {
        for (uint256 i = 0; i < _handler.FACILITIES(); ++i) {
            Facility memory f = _facility(i);
            if (f.state == FinancingState.DEFAULTED) {
                vm.assertEq(uint256(f.escrow) + f.reserve, 0, "money after a default");
                vm.assertLe(f.outstanding, f.loss, "no more is out than was lost");
                vm.assertLe(f.restored, f.covered, "no more is restored than was covered");
            }
            if (!_isEnd(f.state)) continue;
            vm.assertEq(uint256(f.escrow) + f.reserve + f.outstanding, 0, "money at the end");
            assertEq(_encumbrances.holding(_handler.idOf(i)).family, NO_ASSET);
        }
    }

    function _statesGoForward() private view {
        vm.assertFalse(_handler.wentBackwards(), "a state that may not follow");
    }

    function _isEnd(FinancingState state) private pure returns (bool) {
        return state == FinancingState.REPAID || state == FinancingState.DECLINED
            || state == FinancingState.LAPSED || state == FinancingState.RECOVERED
            || state == FinancingState.WRITTEN_OFF;
    }

    function _facility(uint256 i) private view returns (Facility memory) {
        return _financing.facility(_handler.idOf(i));
    }
}
