// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEncumbrances} from "contracts/interfaces/IEncumbrances.sol";
import {IEvidence} from "contracts/interfaces/IEvidence.sol";
import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {ITitles} from "contracts/interfaces/ITitles.sol";
import {ITradeOrders} from "contracts/interfaces/ITradeOrders.sol";
import {Book, Registers} from "contracts/libraries/Books.sol";
import {Releases} from "contracts/libraries/Releases.sol";
import {Terms} from "contracts/libraries/Terms.sol";
import {ADVERSE_KINDS, EvidenceKey, KindSet} from "contracts/types/EvidenceKinds.sol";
import {
    Facility,
    FinancingState,
    FinancingTerms,
    LenderShare,
    Tranche
} from "contracts/types/Financings.sol";
import {
    AssetKey,
    FinancingId,
    OrderId,
    ParticipantId,
    TitleId,
    deriveFinancingId
} from "contracts/types/Ids.sol";
import {Test} from "../utils/Test.sol";

/// @dev All that the other contracts can answer: whatever a check puts in.
contract Answers {
    ITradeOrders.OrderState private _state;
    uint32 private _version;
    ITitles.Pledge private _pledge;
    IEncumbrances.Holding private _holding;
    bool public isActiveNow;
    KindSet public once;
    KindSet public twice;
    bytes32 public root;
    TitleId public bill;
    AssetKey public billFamily;

    function setOrder(ITradeOrders.OrderState state, uint32 version) external {
        (_state, _version) = (state, version);
    }

    function setKinds(KindSet once_, KindSet twice_) external {
        (once, twice) = (once_, twice_);
    }

    function setRoot(bytes32 root_) external {
        root = root_;
    }

    function setActive(bool active) external {
        isActiveNow = active;
    }

    function setBill(TitleId bill_, address pledgee, ParticipantId deliverTo, AssetKey family)
        external
    {
        (bill, billFamily) = (bill_, family);
        (_pledge.pledgee, _pledge.deliverTo) = (pledgee, deliverTo);
    }

    function setHolding(AssetKey family, uint128 reserved, uint64 expiresAt) external {
        (_holding.family, _holding.reserved, _holding.expiresAt) = (family, reserved, expiresAt);
    }

    function isActive(ParticipantId) external view returns (bool) {
        return isActiveNow;
    }

    function standing(OrderId)
        external
        view
        returns (ITradeOrders.OrderState state, uint32 version, KindSet shared)
    {
        return (_state, _version, shared);
    }

    function kinds(OrderId) external view returns (KindSet, KindSet) {
        return (once, twice);
    }

    function documentRoot(OrderId, EvidenceKey[] calldata) external view returns (bytes32) {
        return root;
    }

    function titleFor(OrderId, FinancingId) external view returns (TitleId) {
        return bill;
    }

    function pledge(TitleId) external view returns (ITitles.Pledge memory) {
        return _pledge;
    }

    function holding(FinancingId) external view returns (IEncumbrances.Holding memory) {
        return _holding;
    }

    function familyOf(AssetKey) external view returns (AssetKey) {
        return billFamily;
    }
}

