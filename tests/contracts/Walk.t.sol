// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITitles} from "contracts/interfaces/ITitles.sol";
import {EvidenceKind} from "contracts/types/EvidenceKinds.sol";
import {FinancingState, FinancingTerms} from "contracts/types/Financings.sol";
import {AssetKey, TitleId} from "contracts/types/Ids.sol";
import {FinancingWorld} from "./utils/FinancingWorld.sol";

/// @dev The straight walk, from the accepted order to the importer with its bill in hand.
contract WalkTest is FinancingWorld {
    struct Purses {
        uint256 exporter;
        uint256 importer;
        uint256 bankA;
        uint256 bankB;
    }

    function test_StraightWalk() external {
        Purses memory start = _purses();
        FinancingTerms memory terms = _requestFunded();
        assertState(FinancingState.FUNDED);
        // bankB lends 40 % and bears 50 %: it posts the tenth in between in cash
        vm.assertEq(start.bankA - _balanceOf(bankA), 480_000_02 + 20_000_01, "bankA posts");
        vm.assertEq(start.bankB - _balanceOf(bankB), 320_000_01 + 80_000_00 + 20_000_00, "bankB");
        assertBacked();

        _release(terms, 0);
        vm.warp(START + 20 days);
        TitleId titleId = _ship();
        _release(terms, 1);
        vm.warp(START + 45 days);
        _record(orderId, customsImport, EvidenceKind.IMPORT_RELEASED);
        _release(terms, 2);
        vm.assertEq(_balanceOf(exporter) - start.exporter, TOTAL, "exporter is paid");
        assertTrue(titles.title(titleId).state == ITitles.TitleState.PLEDGED);
        assertBacked();

        vm.warp(START + 75 days);
        uint128 payoff = _payoff(terms);
        _repay(terms, payoff, "in full");

        assertState(FinancingState.REPAID);
        assertTrue(titles.title(titleId).state == ITitles.TitleState.ISSUED);
        assertEq(titles.title(titleId).possessor, importer.id);
        assertEq(dollars.balanceOf(address(financing)), 0);
        _assertFreed(terms.assetKeys[0]);
        _assertDivided(start, payoff - TOTAL);
    }

    /// @dev Fee 0.25 % of 800,000.03; interest 8.5 % ACT/360 of 300,000.01 over 75 days, 300,000.00
    /// over 55 and 200,000.02 over 30, of which the platform, bankB, takes a fifth.
    function _assertDivided(Purses memory start, uint256 charges) private view {
        Purses memory end = _purses();
        uint256 fees = 2_000_01;
        uint256 interest = 10_625_01;
        vm.assertEq(charges, fees + interest, "fees and interest");
        vm.assertEq(start.importer - end.importer, TOTAL + charges, "importer pays");
        vm.assertEq(end.exporter - start.exporter, TOTAL, "exporter keeps");
        uint256 gainA = end.bankA - start.bankA;
        uint256 gainB = end.bankB - start.bankB;
        vm.assertEq(gainA, 1_200_01 + 5_100_01, "bankA gains 60 % of fees and of 8,500.01");
        vm.assertEq(gainB, charges - gainA, "bankB gains the rest");
    }

    function _assertFreed(AssetKey family) private view {
        assertEq(encumbrances.balance(family).reserved, 0);
        assertEq(encumbrances.balance(family).committed, 0);
        (, uint128 used) = financing.limitOf(bankA.id, exporter.id, "USD");
        assertEq(used, 0);
        (, used,) = financing.sandboxOf(CORRIDOR, "USD");
        assertEq(used, 0);
    }

    function _purses() private view returns (Purses memory) {
        return
            Purses(_balanceOf(exporter), _balanceOf(importer), _balanceOf(bankA), _balanceOf(bankB));
    }
}
