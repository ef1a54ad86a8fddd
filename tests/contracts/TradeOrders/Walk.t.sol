// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {ITradeOrders} from "contracts/interfaces/ITradeOrders.sol";
import {OrderId, ParticipantId} from "contracts/types/Ids.sol";
import {Permission, Role, RoleSet} from "contracts/types/Roles.sol";
import {World} from "../utils/World.sol";

contract WalkTest is World {
    /// @dev A verb as one call, who may make it, and the state that it starts from.
    struct Verb {
        bytes data;
        address caller;
        ITradeOrders.OrderState from;
    }

    /// @dev Each verb in each state but its own.
    function test_RevertGiven_OtherState() external {
        for (uint8 i = 0; i <= uint8(type(ITradeOrders.OrderState).max); ++i) {
            ITradeOrders.OrderState state = ITradeOrders.OrderState(i);
            if (state == ITradeOrders.OrderState.NONE) continue;
            OrderId orderId = _orderIn(state);
            Verb[5] memory verbs = _verbs(orderId);
            for (uint256 j = 0; j < verbs.length; ++j) {
                if (verbs[j].from == state) continue;
                _expectRefusal(
                    verbs[j],
                    abi.encodeWithSelector(
                        ITradeOrders.TradeOrders_WrongState.selector, orderId, state, verbs[j].from
                    )
                );
            }
        }
    }

    function test_RevertGiven_NoOrder() external {
        OrderId nowhere = OrderId.wrap("nowhere");
        Verb[5] memory verbs = _verbs(nowhere);
        for (uint256 i = 0; i < 4; ++i) {
            _expectRefusal(
                verbs[i],
                abi.encodeWithSelector(
                    ITradeOrders.TradeOrders_NotParty.selector,
                    nowhere,
                    participants.participantOf(verbs[i].caller)
                )
            );
        }
        _expectRefusal(
            verbs[4],
            abi.encodeWithSelector(
                ITradeOrders.TradeOrders_WrongState.selector,
                nowhere,
                ITradeOrders.OrderState.NONE,
                ITradeOrders.OrderState.DISPUTED
            )
        );
    }

    function test_RevertWhen_CallerIsNotEntitled() external {
        OrderId orderId = _place();
        Verb[5] memory verbs = _verbs(orderId);
        for (uint256 i = 0; i < 4; ++i) {
            verbs[i].caller = bankA.submitter.addr;
            _expectRefusal(verbs[i], _notParty(orderId, bankA));
        }
        // accept and fulfil are the importer's alone.
        for (uint256 i = 0; i < 2; ++i) {
            verbs[i].caller = exporter.submitter.addr;
            _expectRefusal(verbs[i], _notParty(orderId, exporter));
        }
    }

    function test_RevertWhen_KeyLacksPermission() external {
        OrderId orderId = _place();
        Verb[5] memory verbs = _verbs(orderId);
        for (uint256 i = 0; i < verbs.length; ++i) {
            Signer memory key = i == 4 ? arbiter.submitter : importer.decider;
            verbs[i].caller = key.addr;
            _expectRefusal(
                verbs[i],
                abi.encodeWithSelector(
                    IParticipants.Participants_PermissionMissing.selector,
                    _keyId(key),
                    i == 4 ? Permission.DECIDE : Permission.SUBMIT
                )
            );
        }
    }

    function testFuzz_RevertWhen_ImporterSawSomethingElse(bytes32 seen) external {
        OrderId orderId = _place();
        bytes32 digest = orders.digest(orderId);
        vm.assume(seen != digest);
        vm.prank(importer.submitter.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                ITradeOrders.TradeOrders_TermsDiffer.selector, orderId, digest, seen
            )
        );
        orders.accept(orderId, seen);
    }

    function test_RevertWhen_AcceptedTooLate() external {
        uint64 acceptBy = _orderTerms().acceptBy;
        OrderId orderId = _place();
        bytes32 digest = orders.digest(orderId);
        vm.warp(acceptBy);
        vm.prank(importer.submitter.addr);
        vm.expectRevert(
            abi.encodeWithSelector(ITradeOrders.TradeOrders_Expired.selector, orderId, acceptBy)
        );
        orders.accept(orderId, digest);
    }

    function test_WhenAccepted() external {
        uint64 acceptBy = _orderTerms().acceptBy;
        OrderId orderId = _place();
        vm.warp(acceptBy - 1);
        vm.recordLogs();
        vm.expectEmit(address(orders));
        emit ITradeOrders.OrderAccepted(orderId, importer.id, 1);
        _accept(orderId);
        _expectState(orderId, ITradeOrders.OrderState.ACCEPTED);
    }

    function test_WhenCancelled() external {
        Member[2] memory parties = [exporter, importer];
        for (uint256 i = 0; i < 2; ++i) {
            OrderId orderId = _place(bytes32(i));
            vm.recordLogs();
            vm.expectEmit(address(orders));
            emit ITradeOrders.OrderCancelled(orderId, parties[i].id);
            vm.prank(parties[i].submitter.addr);
            orders.cancel(orderId);
            _expectState(orderId, ITradeOrders.OrderState.CANCELLED);
        }
    }

    function test_WhenDisputed() external {
        Member[2] memory parties = [exporter, importer];
        for (uint256 i = 0; i < 2; ++i) {
            OrderId orderId = _placeAccepted(bytes32(i));
            vm.recordLogs();
            vm.expectEmit(address(orders));
            emit ITradeOrders.OrderDisputed(orderId, parties[i].id, "short weight");
            vm.prank(parties[i].submitter.addr);
            orders.dispute(orderId, "short weight");
            _expectState(orderId, ITradeOrders.OrderState.DISPUTED);
        }
    }

    function test_RevertWhen_ResolverIsNoArbiter() external {
        OrderId orderId = _orderIn(ITradeOrders.OrderState.DISPUTED);
        vm.prank(bankA.decider.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                IParticipants.Participants_RoleMissing.selector, bankA.id, Role.ARBITER
            )
        );
        orders.resolve(orderId, true);
    }

    function test_RevertWhen_ArbiterIsNotNeutral() external {
        OrderId orderId = _orderIn(ITradeOrders.OrderState.DISPUTED);
        RoleSet traderAndArbiter = RoleSet.wrap(
            RoleSet.unwrap(_roles(Role.IMPORTER)) | RoleSet.unwrap(_roles(Role.ARBITER))
        );
        vm.startPrank(governor);
        participants.changeRoles(exporter.id, traderAndArbiter);
        participants.changeRoles(importer.id, traderAndArbiter);
        vm.stopPrank();
        Member memory sister = _admit("5493000SISTERARB01", _roles(Role.ARBITER), "DE", importer.id);
        Member[3] memory partial_ = [exporter, importer, sister];
        for (uint256 i = 0; i < partial_.length; ++i) {
            vm.prank(partial_[i].decider.addr);
            vm.expectRevert(
                abi.encodeWithSelector(
                    ITradeOrders.TradeOrders_NotNeutral.selector, orderId, partial_[i].id
                )
            );
            orders.resolve(orderId, true);
        }
    }

    function test_WhenResolved() external {
        for (uint256 i = 0; i < 2; ++i) {
            bool upheld = i == 0;
            OrderId orderId = _placeAccepted(bytes32(i));
            _dispute(orderId);
            vm.recordLogs();
            vm.expectEmit(address(orders));
            emit ITradeOrders.DisputeResolved(orderId, arbiter.id, upheld);
            vm.prank(arbiter.decider.addr);
            orders.resolve(orderId, upheld);
            _expectState(
                orderId,
                upheld ? ITradeOrders.OrderState.CANCELLED : ITradeOrders.OrderState.ACCEPTED
            );
        }
    }

    function test_WhenFulfilled() external {
        OrderId orderId = _placeAccepted();
        vm.recordLogs();
        vm.expectEmit(address(orders));
        emit ITradeOrders.OrderFulfilled(orderId, importer.id);
        vm.prank(importer.submitter.addr);
        orders.fulfil(orderId);
        _expectState(orderId, ITradeOrders.OrderState.FULFILLED);
    }

    function _verbs(OrderId orderId) private view returns (Verb[5] memory verbs) {
        address party = importer.submitter.addr;
        verbs[0] = Verb(
            abi.encodeCall(ITradeOrders.accept, (orderId, orders.digest(orderId))),
            party,
            ITradeOrders.OrderState.PLACED
        );
        verbs[1] = Verb(
            abi.encodeCall(ITradeOrders.fulfil, (orderId)), party, ITradeOrders.OrderState.ACCEPTED
        );
        verbs[2] = Verb(
            abi.encodeCall(ITradeOrders.cancel, (orderId)), party, ITradeOrders.OrderState.PLACED
        );
        verbs[3] = Verb(
            abi.encodeCall(ITradeOrders.dispute, (orderId, "reason")),
            party,
            ITradeOrders.OrderState.ACCEPTED
        );
        verbs[4] = Verb(
            abi.encodeCall(ITradeOrders.resolve, (orderId, true)),
            arbiter.decider.addr,
            ITradeOrders.OrderState.DISPUTED
        );
    }

    /// @dev Walks a new order into the state.
    function _orderIn(ITradeOrders.OrderState state) private returns (OrderId orderId) {
        orderId = _place(bytes32(uint256(state)));
        if (state == ITradeOrders.OrderState.PLACED) return orderId;
        Verb[5] memory verbs = _verbs(orderId);
        if (state == ITradeOrders.OrderState.CANCELLED) {
            _do(verbs[2]);
            return orderId;
        }
        _do(verbs[0]);
        if (state == ITradeOrders.OrderState.FULFILLED) _do(verbs[1]);
        if (state == ITradeOrders.OrderState.DISPUTED) _do(verbs[3]);
        assertTrue(orders.order(orderId).state == state);
    }

    function _do(Verb memory verb) private {
        vm.prank(verb.caller);
        (bool done,) = address(orders).call(verb.data);
        assertTrue(done);
    }

    function _expectRefusal(Verb memory verb, bytes memory reason) private {
        vm.prank(verb.caller);
        (bool done, bytes memory answer) = address(orders).call(verb.data);
        assertFalse(done);
        vm.assertEq(answer, reason);
    }

    function _expectState(OrderId orderId, ITradeOrders.OrderState state) private {
        _onlyLog();
        assertTrue(orders.order(orderId).state == state);
    }

    function _notParty(OrderId orderId, Member memory actor) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ITradeOrders.TradeOrders_NotParty.selector, orderId, actor.id);
    }
}