/// @dev The release predicate itself, over a facility whose conditions all hold. Each check leaves
/// one part of the world to chance, and proves that the tranche may be paid exactly when that part
/// is as it has to be.
contract ReleaseSymbolic is Test {
    using Terms for FinancingTerms;

    uint128 private constant _AMOUNT = 300_000_00;
    uint64 private constant _NOW = 1_800_000_000;
    ParticipantId private constant _IMPORTER = ParticipantId.wrap("importer");
    ParticipantId private constant _EXPORTER = ParticipantId.wrap("exporter");
    ParticipantId private constant _LENDER = ParticipantId.wrap("lender");
    AssetKey private constant _FAMILY = AssetKey.wrap("family");
    TitleId private constant _BILL = TitleId.wrap("bill");

    Book private _book;
    Answers private _answers;

    function setUp() public {
        vm.warp(_NOW);
        _answers = new Answers();
        _answers.setOrder(ITradeOrders.OrderState.ACCEPTED, 1);
        _answers.setActive(true);
        _answers.setRoot("root");
        _answers.setBill(_BILL, address(this), _IMPORTER, AssetKey.wrap(0));
        _answers.setHolding(_FAMILY, _AMOUNT, _NOW + 1 days);
        Facility storage f = _facility();
        f.state = FinancingState.FUNDED;
        f.exporter = _EXPORTER;
        f.documentRoot = "root";
        f.reserve = _AMOUNT;
        _book.origins[_id()].importer = _IMPORTER;
        _book.limits.lines[_LENDER][_EXPORTER][bytes3(0)].limit = _AMOUNT;
        _book.limits.sandboxes[bytes4(0)][bytes3(0)].cap = _AMOUNT;
        _book.limits.sandboxes[bytes4(0)][bytes3(0)].endsAt = _NOW + 1 days;
    }

    function check_GivenAllHold() external {
        assert(_isMet(_terms()));
    }

    function check_Evidence(uint64 required, uint64 twice, uint64 blocking, uint64 a, uint64 b)
        external
    {
        FinancingTerms memory terms = _terms();
        terms.tranches[0].required = KindSet.wrap(required);
        terms.tranches[0].requiredTwice = KindSet.wrap(twice);
        terms.tranches[0].blocking = KindSet.wrap(blocking);
        _answers.setKinds(KindSet.wrap(a), KindSet.wrap(b));
        uint64 barred = blocking | KindSet.unwrap(ADVERSE_KINDS);
        bool holds = required & a == required && twice & b == twice && barred & a == 0;
        assert(_isMet(terms) == holds);
    }

    function check_Dates(uint64 now_, uint64 notBefore, uint64 expiresAt) external {
        vm.assume(now_ >= 1 && now_ < _NOW);
        vm.warp(now_);
        FinancingTerms memory terms = _terms();
        terms.tranches[0].notBefore = notBefore;
        terms.tranches[0].expiresAt = expiresAt;
        assert(_isMet(terms) == (notBefore <= now_ && now_ <= expiresAt));
    }

    function check_State(uint8 state, bool held) external {
        vm.assume(state <= uint8(type(FinancingState).max));
        _facility().state = FinancingState(state);
        _facility().held = held;
        bool paying = FinancingState(state) == FinancingState.FUNDED
            || FinancingState(state) == FinancingState.RELEASED;
        assert(_isMet(_terms()) == (paying && !held));
    }

    function check_Tranche(uint8 releasedSet, uint8 lapsedSet) external {
        _facility().releasedSet = releasedSet;
        _facility().lapsedSet = lapsedSet;
        assert(_isMet(_terms()) == (releasedSet % 2 == 0 && lapsedSet % 2 == 0));
    }

    function check_Order(uint8 state, uint32 version, bytes32 root) external {
        vm.assume(state <= uint8(type(ITradeOrders.OrderState).max));
        _answers.setOrder(ITradeOrders.OrderState(state), version);
        _answers.setRoot(root);
        bool accepted = ITradeOrders.OrderState(state) == ITradeOrders.OrderState.ACCEPTED;
        assert(_isMet(_terms()) == (accepted && version == 1 && root == "root"));
    }

    function check_Title(bytes32 bill, address pledgee, bytes20 deliverTo, bytes32 family)
        external
    {
        FinancingTerms memory terms = _terms();
        terms.tranches[0].titlePledged = true;
        _answers.setBill(
            TitleId.wrap(bill), pledgee, ParticipantId.wrap(deliverTo), AssetKey.wrap(family)
        );
        bool offered = bill != 0 && pledgee == address(this);
        bool toImporter = deliverTo == ParticipantId.unwrap(_IMPORTER);
        bool free = family == 0 || family == AssetKey.unwrap(_FAMILY);
        assert(_isMet(terms) == (offered && toImporter && free));
    }

    function check_Parties(bool active) external {
        _answers.setActive(active);
        assert(_isMet(_terms()) == active);
    }

    function check_Encumbrance(uint128 reserved, uint64 expiresAt) external {
        _answers.setHolding(_FAMILY, reserved, expiresAt);
        assert(_isMet(_terms()) == (reserved >= _AMOUNT && _NOW <= expiresAt));
    }

    function check_Limit(uint128 limit, uint128 used) external {
        _book.limits.lines[_LENDER][_EXPORTER][bytes3(0)].limit = limit;
        _book.limits.lines[_LENDER][_EXPORTER][bytes3(0)].used = used;
        assert(_isMet(_terms()) == (uint256(used) + _AMOUNT <= limit));
    }

    function check_Sandbox(uint128 cap, uint128 used, uint64 endsAt) external {
        _book.limits.sandboxes[bytes4(0)][bytes3(0)].cap = cap;
        _book.limits.sandboxes[bytes4(0)][bytes3(0)].used = used;
        _book.limits.sandboxes[bytes4(0)][bytes3(0)].endsAt = endsAt;
        assert(_isMet(_terms()) == (uint256(used) + _AMOUNT <= cap && _NOW < endsAt));
    }

    function check_Recourse(uint256 claims) external {
        _book.recourses[_EXPORTER] = claims;
        assert(_isMet(_terms()) == (claims == 0));
    }

    /// @dev The reserve, 5 % of what will be outstanding, said without a division.
    function check_Reserve(uint128 reserve, uint64 outstanding) external {
        _facility().reserve = reserve;
        _facility().outstanding = outstanding;
        bool met = _isMet(_terms());
        unchecked {
            assert(met == (uint256(reserve) * 20 >= uint256(outstanding) + _AMOUNT));
        }
    }

    /// @dev What is asked of the library takes its terms as calldata.
    function unmet(FinancingTerms calldata terms) external view returns (uint32) {
        return Releases.conditions(_book, _registers(), terms.raw(), 0).unmet;
    }

    function _isMet(FinancingTerms memory terms) private returns (bool) {
        _facility().termsHash = keccak256(abi.encode(terms));
        return this.unmet(terms) == 0;
    }

    function _terms() private pure returns (FinancingTerms memory terms) {
        terms.orderVersion = 1;
        terms.reserveBps = 500;
        terms.lenders = new LenderShare[](1);
        terms.lenders[0] = LenderShare(_LENDER, 10_000, 10_000);
        terms.tranches = new Tranche[](1);
        terms.tranches[0].amount = _AMOUNT;
        terms.tranches[0].expiresAt = _NOW + 1 days;
    }

    function _registers() private view returns (Registers memory) {
        return Registers({
            participants: IParticipants(address(_answers)),
            orders: ITradeOrders(address(_answers)),
            evidence: IEvidence(address(_answers)),
            titles: ITitles(address(_answers)),
            encumbrances: IEncumbrances(address(_answers))
        });
    }

    function _facility() private view returns (Facility storage) {
        return _book.facilities[_id()];
    }

    function _id() private view returns (FinancingId) {
        return deriveFinancingId(address(this), OrderId.wrap(0), 0);
    }
}
