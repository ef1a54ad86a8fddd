// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IEncumbrances} from "contracts/interfaces/IEncumbrances.sol";
import {IFinancing} from "contracts/interfaces/IFinancing.sol";
import {ITitles} from "contracts/interfaces/ITitles.sol";
import {EvidenceKind, KindSet, NO_KINDS} from "contracts/types/EvidenceKinds.sol";
import {
    Condition,
    Conditions,
    Facility,
    FinancingState,
    FinancingTerms
} from "contracts/types/Financings.sol";
import {AssetKey, NO_PARTICIPANT, NO_TITLE, ParticipantId, TitleId} from "contracts/types/Ids.sol";
import {FinancingWorld} from "../utils/FinancingWorld.sol";
import {HostileToken} from "./HostileToken.sol";

contract ReleaseTest is FinancingWorld {
    function test_P1_RevertGiven_ReleasedAlready() external {
        FinancingTerms memory terms = _requestReleased();
        Conditions memory c;
        c.unmet = _bit(Condition.TRANCHE);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFinancing.Financing_ConditionsNotMet.selector, _financingId(), uint8(0), c
            )
        );
        financing.release(terms, 0);
    }

    /// @dev The token tries each verb that moves money, from inside a release.
    function test_P1_WhenTokenCallsBack() external {
        HostileToken token = new HostileToken();
        FinancingTerms memory terms = _fundWith(token);
        bytes[5] memory attacks = [
            abi.encodeCall(IFinancing.release, (terms, 0)),
            abi.encodeCall(IFinancing.repay, (terms, 1, "again")),
            abi.encodeCall(IFinancing.fund, (terms, bankA.id)),
            abi.encodeCall(IFinancing.lapse, (terms, 1)),
            abi.encodeCall(IFinancing.releaseMany, (new FinancingTerms[](0), new uint8[](0)))
        ];
        uint256 start = vm.snapshotState();
        for (uint256 i = 0; i < attacks.length; ++i) {
            token.callBack(address(financing), attacks[i]);
            _release(terms, 0);
            assertFalse(token.succeeded());
            assertEq(
                keccak256(token.failure()),
                keccak256(
                    abi.encodeWithSelector(
                        ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector
                    )
                )
            );
            assertEq(token.balanceOf(exporter.account.addr), FIRST);
            assertEq(financing.facility(_financingId()).drawn, FIRST);
            vm.revertToState(start);
        }
    }

    function test_Releases() external {
        FinancingTerms memory terms = _requestFunded();
        uint256 before = _balanceOf(exporter);
        vm.expectEmit(address(financing));
        emit IFinancing.TrancheReleased(
            orderId,
            _financingId(),
            NO_PARTICIPANT,
            0,
            FIRST,
            FIRST,
            RESERVE,
            terms.tranches[0].required,
            NO_KINDS,
            NO_TITLE
        );
        vm.expectEmit(address(encumbrances));
        emit IEncumbrances.EncumbranceCommitted(orderId, _financingId(), terms.assetKeys[0], FIRST);
        vm.expectEmit(address(dollars));
        emit IERC20.Transfer(address(financing), exporter.account.addr, FIRST);
        _release(terms, 0);

        assertState(FinancingState.RELEASED);
        assertEq(_balanceOf(exporter) - before, FIRST);
        Facility memory f = financing.facility(_financingId());
        assertEq(f.outstanding, FIRST);
        assertEq(f.drawn, FIRST);
        assertEq(f.releasedSet, 1);
        assertEq(f.escrow, TOTAL + 80_000_00 - FIRST);
        assertEq(f.accruedAt, START);
        assertEq(encumbrances.holding(_financingId()).committed, FIRST);
        _assertUsed(180_000_01, 120_000_00, FIRST);
        assertBacked();
    }

    /// @dev The transaction is the same whoever sends it, but for the caller that it names.
    function test_WhoeverCalls() external {
        FinancingTerms memory terms = _requestFunded();
        uint256 start = vm.snapshotState();
        _release(terms, 0);
        bytes32 byStranger = keccak256(abi.encode(financing.facility(_financingId())));
        vm.revertToState(start);
        vm.prank(bankA.submitter.addr);
        vm.expectEmit(true, true, true, false, address(financing));
        _emitReleasedBy(bankA.id);
        financing.release(terms, 0);
        assertEq(keccak256(abi.encode(financing.facility(_financingId()))), byStranger);
    }

    /// @dev Paid to the account as registered now, not as it was when the facility was asked for.
    function test_GivenAccountChanged() external {
        FinancingTerms memory terms = _requestFunded();
        address account = _signer("new account").addr;
        vm.prank(governor);
        participants.changeAccount(exporter.id, account);
        _release(terms, 0);
        assertEq(dollars.balanceOf(account), FIRST);
    }

    function test_GivenTitleAskedFor() external {
        FinancingTerms memory terms = _requestReleased();
        assertEq(financing.facility(_financingId()).titleId, NO_TITLE);
        TitleId titleId = _ship();
        vm.expectEmit(address(titles));
        emit ITitles.TitlePledged(orderId, titleId, exporter.id, _financingId());
        _release(terms, 1);

        assertTrue(titles.title(titleId).state == ITitles.TitleState.PLEDGED);
        assertEq(financing.facility(_financingId()).titleId, titleId);
        AssetKey key = AssetKey.wrap(TitleId.unwrap(titleId));
        assertEq(encumbrances.familyOf(key), terms.assetKeys[0]);
        // a later tranche keeps it, also one that does not ask for it
        _record(orderId, customsImport, EvidenceKind.IMPORT_RELEASED);
        vm.warp(START + 1 days);
        _release(terms, 2);
        assertEq(financing.facility(_financingId()).titleId, titleId);
        _assertUsed(480_000_02, 320_000_01, TOTAL);
    }

    function test_GivenTitleAskedForTwice() external {
        FinancingTerms memory terms = _terms();
        terms.tranches[2].titlePledged = true;
        terms.tranches[2].required = _only(EvidenceKind.PURCHASE_ORDER);
        terms.tranches[2].notBefore = 0;
        _request(terms);
        _approveBoth(terms, bankA);
        _approveBoth(terms, bankB);
        _fund(terms, bankA);
        _fund(terms, bankB);
        TitleId titleId = _ship();
        _release(terms, 1);
        _release(terms, 2);
        assertEq(financing.facility(_financingId()).titleId, titleId);
        assertEq(financing.facility(_financingId()).outstanding, SECOND + THIRD);
    }

    function test_GivenDaysPassed() external {
        FinancingTerms memory terms = _requestReleased();
        vm.warp(START + 20 days);
        _ship();
        _release(terms, 1);
        Facility memory f = financing.facility(_financingId());
        assertEq(f.principalDays, uint256(FIRST) * 20);
        assertEq(f.accruedAt, START + 20 days);
        vm.warp(START + 30 days);
        (,, uint128 interest,) = _owed(terms);
        uint256 principalDays = uint256(FIRST) * 30 + uint256(SECOND) * 10;
        assertEq(interest, (principalDays * 850 + 3_599_999) / 3_600_000);
    }

    /// @dev Measured for tests/contracts/snapshots.
    function test_Gas() external {
        FinancingTerms memory terms = _requestFunded();
        financing.release(terms, 0);
        vm.snapshotGasLastCall("Financing", "release, first tranche");
        _ship();
        financing.release(terms, 1);
        vm.snapshotGasLastCall("Financing", "release, with the title");
        uint128 payoff = _payoff(terms);
        vm.startPrank(importer.decider.addr);
        financing.repay(terms, 1000, "part");
        vm.snapshotGasLastCall("Financing", "repay, in part");
        financing.repay(terms, payoff - 1000, "rest");
        vm.snapshotGasLastCall("Financing", "repay, in full");
    }

    function _emitReleasedBy(ParticipantId caller) private {
        emit IFinancing.TrancheReleased(
            orderId, _financingId(), caller, 0, 0, 0, 0, NO_KINDS, NO_KINDS, NO_TITLE
        );
    }

    function _fundWith(HostileToken token) private returns (FinancingTerms memory terms) {
        terms = _terms();
        terms.token = address(token);
        _request(terms);
        _approveBoth(terms, bankA);
        _approveBoth(terms, bankB);
        token.mint(bankA.account.addr, ORDER_AMOUNT);
        token.mint(bankB.account.addr, ORDER_AMOUNT);
        _fund(terms, bankA);
        _fund(terms, bankB);
    }

    function _assertUsed(uint128 byA, uint128 byB, uint128 inCorridor) private view {
        (, uint128 used) = financing.limitOf(bankA.id, exporter.id, "USD");
        vm.assertEq(used, byA, "bankA's line");
        (, used) = financing.limitOf(bankB.id, exporter.id, "USD");
        vm.assertEq(used, byB, "bankB's line");
        (, used,) = financing.sandboxOf(CORRIDOR, "USD");
        vm.assertEq(used, inCorridor, "sandbox");
    }
}
