// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITitles} from "contracts/interfaces/ITitles.sol";
import {FinancingId, NO_PARTICIPANT, TitleId} from "contracts/types/Ids.sol";
import {TitlesWorld} from "./TitlesWorld.sol";

/// @dev What the acts of a bill cost, each as a transaction of its own (`isolate`): intrinsic gas
/// included, all storage cold. The first bill of a carrier costs 44,000 more, once, and is left
/// out.
contract GasTest is TitlesWorld {
    string private constant _GROUP = "Titles";
    /// @dev Half of what TradeTrust's token registry 5.5.1 takes on the same node, its remarks
    /// empty: mint, transferOwners, returnToIssuer 503,785; with burn 607,297.
    uint256 private constant _THREE_ACTS_MAX = 251_892;
    uint256 private constant _FOUR_ACTS_MAX = 303_648;

    FinancingId private constant _FINANCING = FinancingId.wrap("financing");

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
        vm.assertLe(_spent, _THREE_ACTS_MAX, "issue, transfer, surrender");
        vm.snapshotValue(_GROUP, "blank: issue, transfer, surrender", _spent);
        _acceptSurrender(titleId);
        _count("blank: acceptSurrender");
        assertState(titleId, ITitles.TitleState.ACCOMPLISHED);
        vm.snapshotValue(_GROUP, "blank: issue, transfer, surrender, acceptSurrender", _spent);
        vm.assertLe(_spent, _FOUR_ACTS_MAX, "and acceptSurrender");
    }

    /// @dev A pledge from the offer to the hand-over, either way it ends.
    /// forge-config: default.isolate = true
    /// forge-config: dev.isolate = true
    function test_Pledge() external {
        TitleId titleId = _issue(ITitles.TitleForm.BLANK);
        uint256 start = vm.snapshotState();
        _pledge(titleId);
        titles.deliver(orderId, _FINANCING);
        _count("pledge: deliver");
        vm.revertToState(start);
        _pledge(titleId);
        titles.enforce(orderId, _FINANCING, bankA.id);
        _count("pledge: enforce");
    }

    function _pledge(TitleId titleId) private {
        vm.prank(exporter.submitter.addr);
        titles.offerPledge(titleId, address(this), _FINANCING, importer.id);
        _count("pledge: offer");
        titles.takePledge(orderId, _FINANCING);
        _count("pledge: take");
    }

    /// @dev Void and issued anew.
    /// forge-config: default.isolate = true
    /// forge-config: dev.isolate = true
    function test_Reissue() external {
        TitleId titleId = _issue(ITitles.TitleForm.BLANK);
        _surrender(titleId, exporter, ITitles.SurrenderReason.AMENDMENT);
        _acceptSurrender(titleId);
        vm.prank(carrier.attester.addr);
        titles.reissue(titleId, _written(ITitles.TitleForm.BLANK, NO_PARTICIPANT));
        _count("blank: reissue");
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
        vm.assertLe(_spent, 360_000, "gas of an order bill's life");
    }

    function _count(string memory name) private {
        _spent += vm.snapshotGasLastCall(_GROUP, name);
    }
}
