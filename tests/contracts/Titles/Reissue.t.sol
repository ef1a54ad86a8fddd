// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITitles} from "contracts/interfaces/ITitles.sol";
import {
    NO_PARTICIPANT,
    NO_TITLE,
    TitleId,
    deriveReissuedTitleId,
    deriveTitleId
} from "contracts/types/Ids.sol";
import {Permission} from "contracts/types/Roles.sol";
import {TitlesWorld} from "./TitlesWorld.sol";

contract ReissueTest is TitlesWorld {
    bytes32 private constant _NEW_BYTES = keccak256("the amended bill's bytes");

    /// @dev A bearer bill that the importer surrendered for another port.
    TitleId private _old;
    TitleId private _new;

    function setUp() public override {
        super.setUp();
        _old = _issue(ITitles.TitleForm.BLANK);
        _new = deriveReissuedTitleId(address(titles), _old);
        _transfer(_old, exporter, importer);
    }

    function test_RevertGiven_NotVoid() external {
        _expectWrongState(_old, ITitles.TitleState.ISSUED);
        _reissue(_old);
        _surrender(_old, importer, ITitles.SurrenderReason.DELIVERY);
        _expectWrongState(_old, ITitles.TitleState.SURRENDERED);
        _reissue(_old);
        _acceptSurrender(_old);
        _expectWrongState(_old, ITitles.TitleState.ACCOMPLISHED);
        _reissue(_old);
        TitleId unknown = TitleId.wrap("unknown");
        _expectWrongState(unknown, ITitles.TitleState.NONE);
        _reissue(unknown);
    }

    function test_RevertWhen_CallerIsNotCarrier() external {
        _void(_old, ITitles.SurrenderReason.DESTINATION);
        vm.expectRevert(_lacks(carrier.submitter, Permission.ATTEST));
        vm.prank(carrier.submitter.addr);
        titles.reissue(_old, _amended());
        vm.expectRevert(
            abi.encodeWithSelector(
                ITitles.Titles_NotCarrier.selector, _old, carrier.id, customsExport.id
            )
        );
        vm.prank(customsExport.attester.addr);
        titles.reissue(_old, _amended());
    }

    function test_RevertGiven_OnPaper() external {
        _void(_old, ITitles.SurrenderReason.PAPER);
        vm.expectRevert(abi.encodeWithSelector(ITitles.Titles_OnPaper.selector, _old));
        _reissue(_old);
    }

    function test_RevertGiven_ReissuedAlready() external {
        _void(_old, ITitles.SurrenderReason.AMENDMENT);
        _reissue(_old);
        bytes memory refusal = abi.encodeWithSelector(ITitles.Titles_AlreadyIssued.selector, _new);
        vm.expectRevert(refusal);
        _reissue(_old);
        // nor once the new one is void as well
        _transfer(_new, importer, bankB);
        _surrender(_new, bankB, ITitles.SurrenderReason.AMENDMENT);
        _acceptSurrender(_new);
        vm.expectRevert(refusal);
        _reissue(_old);
    }

    function test_RevertWhen_BillIsWrong() external {
        _void(_old, ITitles.SurrenderReason.AMENDMENT);
        ITitles.Bill memory bill = _amended();
        bill.commitment = 0;
        vm.expectRevert(abi.encodeWithSelector(ITitles.Titles_CommitmentMissing.selector, _new));
        _reissue(_old, bill);
        bill = _amended();
        bill.endorsee = NO_PARTICIPANT;
        vm.expectRevert(
            abi.encodeWithSelector(
                ITitles.Titles_NotEndorsable.selector, _new, ITitles.TitleForm.STRAIGHT
            )
        );
        _reissue(_old, bill);
    }

    function test_RevertGiven_PartyNotActive() external {
        _void(_old, ITitles.SurrenderReason.AMENDMENT);
        uint256 start = vm.snapshotState();
        Member[3] memory parties = [importer, bankA, bankB]; // who surrendered, shipper, consignee
        for (uint256 i = 0; i < parties.length; ++i) {
            _suspend(parties[i]);
            vm.expectRevert(_notActive(parties[i]));
            _reissue(_old);
            vm.revertToState(start);
            start = vm.snapshotState();
        }
        _reissue(_old);
    }

    /// @dev For each reason that asks for another bill.
    function test_Reissues() external {
        ITitles.SurrenderReason[3] memory reasons = [
            ITitles.SurrenderReason.AMENDMENT,
            ITitles.SurrenderReason.DESTINATION,
            ITitles.SurrenderReason.SWITCH
        ];
        uint256 start = vm.snapshotState();
        for (uint256 i = 0; i < reasons.length; ++i) {
            _void(_old, reasons[i]);
            _assertReissues(reasons[i]);
            vm.revertToState(start);
            start = vm.snapshotState();
        }
    }

    function _assertReissues(ITitles.SurrenderReason reason) private {
        vm.recordLogs();
        vm.expectEmit(address(titles));
        emit ITitles.TitleReissued(orderId, _new, carrier.id, _old, importer.id, _amended());
        assertEq(_reissue(_old), _new);
        _onlyLog();

        ITitles.Title memory bill = titles.title(_new);
        assertState(_new, ITitles.TitleState.ISSUED);
        assertEq(bill.orderId, orderId);
        assertEq(bill.carrier, carrier.id);
        assertEq(bill.possessor, importer.id);
        assertEq(bill.shipper, bankA.id);
        assertEq(bill.endorsee, bankB.id);
        assertEq(bill.commitment, _NEW_BYTES);
        assertEq(bill.replaces, _old);
        assertEq(bill.replacedBy, NO_TITLE);

        ITitles.Title memory old = titles.title(_old);
        assertState(_old, ITitles.TitleState.VOID);
        assertTrue(old.surrenderReason == reason);
        assertEq(old.commitment, COMMITMENT);
        assertEq(old.replacedBy, _new);
    }

    function test_ChainOfAmendments() external {
        TitleId[4] memory bills;
        bills[0] = _old;
        for (uint256 i = 1; i < bills.length; ++i) {
            _void(bills[i - 1], ITitles.SurrenderReason.AMENDMENT);
            vm.prank(carrier.attester.addr);
            bills[i] =
                titles.reissue(bills[i - 1], _written(ITitles.TitleForm.BLANK, NO_PARTICIPANT));
            assertEq(titles.title(bills[i]).replaces, bills[i - 1]);
            assertEq(titles.title(bills[i - 1]).replacedBy, bills[i]);
        }
        for (uint256 i = 0; i + 1 < bills.length; ++i) {
            assertState(bills[i], ITitles.TitleState.VOID);
        }
        assertState(bills[3], ITitles.TitleState.ISSUED);
        vm.expectRevert(abi.encodeWithSelector(ITitles.Titles_AlreadyIssued.selector, _old));
        _issue(ITitles.TitleForm.BLANK);
    }

    /// @dev Or a carrier could issue the successor while the first bill is still out.
    function testFuzz_NoReferenceCollides(bytes32 referenceKey) external view {
        bytes32 successor = TitleId.unwrap(_new);
        vm.assertNotEq(
            TitleId.unwrap(deriveTitleId(address(titles), carrier.id, referenceKey)), successor
        );
        bytes32 itself = TitleId.unwrap(_old);
        vm.assertNotEq(
            TitleId.unwrap(deriveTitleId(address(titles), carrier.id, itself)), successor
        );
    }

    /// @dev Straight, from one bank to the other: another form and other parties.
    function _amended() private view returns (ITitles.Bill memory) {
        return ITitles.Bill(ITitles.TitleForm.STRAIGHT, bankA.id, bankB.id, _NEW_BYTES);
    }

    function _void(TitleId titleId, ITitles.SurrenderReason reason) private {
        _surrender(titleId, importer, reason);
        _acceptSurrender(titleId);
    }

    function _reissue(TitleId voided) private returns (TitleId) {
        return _reissue(voided, _amended());
    }

    function _reissue(TitleId voided, ITitles.Bill memory bill) private returns (TitleId) {
        vm.prank(carrier.attester.addr);
        return titles.reissue(voided, bill);
    }

    function _expectWrongState(TitleId titleId, ITitles.TitleState current) private {
        vm.expectRevert(_wrongState(titleId, current, ITitles.TitleState.VOID));
    }
}
