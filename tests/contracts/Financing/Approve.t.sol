// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {IEncumbrances} from "contracts/interfaces/IEncumbrances.sol";
import {IFinancing} from "contracts/interfaces/IFinancing.sol";
import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {EvidenceKind} from "contracts/types/EvidenceKinds.sol";
import {Band, FinancingState, FinancingTerms, SignOff} from "contracts/types/Financings.sol";
import {
    AssetKey,
    FinancingId,
    NO_ASSET,
    NO_PARTICIPANT,
    ParticipantId
} from "contracts/types/Ids.sol";
import {Permission} from "contracts/types/Roles.sol";
import {FinancingWorld} from "../utils/FinancingWorld.sol";

/// @dev Of the library {Approvals}, and of how {Books} finds a facility.
contract ApproveTest is FinancingWorld {
    function test_RevertWhen_TermsDiffer() external {
        FinancingTerms memory terms = _terms();
        bytes32 hash = keccak256(abi.encode(terms));
        vm.expectRevert(_termsDiffer(0, hash));
        financing.approvalDigest(terms, bankA.id, DEADLINE);
        _request(terms);
        bytes memory signature = _signature(terms, bankA.id, bankA.decider, DEADLINE);
        terms.interestBps -= 1;
        vm.expectRevert(_termsDiffer(hash, keccak256(abi.encode(terms))));
        financing.approve(terms, _signOff(_bytes(bankA.decider), DEADLINE, signature));
    }

    function test_RevertGiven_NotRequested() external {
        FinancingTerms memory terms = _requestApproved();
        _expectRefusal(terms, bankA, bankA.decider, _wrongState(FinancingState.APPROVED));
    }

    function test_RevertWhen_DeadlinePassed() external {
        FinancingTerms memory terms = _request();
        vm.warp(DEADLINE + 1);
        _expectRefusal(
            terms,
            bankA,
            bankA.decider,
            abi.encodeWithSelector(
                IFinancing.Financing_SignatureExpired.selector, _financingId(), DEADLINE
            )
        );
        vm.warp(DEADLINE);
        _approve(terms, bankA, bankA.decider);
    }

    function test_P4_RevertWhen_MakerApproves() external {
        FinancingTerms memory terms = _request();
        _expectRefusal(
            terms,
            bankA,
            exporter.submitter,
            abi.encodeWithSelector(
                IFinancing.Financing_MakerIsChecker.selector,
                _financingId(),
                _keyId(exporter.submitter)
            )
        );
    }

    function test_P4_RevertWhen_KeyApprovesTwice() external {
        FinancingTerms memory terms = _request();
        _approve(terms, bankA, bankA.decider);
        bytes memory refusal = abi.encodeWithSelector(
            IFinancing.Financing_AlreadyApproved.selector, _financingId(), _keyId(bankA.decider)
        );
        _expectRefusal(terms, bankA, bankA.decider, refusal);
        // nor with another signature of the same key
        bytes memory other = _signature(terms, bankA.id, bankA.decider, DEADLINE + 1);
        vm.expectRevert(refusal);
        financing.approve(terms, _signOff(_bytes(bankA.decider), DEADLINE + 1, other));
    }

    function test_RevertWhen_KeyHasNoAuthority() external {
        FinancingTerms memory terms = _request();
        _expectRefusal(
            terms,
            bankA,
            bankA.submitter,
            abi.encodeWithSelector(
                IParticipants.Participants_PermissionMissing.selector,
                _keyId(bankA.submitter),
                Permission.DECIDE
            )
        );
        vm.prank(bankA.admin.addr);
        participants.revokeKey(_keyId(bankA.decider));
        _expectRefusal(
            terms,
            bankA,
            bankA.decider,
            abi.encodeWithSelector(
                IParticipants.Participants_KeyIsRevoked.selector, _keyId(bankA.decider), START
            )
        );
    }

    function test_RevertWhen_KeyIsNotLenders() external {
        FinancingTerms memory terms = _request();
        bytes memory refusal = abi.encodeWithSelector(
            IFinancing.Financing_NotLender.selector, _financingId(), importer.id
        );
        _expectRefusal(terms, bankA, importer.decider, refusal);
        vm.expectRevert(refusal);
        financing.approvals(terms, importer.id);
    }

    function test_RevertGiven_OrderDisputed() external {
        FinancingTerms memory terms = _request();
        _dispute(orderId);
        _expectRefusal(
            terms,
            bankA,
            bankA.decider,
            abi.encodeWithSelector(IFinancing.Financing_OrderNotAccepted.selector, orderId)
        );
    }

    function test_RevertGiven_BasisWithdrawn() external {
        FinancingTerms memory terms = _request();
        bytes32 requested = evidence.documentRoot(terms.orderId, terms.basis);
        _withdraw(orderId, exporter, EvidenceKind.INVOICE);
        _expectRefusal(
            terms,
            bankA,
            bankA.decider,
            abi.encodeWithSelector(
                IFinancing.Financing_BasisChanged.selector,
                _financingId(),
                requested,
                evidence.documentRoot(terms.orderId, terms.basis)
            )
        );
    }

    function test_RevertWhen_SignatureIsOverAnythingElse() external {
        FinancingTerms memory terms = _request();
        bytes memory refusal = abi.encodeWithSelector(
            IFinancing.Financing_SignatureInvalid.selector, _financingId(), _keyId(bankA.decider)
        );
        bytes memory signer = _bytes(bankA.decider);
        bytes memory late = _signature(terms, bankA.id, bankA.decider, DEADLINE + 1);
        bytes memory forB = _signature(terms, bankB.id, bankA.decider, DEADLINE);
        bytes memory byAnother = _signature(terms, bankA.id, bankA.secondDecider, DEADLINE);
        vm.expectRevert(refusal);
        financing.approve(terms, _signOff(signer, DEADLINE, late));
        vm.expectRevert(refusal);
        financing.approve(terms, _signOff(signer, DEADLINE, forB));
        vm.expectRevert(refusal);
        financing.approve(terms, _signOff(signer, DEADLINE, byAnother));
        vm.expectRevert(refusal);
        financing.approve(terms, _signOff(signer, DEADLINE, ""));
    }

    /// @dev The digest from its parts, as a wallet would make it.
    function test_ApprovalDigest() external {
        FinancingTerms memory terms = _request();
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("Entrepot Financing"),
                keccak256("1"),
                block.chainid,
                address(financing)
            )
        );
        bytes32 content = keccak256(
            abi.encode(
                keccak256(
                    "Approval(bytes32 financingId,bytes32 termsHash,bytes32 documentRoot,bytes20 lender,uint64 deadline)"
                ),
                _financingId(),
                keccak256(abi.encode(terms)),
                evidence.documentRoot(terms.orderId, terms.basis),
                bankA.id,
                DEADLINE
            )
        );
        assertEq(
            financing.approvalDigest(terms, bankA.id, DEADLINE),
            MessageHashUtils.toTypedDataHash(domain, content)
        );
    }

    function test_GivenMoreNeeded() external {
        FinancingTerms memory terms = _request();
        bytes32 digest = financing.approvalDigest(terms, bankA.id, DEADLINE);
        vm.recordLogs();
        vm.expectEmit(address(financing));
        emit IFinancing.ApprovalGiven(
            orderId, _financingId(), bankA.id, _keyId(bankA.decider), digest, 1, 2
        );
        _approve(terms, bankA, bankA.decider);
        _onlyLog();
        assertState(FinancingState.REQUESTED);
        _assertApprovals(terms, bankA, 1, 2);
        _assertApprovals(terms, bankB, 0, 2);
        _approve(terms, bankA, bankA.secondDecider);
        assertState(FinancingState.REQUESTED);
        _approve(terms, bankB, bankB.decider);
        assertState(FinancingState.REQUESTED);
    }

    function test_GivenLastNeeded() external {
        FinancingTerms memory terms = _request();
        _approveBoth(terms, bankA);
        _approve(terms, bankB, bankB.decider);
        vm.expectEmit(address(financing));
        emit IFinancing.FinancingApproved(orderId, _financingId(), bankB.id);
        vm.expectEmit(address(encumbrances));
        emit IEncumbrances.EncumbranceReserved(
            orderId,
            _financingId(),
            terms.assetKeys[0],
            "USD",
            ORDER_AMOUNT,
            TOTAL,
            terms.tranches[2].expiresAt
        );
        _approve(terms, bankB, bankB.secondDecider);

        assertState(FinancingState.APPROVED);
        IEncumbrances.Holding memory held = encumbrances.holding(_financingId());
        assertEq(held.reserved, TOTAL);
        assertEq(encumbrances.familyOf(terms.assetKeys[1]), terms.assetKeys[0]);
    }

    /// @dev A second facility on the same goods: the last signature fails, so nobody funds it.
    function test_P2_RevertGiven_FinancedElsewhere() external {
        _requestApproved();
        FinancingTerms memory second = _terms();
        second.naturalKey = "facility 2";
        FinancingId secondId = _request(second);
        _approveBoth(second, bankA);
        _approve(second, bankB, bankB.decider);
        _expectRefusal(
            second,
            bankB,
            bankB.secondDecider,
            abi.encodeWithSelector(
                IEncumbrances.Encumbrances_CapacityExceeded.selector,
                second.assetKeys[0],
                TOTAL,
                ORDER_AMOUNT - TOTAL
            )
        );
        assertEq(encumbrances.holding(secondId).family, NO_ASSET);
    }

    function test_GivenTrancheLapsed() external {
        FinancingTerms memory terms = _request();
        vm.warp(terms.tranches[0].expiresAt + 1);
        financing.lapse(terms, 0);
        vm.warp(DEADLINE);
        _approveBoth(terms, bankA);
        _approveBoth(terms, bankB);
        assertEq(encumbrances.holding(_financingId()).reserved, TOTAL - FIRST);
    }

    function test_GivenBands() external {
        Band[] memory bands = new Band[](3);
        bands[0] = Band(320_000_00, 2);
        bands[1] = Band(480_000_01, 3);
        bands[2] = Band(900_000_00, 4);
        _setBands(bankA, bands);
        _setBands(bankB, bands);
        FinancingTerms memory terms = _request();
        // bankA's share is 480,000.02: one cent over the second band; bankB's 320,000.01
        _assertApprovals(terms, bankA, 0, 4);
        _assertApprovals(terms, bankB, 0, 3);
        bands[2].upTo = 480_000_02;
        _setBands(bankA, bands);
        _assertApprovals(terms, bankA, 0, 4);
        bands[0].upTo = 320_000_01;
        _setBands(bankB, bands);
        _assertApprovals(terms, bankB, 0, 2);
        // above the last band, the last band counts
        bands[2].upTo = 480_000_01;
        bands[1].upTo = 480_000_00;
        _setBands(bankA, bands);
        _assertApprovals(terms, bankA, 0, 4);
        _setBands(bankA, new Band[](0));
        _assertApprovals(terms, bankA, 0, 2);
    }

    function test_GivenBandsAskForThree() external {
        Band[] memory bands = new Band[](1);
        bands[0] = Band(1, 3);
        _setBands(bankB, bands);
        FinancingTerms memory terms = _request();
        _approveBoth(terms, bankA);
        _approveBoth(terms, bankB);
        assertState(FinancingState.REQUESTED);
        Signer memory third = _signer("third officer");
        _addKey(bankB, third, Permission.DECIDE);
        _approve(terms, bankB, third);
        assertState(FinancingState.APPROVED);
        _assertApprovals(terms, bankB, 3, 3);
    }

    /// @dev One lender's signatures never count for another, however many it adds.
    function test_RevertGiven_EnoughFromThisLender() external {
        FinancingTerms memory terms = _request();
        _approveBoth(terms, bankA);
        Signer memory third = _signer("third officer");
        _addKey(bankA, third, Permission.DECIDE);
        bytes memory signature = _signature(terms, bankA.id, third, DEADLINE);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFinancing.Financing_ApprovedEnough.selector, _financingId(), bankA.id
            )
        );
        financing.approve(terms, _signOff(abi.encodePacked(third.addr), DEADLINE, signature));
        _assertApprovals(terms, bankA, 2, 2);
        _assertApprovals(terms, bankB, 0, 2);
    }

    function test_WhenManyAtOnce() external {
        FinancingTerms memory terms = _request();
        SignOff[] memory all = new SignOff[](4);
        all[0] = _signOf(terms, bankA, bankA.decider);
        all[1] = _signOf(terms, bankB, bankB.decider);
        all[2] = _signOf(terms, bankB, bankB.secondDecider);
        all[3] = all[0];
        vm.expectPartialRevert(IFinancing.Financing_AlreadyApproved.selector);
        financing.approve(terms, all);
        all[3] = _signOf(terms, bankA, bankA.secondDecider);
        vm.prank(stranger);
        financing.approve(terms, all);
        assertState(FinancingState.APPROVED);
        assertEq(encumbrances.holding(_financingId()).reserved, TOTAL);
    }

    function test_WhenNoneAtAll() external {
        FinancingTerms memory terms = _request();
        financing.approve(terms, new SignOff[](0));
        assertState(FinancingState.REQUESTED);
    }

    /// @dev Without it a facility would wait for a signature that the lender no longer needs.
    function test_GivenBandsLowered_NoneAtAll() external {
        Band[] memory bands = new Band[](1);
        bands[0] = Band(1, 3);
        _setBands(bankB, bands);
        FinancingTerms memory terms = _request();
        _approveBoth(terms, bankA);
        _approveBoth(terms, bankB);
        bands[0] = Band(1, 2);
        _setBands(bankB, bands);
        vm.expectEmit(address(financing));
        emit IFinancing.FinancingApproved(orderId, _financingId(), NO_PARTICIPANT);
        financing.approve(terms, new SignOff[](0));
        assertState(FinancingState.APPROVED);
    }

    function _signOf(FinancingTerms memory terms, Member memory lender, Signer memory officer)
        private
        view
        returns (SignOff memory)
    {
        bytes memory signature = _signature(terms, lender.id, officer, DEADLINE);
        return SignOff(abi.encodePacked(officer.addr), DEADLINE, signature);
    }

    function test_Decline_RevertWhen_CallerMayNot() external {
        FinancingTerms memory terms = _request();
        vm.prank(importer.decider.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFinancing.Financing_NotLender.selector, _financingId(), importer.id
            )
        );
        financing.decline(terms);
        vm.prank(bankA.submitter.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_PermissionMissing.selector,
                _keyId(bankA.submitter),
                Permission.DECIDE
            )
        );
        financing.decline(terms);
    }

    function test_Decline_RevertGiven_Approved() external {
        FinancingTerms memory terms = _requestApproved();
        vm.expectRevert(_wrongState(FinancingState.APPROVED));
        vm.prank(bankA.decider.addr);
        financing.decline(terms);
    }

    function test_Declines() external {
        FinancingTerms memory terms = _request();
        _approveBoth(terms, bankA);
        vm.recordLogs();
        vm.expectEmit(address(financing));
        emit IFinancing.FinancingDeclined(orderId, _financingId(), bankB.id);
        vm.prank(bankB.decider.addr);
        financing.decline(terms);
        _onlyLog();
        assertState(FinancingState.DECLINED);
        _expectRefusal(terms, bankB, bankB.decider, _wrongState(FinancingState.DECLINED));
    }

    /// @dev Signs first, so that the expectation meets the call itself.
    function _expectRefusal(
        FinancingTerms memory terms,
        Member memory lender,
        Signer memory officer,
        bytes memory refusal
    ) private {
        bytes memory signature = _signature(terms, lender.id, officer, DEADLINE);
        vm.expectRevert(refusal);
        financing.approve(terms, _signOff(_bytes(officer), DEADLINE, signature));
    }

    function _setBands(Member memory lender, Band[] memory bands) private {
        vm.prank(lender.decider.addr);
        financing.setBands("USD", bands);
    }

    function _assertApprovals(
        FinancingTerms memory terms,
        Member memory lender,
        uint8 given,
        uint8 needed
    ) private view {
        (uint8 isGiven, uint8 isNeeded) = financing.approvals(terms, lender.id);
        vm.assertEq(isGiven, given, "given");
        vm.assertEq(isNeeded, needed, "needed");
    }

    function _bytes(Signer memory signer) private pure returns (bytes memory) {
        return abi.encodePacked(signer.addr);
    }

    function _wrongState(FinancingState current) private view returns (bytes memory) {
        return abi.encodeWithSelector(
            IFinancing.Financing_WrongState.selector,
            _financingId(),
            current,
            FinancingState.REQUESTED
        );
    }

    function _termsDiffer(bytes32 current, bytes32 given) private view returns (bytes memory) {
        return abi.encodeWithSelector(
            IFinancing.Financing_TermsDiffer.selector, _financingId(), current, given
        );
    }
}
