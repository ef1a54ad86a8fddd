// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEncumbrances} from "contracts/interfaces/IEncumbrances.sol";
import {IFinancing} from "contracts/interfaces/IFinancing.sol";
import {NO_KINDS} from "contracts/types/EvidenceKinds.sol";
import {Condition, Conditions, FinancingTerms, Tranche} from "contracts/types/Financings.sol";
import {
    AssetKey,
    FinancingId,
    NO_PARTICIPANT,
    NO_TITLE,
    ParticipantId,
    deriveFinancingId
} from "contracts/types/Ids.sol";
import {FinancingWorld} from "../utils/FinancingWorld.sol";
import {HostileToken} from "./HostileToken.sol";

contract ReleaseManyTest is FinancingWorld {
    uint128 private constant _AMOUNT = 1_000_00;
    uint256 private constant _MOST = 100;

    function test_RevertWhen_LengthsDiffer() external {
        FinancingTerms[] memory batch = new FinancingTerms[](1);
        vm.expectRevert(abi.encodeWithSelector(IFinancing.Financing_LengthsDiffer.selector, 1, 2));
        financing.releaseMany(batch, new uint8[](2));
    }

    function test_RevertWhen_TooMany() external {
        FinancingTerms[] memory batch = new FinancingTerms[](_MOST + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IFinancing.Financing_TooManyReleases.selector, _MOST + 1, _MOST)
        );
        financing.releaseMany(batch, new uint8[](_MOST + 1));
    }

    function test_WhenNothingIsAskedFor() external {
        vm.recordLogs();
        assertEq(financing.releaseMany(new FinancingTerms[](0), new uint8[](0)), 0);
        assertEq(vm.getRecordedLogs().length, 0);
    }

    /// @dev The hundredth weighs on memory and gas as the first does.
    function test_GivenAllMayBeReleased() external {
        FinancingTerms[] memory batch = new FinancingTerms[](_MOST);
        for (uint256 i = 0; i < _MOST; ++i) {
            batch[i] = _funded(bytes32(i + 1));
        }
        uint256 start = vm.snapshotState();
        for (uint256 i = 0; i < _MOST; ++i) {
            vm.prank(bankA.submitter.addr);
            financing.release(batch[i], 0);
        }
        bytes32 apart = _books(batch);
        vm.revertToState(start);

        vm.expectEmit(address(financing));
        emit IFinancing.TrancheReleased(
            orderId,
            _id(batch[0]),
            bankA.id,
            0,
            _AMOUNT,
            _AMOUNT,
            _AMOUNT / 20,
            batch[0].tranches[0].required,
            NO_KINDS,
            NO_TITLE
        );
        vm.prank(bankA.submitter.addr);
        assertEq(financing.releaseMany(batch, new uint8[](_MOST)), (1 << _MOST) - 1);
        vm.snapshotGasLastCall("Financing", "releaseMany, a hundred");
        assertEq(_books(batch), apart);
    }

    function test_GivenSomeMayNot() external {
        FinancingTerms[] memory batch = new FinancingTerms[](4);
        batch[0] = _funded("held");
        batch[1] = _funded("ready");
        batch[2] = _terms();
        batch[3] = _funded("ready too");
        vm.prank(regulator.decider.addr);
        financing.placeHold(batch[0]);
        _expectRefused(batch[0], NO_PARTICIPANT, 0, _notMet(batch[0], 0, _bit(Condition.HOLD)));
        _expectRefused(
            batch[2],
            NO_PARTICIPANT,
            0,
            abi.encodeWithSelector(
                IFinancing.Financing_TermsDiffer.selector,
                _id(batch[2]),
                bytes32(0),
                keccak256(abi.encode(batch[2]))
            )
        );
        assertEq(_releaseMany(batch), 2 + 8);
        assertEq(financing.facility(_id(batch[0])).drawn, 0);
        assertEq(financing.facility(_id(batch[1])).drawn, _AMOUNT);
        assertEq(financing.facility(_id(batch[3])).drawn, _AMOUNT);
    }

    /// @dev Everything is in order but the token, which is asked last.
    function test_GivenMoneyCannotMove() external {
        HostileToken token = new HostileToken();
        token.mint(bankA.account.addr, ORDER_AMOUNT);
        token.mint(bankB.account.addr, ORDER_AMOUNT);
        FinancingTerms[] memory batch = new FinancingTerms[](2);
        batch[0] = _small("stuck");
        batch[0].token = address(token);
        _fundAll(batch[0]);
        batch[1] = _funded("ready");
        token.keep(_AMOUNT + 1);
        bytes32 before = keccak256(abi.encode(financing.facility(_id(batch[0]))));
        _expectRefused(batch[0], NO_PARTICIPANT, 0, abi.encodeWithSignature("Panic(uint256)", 0x11));
        assertEq(_releaseMany(batch), 2);
        assertEq(keccak256(abi.encode(financing.facility(_id(batch[0])))), before);
        assertEq(encumbrances.holding(_id(batch[0])).committed, 0);
        (, uint128 used) = financing.limitOf(bankA.id, exporter.id, "USD");
        assertEq(used, _AMOUNT * 6 / 10);
    }

    function test_WhenTrancheIsNamedTwice() external {
        FinancingTerms[] memory batch = new FinancingTerms[](2);
        batch[0] = _funded("one");
        batch[1] = batch[0];
        uint256 before = _balanceOf(exporter);
        uint32 unmet =
            _bit(Condition.TRANCHE) | _bit(Condition.RESERVE) | _bit(Condition.ENCUMBRANCE);
        _expectRefused(batch[1], NO_PARTICIPANT, 0, _notMet(batch[1], 0, unmet));
        assertEq(_releaseMany(batch), 1);
        assertEq(_balanceOf(exporter) - before, _AMOUNT);
    }

    function test_GivenLimitFitsTheFirst() external {
        FinancingTerms[] memory batch = new FinancingTerms[](2);
        batch[0] = _funded("one");
        batch[1] = _funded("two");
        vm.prank(regulator.decider.addr);
        financing.setSandboxCap(CORRIDOR, "USD", 2 * _AMOUNT - 1, START + 1 days);
        vm.startPrank(bankB.attester.addr);
        vm.expectEmit(address(financing));
        emit IFinancing.TrancheNotReleased(
            orderId, _id(batch[1]), bankB.id, 0, _notMet(batch[1], 0, _bit(Condition.SANDBOX))
        );
        assertEq(financing.releaseMany(batch, new uint8[](2)), 1);
    }

    function testFuzz_WhenGasIsShort(uint256 gas_) external {
        FinancingTerms[] memory batch = new FinancingTerms[](2);
        batch[0] = _funded("one");
        batch[1] = _funded("two");
        bytes memory data = abi.encodeCall(IFinancing.releaseMany, (batch, new uint8[](2)));
        (bool success, bytes memory answer) =
            address(financing).call{gas: bound(gas_, 0, 1_000_000)}(data);
        uint256 releasedSet = success ? abi.decode(answer, (uint256)) : 0;
        for (uint256 i = 0; i < batch.length; ++i) {
            bool released = releasedSet >> i & 1 == 1;
            assertEq(financing.facility(_id(batch[i])).drawn, released ? _AMOUNT : 0);
        }
    }

    function _expectRefused(
        FinancingTerms memory terms,
        ParticipantId caller,
        uint8 tranche,
        bytes memory reason
    ) private {
        vm.expectEmit(address(financing));
        emit IFinancing.TrancheNotReleased(orderId, _id(terms), caller, tranche, reason);
    }

    function _releaseMany(FinancingTerms[] memory batch) private returns (uint256) {
        vm.prank(stranger);
        return financing.releaseMany(batch, new uint8[](batch.length));
    }

    function _funded(bytes32 naturalKey) private returns (FinancingTerms memory terms) {
        terms = _small(naturalKey);
        _fundAll(terms);
    }

    function _fundAll(FinancingTerms memory terms) private {
        _request(terms);
        _approveBoth(terms, bankA);
        _approveBoth(terms, bankB);
        _fund(terms, bankA);
        _fund(terms, bankB);
    }

    /// @dev A facility of one small tranche, on goods of its own.
    function _small(bytes32 naturalKey) private view returns (FinancingTerms memory terms) {
        terms = _terms();
        terms.naturalKey = naturalKey;
        terms.assetKeys = new AssetKey[](1);
        terms.assetKeys[0] = AssetKey.wrap(naturalKey);
        Tranche memory only = terms.tranches[0];
        only.amount = _AMOUNT;
        terms.tranches = new Tranche[](1);
        terms.tranches[0] = only;
    }

    function _id(FinancingTerms memory terms) private view returns (FinancingId) {
        return deriveFinancingId(address(financing), orderId, terms.naturalKey);
    }

    function _notMet(FinancingTerms memory terms, uint8 tranche, uint32 unmet)
        private
        view
        returns (bytes memory)
    {
        Conditions memory c;
        c.unmet = unmet;
        return abi.encodeWithSelector(
            IFinancing.Financing_ConditionsNotMet.selector, _id(terms), tranche, c
        );
    }

    /// @return digest Of all that a release writes.
    function _books(FinancingTerms[] memory batch) private view returns (bytes32 digest) {
        for (uint256 i = 0; i < batch.length; ++i) {
            FinancingId financingId = _id(batch[i]);
            IEncumbrances.Holding memory held = encumbrances.holding(financingId);
            digest = keccak256(abi.encode(digest, financing.facility(financingId), held));
        }
        (, uint128 usedA) = financing.limitOf(bankA.id, exporter.id, "USD");
        (, uint128 usedB) = financing.limitOf(bankB.id, exporter.id, "USD");
        return keccak256(abi.encode(digest, usedA, usedB, _balanceOf(exporter)));
    }
}
