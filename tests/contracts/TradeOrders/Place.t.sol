// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {ITradeOrders} from "contracts/interfaces/ITradeOrders.sol";
import {EvidenceKind, KindSet} from "contracts/types/EvidenceKinds.sol";
import {NO_PARTICIPANT, OrderId, ParticipantId} from "contracts/types/Ids.sol";
import {Permission, Role, RoleSet} from "contracts/types/Roles.sol";
import {World} from "../utils/World.sol";

contract PlaceTest is World {
    function test_RevertWhen_KeyLacksSubmit() external {
        ITradeOrders.OrderTerms memory terms = _orderTerms();
        vm.prank(exporter.decider.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_PermissionMissing.selector,
                _keyId(exporter.decider),
                Permission.SUBMIT
            )
        );
        orders.place(ORDER_KEY, terms, _attesters());
    }

    function test_RevertWhen_CallerIsNotExporter() external {
        vm.prank(importer.submitter.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                ITradeOrders.TradeOrders_NotParty.selector,
                _id(address(orders), importer.id, ORDER_KEY),
                importer.id
            )
        );
        orders.place(ORDER_KEY, _orderTerms(), _attesters());
    }

    function test_RevertGiven_AlreadyPlaced() external {
        OrderId orderId = _place();
        vm.expectRevert(
            abi.encodeWithSelector(ITradeOrders.TradeOrders_AlreadyPlaced.selector, orderId)
        );
        _place();
    }

    function test_RevertWhen_FieldBreaksRule() external {
        ITradeOrders.OrderTerms memory terms = _orderTerms();
        terms.importer = exporter.id;
        _expectInvalid(terms, "importer");

        bytes3[4] memory currencies = [bytes3("US"), "usd", "U1D", "US["];
        for (uint256 i = 0; i < currencies.length; ++i) {
            terms = _orderTerms();
            terms.currency = currencies[i];
            _expectInvalid(terms, "currency");
        }

        terms = _orderTerms();
        terms.amount = 0;
        _expectInvalid(terms, "amount");

        terms = _orderTerms();
        terms.origin = "vn";
        _expectInvalid(terms, "origin");

        terms = _orderTerms();
        terms.destination = "D";
        _expectInvalid(terms, "destination");

        terms = _orderTerms();
        terms.commitment = 0;
        _expectInvalid(terms, "commitment");

        terms = _orderTerms();
        terms.acceptBy = START;
        _expectInvalid(terms, "acceptBy");

        terms = _orderTerms();
        terms.shipBy = terms.acceptBy - 1;
        _expectInvalid(terms, "shipBy");
    }

    function test_RevertWhen_TooManyAttesters() external {
        vm.expectRevert(
            abi.encodeWithSelector(ITradeOrders.TradeOrders_TooManyAttesters.selector, 17, 16)
        );
        _place(ORDER_KEY, _orderTerms(), _crowd(17));
    }

    function test_RevertWhen_AttesterIsNotActive() external {
        ITradeOrders.OrderTerms memory terms = _orderTerms();
        ITradeOrders.Attester[] memory named = _attesters();
        _suspend(customsImport);
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_NotActive.selector,
                customsImport.id,
                IParticipants.ParticipantState.SUSPENDED
            )
        );
        _place(ORDER_KEY, terms, named);

        named[0].participant = NO_PARTICIPANT;
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_NotActive.selector,
                NO_PARTICIPANT,
                IParticipants.ParticipantState.NONE
            )
        );
        _place(ORDER_KEY, terms, named);
    }

    function test_RevertWhen_RoleIsMissing() external {
        _expectRoleMissing(exporter.id, Role.EXPORTER);
        _expectRoleMissing(importer.id, Role.IMPORTER);
    }

    function test_WhenCodesUseFirstAndLastLetters() external {
        ITradeOrders.OrderTerms memory terms = _orderTerms();
        terms.currency = "ZAR";
        terms.origin = "ZA";
        terms.destination = "AZ";
        OrderId orderId = _place(ORDER_KEY, terms, _attesters());
        assertTrue(orders.order(orderId).terms.currency == "ZAR");
    }

    function test_WhenShippedAtTheLatestByAcceptance() external {
        ITradeOrders.OrderTerms memory terms = _orderTerms();
        terms.shipBy = terms.acceptBy;
        OrderId orderId = _place(ORDER_KEY, terms, _attesters());
        assertEq(orders.order(orderId).terms.shipBy, terms.acceptBy);
    }

    function test_WhenAnotherExporterUsesTheKey() external {
        OrderId first = _place();
        exporter = _admit("5493000EXPORTER002", _roles(Role.EXPORTER), "VN", NO_PARTICIPANT);
        OrderId second = _place();
        assertFalse(first == second);
    }

    function testFuzz_WhenAllIsInOrder(
        bytes32 naturalKey,
        uint128 amount,
        bytes32 commitment,
        uint64 acceptBy,
        uint64 shipBy
    ) external {
        ITradeOrders.OrderTerms memory terms = _orderTerms();
        terms.amount = uint128(bound(amount, 1, type(uint128).max));
        terms.commitment = commitment == 0 ? bytes32("c") : commitment;
        terms.acceptBy = uint64(bound(acceptBy, START + 1, type(uint64).max));
        terms.shipBy = uint64(bound(shipBy, terms.acceptBy, type(uint64).max));
        ITradeOrders.Attester[] memory named = _attesters();
        OrderId orderId = _id(address(orders), exporter.id, naturalKey);

        vm.recordLogs();
        vm.expectEmit(address(orders));
        emit ITradeOrders.OrderPlaced(orderId, exporter.id, importer.id, terms, named);
        assertEq(_place(naturalKey, terms, named), orderId);
        _onlyLog();

        ITradeOrders.Order memory kept = orders.order(orderId);
        assertTrue(kept.state == ITradeOrders.OrderState.PLACED);
        assertEq(kept.version, 1);
        assertEq(keccak256(abi.encode(kept.terms)), keccak256(abi.encode(terms)));
        assertEq(keccak256(abi.encode(orders.attesters(orderId))), keccak256(abi.encode(named)));
        assertEq(orders.digest(orderId), keccak256(abi.encode(orderId, uint32(1), terms, named)));
    }

    /// @dev Sixteen are kept, and each is named for its own kind only.
    function test_WhenSixteenAreNamed() external {
        OrderId orderId = _place(ORDER_KEY, _orderTerms(), _crowd(16));
        assertEq(orders.attesters(orderId).length, 16);
        assertTrue(orders.isNamed(orderId, exporter.id, EvidenceKind.GATED_OUT));
        assertFalse(orders.isNamed(orderId, exporter.id, EvidenceKind.EXPORT_ACCEPTED));
        assertFalse(orders.isNamed(orderId, importer.id, EvidenceKind.GATED_OUT));
        assertFalse(orders.isNamed(OrderId.wrap(0), exporter.id, EvidenceKind.GATED_OUT));
    }

    function test_WhenNamedTogether() external {
        OrderId orderId = _place();
        (ITradeOrders.OrderState state, uint32 version, KindSet shared) = orders.standing(orderId);
        assertTrue(state == ITradeOrders.OrderState.PLACED);
        assertEq(version, 1);
        assertEq(
            shared,
            _only(EvidenceKind.PURCHASE_ORDER).with(EvidenceKind.EXAMINATION_PASSED)
                .with(EvidenceKind.CUSTOMS_HOLD).with(EvidenceKind.SANCTIONS_HOLD)
                .with(EvidenceKind.FRAUD_ALERT)
        );
        assertEq(
            orders.kindsOf(orderId, bankA.id),
            _only(EvidenceKind.SANCTIONS_HOLD).with(EvidenceKind.FRAUD_ALERT)
        );
        assertTrue(orders.kindsOf(orderId, arbiter.id).isEmpty());
    }

    function _expectInvalid(ITradeOrders.OrderTerms memory terms, bytes32 field) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                ITradeOrders.TradeOrders_InvalidTerms.selector,
                _id(address(orders), exporter.id, ORDER_KEY),
                field
            )
        );
        _place(ORDER_KEY, terms, _attesters());
    }

    function _expectRoleMissing(ParticipantId id, Role role) private {
        vm.prank(governor);
        participants.changeRoles(id, _roles(Role.BANK));
        vm.expectRevert(
            abi.encodeWithSelector(IParticipants.Participants_RoleMissing.selector, id, role)
        );
        _place();
        vm.prank(governor);
        participants.changeRoles(id, _roles(role));
    }

    /// @dev The exporter named again and again, for one kind after the other.
    function _crowd(uint8 size) private view returns (ITradeOrders.Attester[] memory named) {
        named = new ITradeOrders.Attester[](size);
        for (uint8 i = 0; i < size; ++i) {
            named[i] = ITradeOrders.Attester(exporter.id, _only(EvidenceKind(i)));
        }
    }

    function _id(address tradeOrders, ParticipantId placer, bytes32 naturalKey)
        private
        view
        returns (OrderId)
    {
        return OrderId.wrap(keccak256(abi.encode(block.chainid, tradeOrders, placer, naturalKey)));
    }
}
