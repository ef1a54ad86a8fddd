// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IParticipants} from "contracts/interfaces/IParticipants.sol";
import {ITradeOrders} from "contracts/interfaces/ITradeOrders.sol";
import {OrderId, ParticipantId} from "contracts/types/Ids.sol";
import {Permission, Role, RoleSet} from "contracts/types/Roles.sol";
import {World} from "../utils/World.sol";

contract WalkTest is World {
    uint64 private constant _DISPUTE_TIME = 30 days;

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
            Verb[6] memory verbs = _verbs(orderId);
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
        Verb[6] memory verbs = _verbs(nowhere);
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
        for (uint256 i = 4; i < 6; ++i) {
            _expectRefusal(
                verbs[i],
                abi.encodeWithSelector(
                    ITradeOrders.TradeOrders_WrongState.selector,
                    nowhere,
                    ITradeOrders.OrderState.NONE,
                    ITradeOrders.OrderState.DISPUTED
                )
            );
        }
    }

    function test_RevertWhen_CallerIsNotEntitled() external {
        OrderId orderId = _place();
        Verb[6] memory verbs = _verbs(orderId);
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
        Verb[6] memory verbs = _verbs(orderId);
        for (uint256 i = 0; i < 5; ++i) {
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
            emit ITradeOrders.OrderDisputed(
                orderId, parties[i].id, "short weight", START + _DISPUTE_TIME
            );
            _disputeBy(parties[i], orderId);
            _expectState(orderId, ITradeOrders.OrderState.DISPUTED);
            assertEq(orders.disputeOf(orderId).by, parties[i].id);
            assertEq(orders.disputeOf(orderId).until, START + _DISPUTE_TIME);
        }
    }

    /// @dev Not upheld or not resolved at all: it was the party's last over this version, and not
    /// the other party's.
    function test_RevertGiven_PartyHasDisputedInVain() external {
        for (uint256 i = 0; i < 2; ++i) {
            bool closed = i == 0;
            OrderId orderId = _placeAccepted(bytes32(i));
            _disputeBy(exporter, orderId);
            _endInVain(orderId, closed);
            assertEq(orders.failedDispute(orderId, exporter.id), 1);
            vm.expectRevert(
                abi.encodeWithSelector(
                    ITradeOrders.TradeOrders_AlreadyDisputed.selector, orderId, exporter.id, 1
                )
            );
            _disputeBy(exporter, orderId);
            _disputeBy(importer, orderId);
            _endInVain(orderId, closed);
            vm.expectPartialRevert(ITradeOrders.TradeOrders_AlreadyDisputed.selector);
            _disputeBy(importer, orderId);
        }
    }

    function test_GivenNewVersion() external {
        OrderId orderId = _placeAccepted();
        _disputeBy(exporter, orderId);
        _endInVain(orderId, true);
        ITradeOrders.OrderTerms memory terms = _orderTerms();
        vm.prank(exporter.submitter.addr);
        orders.proposeAmendment(orderId, terms, _attesters());
        vm.prank(importer.submitter.addr);
        orders.acceptAmendment(
            orderId,
            terms,
            _attesters(),
            keccak256(abi.encode(orderId, uint32(2), terms, _attesters()))
        );
        _disputeBy(exporter, orderId);
        assertTrue(orders.order(orderId).state == ITradeOrders.OrderState.DISPUTED);
    }

    function test_RevertWhen_ResolvedTooLate() external {
        OrderId orderId = _orderIn(ITradeOrders.OrderState.DISPUTED);
        vm.warp(START + _DISPUTE_TIME);
        vm.prank(arbiter.decider.addr);
        vm.expectRevert(
            abi.encodeWithSelector(
                ITradeOrders.TradeOrders_Expired.selector, orderId, START + _DISPUTE_TIME
            )
        );
        orders.resolve(orderId, true);
    }

    function testFuzz_RevertWhen_ClosedTooEarly(uint64 elapsed) external {
        OrderId orderId = _orderIn(ITradeOrders.OrderState.DISPUTED);
        vm.warp(START + bound(elapsed, 0, _DISPUTE_TIME - 1));
        vm.expectRevert(
            abi.encodeWithSelector(
                ITradeOrders.TradeOrders_DisputeRuns.selector, orderId, START + _DISPUTE_TIME
            )
        );
        orders.closeDispute(orderId);
    }

    /// @dev By a stranger and by a party: who closes it does not matter.
    function test_WhenDisputeIsClosed() external {
        address[2] memory callers = [stranger, importer.submitter.addr];
        for (uint256 i = 0; i < 2; ++i) {
            OrderId orderId = _placeAccepted(bytes32(i));
            _dispute(orderId);
            vm.warp(block.timestamp + _DISPUTE_TIME);
            vm.recordLogs();
            vm.expectEmit(address(orders));
            emit ITradeOrders.DisputeClosed(orderId, participants.participantOf(callers[i]));
            vm.prank(callers[i]);
            orders.closeDispute(orderId);
            _expectState(orderId, ITradeOrders.OrderState.ACCEPTED);
            assertEq(orders.disputeOf(orderId).until, 0);
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
            vm.warp(orders.disputeOf(orderId).until - 1);
            vm.recordLogs();
            vm.expectEmit(address(orders));
            emit ITradeOrders.DisputeResolved(orderId, arbiter.id, upheld);
            vm.prank(arbiter.decider.addr);
            orders.resolve(orderId, upheld);
            _expectState(
                orderId,
                upheld ? ITradeOrders.OrderState.CANCELLED : ITradeOrders.OrderState.ACCEPTED
            );
            assertEq(orders.disputeOf(orderId).until, 0);
            assertEq(orders.failedDispute(orderId, importer.id), upheld ? 0 : 1);
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

    function _verbs(OrderId orderId) private view returns (Verb[6] memory verbs) {
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
        verbs[5] = Verb(
            abi.encodeCall(ITradeOrders.closeDispute, (orderId)),
            stranger,
            ITradeOrders.OrderState.DISPUTED
        );
    }

    /// @dev Walks a new order into the state.
    function _orderIn(ITradeOrders.OrderState state) private returns (OrderId orderId) {
        orderId = _place(bytes32(uint256(state)));
        if (state == ITradeOrders.OrderState.PLACED) return orderId;
        Verb[6] memory verbs = _verbs(orderId);
        if (state == ITradeOrders.OrderState.CANCELLED) {
            _do(verbs[2]);
            return orderId;
        }
        _do(verbs[0]);
        if (state == ITradeOrders.OrderState.FULFILLED) _do(verbs[1]);
        if (state == ITradeOrders.OrderState.DISPUTED) _do(verbs[3]);
        assertTrue(orders.order(orderId).state == state);
    }

    function _disputeBy(Member memory party, OrderId orderId) private {
        vm.prank(party.submitter.addr);
        orders.dispute(orderId, "short weight");
    }

    /// @dev Closed by nobody in particular, or resolved as not upheld.
    function _endInVain(OrderId orderId, bool closed) private {
        if (closed) {
            vm.warp(block.timestamp + _DISPUTE_TIME);
            orders.closeDispute(orderId);
        } else {
            vm.prank(arbiter.decider.addr);
            orders.resolve(orderId, false);
        }
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
