// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITitles} from "contracts/interfaces/ITitles.sol";
import {NO_PARTICIPANT, TitleId} from "contracts/types/Ids.sol";
import {TitlesWorld} from "./TitlesWorld.sol";

/// @dev What the acts of a bill cost, each as a transaction of its own (`isolate`): intrinsic gas
/// included, all storage cold. The first bill of a carrier costs a little more and is left out.
contract GasTest is TitlesWorld {
    string private constant _GROUP = "Titles";

    uint256 private _spent;

    function setUp() public override {
        super.setUp();
        _issue(ITitles.TitleForm.BLANK, "the carrier's first", NO_PARTICIPANT);
    }

    /// @dev A bearer bill issued, handed to the importer and surrendered by it for the goods.
    /// forge-config: default.isolate = true
    /// forge-config: dev.isolate = true
    function test_BlankBill() external {
        TitleId titleId = _issue(ITitles.TitleForm.BLANK);
        _count("blank: issue");
        _transfer(titleId, exporter, importer);
        _count("blank: transfer");
        _surrender(titleId, importer, ITitles.SurrenderReason.DELIVERY);
        _count("blank: surrender");
        _acceptSurrender(titleId);
        _count("blank: acceptSurrender");
        assertState(titleId, ITitles.TitleState.ACCOMPLISHED);
        vm.snapshotValue(_GROUP, "blank: issue, transfer, surrender, acceptSurrender", _spent);
        vm.assertLe(_spent, 250_000, "gas of a bearer bill's life");
    }

    /// @dev The same with a bill to order, which is endorsed as well as handed over.
    /// forge-config: default.isolate = true
    /// forge-config: dev.isolate = true
    function test_ToOrderBill() external {
        TitleId titleId = _issue(ITitles.TitleForm.TO_ORDER);
        _count("to order: issue");
        _endorse(titleId, exporter, importer, true);
        _count("to order: endorse");
        _transfer(titleId, exporter, importer);
        _count("to order: transfer");
        _surrender(titleId, importer, ITitles.SurrenderReason.DELIVERY);
        _count("to order: surrender");
        _acceptSurrender(titleId);
        _count("to order: acceptSurrender");
        vm.snapshotValue(
            _GROUP, "to order: issue, endorse, transfer, surrender, acceptSurrender", _spent
        );
        vm.assertLe(_spent, 325_000, "gas of an order bill's life");
    }

    function _count(string memory name) private {
        _spent += vm.snapshotGasLastCall(_GROUP, name);
    }
}
