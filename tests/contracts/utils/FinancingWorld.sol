// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Encumbrances} from "contracts/Encumbrances.sol";
import {Financing} from "contracts/Financing.sol";
import {Titles} from "contracts/Titles.sol";
import {IEncumbrances} from "contracts/interfaces/IEncumbrances.sol";
import {ITitles} from "contracts/interfaces/ITitles.sol";
import {EvidenceKey, EvidenceKind, KindSet, NO_KINDS} from "contracts/types/EvidenceKinds.sol";
import {
    Condition,
    DayCount,
    FinancingState,
    FinancingTerms,
    LenderShare,
    Product,
    SignOff,
    Tranche
} from "contracts/types/Financings.sol";
import {
    AssetKey,
    FinancingId,
    NO_PARTICIPANT,
    OrderId,
    ParticipantId,
    TitleId,
    deriveFinancingId
} from "contracts/types/Ids.sol";
import {World} from "./World.sol";

/// @dev The world with bills of lading, the register of encumbrances and a lending contract, an
/// accepted order with its papers, and the walk of a facility of two lenders and three tranches.
abstract contract FinancingWorld is World {
    bytes32 internal constant FACILITY_KEY = keccak256("facility 1");
    bytes32 internal constant BILL_KEY = keccak256("bill of lading 1");
    bytes4 internal constant CORRIDOR = "VNDE";
    uint128 internal constant FIRST = 300_000_01;
    uint128 internal constant SECOND = 300_000_00;
    uint128 internal constant THIRD = 200_000_02;
    uint128 internal constant TOTAL = FIRST + SECOND + THIRD;
    /// @dev 5 % of the total, rounded up.
    uint128 internal constant RESERVE = 40_000_01;
    uint64 internal constant MATURES_AT = START + 180 days;
    uint64 internal constant DEADLINE = START + 10 days;

    Titles internal titles;
    Encumbrances internal encumbrances;
    Financing internal financing;
    OrderId internal orderId;

    function setUp() public virtual override {
        super.setUp();
        titles = new Titles(participants, orders);
        encumbrances = new Encumbrances(address(governance));
        financing = new Financing(participants, orders, evidence, titles, encumbrances);
        _admitLendingContract(address(financing));
        orderId = _placeAccepted();
        _record(orderId, importer, EvidenceKind.PURCHASE_ORDER);
        _record(orderId, exporter, EvidenceKind.INVOICE);
        _equip(bankA);
        _equip(bankB);
        _equip(importer);
        vm.prank(regulator.decider.addr);
        financing.setSandboxCap(CORRIDOR, "USD", TOTAL, START + 365 days);
    }

    function _admitLendingContract(address lending) internal {
        bytes4[] memory verbs = new bytes4[](4);
        verbs[0] = IEncumbrances.reserve.selector;
        verbs[1] = IEncumbrances.link.selector;
        verbs[2] = IEncumbrances.commit.selector;
        verbs[3] = IEncumbrances.free.selector;
        governance.setTargetFunctionRole(address(encumbrances), verbs, LENDING_CONTRACT_ROLE);
        governance.grantRole(LENDING_CONTRACT_ROLE, lending, 0);
        vm.prank(governor);
        dollars.admitVault(lending);
    }

    /// @dev Money in the account, an allowance on it, and as a lender a limit for the exporter.
    function _equip(Member memory member) internal {
        _mint(member, ORDER_AMOUNT * 2);
        vm.prank(member.account.addr);
        dollars.approve(address(financing), type(uint256).max);
        vm.prank(member.decider.addr);
        financing.setLimit(exporter.id, "USD", TOTAL);
    }

    // Terms

    function _terms() internal view returns (FinancingTerms memory) {
        return FinancingTerms({
            orderId: orderId,
            orderVersion: 1,
            naturalKey: FACILITY_KEY,
            product: Product.ORDER_FINANCE,
            token: address(dollars),
            assetKeys: _assetKeys("order 1", "invoice 1"),
            basis: _basis(),
            lenders: _lenders(6000, 5000),
            tranches: _tranches(),
            interestBps: 850,
            penaltyBps: 200,
            feeBps: 25,
            reserveBps: 500,
            platform: bankB.id,
            platformShareBps: 2000,
            dayCount: DayCount.ACT_360,
            maturesAt: MATURES_AT,
            graceDays: 5,
            defaultDays: 30,
            recourse: true
        });
    }

    function _assetKeys(bytes memory first, bytes memory second)
        internal
        pure
        returns (AssetKey[] memory keys)
    {
        keys = new AssetKey[](2);
        keys[0] = AssetKey.wrap(keccak256(first));
        keys[1] = AssetKey.wrap(keccak256(second));
    }

    function _basis() internal view returns (EvidenceKey[] memory basis) {
        basis = new EvidenceKey[](2);
        basis[0] = _key(importer, EvidenceKind.PURCHASE_ORDER);
        basis[1] = _key(exporter, EvidenceKind.INVOICE);
    }

    /// @dev bankA's shares; bankB has the rest.
    function _lenders(uint16 fundingBps, uint16 lossBps)
        internal
        view
        returns (LenderShare[] memory lenders)
    {
        lenders = new LenderShare[](2);
        lenders[0] = LenderShare(bankA.id, fundingBps, lossBps);
        lenders[1] = LenderShare(bankB.id, 10_000 - fundingBps, 10_000 - lossBps);
    }

    /// @dev On the papers; on shipment with the bill pledged and no customs hold; on import.
    function _tranches() internal pure returns (Tranche[] memory tranches) {
        tranches = new Tranche[](3);
        tranches[0].amount = FIRST;
        tranches[0].required = _only(EvidenceKind.PURCHASE_ORDER).with(EvidenceKind.INVOICE);
        tranches[0].expiresAt = START + 30 days;
        tranches[1].amount = SECOND;
        tranches[1].required = _only(EvidenceKind.PURCHASE_ORDER).with(EvidenceKind.VESSEL_DEPARTED)
            .with(EvidenceKind.EXPORT_RELEASED).with(EvidenceKind.TRANSPORT_DOCUMENT);
        tranches[1].blocking = _only(EvidenceKind.CUSTOMS_HOLD);
        tranches[1].titlePledged = true;
        tranches[1].expiresAt = START + 60 days;
        tranches[2].amount = THIRD;
        tranches[2].required = _only(EvidenceKind.PURCHASE_ORDER).with(EvidenceKind.IMPORT_RELEASED);
        tranches[2].notBefore = START + 1 days;
        tranches[2].expiresAt = START + 90 days;
    }

    function _financingId() internal view returns (FinancingId) {
        return deriveFinancingId(address(financing), orderId, FACILITY_KEY);
    }

    /// @dev The same terms, but with the keys of the goods moved to the end, where no encoder puts
    /// them.
    /// @return Calldata of a verb that takes nothing but terms.
    function _laidOutOtherwise(bytes4 verb, FinancingTerms memory terms)
        internal
        pure
        returns (bytes memory)
    {
        bytes memory encoded = abi.encode(terms);
        bytes32 moved = bytes32(encoded.length - 32);
        assembly ("memory-safe") {
            mstore(add(encoded, 0xe0), moved)
        }
        return bytes.concat(
            verb, encoded, bytes32(terms.assetKeys.length), abi.encodePacked(terms.assetKeys)
        );
    }

    // The walk

    function _request() internal returns (FinancingTerms memory terms) {
        terms = _terms();
        _request(terms);
    }

    function _request(FinancingTerms memory terms) internal returns (FinancingId) {
        vm.prank(exporter.submitter.addr);
        return financing.request(terms);
    }

    function _approve(FinancingTerms memory terms, Member memory lender, Signer memory officer)
        internal
    {
        bytes memory signature = _signature(terms, lender.id, officer, DEADLINE);
        vm.prank(stranger);
        financing.approve(terms, _signOff(abi.encodePacked(officer.addr), DEADLINE, signature));
    }

    function _signOff(bytes memory signer, uint64 deadline, bytes memory signature)
        internal
        pure
        returns (SignOff[] memory signOffs)
    {
        signOffs = new SignOff[](1);
        signOffs[0] = SignOff(signer, deadline, signature);
    }

    function _signature(
        FinancingTerms memory terms,
        ParticipantId lender,
        Signer memory officer,
        uint64 deadline
    ) internal view returns (bytes memory) {
        bytes32 digest = financing.approvalDigest(terms, lender, deadline);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(officer.key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _approveBoth(FinancingTerms memory terms, Member memory lender) internal {
        _approve(terms, lender, lender.decider);
        _approve(terms, lender, lender.secondDecider);
    }

    /// @dev REQUESTED, and signed by the officers of both lenders.
    function _requestApproved() internal returns (FinancingTerms memory terms) {
        terms = _request();
        _approveBoth(terms, bankA);
        _approveBoth(terms, bankB);
    }

    function _fund(FinancingTerms memory terms, Member memory lender) internal {
        vm.prank(stranger);
        financing.fund(terms, lender.id);
    }

    function _requestFunded() internal returns (FinancingTerms memory terms) {
        terms = _requestApproved();
        _fund(terms, bankA);
        _fund(terms, bankB);
    }

    function _release(FinancingTerms memory terms, uint8 tranche) internal {
        vm.prank(stranger);
        financing.release(terms, tranche);
    }

    function _requestReleased() internal returns (FinancingTerms memory terms) {
        terms = _requestFunded();
        _release(terms, 0);
    }

    /// @dev All that the second tranche asks for: the facts, and a blank bill offered in pledge.
    function _ship() internal returns (TitleId titleId) {
        _record(orderId, customsExport, EvidenceKind.EXPORT_RELEASED);
        _record(orderId, carrier, EvidenceKind.VESSEL_DEPARTED);
        _record(orderId, carrier, EvidenceKind.TRANSPORT_DOCUMENT);
        titleId = _issueBlank();
        _offer(titleId);
    }

    function _issueBlank() internal returns (TitleId) {
        ITitles.Bill memory bill =
            ITitles.Bill(ITitles.TitleForm.BLANK, exporter.id, NO_PARTICIPANT, "bill");
        vm.prank(carrier.attester.addr);
        return titles.issue(orderId, BILL_KEY, bill);
    }

    function _offer(TitleId titleId) internal {
        vm.prank(exporter.submitter.addr);
        titles.offerPledge(titleId, address(financing), _financingId(), importer.id);
    }

    function _repay(FinancingTerms memory terms, uint128 amount, bytes32 paymentReference)
        internal
    {
        vm.prank(importer.decider.addr);
        financing.repay(terms, amount, paymentReference);
    }

    /// @return What ends the facility now.
    function _payoff(FinancingTerms memory terms) internal view returns (uint128) {
        (uint128 fees, uint128 penalty, uint128 interest, uint128 principal) = _owed(terms);
        return fees + penalty + interest + principal;
    }

    function _owed(FinancingTerms memory terms)
        internal
        view
        returns (uint128 fees, uint128 penalty, uint128 interest, uint128 principal)
    {
        fees = financing.owed(terms).fees;
        penalty = financing.owed(terms).penalty;
        interest = financing.owed(terms).interest;
        principal = financing.owed(terms).principal;
    }

    // Looking

    function _balanceOf(Member memory member) internal view returns (uint256) {
        return IERC20(address(dollars)).balanceOf(member.account.addr);
    }

    function _state() internal view returns (FinancingState) {
        return financing.facility(_financingId()).state;
    }

    function assertState(FinancingState expected) internal view {
        vm.assertEq(uint256(_state()), uint256(expected), "state of the facility");
    }

    /// @dev The money in the lending contract is what its one facility says.
    function assertBacked() internal view {
        uint256 held = dollars.balanceOf(address(financing));
        uint256 escrow = financing.facility(_financingId()).escrow;
        uint256 reserve = financing.facility(_financingId()).reserve;
        vm.assertEq(held, escrow + reserve, "escrow and reserve are in the contract");
    }

    function _bit(Condition condition) internal pure returns (uint32) {
        return uint32(1) << uint8(condition);
    }
}
