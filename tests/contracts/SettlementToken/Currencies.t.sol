// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SettlementToken} from "contracts/SettlementToken.sol";
import {IFinancing} from "contracts/interfaces/IFinancing.sol";
import {FinancingTerms} from "contracts/types/Financings.sol";
import {FinancingWorld} from "../utils/FinancingWorld.sol";

contract CurrenciesTest is FinancingWorld {
    bytes3[4] private _codes = [bytes3("JPY"), "USD", "KWD", "CLF"];
    uint8[4] private _minorUnits = [0, 2, 3, 4];
    SettlementToken[4] private _tokens;

    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < 4; ++i) {
            _tokens[i] = _deploySettlementToken(bankA.id, _codes[i], _minorUnits[i]);
        }
    }

    function testFuzz_GivenMinorUnits(uint128 amount) external {
        amount = uint128(bound(amount, 1, type(uint128).max));
        for (uint256 i = 0; i < 4; ++i) {
            assertEq(_tokens[i].decimals(), _minorUnits[i]);
            assertEq(bytes32(_tokens[i].currency()), bytes32(_codes[i]));
            _mint(_tokens[i], bankA, exporter, amount);
            assertEq(_tokens[i].balanceOf(exporter.account.addr), amount);
            assertEq(_tokens[i].totalSupply(), amount);
        }
    }

    /// @dev Any one of them moves; the sums of all the others stand.
    function testFuzz_WhenOneMoves(uint256 which, uint128 amount, uint128 part) external {
        which = bound(which, 0, 3);
        amount = uint128(bound(amount, 1, type(uint128).max));
        part = uint128(bound(part, 1, amount));
        for (uint256 i = 0; i < 4; ++i) {
            _mint(_tokens[i], bankA, exporter, amount);
        }
        vm.prank(exporter.account.addr);
        _tokens[which].transfer(importer.account.addr, part);
        vm.prank(importer.decider.addr);
        _tokens[which].redeem(part, "pacs.008 9");
        for (uint256 i = 0; i < 4; ++i) {
            assertEq(_tokens[i].totalSupply(), i == which ? amount - part : amount);
            assertEq(
                _tokens[i].balanceOf(exporter.account.addr), i == which ? amount - part : amount
            );
            assertEq(_tokens[i].balanceOf(importer.account.addr), 0);
        }
    }

    function test_RevertWhen_FacilityIsInAnother() external {
        FinancingTerms memory terms = _terms();
        terms.token = address(_tokens[0]);
        vm.prank(exporter.submitter.addr);
        vm.expectRevert(
            abi.encodeWithSelector(IFinancing.Financing_InvalidTerms.selector, bytes32("token"))
        );
        financing.request(terms);
    }

    function test_WhenReferenceIsUsedInOne() external {
        vm.startPrank(bankA.decider.addr);
        for (uint256 i = 0; i < 4; ++i) {
            _tokens[i].mint(exporter.id, 1, "pacs.008 1");
            assertEq(_tokens[i].balanceOf(exporter.account.addr), 1);
        }
    }
}
