// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ITradeOrders} from "contracts/interfaces/ITradeOrders.sol";
import {EvidenceKind, KindSet} from "contracts/types/EvidenceKinds.sol";
import {OrderId} from "contracts/types/Ids.sol";
import {World} from "../utils/World.sol";

contract AmendTest is World {
    OrderId private _orderId;

    function setUp() public override {
        super.setUp();
        _orderId = _placeAccepted();
    }

    function test_RevertGiven_OrderNotAccepted() external {
        ITradeOrders.OrderTerms memory terms = _newTerms();
        _propose(exporter, terms);
        _dispute(_orderId);
        bytes memory wrongState = abi.encodeWithSelector(
            ITradeOrders.TradeOrders_WrongState.selector,
            _orderId,
            ITradeOrders.OrderState.DISPUTED,
            ITradeOrders.OrderState.ACCEPTED
        );
        vm.expectRevert(wrongState);
        _propose(exporter, terms);
        vm.expectRevert(wrongState);
        _agree(importer, terms);
    }

    function test_RevertWhen_CallerIsNotParty() external {
        ITradeOrders.OrderTerms memory terms = _newTerms();
        vm.expectRevert(_notParty(bankA));
        _propose(bankA, terms);
        _propose(exporter, terms);
        vm.expectRevert(_notParty(bankA));
        _agree(bankA, terms);
    }

    function test_RevertWhen_PartyWouldChange() external {
        ITradeOrders.OrderTerms memory terms = _newTerms();
        terms.exporter = bankA.id;
        vm.expectRevert(_invalid("exporter"));
        _propose(exporter, terms);
        terms = _newTerms();
        terms.importer = bankA.id;
        vm.expectRevert(_invalid("importer"));
        _propose(exporter, terms);
    }

    function test_RevertWhen_FieldBreaksRule() external {
        ITradeOrders.OrderTerms memory terms = _newTerms();
        terms.amount = 0;
        vm.expectRevert(_invalid("amount"));
        _propose(exporter, terms);
    }

    /// @dev The goods may be on their way already: an amendment may name a shipping date gone by.
    function testFuzz_WhenProposed(uint128 amount, uint64 shipBy) external {
        ITradeOrders.OrderTerms memory terms = _newTerms();
        terms.amount = uint128(bound(amount, 1, type(uint128).max));
        terms.shipBy = shipBy;
        bytes32 before = orders.digest(_orderId);
        vm.recordLogs();
        vm.expectEmit(address(orders));
        emit ITradeOrders.AmendmentProposed(_orderId, importer.id, 2, terms, _newAttesters());
        _propose(importer, terms);
        _onlyLog();
        assertEq(orders.digest(_orderId), before);
    }

    function test_RevertGiven_NoProposal() external {
        ITradeOrders.OrderTerms memory terms = _newTerms();
        vm.expectRevert(
            abi.encodeWithSelector(ITradeOrders.TradeOrders_NoAmendment.selector, _orderId)
        );
        _agree(importer, terms);
    }

    function test_RevertGiven_OwnProposal() external {
        ITradeOrders.OrderTerms memory terms = _newTerms();
        _propose(exporter, terms);
        vm.expectRevert(_notParty(exporter));
        _agree(exporter, terms);
    }

    function test_RevertWhen_ProposalDiffers() external {
        ITradeOrders.OrderTerms memory terms = _newTerms();
        _propose(exporter, terms);
        bytes32 proposed = _digest(2, terms);

        vm.prank(importer.submitter.addr);
        vm.expectRevert(_differ(proposed, "something else"));
        orders.acceptAmendment(_orderId, terms, _newAttesters(), "something else");

        terms.amount += 1;
        vm.prank(importer.submitter.addr);
        vm.expectRevert(_differ(proposed, _digest(2, terms)));
        orders.acceptAmendment(_orderId, terms, _newAttesters(), proposed);
    }

    function test_RevertGiven_NewerProposal() external {
        ITradeOrders.OrderTerms memory older = _newTerms();
        _propose(exporter, older);
        ITradeOrders.OrderTerms memory newer = _newTerms();
        newer.amount += 1;
        _propose(exporter, newer);
        vm.expectRevert(_differ(_digest(2, newer), _digest(2, older)));
        _agree(importer, older);
    }

    /// @dev The exporter takes up the importer's counter-proposal a moment before the importer
    /// agrees to the exporter's own: version 2 is what both signed, and the other is gone.
    function test_RevertWhen_AmendedInBetween() external {
        ITradeOrders.OrderTerms memory first = _newTerms();
        _propose(exporter, first);
        ITradeOrders.OrderTerms memory counter = _newTerms();
        counter.amount += 1;
        _propose(importer, counter);
        _agree(exporter, counter);
        vm.expectRevert(
            abi.encodeWithSelector(ITradeOrders.TradeOrders_NoAmendment.selector, _orderId)
        );
        _agree(importer, first);

        // Put forward again it is another version, which the importer has not seen.
        _propose(exporter, first);
        vm.expectRevert(_differ(_digest(3, first), _digest(2, first)));
        _agree(importer, first);
    }

    /// @dev Attesters are of what is agreed to: the same terms with others named are refused.
    function test_RevertWhen_AttestersDiffer() external {
        ITradeOrders.OrderTerms memory terms = _newTerms();
        _propose(exporter, terms);
        bytes32 proposed = _digest(2, terms);
        vm.prank(importer.submitter.addr);
        vm.expectRevert(
            _differ(proposed, keccak256(abi.encode(_orderId, uint32(2), terms, _attesters())))
        );
        orders.acceptAmendment(_orderId, terms, _attesters(), proposed);
    }

    /// @dev A dispute holds the proposal back and does not change it.
    function test_GivenDisputeInBetween() external {
        ITradeOrders.OrderTerms memory terms = _newTerms();
        _propose(exporter, terms);
        _dispute(_orderId);
        vm.prank(arbiter.decider.addr);
        orders.resolve(_orderId, false);
        _agree(importer, terms);
        assertEq(orders.digest(_orderId), _digest(2, terms));
    }

    function test_RevertWhen_AgreedTooLate() external {
        ITradeOrders.OrderTerms memory terms = _newTerms();
        _propose(exporter, terms);
        vm.warp(terms.acceptBy);
        vm.expectRevert(
            abi.encodeWithSelector(
                ITradeOrders.TradeOrders_Expired.selector, _orderId, terms.acceptBy
            )
        );
        _agree(importer, terms);
    }

    function test_WhenOtherPartyAgrees() external {
        ITradeOrders.OrderTerms memory terms = _newTerms();
        _propose(exporter, terms);
        vm.recordLogs();
        vm.expectEmit(address(orders));
        emit ITradeOrders.OrderAmended(_orderId, importer.id, 2, terms, _newAttesters());
        _agree(importer, terms);
        _onlyLog();

        ITradeOrders.Order memory kept = orders.order(_orderId);
        assertTrue(kept.state == ITradeOrders.OrderState.ACCEPTED);
        assertEq(kept.version, 2);
        assertEq(orders.digest(_orderId), _digest(2, terms));
        assertEq(orders.attesters(_orderId).length, 1);
        assertTrue(orders.isNamed(_orderId, exporter.id, EvidenceKind.INVOICE));
        assertFalse(orders.isNamed(_orderId, carrier.id, EvidenceKind.LOADED));
        assertTrue(orders.kindsOf(_orderId, carrier.id).isEmpty());
        (, uint32 version, KindSet shared) = orders.standing(_orderId);
        assertEq(version, 2);
        assertTrue(shared.isEmpty());

        vm.expectRevert(
            abi.encodeWithSelector(ITradeOrders.TradeOrders_NoAmendment.selector, _orderId)
        );
        _agree(importer, terms);
    }

    function _propose(Member memory actor, ITradeOrders.OrderTerms memory terms) private {
        vm.prank(actor.submitter.addr);
        orders.proposeAmendment(_orderId, terms, _newAttesters());
    }

    function _agree(Member memory actor, ITradeOrders.OrderTerms memory terms) private {
        vm.prank(actor.submitter.addr);
        orders.acceptAmendment(_orderId, terms, _newAttesters(), _digest(2, terms));
    }

    function _newTerms() private view returns (ITradeOrders.OrderTerms memory terms) {
        terms = _orderTerms();
        terms.amount = ORDER_AMOUNT / 2;
        terms.commitment = keccak256("the amended terms");
    }

    function _newAttesters() private view returns (ITradeOrders.Attester[] memory named) {
        named = new ITradeOrders.Attester[](1);
        named[0] = ITradeOrders.Attester(exporter.id, _only(EvidenceKind.INVOICE));
    }

    function _digest(uint32 version, ITradeOrders.OrderTerms memory terms)
        private
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(_orderId, version, terms, _newAttesters()));
    }

    function _notParty(Member memory actor) private view returns (bytes memory) {
        return
            abi.encodeWithSelector(ITradeOrders.TradeOrders_NotParty.selector, _orderId, actor.id);
    }

    function _invalid(bytes32 field) private view returns (bytes memory) {
        return
            abi.encodeWithSelector(ITradeOrders.TradeOrders_InvalidTerms.selector, _orderId, field);
    }

    function _differ(bytes32 current, bytes32 seen) private view returns (bytes memory) {
        return abi.encodeWithSelector(
            ITradeOrders.TradeOrders_TermsDiffer.selector, _orderId, current, seen
        );
    }
}
